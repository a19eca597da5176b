"""How long does it take, on a machine that others use too? Contestants take turns, and the median counts.

A contestant has `name` and `turn(seconds)`, which works for about that long and returns its measurements, each as
(seconds, repetitions). All contestants of a line take turns in one process, so that a disturbance hits them alike.
"""

import gc
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Callable, NamedTuple, Optional

Sample = tuple[float, int]

C, PYTHON = "refnet C", "refnet Python"  # the contestants of every line, where they can take part
C_ONE = "refnet C, 1 thread"  # beside C if that has more threads


class Clock:
    """What a contestant's work is timed by: the clock on the wall, or this process's time on the processors.

    Processor time does not count the time in which other programs hold the processors. It adds up the time of all
    threads, so it is of no use for more than one.
    """

    def __init__(self) -> None:
        self.read: Callable[[], float] = time.perf_counter

    @contextmanager
    def of_processor(self, yes: bool) -> Iterator[None]:
        """Within the block, read processor time if `yes`."""
        self.read = time.process_time if yes else time.perf_counter
        try:
            yield
        finally:
            self.read = time.perf_counter


clock = Clock()


@contextmanager
def few_collections() -> Iterator[None]:
    """Within the block, the garbage collector leaves alone what is there already: with several libraries loaded, a full
    collection takes a third of a second, in whose turn it falls. What the caller has frozen stays so afterwards."""
    has_frozen = getattr(gc, "get_freeze_count", lambda: 1)() > 0  # PyPy's collector has another way
    getattr(gc, "freeze", lambda: None)()
    try:
        yield
    finally:
        if not has_frozen:
            gc.unfreeze()


class Turns:
    """The turns of one contestant: its samples, the median of each round, and how much of the time this process had
    the processor."""

    def __init__(self, contestant: Any) -> None:
        self.contestant = contestant
        self.samples: list[Sample] = []
        self.rounds: list[Optional[float]] = []
        self.wall = self.own = 0.0

    def take(self, seconds: float) -> None:
        wall, own = time.perf_counter(), time.process_time()
        found = self.contestant.turn(seconds)
        self.wall, self.own = self.wall + time.perf_counter() - wall, self.own + time.process_time() - own
        self.samples += found
        self.rounds.append(summary(found)["seconds"])

    def wait(self) -> None:
        self.rounds.append(None)

    def summary(self) -> dict[str, Any]:
        """A `summary` of the samples. rounds: the median of each round, None where it waited; own_share: processor time
        by the clock on the wall, None if that is too short."""
        share = self.own / self.wall if self.wall >= 0.01 else None
        return {**summary(self.samples), "rounds": self.rounds, "own_share": share}


class Settings(NamedTuple):
    """What was asked for, and what the machine offers.

    native   the kernels of the C core in this number format; None if there are none
    peers    the classes of refnet.bench.peers that are installed and asked for
    peak     multiplications and additions per second that one core can do; None: unknown
    tell     tell(share, contestant) is called with the share of a line that is done, and whose turn it is
    number   the name of the number format
    network  the units, from inputs to outputs, of the one network whose time on more cores is estimated; None: some
    batch    rows of its minibatches
    """

    seconds: float
    rounds: int
    full: bool
    native: Any
    peers: tuple[Any, ...] = ()
    peak: Optional[float] = None
    threads: int = 1
    tell: Callable[[float, str], None] = lambda done, contestant: None
    number: str = "binary64"
    network: Optional[list[int]] = None
    batch: int = 0


class Job(NamedTuple):
    """A line of a table: what it is called, about how long it takes, and how it is measured."""

    section: str
    name: str
    cost: float
    run: Callable[[], dict[str, Any]]


class Repeated:
    """A contestant made of a function that does its work n times."""

    def __init__(self, name: str, repeat: Callable[[int], Any]) -> None:
        self.name, self.repeat = name, repeat
        self.count = 0

    def turn(self, seconds: float) -> list[Sample]:
        samples: list[Sample] = []
        end = time.perf_counter() + seconds
        if not self.count:
            first = self._calibrate(seconds)
            samples += [first] * (first[0] >= seconds)  # so slow that it need not be done twice
        while not samples or time.perf_counter() < end:
            samples.append(self._sample())
        return samples

    def _calibrate(self, seconds: float) -> Sample:
        """Take as many repetitions as last 2 ms, or a quarter of a turn: then the clock's own cost does not show."""
        self.count = 1
        while True:
            sample = self._sample()
            if sample[0] >= min(2e-3, seconds / 4):
                return sample
            self.count *= 2

    def _sample(self) -> Sample:
        start = clock.read()
        self.repeat(self.count)
        return clock.read() - start, self.count


