"""Where is refnet ahead? A map of batch and width: refnet's time by that of the best peer."""

from functools import partial
from typing import Any

from refnet.bench import workloads
from refnet.bench.networks import abouts, best_peer, contestants
from refnet.bench.timing import C, Job, Settings, in_turns, ratio
from refnet.bench.workloads import Workload

BATCHES = (1, 10, 100, 1000, 10_000)
WIDTHS = (4, 16, 64, 256, 1024)
OF = "32-w-w-10 tanh, softmax"
TOO_LONG = 2e10  # operations of a step's products, a second or so: left out unless everything is asked for


def jobs(settings: Settings) -> list[Job]:
    """A job for each cell; none without peers, or without the C core."""
    if not settings.peers or not settings.native:
        return []
    cost = 0.3 * settings.seconds * (1 + len(settings.peers))
    return [Job("map", f"{batch:,} × {width:,}", cost, partial(measure, batch, width, settings))
            for batch in BATCHES for width in WIDTHS]


def workload_of(batch: int, width: int) -> Workload:
    """An epoch of it lasts long enough for the clock, and not much longer."""
    one = Workload((32, width, width, 10), "tanh", "cross-entropy", batch, batch, 0.01)
    return one._replace(rows=batch * max(1, min(100, int(2e8 / one.product_flops))))


def measure(batch: int, width: int, settings: Settings) -> dict[str, Any]:
    """A cell: the times, who of the peers is the fastest, and how many times as long as it refnet takes."""
    workload = workload_of(batch, width)
    is_long = workload.product_flops > TOO_LONG and not settings.full
    times: dict[str, Any] = {}
    if not is_long:
        racing = contestants(workload, workloads.data(workload), settings, python_limit=0.0)
        times = in_turns(racing, 0.3 * settings.seconds, min(3, settings.rounds), settings.tell)
    best = best_peer(times, settings)
    return {
        "name": f"{batch:,} × {width:,}", "number": settings.number, "of": OF, "batch": batch, "width": width,
        "times": times, "too_long": is_long, "best_peer": best,
        "ratio": ratio(times[C], times[best]) if best else None, "abouts": abouts(settings),
    }
