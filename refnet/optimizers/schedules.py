"""How large is the learning rate in each epoch? A function of the epoch, counted from 0.

A rate that falls by a factor is a running product, not a power: each rate is the one before it times the factor, to
the bit. A plain number means a constant rate.
"""

import math
import weakref
from collections.abc import Sequence
from typing import Any, Optional, Union

from refnet import checks
from refnet.arithmetic.elementary import cos
from refnet.checks import Choice, Count, Number, Setting, Settings, Several, Text
from refnet.checks.settings import Configured
from refnet.optimizers.monitoring import Patience, check_monitor


class Schedule(Configured, abstract=True):
    """Base of all schedules: called with an epoch, a schedule returns its rate, a number above 0.

    A user's own schedule defines __call__. If it also defines observe, `state` names the attributes that it remembers;
    it then belongs to the optimizer that it is first used with.
    """

    _owner: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_owner"}

    @property
    def remembers(self) -> bool:
        """Whether its rates depend on what it has observed."""
        return bool(self.state) or type(self).observe is not Schedule.observe

    def check_owner(self, optimizer: Any) -> None:
        """Raise ValueError if it remembers what another optimizer has trained."""
        if self._owner and self._owner() is not optimizer:
            name = type(self).__name__
            raise ValueError(f"rate: this {name} remembers what another optimizer has trained; make a new one")

    def belong_to(self, optimizer: Any) -> None:
        self._owner = weakref.ref(optimizer) if self.remembers else None

    def __call__(self, epoch: int) -> float:
        raise TypeError(f"{type(self).__name__} defines no __call__")

    def observe(self, line: dict[str, float]) -> None:
        """Called after each epoch with its line of the history: {"loss": …, "validation_loss": …}."""

    def check(self, names: Optional[list[str]]) -> None:
        """Raise ValueError if the history will not have what it observes. names: what it will have; None: unknown."""


Rate = Union[float, Schedule]


class Fixed(Schedule, public=False):
    """The same rate in every epoch: what a plain number means."""

    settings = Settings(rate=Number(above=0))

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def __call__(self, epoch: int) -> float:
        return self.rate

    def __repr__(self) -> str:
        return repr(self.rate)  # as the user wrote it


def as_schedule(rate: Rate) -> Schedule:
    """A schedule as it is, a number as a constant rate. Raises TypeError or ValueError for anything else."""
    if isinstance(rate, Schedule):
        return rate
    try:
        return Fixed(rate)
    except TypeError as error:
        raise TypeError(f"{error}, and schedules such as CosineDecay(0.1, epochs=20)") from None


def _inner(rate: Rate) -> Schedule:
    """The schedule inside another. Raises ValueError if it has a state: files keep the state of the outer one only."""
    schedule = as_schedule(rate)
    if schedule.state:
        name = type(schedule).__name__
        raise ValueError(f"rate: {name} inside another schedule; allowed: {name}(…) around the other schedule")
    return schedule


class InverseTimeDecay(Schedule):
    """rate / (1 + decay · epoch): lecture 001, "Learning Rate Decay", whose α0 is the rate."""

    settings = Settings(rate=Number(above=0), decay=Number(least=0))

    def __init__(self, rate: float, decay: float = 1.0) -> None:
        self.rate, self.decay = rate, decay

    def __call__(self, epoch: int) -> float:
        return self.rate / (1.0 + self.decay * epoch)


class ExponentialDecay(Schedule):
    """rate · factor · factor · …, one factor for each epoch before this one; 0 < factor ≤ 1."""

    settings = Settings(rate=Number(above=0), factor=Number(above=0, most=1))
    every = 1  # epochs between two factors

    def __init__(self, rate: float, factor: float = 0.95) -> None:
        self.rate, self.factor = rate, factor
        self._known = (self.rate, self.factor, 0, self.rate)

    def __call__(self, epoch: int) -> float:
        times = epoch // self.every
        rate, factor, done, product = self._known  # of the last call: so epoch 10,000 costs one multiplication
        if (rate, factor) != (self.rate, self.factor) or done > times:
            done, product = 0, self.rate
        for _ in range(times - done):
            product *= self.factor
        self._known = (self.rate, self.factor, times, product)
        return product


class StepDecay(ExponentialDecay):
    """rate · factor · factor · …, one factor after every `every` epochs; 0 < factor ≤ 1."""

    settings = Settings(ExponentialDecay.settings, every=Count())

    def __init__(self, rate: float, factor: float = 0.1, every: int = 10) -> None:
        self.every = every
        super().__init__(rate, factor)


