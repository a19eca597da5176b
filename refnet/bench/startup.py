"""What does beginning cost? Handing the data over, and the first call, which records or compiles, beyond its step."""

import importlib.util
from functools import partial
from typing import Any, Callable

from refnet.bench import workloads
from refnet.bench.networks import abouts, makers
from refnet.bench.timing import Job, Settings, clock, few_collections, quantile, summary
from refnet.bench.workloads import NETWORKS, SMALL, Data, Workload

TRIES = 3  # of everything that is done once: the median counts
STEPS = 4  # of the first call: refnet records the first two
SCATTER = 0.2  # of the steps: what is less cannot be told from it
WORKLOADS = (NETWORKS[1], SMALL[3])


def jobs(settings: Settings) -> list[Job]:
    """A job for each of the networks."""
    cost = (2 + len(settings.peers)) * settings.seconds
    return [Job("startup", each.title, cost, partial(measure, each, settings)) for each in WORKLOADS]


def measure(workload: Workload, settings: Settings) -> dict[str, Any]:
    """Seconds of each contestant: from lists and from NumPy's arrays to what it trains on, all rows; its first call,
    less its steps; a step."""
    data = workloads.data(workload)
    short = workload._replace(rows=STEPS * workload.batch, shuffle=False)
    racing, times = makers(short, settings), {}
    with few_collections():
        for place, make in enumerate(racing):
            name, own = of_one(make, data, data.first(short.rows), settings)
            times[name] = own
            settings.tell((place + 1) / len(racing), name)
    return {"name": workload.title, "number": settings.number, "rows": workload.rows, "inputs": workload.sizes[0],
            "times": times, "abouts": abouts(settings)}


def of_one(make: Callable[[Data], Any], data: Data, few: Data, settings: Settings) -> tuple[str, dict[str, Any]]:
    """The name and the times of one contestant, which `make` makes anew for each first call."""
    firsts = []
    for _ in range(TRIES):
        contestant = make(few)
        getattr(contestant, "forget", lambda: None)()
        firsts.append(_seconds(partial(contestant.epoch_losses, 1)))
    step = summary(contestant.turn(0.2 * settings.seconds))["seconds"]
    given: dict[str, tuple[Any, Any]] = {"lists": (data.inputs, data.targets)}
    if importlib.util.find_spec("numpy"):
        np = importlib.import_module("numpy")
        given["arrays"] = np.array(data.inputs), np.array(data.targets)
    handing = {kind: _median([_seconds(partial(contestant.handed, *rows)) for _ in range(TRIES)])
               for kind, rows in given.items()}
    first = _median(firsts) - STEPS * step
    return contestant.name, {"seconds": step, "first": first if first > SCATTER * STEPS * step else None, **handing}


def _median(values: list[float]) -> float:
    return quantile(sorted(values), 0.5)


def _seconds(work: Callable[[], Any]) -> float:
    start = clock.read()
    work()
    return clock.read() - start
