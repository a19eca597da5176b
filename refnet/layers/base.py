"""What is a layer? Forward and backward out of the kernels of the network it stands in, and what both keep.

A layer reads like the lecture's matrix formula; the sums behind it are the kernels' (`self.k`). `forward` keeps what
`backward` needs; `backward` takes ∂L/∂output, stores the gradients of the layer's parameters and returns ∂L/∂input.
Shapes: x is (batch, inputs), the output (batch, units).
"""

from __future__ import annotations

import copy
import itertools
from typing import Any, Optional

from refnet import checks
from refnet.checks.settings import Configured
from refnet.kernels import REFERENCE
from refnet.parameters import Parameter


class Node:
    """One use of a layer in a graph: the layer after its parents. Nodes are numbered as they are made, so that a
    parent's number is below its children's."""

    numbers = itertools.count()

    def __init__(self, layer: Layer, parents: tuple[Node, ...] = ()) -> None:
        self.layer, self.parents, self.number = layer, parents, next(Node.numbers)


class Layer(Configured, abstract=True):
    """Base of all layers, and of a user's own: define forward and backward out of `self.k`'s kernels.

    settings   names of the constructor's arguments that a saved file must keep (attributes of the same names)
    cache      names of the attributes that forward leaves for backward (dropped when they are out of date)
    parameters what training changes, by name: Parameter objects, put there by the constructor
    buffers    other matrices that belong to the layer, by name; they are saved and moved with it
    key        the layer's own stream of random numbers
    merges     whether it takes several inputs: forward gets a list of matrices, and backward returns one of gradients
    """

    cache: tuple[str, ...] = ("x", "z", "o")
    k: Any = REFERENCE
    key: int = 0
    name: str = ""
    merges = False
    smallest: Optional[float] = None  # of a squashing layer, the limits of its outputs
    largest: Optional[float] = None
    is_called = False
    original: Optional[Layer] = None
    inputs: int = 0
    units: int = 0

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.buffers: dict[str, Any] = {}

    def __call__(self, *parents: Any) -> Node:
        """The layer's place in a graph, after these nodes (or Inputs): `h = Dense(8)(x)`.

        Each further call is another use of the same parameters in the same network (weight sharing), by a copy of the
        layer with its settings. Raises TypeError for what is no place in a graph, and for a number of them that the
        layer does not take.
        """
        kind = type(self).__name__
        for parent in parents:
            if not isinstance(parent, (Node, Input)):
                way = f": {kind}()(a, b)" if isinstance(parent, (list, tuple)) else ""
                allowed = f"allowed: Inputs and what calling a layer returns{way}"
                raise TypeError(f"{kind}: called on {parent!r}; {allowed}")
        if len(parents) < 2 if self.merges else len(parents) != 1:
            raise TypeError(f"{kind}: called on {len(parents)}; it takes {'two or more' if self.merges else 'one'}")
        if self.name:
            raise ValueError(f"{kind}: this layer ({self.name}) is in a network already; make a new one")
        layer = self
        if self.is_called:
            layer = copy.copy(self)
            layer.parameters = {name: copy.copy(parameter) for name, parameter in self.parameters.items()}
            layer.buffers, layer.original = {}, self.original or self
        self.is_called = True
        return Node(layer, tuple(parent.node if isinstance(parent, Input) else parent for parent in parents))

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        """Make the layer ready for rows of `inputs` numbers on the kernels k; keys yields random streams."""
        self.inputs, self.k = inputs, k
        self.units = self.output_units(inputs)
        for name, parameter in self.parameters.items():
            parameter.build(k, keys, self.parameter_shape(name), f"{self.name}.{name}")

    def parameter_shape(self, name: str) -> tuple[int, int]:
        """The shape of a parameter's matrix, once `inputs` and `units` are known."""
        return (1, self.units) if self.parameters[name].is_row else (self.units, self.inputs)

    def output_units(self, inputs: int) -> int:
        """How many numbers a row has after this layer."""
        return inputs

    def forward(self, x: Any, training: bool = False) -> Any:
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        raise TypeError(f"{type(self).__name__} defines no backward")

    def __getstate__(self) -> dict[str, Any]:
        left_behind = ("k", "node", *self.cache)
        kept = {name: value for name, value in vars(self).items() if name not in left_behind}
        return {**kept, "buffers": dict.fromkeys(self.buffers)}

    def cost(self) -> float:
        """What the layer itself adds to the loss of the last forward pass."""
        return 0.0

    def check_buffers(self) -> None:
        """Raise ValueError for numbers in the buffers that no training leaves there: a file may have invented them."""

    def commit(self) -> None:
        """The training step is done: take in, through kernels and into buffers, what it leaves for the next ones."""


class Input(Layer):
    """The placeholder for `units` features; it computes nothing."""

    settings = ("units",)

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = checks.count("units", units)
        self.node = Node(self)

    def __call__(self, *parents: Any) -> Node:
        raise TypeError("Input: it comes first and is called on nothing")

    def output_units(self, inputs: int) -> int:
        return self.units

    def forward(self, x: Any, training: bool = False) -> Any:
        return x

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return d
