"""What does a layer compute, forward and backward? Each layer's mathematics, once, on any backend's matrices.

A layer reads like the lecture's matrix formula; the sums behind it are the kernels' (`self.k`, the backend of the
network it stands in). `forward` keeps what `backward` needs; `backward` takes ∂L/∂output, stores the gradients of
the layer's parameters and returns ∂L/∂input. Shapes: x is (batch, inputs), the output (batch, units).
"""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.initializers import Glorot, Initializer, Zeros
from refnet.kernels import reference
from refnet.penalties import as_penalties


class Parameter:
    """Numbers that training changes: a matrix (value), its gradient, and the penalties on it.

    A bias is a matrix of one row; its users see that row (`is_row`).
    """

    def __init__(self, value: Any, is_row: bool = False, penalties: tuple = ()) -> None:
        self.value = value
        self.gradient: Any = None
        self.is_row = is_row
        self.penalties = penalties


class Layer:
    """Base of all layers, and of a user's own: define forward and backward out of `self.k`'s kernels.

    settings   names of the constructor's arguments that a saved file must keep (attributes of the same names)
    parameters what training changes, by name
    buffers    other matrices that belong to the layer, by name; they are saved and moved with it
    """

    settings: tuple[str, ...] = ()
    k: Any = reference
    name: str = ""
    inputs: int = 0
    units: int = 0

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.buffers: dict[str, Any] = {}

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        """Make the layer ready for rows of `inputs` numbers on the kernels k; keys yields random streams."""
        self.inputs, self.k = inputs, k
        self.units = self.output_units(inputs)

    def output_units(self, inputs: int) -> int:
        """How many numbers a row has after this layer."""
        return inputs

    def forward(self, x: Any, training: bool = False) -> Any:
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        raise TypeError(f"{type(self).__name__} defines no backward")


class Input(Layer):
    """The placeholder for `units` features; it computes nothing."""

    settings = ("units",)

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = checks.count("units", units)

    def output_units(self, inputs: int) -> int:
        return self.units

    def forward(self, x: Any, training: bool = False) -> Any:
        return x

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return d


class Dense(Layer):
    """z = x Wᵀ + b, every unit connected to every input.

    weights (units, inputs), one neuron a row: weights[j][i] leads from input i to unit j, as Θ_ji in lecture 004.
    Gradients: ∂L/∂W = δᵀ x, ∂L/∂b = Σ δ over the rows, ∂L/∂x = δ W (lecture 002, "Linear module").
    """

    settings = ("units", "bias")

    def __init__(self, units: int, bias: bool = True, weights: Optional[Initializer] = None,
                 biases: Optional[Initializer] = None, penalty: Any = None) -> None:
        """units; bias=False for none; weights and biases: initializers (Glorot(), Zeros()); penalty on the weights."""
        super().__init__()
        self.units = checks.count("units", units)
        self.bias = checks.choice("bias", bias, [True, False])
        self.initial_weights = _initializer("weights", weights, Glorot())
        self.initial_biases = _initializer("biases", biases, Zeros())
        self.penalties = as_penalties(penalty)

    def output_units(self, inputs: int) -> int:
        return self.units

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        super().build(inputs, k)
        key = next(keys) if keys else 0
        weights = self.initial_weights(k, key, self.units, inputs)
        self.parameters["weights"] = Parameter(weights, penalties=self.penalties)
        if self.bias:
            key = next(keys) if keys else 0
            self.parameters["bias"] = Parameter(self.initial_biases(k, key, 1, self.units), is_row=True)

    def forward(self, x: Any, training: bool = False) -> Any:
        self.x = x
        weights, bias = self.parameters["weights"], self.parameters.get("bias")
        return self.k.affine(x, weights.value, bias.value if bias else None)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        weights, bias = self.parameters["weights"], self.parameters.get("bias")
        weights.gradient = self.k.affine_backward_weights(d, self.x)
        if bias:
            bias.gradient = self.k.column_sums(d)
        return self.k.affine_backward_input(d, weights.value) if input_gradient else None


class Sigmoid(Layer):
    """o = 1 / (1 + e⁻ᶻ), do/dz = o(1 − o) (lectures 001–004)."""

    def forward(self, x: Any, training: bool = False) -> Any:
        o = self.k.sigmoid(x)
        self.z, self.o = x, o
        return o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.sigmoid_backward(self.o, d)


class Tanh(Layer):
    """o = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ), do/dz = 1 − o² (lectures 001, 002, 004)."""

    def forward(self, x: Any, training: bool = False) -> Any:
        o = self.k.tanh(x)
        self.o = o
        return o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.tanh_backward(self.o, d)


class ReLU(Layer):
    """o = max(0, z); do/dz = 1 for z > 0, 0 for z < 0, and at z = 0 as told: 0 (lectures 002, 004) or 1 (001)."""

    settings = ("gradient_at_zero",)

    def __init__(self, gradient_at_zero: int = 0) -> None:
        super().__init__()
        self.gradient_at_zero = checks.choice("gradient_at_zero", gradient_at_zero, [0, 1])

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.relu(x)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.relu_backward(self.z, d, float(self.gradient_at_zero))


class LeakyReLU(Layer):
    """o = z for z ≥ 0, slope·z below (slope 0.01 in lecture 001, 0.02 in 002)."""

    settings = ("slope",)

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = checks.number("slope", slope)

    def forward(self, x: Any, training: bool = False) -> Any:
        self.z = x
        return self.k.leaky_relu(x, self.slope)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.leaky_relu_backward(self.z, d, self.slope)


class Softmax(Layer):
    """o_j = e^(βz_j) / Σ_k e^(βz_k), ∂o_i/∂z_j = β o_i ((i = j) − o_j).

    Lecture 002, "Softmax module", prints e^(−βx), the energy form: that is β negative here.
    """

    settings = ("beta",)

    def __init__(self, beta: float = 1.0) -> None:
        super().__init__()
        self.beta = checks.number("beta", beta)

    def forward(self, x: Any, training: bool = False) -> Any:
        o = self.k.softmax(x, self.beta)
        self.z, self.o = x, o
        return o

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.softmax_backward(self.o, d, self.beta)


class Standardize(Layer):
    """(x − mean) / std, column by column, with numbers measured once on the training part and never trained."""

    settings = ("mean", "std")

    def __init__(self, mean: Any, std: Any) -> None:
        """mean and std: a number for each feature, as data.Standardizer has them."""
        super().__init__()
        numbers: Any = checks.rows("mean and std", [mean, std], finite=True)
        self.mean, self.std = numbers
        for i, sigma in enumerate(self.std):
            checks.number(f"std[{i}]", sigma, above=0)

    def output_units(self, inputs: int) -> int:
        if inputs != len(self.mean):
            raise ValueError(f"{self.name}: mean has {len(self.mean)} numbers; the layer before it has {inputs} units")
        return inputs

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        super().build(inputs, k)
        self.buffers = {"mean": k.matrix([self.mean]), "std": k.matrix([self.std])}

    def forward(self, x: Any, training: bool = False) -> Any:
        return self.k.standardize(x, self.buffers["mean"], self.buffers["std"])

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.standardize_backward(d, self.buffers["std"])


def _initializer(name: str, given: Any, default: Initializer) -> Initializer:
    if given is not None and not isinstance(given, Initializer):
        raise TypeError(f"{name}: {given!r}; allowed are initializers such as {type(default).__name__}()")
    return given or default
