"""Where does the time of a training step go? Each kernel call timed, for each layer, on either backend."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

from refnet import checks
from refnet.arithmetic.elementary import divide
from refnet.checks import counted
from refnet.diagnosis.costs import aligned, checked_optimizer
from refnet.diagnosis.places import OPTIMIZER, PHASES, Place
from refnet.kernels import Wrapper
from refnet.kernels.reference.sums import total_of
from refnet.losses import checked_objective
from refnet.model import check_network
from refnet.training.examples import Examples
from refnet.training.steps import train_step


class Timed(NamedTuple):
    """The time of one kernel, or of all kernels of a layer, in a training step: seconds (the median), and its share."""

    phase: str
    layer: str
    kernel: str
    calls: int
    seconds: float
    share: float


class Profile:
    """Where the time of a step goes; all times are medians over `steps` training steps of all rows.

    kernels    a Timed for each phase, layer and kernel, in the order of a step
    by_layer   a Timed for each layer, the slowest first
    step       seconds of a step as it is, without an observer, kernel after kernel
    in_kernels seconds of all kernels, each timed apart, so that a look at the clock is part of it; the rest of a step
               is Python between them
    observing  seconds that looking at the clock adds to a step
    replayed   seconds of a step in `fit` where C replays it; None where it does not
    """

    def __init__(self, backend: str, rows: int, steps: int, kernels: list[Timed], step: float, observing: float,
                 replayed: Any) -> None:
        self.backend, self.rows, self.steps, self.kernels = backend, rows, steps, kernels
        self.step, self.observing, self.replayed = step, observing, replayed
        self.in_kernels = total_of(each.seconds for each in kernels)
        owners = dict.fromkeys(each.layer for each in kernels)
        layers = [_together([each for each in kernels if each.layer == owner]) for owner in owners]
        self.by_layer = sorted(layers, key=lambda each: -each.seconds)

    def __str__(self) -> str:
        rows = [["layer", "calls", "time", "share"]]
        rows += [[each.layer, f"{each.calls}", micro(each.seconds), f"{100.0 * each.share:.1f} %"]
                 for each in self.by_layer]
        more = [["kernel", "phase", "layer", "calls", "time", "share"]]
        slowest = sorted(self.kernels, key=lambda each: -each.seconds)
        more += [[each.kernel, each.phase, each.layer, f"{each.calls}", micro(each.seconds),
                  f"{100.0 * each.share:.1f} %"] for each in slowest[:MOST]]
        lines = [*aligned(rows, 1), "", *aligned(more, 3)]
        if slowest[MOST:]:
            rest = total_of(each.seconds for each in slowest[MOST:])
            lines.append(f"… and {len(slowest) - MOST} more, {micro(rest)} together")
        lines += ["", f"a step of {counted(self.rows, 'row')} on backend {self.backend!r}: {micro(self.step)} "
                      f"(the median of {counted(self.steps, 'step')})",
                  f"its kernels, each timed apart with a look at the clock: {micro(self.in_kernels)} together",
                  f"timing each call adds {micro(self.observing)} to a step"]
        if self.replayed is not None:
            lines.append(f"replayed by fit, without Python between the kernels: {micro(self.replayed)}")
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """All of it as dicts, lists, text and numbers, as JSON has them."""
        own = {name: value for name, value in vars(self).items() if name not in ("kernels", "by_layer")}
        return {**own, "kernels": [each._asdict() for each in self.kernels]}


MOST = 12  # kernels that are shown
WARMING_UP = 2  # steps


def micro(seconds: float) -> str:
    """0.00123 → "1,230 µs" """
    return f"{1e6 * seconds:,.1f} µs" if seconds < 1e-4 else f"{1e6 * seconds:,.0f} µs"


class Stopwatch(Wrapper):
    """The observer: how long does each kernel call take, and for whom is it?"""

    records = False  # C replays nothing: each call is seen

    def __init__(self, backend: Any) -> None:
        super().__init__(backend)
        self.place: Any = None
        self.times: dict[tuple[str, str, str], list[int]] = {}  # calls and nanoseconds of the step under way

    def call(self, name: str, kernel: Any, *values: Any) -> Any:
        start = time.perf_counter_ns()
        result = kernel(*values)
        took = time.perf_counter_ns() - start
        entry = self.times.setdefault((*self.place.now, name), [0, 0])
        entry[0] += 1
        entry[1] += took
        return result


def profile(network: Any, inputs: Any, targets: Any, loss: Any = None, optimizer: Any = None,
            steps: int = 20) -> Profile:
    """Time each kernel and layer of a training step on all these rows: the median over `steps` steps of a copy.

    loss, optimizer  as in `fit`; default: the network's, else the default for the last layer, and SGD()

    Two further steps warm up and are not counted. The observer's own cost is the difference to steps without it.
    The network stays as it is. Raises TypeError or ValueError as `fit` does.
    """
    check_network(network)
    steps = checks.count("steps", steps)
    given = checked_optimizer(network, optimizer)
    examples = Examples(network, inputs, targets, finite=True)
    objective = checked_objective(network, loss, examples.targets)
    watch = Stopwatch(network.k)
    observed, plain = _twin(network, objective, given), _twin(network, objective, given)
    observed.to(watch)
    watch.place = Place(observed)
    batch = examples.on(network.k)(network.k.wide([[float(i) for i in range(examples.rows)]]))
    loss_sum = network.k.wide([[0.0]])
    times: dict[tuple[str, str, str], list[list[int]]] = {}
    whole: tuple[list[int], list[int]] = ([], [])
    for step in range(-WARMING_UP, steps):
        watch.times = {}
        for twin, took in zip((observed, plain), whole):  # in turns: both see the same noise of the machine
            start = time.perf_counter_ns()
            train_step(twin, batch, loss_sum)
            took.append(time.perf_counter_ns() - start)
        for place, entry in watch.times.items() if step >= 0 else ():
            times.setdefault(place, []).append(entry)
    kernels = []
    for (phase, owner, name), entries in times.items():
        seconds = 1e-9 * median(took for _, took in entries)
        kernels.append(Timed(phase or "update", owner or OPTIMIZER, name, entries[0][0], seconds, 0.0))
    kernels.sort(key=lambda each: PHASES.index(each.phase))
    in_kernels = total_of(each.seconds for each in kernels)
    kernels = [each._replace(share=divide(each.seconds, in_kernels)) for each in kernels]
    with_watch, without = (1e-9 * median(took[WARMING_UP:]) for took in whole)
    replayed = _replayed(_twin(network, objective, given), inputs, targets, steps)
    return Profile(network.backend, examples.rows, steps, kernels, without, max(0.0, with_watch - without), replayed)


def _twin(network: Any, loss: Any, optimizer: Any) -> Any:
    """A copy of the network that is about to train with these."""
    twin = copy.deepcopy(network)
    twin.abandon_epoch()
    twin.objective = loss
    if optimizer is not None:
        copy.deepcopy(optimizer).attach(twin)
    return twin


def _replayed(twin: Any, inputs: Any, targets: Any, steps: int) -> Any:
    """Seconds of a step of `fit` on all rows, the difference of long and short fits; None if C does not replay it."""
    if not getattr(twin.k, "records", False):
        return None
    took, twin.optimizer.schedule = [], twin.optimizer.rate_at(twin.epoch)  # a schedule may end before all these epochs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a training that diverges, or is not replayed: that is no matter here
        for epochs in (WARMING_UP, *(WARMING_UP, 10 * steps + WARMING_UP) * 3):
            start = time.perf_counter_ns()
            twin.fit(inputs, targets, epochs=epochs, batch_size=1 << 31, shuffle=False, callbacks=[])
            took.append(time.perf_counter_ns() - start)
    return 1e-9 * max(0.0, median(took[2::2]) - median(took[1::2])) / (10 * steps)


def median(values: Iterable[float]) -> float:
    """The middle one, or the mean of the two in the middle."""
    order = sorted(values)
    return 0.5 * (order[(len(order) - 1) // 2] + order[len(order) // 2])


def _together(several: list[Timed]) -> Timed:
    """A layer's kernels as one."""
    calls = 0
    for each in several:
        calls += each.calls
    return Timed("", several[0].layer, "", calls, total_of(each.seconds for each in several),
                 total_of(each.share for each in several))
