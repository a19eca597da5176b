"""What is a step, written down? Its kernel calls in order, and the numbers that have a name, bit for bit.

Names are a layer's or parameter's and a role:

    dense1.z                  output of a layer; "z" of a Dense, whose activation follows, "o" of every other layer
    dense1.delta              ∂L/∂output of the layer: for a Dense the lectures' δ
    dense1.weights            a parameter as the step began
    dense1.weights.gradient   ∂L/∂w with penalties; before them ….gradient.data, clipped ….gradient.clipped
    dense1.weights.velocity   the optimizer's numbers for it; those of the step are step.power1, …
    dense1.weights.ahead      the weights with which Nesterov measures the gradient
    ….new                     what has changed, as the step ended
    batchnorm1.xhat           what else a layer keeps for the backward pass
    targets, loss.rows, loss.sum, loss, rate     1×1 but for the first two
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from refnet.checks import is_whole, shown
from refnet.checks.names import did_you_mean
from refnet.kernels.choosing import format_of
from refnet.trace.calls import Call, Numbers
from refnet.trace.compared.difference import Difference, difference
from refnet.trace.element import Element, element_of


class Step:
    """One training step, or one forward pass.

    number       from 1
    is_training  whether it is a training step, or a forward pass with training=True
    rows         examples in its batch
    calls        its kernel calls, in order
    values       name → Numbers, in the order of computation
    origins      name → (the call that computed it, the name of its result)
    loss         as net.loss(…) gives it; None without one
    """

    def __init__(self, number: int, is_training: bool) -> None:
        self.number, self.is_training, self.rows = number, is_training, 0
        self.calls: list[Call] = []
        self.values: dict[str, Numbers] = {}
        self.origins: dict[str, tuple[Call, str]] = {}
        self.loss: Optional[float] = None

    def __getitem__(self, name: str) -> list[list[Any]]:
        """The numbers of this name, as rows. Raises KeyError for a name that the step does not have."""
        return self.numbers(name).tolist()

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def numbers(self, name: str) -> Numbers:
        """The Numbers of this name. Raises KeyError."""
        if name not in self.values:
            hint = did_you_mean(name, self.values) if isinstance(name, str) else ""
            raise KeyError(f"{shown(name)}{hint or '; the step has: ' + (', '.join(self.values) or 'nothing')}")
        return self.values[name]

    def element(self, name: str, row: int = 0, unit: int = 0) -> Element:
        """How one number came about, operation by operation. Raises KeyError for the name, IndexError for the place."""
        numbers = self.numbers(name)
        for what, given, size in (("row", row, numbers.rows), ("unit", unit, numbers.columns)):
            if not is_whole(given) or not 0 <= given < size:
                raise IndexError(f"{what}: {shown(given)}; {name} is {numbers.rows}×{numbers.columns}: 0 to {size - 1}")
        if name not in self.origins:
            return Element(f"{name}[{row}][{unit}]", numbers.at(row, unit), "", [], "")
        return element_of(*self.origins[name], name, int(row), int(unit))

    def sort(self) -> None:
        """Bring the names into the order of computation; what was given stays behind the name that it came after."""
        place, places = -1, {}
        for name in self.values:
            if name in self.origins:
                place = self.origins[name][0].number
            places[name] = place
        for name in sorted(places, key=places.__getitem__):
            self.values[name] = self.values.pop(name)

    def __repr__(self) -> str:
        kind = "training step" if "loss.sum" in self.values else "forward pass"
        return f"<{kind} {self.number}: {len(self.calls)} kernel calls, {len(self.values)} names>"


class Trace:
    """Steps written down, in order. With one step its names are the trace's own: trace["dense1.z"].

    network  the network that was traced, as it is now
    number   the name of the number format in which it computed
    """

    def __init__(self, network: Any) -> None:
        self.network = network
        self.number = format_of(network.k).name
        self.steps: list[Step] = []

    def step(self, number: int) -> Step:
        """The step of this number, counted from 1. Raises IndexError for any other."""
        if not is_whole(number) or not 1 <= number <= len(self.steps):
            raise IndexError(f"step: {shown(number)}; allowed: 1 to {len(self.steps)}")
        return self.steps[int(number) - 1]

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def only(self) -> Step:
        """The step, if there is one alone. Raises ValueError."""
        if len(self.steps) != 1:
            raise ValueError(f"trace: it has {len(self.steps)} steps; ask one of them, trace.step(1)")
        return self.steps[0]

    def __getitem__(self, name: str) -> list[list[Any]]:
        """trace.step(1)[name] of a trace of one step."""
        return self.only()[name]

    def __contains__(self, name: object) -> bool:
        return name in self.only()

    @property
    def calls(self) -> list[Call]:
        """The kernel calls of all steps."""
        return [call for step in self.steps for call in step.calls]

    def element(self, name: str, row: int = 0, unit: int = 0) -> Any:
        """trace.step(1).element(…) of a trace of one step."""
        return self.only().element(name, row, unit)

    def difference(self, other: Any) -> Difference:
        """Where another run's numbers leave this trace, and why: refnet.trace.difference(self, other).

        other: a Trace, {name: matrix} or a list of these (a step each), or a file: .json, .npz or .csv. Raises
        TypeError or ValueError for anything else, a step or shape that does not fit, or names that are all unknown.
        """
        return difference(self, other)

    def __str__(self) -> str:
        """Every kernel call, a line each."""
        lines = []
        for step in self.steps:
            lines += [repr(step), *(f"  {call!r}" for call in step.calls)]
        return "\n".join(lines)
