"""How long does it take, on a machine that others use too? In turns, many times over, and the median is believed.

A contestant has `name` and `turn(seconds)`, which works for about so long and returns what it measured, each as
(seconds, repetitions). All contestants of a line take turns in one process, so that a disturbance hits them alike.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Callable, NamedTuple, Optional

Sample = tuple[float, int]

C, PYTHON = "refnet C", "refnet Python"  # the contestants that every line has, if it can
C_ONE = "refnet C, 1 thread"  # beside C where that has more


class Clock:
    """What a contestant's work is timed by: the clock on the wall, or this process's time on the processors.

    Processor time is what a quiet machine would need, also where others hold the processors now and then; it counts
    threads together, so it says nothing about more than one.
    """

    def __init__(self) -> None:
        self.read: Callable[[], float] = time.perf_counter

    @contextmanager
    def of_processor(self, yes: bool) -> Iterator[None]:
        """Read processor time meanwhile, if told so."""
        self.read = time.process_time if yes else time.perf_counter
        try:
            yield
        finally:
            self.read = time.perf_counter


clock = Clock()


class Settings(NamedTuple):
    """What the options say, and what the machine offers.

    native   the kernels of the C core, None where there is none
    peers    the classes of refnet.bench.peers that are installed and asked for
    peak     operations a second, multiplications and additions, that one core can do, None: unknown
    tell     is told which share of a line is done, and whose turn it is
    """

    seconds: float
    rounds: int
    full: bool
    native: Any
    peers: tuple[Any, ...] = ()
    peak: Optional[float] = None
    threads: int = 1
    tell: Callable[[float, str], None] = lambda done, contestant: None


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
        """As many repetitions as take 2 ms, or a quarter of a turn: the clock's own cost then does not show."""
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


class OneThread:
    """A contestant of the C core with one thread, whatever the others have."""

    def __init__(self, contestant: Any, native: Any) -> None:
        self.name, self.contestant, self.native = C_ONE, contestant, native

    def turn(self, seconds: float) -> list[Sample]:
        return self._alone(self.contestant.turn, seconds)

    def epoch_losses(self, epochs: int) -> list[float]:
        return self._alone(self.contestant.epoch_losses, epochs)

    def _alone(self, work: Callable[[Any], Any], argument: Any) -> Any:
        before, self.native.threads = self.native.threads, 1
        try:
            return work(argument)
        finally:
            self.native.threads = before


def called(name: str, function: Callable[..., Any], *arguments: Any) -> Repeated:
    """A contestant that calls a Python function."""

    def repeat(count: int) -> None:
        for _ in range(count):
            function(*arguments)

    return Repeated(name, repeat)


def in_turns(contestants: Sequence[Any], seconds: float, rounds: int,
             tell: Callable[[float, str], None] = lambda done, contestant: None) -> dict[str, dict[str, Any]]:
    """Measure all contestants: rounds in which each has its turn, until each had `seconds`; by name, see `summary`.

    The first one of a round is the last of the next, so that none always follows the same. Nobody to measure: {}.
    """
    if not contestants:
        return {}
    samples: dict[str, list[Sample]] = {each.name: [] for each in contestants}
    for turn in range(rounds):
        place = turn % len(contestants)
        for i, each in enumerate([*contestants[place:], *contestants[:place]]):
            tell((turn + i / len(contestants)) / rounds, each.name)
            if sum(took for took, _ in samples[each.name]) < seconds:  # a slow one may have had its time in one turn
                samples[each.name] += each.turn(seconds / rounds)
    times = {name: summary(own) for name, own in samples.items()}
    base = times.get(C, {}).get("seconds")
    for own in times.values():
        own["ratio"] = own["seconds"] / base if base else None
    return times


def summary(samples: Sequence[Sample]) -> dict[str, Any]:
    """Seconds a repetition: the median, the quartiles, and how many samples they are from."""
    each = sorted(took / count for took, count in samples)
    return {
        "seconds": quantile(each, 0.5), "low": quantile(each, 0.25), "high": quantile(each, 0.75),
        "samples": len(each),
    }


def in_order(names: Iterable[str]) -> list[str]:
    """Each contestant once: refnet's own first, the others in the order given."""
    found = dict.fromkeys(names)
    return [name for name in dict.fromkeys([C, C_ONE, PYTHON, *found]) if name in found]


def quantile(ascending: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies, between two of them by a straight line."""
    place = share * (len(ascending) - 1)
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (place - below) * (ascending[above] - ascending[below])


def slope(x: Sequence[float], y: Sequence[float]) -> Optional[float]:
    """p of the power law y = c·xᵖ that fits best: least squares of log y over log x. None for fewer than two x."""
    points = [(math.log2(a), math.log2(b)) for a, b in zip(x, y)]
    if len({a for a, _ in points}) < 2:
        return None
    mean_x = math.fsum(a for a, _ in points) / len(points)
    mean_y = math.fsum(b for _, b in points) / len(points)
    above = math.fsum((a - mean_x) * (b - mean_y) for a, b in points)
    below = math.fsum((a - mean_x) * (a - mean_x) for a, _ in points)
    return above / below
