"""How does the cost grow? With the batch, its rows, the width, the depth and the data, one of them varied at a time.

The slope on a log-log scale is the exponent: 1 if twice as much costs twice as much, 2 for the width of dense layers,
0 if a fixed cost dominates. Of `rows` the time of one row is shown, which stays the same while a step stays in cache.
"""

from functools import partial
from typing import Any, NamedTuple

from refnet.bench import workloads
from refnet.bench.networks import contestants
from refnet.bench.timing import Job, Settings, in_turns, slope
from refnet.bench.workloads import SMALL, Workload


class Sweep(NamedTuple):
    """One quantity that is varied: its values, what stays the same, and the workload at a value."""

    name: str
    values: tuple[int, ...]
    of: str
    unit: str  # of the work that is timed: a step, an epoch, or a row of a step

    def at(self, value: int) -> Workload:
        if self.name == "batch":
            return Workload((64, 64, 64, 10), "relu", "cross-entropy", value, max(512, 2 * value), 0.01)
        if self.name == "width":
            return Workload((value, value, value, 10), "relu", "cross-entropy", 32, 128, 0.001)
        if self.name == "depth":
            return Workload((32,) * (1 + value) + (10,), "tanh", "cross-entropy", 32, 512, 0.01)
        if self.name == "rows":
            return SMALL[3]._replace(batch=value, rows=max(1000, value))
        return Workload((16, 16, 4), "tanh", "cross-entropy", 32, value, 0.01)


SWEEPS = (
    Sweep("batch", (1, 4, 16, 64, 256, 1024), "64-64-64-10 relu", "step"),
    Sweep("width", (8, 16, 32, 64, 128, 256, 512), "w-w-w-10 relu, batch 32", "step"),
    Sweep("depth", (1, 2, 4, 8, 16, 32), "layers of 32 tanh, batch 32", "step"),
    Sweep("rows", (100, 1000, 10_000, 100_000), "4-32-16-4 tanh", "row"),
    Sweep("data", (256, 1024, 4096, 16384, 65536), "16-16-4 tanh, batch 32", "epoch"),
)


def jobs(settings: Settings) -> list[Job]:
    """A job for each quantity."""
    each_costs = 0.2 * settings.seconds * (2 + len(settings.peers))
    return [
        Job("scaling", sweep.name, each_costs * len(sweep.values), partial(measure, sweep, settings))
        for sweep in SWEEPS
    ]


def measure(sweep: Sweep, settings: Settings) -> dict[str, Any]:
    """The curve of every contestant: seconds at each value (None: left out), and the slopes."""
    steps: list[dict[str, dict[str, Any]]] = []
    for place, value in enumerate(sweep.values):
        workload = sweep.at(value)
        # The reference's curve is a straight line long before it gets slow.
        limit = 0.25 / (workload.steps if sweep.unit == "epoch" else 1)
        racing = contestants(workload, workloads.data(workload), settings, python_limit=limit)

        def tell(done: float, contestant: str, place: int = place) -> None:
            settings.tell((place + done) / len(sweep.values), contestant)

        steps.append(in_turns(racing, 0.2 * settings.seconds, min(3, settings.rounds), tell))
    names = dict.fromkeys(name for times in steps for name in times)
    whole = {name: [_whole(sweep, value, times.get(name)) for value, times in zip(sweep.values, steps)]
             for name in names}
    of_row = [value if sweep.unit == "row" else 1 for value in sweep.values]
    return {
        "name": sweep.name, "number": settings.number, "of": sweep.of, "unit": sweep.unit, "values": list(sweep.values),
        "seconds": {name: [y and y / rows for y, rows in zip(own, of_row)] for name, own in whole.items()},
        "slope": {name: _slope(sweep.values, own) for name, own in whole.items()},
        "slope_at_end": {name: _slope(sweep.values, own, last=3) for name, own in whole.items()},
        "samples": [{"name": f"{sweep.name} {value:,}", "times": times} for value, times in zip(sweep.values, steps)],
    }


def _whole(sweep: Sweep, value: int, own: Any) -> Any:
    """The seconds of a step, or of an epoch; None if it was left out."""
    return own and own["seconds"] * (sweep.at(value).steps if sweep.unit == "epoch" else 1)


def _slope(x: Any, y: Any, last: int = 0) -> Any:
    points = [(a, b) for a, b in zip(x, y) if b is not None][-last:]
    return slope(*zip(*points)) if points else None
