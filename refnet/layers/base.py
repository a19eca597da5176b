"""What is a layer? A forward and a backward pass made of its network's kernels, and what the two passes keep.

A layer reads like the lecture's matrix formula; the sums are in the kernels (`self.k`).
"""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any, Optional

from refnet.checks import Count, Settings, shown
from refnet.checks.settings import Configured, Refused
from refnet.kernels import REFERENCE
from refnet.parameters import Parameter

UNBOUNDED = (-math.inf, math.inf)
"""The limits of outputs that may be any number."""


class Node:
    """One use of a layer in a network, after its parents. Nodes are numbered as they are made, parents first."""

    numbers = itertools.count()

    def __init__(self, layer: Layer, parents: tuple[Node, ...] = (), number: Optional[int] = None) -> None:
        self.layer, self.parents = layer, parents
        self.number = next(Node.numbers) if number is None else number


class Layer(Configured, abstract=True):
    """Base of all layers. A user's own layer defines forward and backward with the kernels in `self.k`.

    settings   the constructor's arguments that a file keeps, held in attributes of the same names
    cache      names of the attributes that forward leaves for backward; dropped when they are out of date
    parameters what training changes: Parameter objects by name, made by the constructor
    buffers    other matrices of the layer by name; they are saved and moved with it
    wide       names of the buffers that are binary64 in every number format: counters
    key        the layer's own stream of random numbers
    merges     whether it takes several inputs: forward then gets a list of matrices, backward returns a list

    A constructor raises TypeError or ValueError for a setting that is not allowed.
    """

    cache: tuple[str, ...] = ("x", "z", "o")
    wide: tuple[str, ...] = ()
    k: Any = REFERENCE
    key: int = 0
    name: str = ""
    merges = False
    smallest: Optional[float] = None  # the limits of its outputs, infinite where there is none; None: not known
    largest: Optional[float] = None
    passes_on = False  # whether its outputs are its inputs, and so are their limits
    is_called = False  # further calls share the parameters
    original: Optional[Layer] = None  # the layer whose parameters this copy shares
    inputs: int = 0
    units: int = 0
    __setattr__ = object.__setattr__  # type: ignore[assignment]  # forward keeps what backward needs: that must be quick
    _sets_often = True

    def __init__(self) -> None:
        self.parameters: dict[str, Parameter] = {}
        self.buffers: dict[str, Any] = {}

    def __call__(self, *parents: Any) -> Node:
        """The node of this layer after these nodes or Inputs: `h = Dense(8)(x)`.

        Each further call uses the same parameters again in the same network (weight sharing), through a copy of the
        layer. Raises TypeError if an argument is not a Node or an Input, or if their number does not fit the layer,
        ValueError if the layer is in a network already.
        """
        kind = type(self).__name__
        for parent in parents:
            if not isinstance(parent, (Node, Input)):
                way = f": {kind}()(a, b)" if isinstance(parent, (list, tuple)) else ""
                allowed = f"Inputs and what calling a layer returns{way}"
                raise TypeError(f"{kind}: called on {shown(parent)}; allowed: {allowed}")
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
        """Prepare the layer for rows of `inputs` numbers on the kernels k; keys yields the random streams."""
        self.inputs, self.k = inputs, k
        self.units = self.output_units(inputs)
        for name, parameter in self.parameters.items():
            parameter.build(k, keys, self.parameter_shape(name), f"{self.name}.{name}")

    @property
    def trainable(self) -> bool:
        """Whether training changes any of its parameters. Assign True or False for all of them (False: frozen)."""
        return any(parameter.trainable for parameter in self.parameters.values())

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for parameter in self.parameters.values():
            parameter.trainable = value

    def parameter_shape(self, name: str) -> tuple[int, int]:
        """The shape of a parameter's matrix, once `inputs` and `units` are known."""
        return (1, self.units) if self.parameters[name].is_row else (self.units, self.inputs)

    def output_units(self, inputs: int) -> int:
        """How many numbers a row of this layer's output has. Raises ValueError if it cannot take `inputs`."""
        return inputs

    def forward(self, x: Any, training: bool = False) -> Any:
        """The output (rows, units) for x (rows, inputs). Keeps what backward needs."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        """∂L/∂x (rows, inputs) for d = ∂L/∂output (rows, units). Stores the gradients of the layer's parameters.

        With input_gradient=False ∂L/∂x is not needed, and may be None.
        """
        raise TypeError(f"{type(self).__name__} defines no backward")

    def __getstate__(self) -> dict[str, Any]:
        left_behind = ("k", "_number", *self.cache)
        kept = {name: value for name, value in vars(self).items() if name not in left_behind}
        return {**kept, "buffers": dict.fromkeys(self.buffers)}

    def cost(self) -> float:
        """What the layer adds to the loss of the last forward pass."""
        return 0.0

    def check_buffers(self) -> None:
        """Raise ValueError if a buffer holds numbers that training cannot produce: a file may have invented them."""

    def commit(self) -> None:
        """Called when a training step has been taken: update statistics and counters in the buffers, by kernels."""


for name in ("activation", "weights", "biases", "kernel", "penalty", "constraint", "momentum", "rate"):
    if not hasattr(Layer, name):
        setattr(Layer, name, Refused(name))


class Input(Layer):
    """The placeholder for `units` features; it computes nothing."""

    settings = Settings(units=Count(fixed=True))

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units
        self._number = next(Node.numbers)

    @property
    def node(self) -> Node:
        """Its node, which it does not keep: the two would hold each other."""
        return Node(self, number=self._number)

    def __call__(self, *parents: Any) -> Node:
        raise TypeError("Input: it comes first and takes no inputs")

    def output_units(self, inputs: int) -> int:
        return self.units

    def forward(self, x: Any, training: bool = False) -> Any:
        return x

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return d
