"""What is a layer? Forward and backward out of the kernels of the network it stands in, and what both keep.

A layer reads like the lecture's matrix formula; the sums behind it are the kernels' (`self.k`). `forward` keeps what
`backward` needs; `backward` takes ∂L/∂output, stores the gradients of the layer's parameters and returns ∂L/∂input.
Shapes: x is (batch, inputs), the output (batch, units).
"""

from __future__ import annotations

from typing import Any

from refnet import checks
from refnet.kernels import reference


class Parameter:
    """Numbers that training changes: a matrix (value), its gradient, the penalties and constraints on it.

    A bias is a matrix of one row; its users see that row (`is_row`).
    """

    def __init__(self, value: Any, is_row: bool = False, penalties: tuple = (), constraints: tuple = ()) -> None:
        self.value = value
        self.gradient: Any = None
        self.is_row = is_row
        self.penalties = penalties
        self.constraints = constraints


class Layer:
    """Base of all layers, and of a user's own: define forward and backward out of `self.k`'s kernels.

    settings   names of the constructor's arguments that a saved file must keep (attributes of the same names)
    remembers  names of the attributes that forward leaves for backward (dropped when they are out of date)
    parameters what training changes, by name
    buffers    other matrices that belong to the layer, by name; they are saved and moved with it
    key        the layer's own stream of random numbers
    """

    settings: tuple[str, ...] = ()
    remembers: tuple[str, ...] = ("x", "z", "o")
    k: Any = reference
    key: int = 0
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

    def cost(self) -> float:
        """What the layer itself adds to the loss of the last forward pass."""
        return 0.0

    def commit(self) -> None:
        """The training step is done: take in, through kernels and into buffers, what it leaves for the next ones."""


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
