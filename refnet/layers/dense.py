"""What does a layer of units compute, each connected to every input? The linear module z = x Wᵀ + b."""

from typing import Any

from refnet import checks
from refnet.checks import Choice, Count, Settings
from refnet.checks.settings import count_change
from refnet.layers.base import UNBOUNDED, Layer
from refnet.parameters import Glorot, Parameter, Zeros, as_constraints, as_penalties
from refnet.parameters.parameter import is_flat


class Dense(Layer):
    """z = x Wᵀ + b: (rows, inputs) → (rows, units).

    weights (units, inputs), one row per neuron: weights[j][i] leads from input i to unit j, as Θ_ji in lecture 004.
    Gradients: ∂L/∂W = δᵀ x, ∂L/∂b = Σ δ over the rows, ∂L/∂x = δ W (lecture 002, "Linear module").
    """

    smallest, largest = UNBOUNDED

    settings = Settings(units=Count(fixed=True), bias=Choice(True, False, fixed=True), constraints=None)

    def __init__(self, units: int, bias: bool = True, weights: Any = None, biases: Any = None, penalty: Any = None,
                 constraint: Any = None, trainable: bool = True) -> None:
        """bias=False leaves b out. weights, biases: an initializer (default Glorot(), Zeros()) or the numbers, of shape
        (units, inputs) and (units,). penalty, constraint: one or a list, for the weights. trainable=False: frozen."""
        super().__init__()
        self.units, self.bias = units, bias
        rules = as_penalties(penalty), as_constraints(constraint)
        self.parameters["weights"] = _parameter("weights", weights, Glorot(), False, *rules)
        start = _parameter("biases", biases, Zeros(), True)
        if self.bias:
            self.parameters["bias"] = start
        self.trainable = trainable

    @property
    def penalties(self) -> tuple:
        return self.parameters["weights"].penalties

    @penalties.setter
    def penalties(self, penalties: Any) -> None:
        self.parameters["weights"].penalties = as_penalties(penalties)
        count_change()

    @property
    def constraints(self) -> tuple:
        return self.parameters["weights"].constraints

    @constraints.setter
    def constraints(self, constraints: Any) -> None:
        self.parameters["weights"].constraints = as_constraints(constraints)
        count_change()

    def output_units(self, inputs: int) -> int:
        return self.units

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


def _parameter(name: str, given: Any, default: Any, *rules: Any) -> Parameter:
    shape = "one for each unit" if name == "biases" else "a row for each unit: [[…], …]"
    allowed = f"allowed: initializers such as {type(default).__name__}(), or the numbers themselves, {shape}"
    is_row_of_weights = name == "weights" and isinstance(given, (list, tuple)) and is_flat(given)
    if checks.as_number(given) is not None or isinstance(given, (str, type)) or is_row_of_weights:
        raise TypeError(f"{name}: {checks.shown(given)}; {allowed}")
    try:
        return Parameter(default if given is None else given, *rules)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {str(error).removeprefix('initial: ')}; {allowed}") from None
