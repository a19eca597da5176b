"""How are numbers brought to another scale? By a factor, or column by column to a common one."""

from typing import Any

from refnet import checks
from refnet.checks import Number, Setting, Settings
from refnet.data import door
from refnet.layers.base import UNBOUNDED, Layer
from refnet.parameters import Parameter


class Scale(Layer):
    """o = factor · x, such as the share that a branch has in a sum; ∂L/∂x = factor · d."""

    settings = Settings(factor=Number())

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Any, training: bool = False) -> Any:
        return self.k.scale(x, self.factor)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.scale(d, self.factor)


class Standardize(Layer):
    """(x − mean)/std, column by column. Both are measured once on the training part and are not trained."""

    smallest, largest = UNBOUNDED

    settings = Settings(mean=Setting(fixed=True), std=Setting(fixed=True))

    def __init__(self, mean: Any, std: Any) -> None:
        """mean, std: one number per feature, std > 0, as data.Standardizer has them."""
        super().__init__()
        self.mean, self.std = door.rows("mean and std", [mean, std], finite=True).tolist()
        for i, sigma in enumerate(self.std):
            checks.number(f"std[{i}]", sigma, above=0)

    def output_units(self, inputs: int) -> int:
        if inputs != len(self.mean):
            found, wanted = checks.counted(len(self.mean), "number"), checks.counted(inputs, "unit")
            raise ValueError(f"{self.name}: mean has {found}; the layer before it has {wanted}")
        return inputs

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        super().build(inputs, k)
        self.buffers = {"mean": k.matrix([self.mean]), "std": k.matrix([self.std])}

    def forward(self, x: Any, training: bool = False) -> Any:
        return self.k.standardize(x, self.buffers["mean"], self.buffers["std"])

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.standardize_backward(d, self.buffers["std"])


class BatchNorm(Layer):
    """y = γx̂ + β, x̂ = (x − μ)/√(σ² + ε), column by column (lectures 001, 002; on z, before the activation).

    During training μ = 1/m Σ x and σ² = 1/m Σ (x − μ)² are those of the minibatch: algorithm 1 of S. Ioffe and
    C. Szegedy, ICML 2015, arXiv:1502.03167. Predictions use running values, which each training step updates:

        running ← momentum · running + (1 − momentum) · batch

    (with the biased variance). A batch of one row leaves them as they are: it has no variance, and its 0 would count
    as much as the variance of a whole batch. Its output is β, whatever the row is, so most batches have to have
    several rows. A frozen layer (trainable=False) is a fixed function: it uses the running values in training too, and
    leaves them as they are. Backward, sums over the rows of the batch:

        ∂L/∂β = Σ d,  ∂L/∂γ = Σ d·x̂,  ∂L/∂x = γ · ((d − (∂L/∂β)/m) − x̂ · ((∂L/∂γ)/m)) / √(σ² + ε)

    The two subtracted terms are the effect of x on μ and on σ². With running values μ and σ² are constants, and
    ∂L/∂x = γ·d / √(σ² + ε).
    """

    smallest, largest = UNBOUNDED

    settings = Settings(momentum=Number(least=0, below=1), eps=Number(above=0))
    cache = ("mean", "variance", "deviation", "xhat")
    mean: Any = None  # of the last forward pass; None if it used the running values
    variance: Any = None

    def __init__(self, momentum: float = 0.9, eps: float = 1e-5, trainable: bool = True) -> None:
        """momentum: the share of the running values that is kept, 0 <= momentum < 1; eps: ε > 0."""
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.parameters = {"gamma": Parameter(1.0, is_row=True), "beta": Parameter(0.0, is_row=True)}
        self.trainable = trainable

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        super().build(inputs, k)
        self.buffers = {"mean": k.zeros(1, inputs), "variance": k.matrix([[1.0] * inputs])}

    def check_buffers(self) -> None:
        for variance in self.k.tolist(self.buffers["variance"])[0]:
            if variance < 0.0:
                raise ValueError(f"variance: {variance!r}; allowed: numbers >= 0")

    def forward(self, x: Any, training: bool = False) -> Any:
        self.mean = self.variance = None
        mean, variance = self.buffers["mean"], self.buffers["variance"]
        if training and self.trainable:
            mean = self.mean = self.k.column_means(x)
            variance = self.variance = self.k.column_variances(x, mean)
        self.deviation = self.k.deviations(variance, self.eps)
        self.xhat = self.k.standardize(x, mean, self.deviation)
        return self.k.scale_and_shift(self.xhat, self.parameters["gamma"].value, self.parameters["beta"].value)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        k, gamma, beta = self.k, self.parameters["gamma"], self.parameters["beta"]
        beta.gradient = k.column_sums(d)
        gamma.gradient = k.column_sums(k.multiply(d, self.xhat))
        if not input_gradient:
            return None
        if self.mean is None:
            return k.standardize_backward(k.scale_and_shift(d, gamma.value), self.deviation)
        return k.batch_norm_backward(d, self.xhat, gamma.value, self.deviation, gamma.gradient, beta.gradient)

    def commit(self) -> None:
        if self.mean is not None and self.k.shape(self.xhat)[0] > 1:
            self.k.move_average(self.buffers["mean"], self.mean, self.momentum)
            self.k.move_average(self.buffers["variance"], self.variance, self.momentum)
