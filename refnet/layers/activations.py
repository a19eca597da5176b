"""What does a unit do with its net input? The activation functions, each a layer; z is the net input, o the output."""

import math
from typing import Any

from refnet.checks import Choice, Number, Settings
from refnet.layers.base import UNBOUNDED, Layer
from refnet.parameters import Parameter


class Linear(Layer):
    """o = z, do/dz = 1: names the output of a regression (lecture 002). It has no weights; Dense has them."""

    smallest, largest = UNBOUNDED

    def forward(self, x: Any, training: bool = False) -> Any:
        return x

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return d


class Sigmoid(Layer):
    """o = 1 / (1 + e⁻ᶻ), do/dz = o(1 − o) (lectures 001–004)."""

    smallest, largest = 0.0, 1.0

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z, self.o = x, self.k.sigmoid(x)
        return self.o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.sigmoid_backward(self.o, d)


class Tanh(Layer):
    """o = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ), do/dz = 1 − o² (lectures 001, 002, 004)."""

    smallest, largest = -1.0, 1.0

    def forward(self, x: Any, training: bool = False) -> Any:
        self.o = self.k.tanh(x)
        return self.o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.tanh_backward(self.o, d)


class ReLU(Layer):
    """o = max(0, z); do/dz = 1 for z > 0, 0 for z < 0, gradient_at_zero for z = 0: 0 (lectures 002, 004) or 1 (001)."""

    smallest, largest = 0.0, math.inf

    settings = Settings(gradient_at_zero=Choice(0, 1))

    def __init__(self, gradient_at_zero: int = 0) -> None:
        super().__init__()
        self.gradient_at_zero = gradient_at_zero

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.relu(x)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.relu_backward(self.z, d, float(self.gradient_at_zero))


class LeakyReLU(Layer):
    """o = z, do/dz = 1 for z ≥ 0; o = slope·z, do/dz = slope for z < 0 (slope 0.01 in lecture 001, 0.02 in 002)."""

    smallest, largest = UNBOUNDED

    settings = Settings(slope=Number())

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.leaky_relu(x, self.slope)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.leaky_relu_backward(self.z, d, self.slope)


class PReLU(Layer):
    """o = z for z ≥ 0, αz for z < 0, where training learns α (He, Zhang, Ren, Sun: Delving deep into rectifiers, ICCV
    2015).

    Each unit has its own α; with shared=True all units have the same. It starts at `slope`, the paper's 0.25, and
    bears no penalty, which would pull it to 0 and make the unit a ReLU.
    ∂L/∂α_j = Σ d_ij z_ij over the rows i with z_ij < 0, in order from 0.0. For a shared α these are summed over the
    units j, in order from 0.0.
    """

    smallest, largest = UNBOUNDED

    settings = Settings(slope=Number(fixed=True), shared=Choice(False, True, fixed=True))

    def __init__(self, slope: float = 0.25, shared: bool = False, trainable: bool = True) -> None:
        super().__init__()
        self.slope, self.shared = slope, shared
        self.parameters["slope"] = Parameter(self.slope, is_row=True, trainable=trainable)

    def parameter_shape(self, name: str) -> tuple[int, int]:
        return 1, 1 if self.shared else self.units

    def _slopes(self) -> Any:
        slope = self.parameters["slope"].value
        return self.k.repeat(slope, self.units) if self.shared else slope

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.prelu(x, self._slopes())

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        gradient = self.k.prelu_backward_slope(self.z, d)
        self.parameters["slope"].gradient = self.k.row_sums(gradient) if self.shared else gradient
        return self.k.prelu_backward(self.z, d, self._slopes()) if input_gradient else None


class ELU(Layer):
    """o = z, do/dz = 1 for z > 0; o = α(eᶻ − 1), do/dz = o + α for z ≤ 0 (Clevert, Unterthiner, Hochreiter: Fast and
    accurate deep network learning by exponential linear units, ICLR 2016).
    """

    smallest, largest = UNBOUNDED

    settings = Settings(alpha=Number(above=0))

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Any, training: bool = False) -> Any:
        self.o = self.k.elu(x, self.alpha)
        return self.o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.elu_backward(self.o, d, self.alpha)


class Softplus(Layer):
    """o = ln(1 + eᶻ), a ReLU without its corner; do/dz = σ(z) (Dugas, Bengio, Bélisle, Nadeau, Garcia: Incorporating
    second-order functional knowledge for better option pricing, NIPS 2000).
    """

    smallest, largest = 0.0, math.inf

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.softplus(x)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.multiply(d, self.k.sigmoid(self.z))


class SiLU(Layer):
    """o = z σ(z), do/dz = σ(1 + z(1 − σ)) (Elfwing, Uchibe, Doya: Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning, Neural Networks 107, 2018; also called swish).

    For z = −∞ and ∞, where the formula has ∞·0, they are the limits: o = −0 (o < 0 for z < 0) and ∞, do/dz = 0 and 1.
    """

    smallest, largest = UNBOUNDED

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.silu(x)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.silu_backward(self.z, d)


class GELU(Layer):
    """o = ½z(1 + t), t = tanh(√(2/π)(z + 0.044715z³)) (Hendrycks, Gimpel: Gaussian error linear units, 2016): the
    paper's approximation of z Φ(z), where Φ is the normal distribution function. Most networks use it.

    Computed in this order: z³ = z·z·z, t, ½z·(1 + t). do/dz = ½(1 + t) + ½z(1 − t²)·√(2/π)(1 + 3·0.044715z²).
    For z = −∞ and ∞ they are the limits: o = −0 and ∞, do/dz = 0 and 1.
    """

    smallest, largest = UNBOUNDED

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.gelu(x)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.gelu_backward(self.z, d)