@contextmanager
def threads_of(native: Any, number: int) -> Iterator[None]:
    """Within the block, the C core has this number of threads."""
    before, native.threads = native.threads, number
    try:
        yield
    finally:
        native.threads = before


class OneThread:
    """A contestant of the C core with one thread, whatever the others have."""

    def __init__(self, contestant: Any, native: Any) -> None:
        self.name, self.contestant, self.native = C_ONE, contestant, native

    def turn(self, seconds: float) -> list[Sample]:
        with threads_of(self.native, 1):
            return self.contestant.turn(seconds)

    def epoch_losses(self, epochs: int) -> list[float]:
        with threads_of(self.native, 1):
            return self.contestant.epoch_losses(epochs)

    def handed(self, inputs: Any, targets: Any) -> Any:
        with threads_of(self.native, 1):
            return self.contestant.handed(inputs, targets)


def called(name: str, function: Callable[..., Any], *arguments: Any) -> Repeated:
    """A contestant that calls a Python function."""

    def repeat(count: int) -> None:
        for _ in range(count):
            function(*arguments)

    return Repeated(name, repeat)


def in_turns(contestants: Sequence[Any], seconds: float, rounds: int,
             tell: Callable[[float, str], None] = lambda done, contestant: None) -> dict[str, dict[str, Any]]:
    """Measure all contestants in rounds, until each had `seconds`. Returns for each name what `Turns.summary` has, and
    the `ratio` to C, None without C.

    The first one of a round is the last one of the next, so that none always follows the same. No contestants: {}.
    """
    if not contestants:
        return {}
    racing = [Turns(each) for each in contestants]
    with few_collections():
        for turn in range(rounds):
            place = turn % len(racing)
            for i, each in enumerate([*racing[place:], *racing[:place]]):
                tell((turn + i / len(racing)) / rounds, each.contestant.name)
                if sum(took for took, _ in each.samples) < seconds:  # a slow one may have had its time in one turn
                    each.take(seconds / rounds)
                else:
                    each.wait()
    times = {each.contestant.name: each.summary() for each in racing}
    for own in times.values():
        own["ratio"] = ratio(own, times[C]) if C in times else None
    return times


def ratio(own: dict[str, Any], other: dict[str, Any]) -> float:
    """How many times as long as the other it takes: the median of the ratios of the rounds in which both had a turn, as
    in the first.

    What disturbs a round disturbs both of its turns, so that the ratio is steadier than the times.
    """
    return quantile(sorted(a / b for a, b in zip(own["rounds"], other["rounds"]) if a and b), 0.5)


def summary(samples: Sequence[Sample]) -> dict[str, Any]:
    """Seconds per repetition: the median, the quartiles, and the number of samples."""
    each = sorted(took / count for took, count in samples)
    return {
        "seconds": quantile(each, 0.5), "low": quantile(each, 0.25), "high": quantile(each, 0.75),
        "samples": len(each),
    }


def quantile(ascending: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies, interpolated linearly."""
    place = share * (len(ascending) - 1)
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (place - below) * (ascending[above] - ascending[below])


def slope(x: Sequence[float], y: Sequence[float]) -> Optional[float]:
    """p of the power law y = c·xᵖ that fits best: least squares of log y over log x.

    None if there is only one x, and if no growth is seen: p is negative, or less than its own standard error.
    """
    points = [(math.log2(a), math.log2(b)) for a, b in zip(x, y)]
    if len({a for a, _ in points}) < 2:
        return None
    mean_x = math.fsum(a for a, _ in points) / len(points)
    mean_y = math.fsum(b for _, b in points) / len(points)
    above = math.fsum((a - mean_x) * (b - mean_y) for a, b in points)
    below = math.fsum((a - mean_x) * (a - mean_x) for a, _ in points)
    exponent = above / below
    if len(points) > 2:
        apart = [b - mean_y - exponent * (a - mean_x) for a, b in points]
        error = math.sqrt(math.fsum(each * each for each in apart) / (len(points) - 2) / below)
        return exponent if exponent >= error else None
    return exponent if exponent >= 0.0 else None