class PiecewiseConstant(Schedule):
    """rates[0] before epoch boundaries[0], then rates[1] before epoch boundaries[1], and so on."""

    settings = Settings(
        rates=Several("numbers", lambda name, rate: checks.number(name, rate, above=0)),
        boundaries=Several("epochs", checks.count),
    )

    def __init__(self, rates: Sequence[float], boundaries: Sequence[int]) -> None:
        self.rates, self.boundaries = rates, boundaries

    def check_together(self) -> None:
        if len(self.rates) != len(self.boundaries) + 1:
            raise ValueError(f"rates: {len(self.rates)} for {len(self.boundaries)} boundaries; expected one rate more")
        for i in range(1, len(self.boundaries)):
            checks.count(f"boundaries[{i}]", self.boundaries[i], least=self.boundaries[i - 1] + 1)

    def __call__(self, epoch: int) -> float:
        return self.rates[len([boundary for boundary in self.boundaries if boundary <= epoch])]


class CosineDecay(Schedule):
    """least + ½(rate − least)(1 + cos(π · epoch/epochs)); `least` from epoch `epochs` on.

    Loshchilov & Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017, without restarts. With
    least=0 no epoch from `epochs` on can be trained, because a rate must be above 0.
    code: `least + 0.5*(rate - least)*(1 + cos(pi*epoch/epochs))`
    """

    settings = Settings(rate=Number(above=0), epochs=Count(), least=Number(least=0))

    def __init__(self, rate: float, epochs: int, least: float = 0.0) -> None:
        self.rate, self.epochs, self.least = rate, epochs, least

    def check_together(self) -> None:
        checks.number("least", self.least, least=0, most=self.rate)

    def __call__(self, epoch: int) -> float:
        if epoch >= self.epochs:
            return self.least
        return self.least + 0.5 * (self.rate - self.least) * (1.0 + cos(math.pi * epoch / self.epochs))


class Warmup(Schedule):
    """Rises linearly from `start` at epoch 0 to the rate at epoch `epochs`, and follows the rate from there.

    Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, arXiv:1706.02677, 2017; named in lecture
    002.
    code: `start + (schedule(epoch) - start)*epoch/epochs`
    """

    settings = Settings(schedule=Setting(_inner), epochs=Count(), start=Number(above=0))

    def __init__(self, rate: Rate, epochs: int, start: float) -> None:
        self.schedule: Any = rate
        self.epochs, self.start = epochs, start

    def __call__(self, epoch: int) -> float:
        rate = self.schedule(epoch)
        return rate if epoch >= self.epochs else self.start + (rate - self.start) * epoch / self.epochs


class LinearScaling(Schedule):
    """The rate for minibatches of `base` rows, scaled to `batch_size` rows: rate · batch_size/base (Goyal et al. 2017;
    lecture 002, "Scale learning rate with batch-size"). code: `schedule(epoch)*batch_size/base`
    """

    settings = Settings(schedule=Setting(_inner), batch_size=Count(), base=Count())

    def __init__(self, rate: Rate, batch_size: int, base: int = 32) -> None:
        self.schedule: Any = rate
        self.batch_size, self.base = batch_size, base

    def __call__(self, epoch: int) -> float:
        return self.schedule(epoch) * self.batch_size / self.base


class Plateau(Patience, Schedule):
    """Multiplies the rate by `factor` when the validation error flattens out: lecture 002, "Annealing of Learning
    Rate", with a factor like 0.3 (the slide's "divide" by 0.3 would raise the rate).

    rate        a number or a schedule; multiplied by all factors so far (`current`), but not below `least`
    patience    epochs in a row without improvement before the rate falls
    monitor     the watched name in the history: "validation_loss", "loss", "validation_accuracy", …
    min_delta   an improvement is larger than this; NaN and infinity never are one
    mode        "min": smaller is better; "max": larger is; default: as the name says ("loss", "accuracy", …)

    With other data or another loss than before it begins anew, with the whole rate.
    """

    settings = Settings(
        schedule=Setting(_inner), factor=Number(above=0, below=1), patience=Count(),
        least=Number(least=0), monitor=Text(), min_delta=Number(least=0), mode=Choice("min", "max"),
    )
    state = ("current", "best", "waited", "data")

    def __init__(self, rate: Rate, factor: float = 0.1, patience: int = 10, least: float = 0.0,
                 monitor: str = "validation_loss", min_delta: float = 0.0, mode: Optional[str] = None) -> None:
        self.schedule: Any = rate
        self.factor, self.least = factor, least
        self.watch(monitor, patience, min_delta, mode)

    def begin_anew(self) -> None:
        super().begin_anew()
        self.current = 1.0

    def __call__(self, epoch: int) -> float:
        rate = self.schedule(epoch)
        reduced = rate * self.current
        return reduced if reduced > self.least else min(rate, self.least)

    def check(self, names: Optional[list[str]]) -> None:
        check_monitor(self.monitor, names)

    def observe(self, line: dict[str, float]) -> None:
        """Raises ValueError if the line does not have the monitored name."""
        if not self.has_improved(line) and self.waited >= self.patience:
            self.current, self.waited = self.current * self.factor, 0

    def check_state(self) -> None:
        super().check_state()
        checks.number("current", self.current, above=0, most=1)
