"""What does a layer of units compute, each connected to every input? The linear module z = x Wᵀ + b."""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.layers.base import Layer, Parameter
from refnet.parameters.constraints import as_constraints
from refnet.parameters.initializers import Glorot, Initializer, Zeros
from refnet.parameters.penalties import as_penalties


class Dense(Layer):
    """z = x Wᵀ + b, every unit connected to every input.

    weights (units, inputs), one neuron a row: weights[j][i] leads from input i to unit j, as Θ_ji in lecture 004.
    Gradients: ∂L/∂W = δᵀ x, ∂L/∂b = Σ δ over the rows, ∂L/∂x = δ W (lecture 002, "Linear module").
    """

    settings = ("units", "bias", "constraints")

    def __init__(self, units: int, bias: bool = True, weights: Optional[Initializer] = None,
                 biases: Optional[Initializer] = None, penalty: Any = None, constraint: Any = None) -> None:
        """units; bias=False for none; weights and biases: initializers (Glorot(), Zeros()); penalty and constraint on
        the weights."""
        super().__init__()
        self.units = checks.count("units", units)
        self.bias = checks.choice("bias", bias, [True, False])
        self.initial_weights = _initializer("weights", weights, Glorot())
        self.initial_biases = _initializer("biases", biases, Zeros())
        self._rules: dict[str, Any] = {"penalties": as_penalties(penalty), "constraints": as_constraints(constraint)}

    # What holds for the weights stands with them, once there are any: in one place, for training and for files.

    @property
    def penalties(self) -> tuple:
        return self._holder()["penalties"]

    @penalties.setter
    def penalties(self, penalties: tuple) -> None:
        self._holder()["penalties"] = penalties

    @property
    def constraints(self) -> tuple:
        return self._holder()["constraints"]

    @constraints.setter
    def constraints(self, constraints: tuple) -> None:
        self._holder()["constraints"] = constraints

    def _holder(self) -> dict[str, Any]:
        return vars(self.parameters["weights"]) if "weights" in self.parameters else self._rules

    def output_units(self, inputs: int) -> int:
        return self.units

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        super().build(inputs, k)
        rules = self._rules
        for penalty in rules["penalties"]:
            penalty.check_shape((self.units, inputs))
        key = next(keys) if keys else 0
        weights = self.initial_weights(k, key, self.units, inputs)
        self.parameters["weights"] = Parameter(weights, False, rules["penalties"], rules["constraints"])
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


def _initializer(name: str, given: Any, default: Initializer) -> Initializer:
    if given is not None and not isinstance(given, Initializer):
        raise TypeError(f"{name}: {given!r}; allowed are initializers such as {type(default).__name__}()")
    return given or default
