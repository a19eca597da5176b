"""How large is the learning rate in each epoch?"""

from __future__ import annotations

from typing import Union

from refnet import checks
from refnet.configured import Configured


class Schedule(Configured):
    """Base of all schedules: the rate of an epoch, counted from 0."""

    def __call__(self, epoch: int) -> float:
        raise TypeError(f"{type(self).__name__} defines no __call__")


class Fixed(Schedule):
    """The same rate throughout; what a plain number stands for."""

    settings = ("rate",)

    def __init__(self, rate: float) -> None:
        self.rate = checks.number("rate", rate, above=0)

    def __call__(self, epoch: int) -> float:
        return self.rate


class InverseTimeDecay(Schedule):
    """α0 / (1 + decay · epoch): lecture 001, "Learning Rate Decay"."""

    settings = ("rate", "decay")

    def __init__(self, rate: float, decay: float = 1.0) -> None:
        self.rate = checks.number("rate", rate, above=0)
        self.decay = checks.number("decay", decay, least=0)

    def __call__(self, epoch: int) -> float:
        return self.rate / (1.0 + self.decay * epoch)


def as_schedule(rate: Union[float, Schedule]) -> Schedule:
    """A schedule as it is, a number as a fixed rate."""
    return rate if isinstance(rate, Schedule) else Fixed(rate)
