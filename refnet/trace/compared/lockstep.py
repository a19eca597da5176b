"""Which kernel call is the first that two backends answer differently? Both run, side by side.

    net = refnet.Network(layers, backend=Lockstep("python", "c"))      # every call of its life
    with refnet.trace.lockstep(net, my_backend):                       # what is computed in this block
        net.fit(x, y)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from refnet import checks
from refnet.kernels import SEAM, Wrapper, choose
from refnet.kernels.choosing import format_of
from refnet.trace.calls import Call, Numbers, numbers_of
from refnet.trace.compared.difference import Deviation
from refnet.trace.compared.likely import likely
from refnet.trace.compared.ulps import same
from refnet.trace.compared.ways import Expression
from refnet.trace.element import computed, named_number
from refnet.trace.tracing import tracing


class OutOfStep(Exception):
    """Two backends differ in a call: `call` (a Call) as the first has it, and `deviation`, where and why."""

    def __init__(self, call: Call, part: str, deviation: Deviation) -> None:
        self.call, self.deviation = call, deviation
        where = f"{call.phase} {call.layer}".strip()
        lines = [f"call {call.number}{where and f', {where}'}: {call.kernel} gives another "
                 f"{part or 'result'}[{deviation.row}][{deviation.unit}]", *str(deviation).split("\n")]
        super().__init__("\n  ".join(lines))


class Lockstep(Wrapper):
    """A backend that is two: the network gets the first one's numbers, the second is asked each time and compared.

    first, second  "python", "c" or any object that is a backend; each of second's calls starts from first's numbers
    stop           True: the first call that differs raises OutOfStep; False: `found` has one for each of them
    calls          how many kernel calls were compared
    """

    records = False  # C replays nothing: every call is seen

    def __init__(self, first: Any = "python", second: Any = "c", stop: bool = True) -> None:
        super().__init__(first)
        number = format_of(self.inner).name if isinstance(second, str) else None
        self.second, self.stop = choose(second, number), checks.choice("stop", stop, [True, False])
        self.calls = 0
        self.found: list[OutOfStep] = []
        self.where: Callable[[], tuple[str, str]] = _nowhere

    def call(self, name: str, kernel: Callable, *values: Any) -> Any:
        pairs = list(zip(SEAM[name].arguments, values))
        arguments = {argument.name: numbers_of(self.inner, value) if argument.kind == "matrix" and value is not None
                     else value for argument, value in pairs}
        copies = SEAM[name].on(self.second, [
            each.tolist() if isinstance(each, Numbers) else each for each in arguments.values()])
        call = Call(self.calls, name, *self.where(), arguments, format_of(self.inner).name)
        result, other = kernel(*values), getattr(self.second, name)(*copies)
        self.calls += 1
        made = [("", result, other)] if SEAM[name].result else [
            (argument.name, value, copied) for (argument, value), copied in zip(pairs, copies) if argument.updated]
        for part, ours, theirs in made:
            call.results[part] = numbers_of(self.inner, ours)
            self._compare(call, part, numbers_of(self.second, theirs))
        return result

    def _compare(self, call: Call, part: str, theirs: Numbers) -> None:
        ours = call.results[part]
        if ours.shape != theirs.shape:
            raise ValueError(f"{call.kernel}: {ours.rows}×{ours.columns} of {self.inner.name}, "
                             f"{theirs.rows}×{theirs.columns} of {self.second.name}")
        if all(map(same, ours.values, theirs.values)):
            return

        def opened(kernels: dict[str, Callable], row: int, unit: int) -> Expression:
            made = computed(call, part, row, unit, partial(named_number, call), kernels)
            return Expression(made, [call.kernel])

        found = likely(lambda kernels: partial(opened, kernels), ours, theirs)
        self.found.append(OutOfStep(call, part, Deviation(part or "result", ours, theirs, found)))
        if self.stop:
            raise self.found[-1]


def _nowhere() -> tuple[str, str]:
    return "", ""


@contextmanager
def lockstep(network: Any, other: Any = "python", stop: bool = True) -> Iterator[Lockstep]:
    """While this block runs, `other` computes beside the network's backend whatever the network computes.

    With stop the first call that differs raises OutOfStep, which names layer, kernel, row and unit, both numbers and
    the likely cause; otherwise the Lockstep that the block gets has all of them in `found`. No bit of the network
    changes by it. Raises ValueError if other is no backend or the network is being trained.
    """
    before, pair = network.k, Lockstep(network.k, other, stop)
    network.to(pair)
    try:
        with tracing(network, layers=[]):  # the observer that knows for whom a kernel works
            watcher = network.k
            pair.where = lambda: (watcher.phase, watcher.owner)
            yield pair
    finally:
        pair.where = _nowhere
        network.to(before)
