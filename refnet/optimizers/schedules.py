"""How large is the learning rate in each epoch? A function of the epoch, counted from 0.

A rate that falls by a factor is a running product, not a power: each rate is the one before it times the factor, to
the bit. A plain number means a constant rate.
"""

import math
import weakref
from collections.abc import Sequence
from functools import reduce
from itertools import repeat
from operator import mul
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


BLOCK = 10_000  # factors
MOST = 1_000_000_000  # factors that are multiplied to know a rate: some seconds


def _product(start: float, factor: float, times: int) -> float:
    """start · factor · factor · …, from the left."""
    return reduce(mul, repeat(factor, times), start)


class ExponentialDecay(Schedule):
    """rate · factor · factor · …, one factor for each epoch before this one; 0 < factor ≤ 1."""

    settings = Settings(rate=Number(above=0), factor=Number(above=0, most=1))
    every = 1  # epochs between two factors
    _of: Any = None  # the settings that what follows was computed with
    _products: list[float]  # after 0, BLOCK, 2·BLOCK, … factors
    _last: tuple[int, float]  # (factors, product) of the last call: the next epoch costs one multiplication

    def __init__(self, rate: float, factor: float = 0.95) -> None:
        self.rate, self.factor = rate, factor

    def __call__(self, epoch: int) -> float:
        if self._of != (self.rate, self.factor):
            self._of, self._products, self._last = (self.rate, self.factor), [self.rate], (0, self.rate)
        times, products = epoch // self.every, self._products
        if times > MOST and 0.0 < (1.0 - self.factor) * MOST < 1460.0:  # less than all of binary64: e^-1460
            raise ValueError(f"rate of epoch {epoch}: a product of {times:,} factors; allowed: {MOST:,} (go on with a "
                             "schedule that starts at the rate in effect)")
        block = times // BLOCK
        while block >= len(products):
            following = _product(products[-1], self.factor, BLOCK)
            if following == products[-1]:  # 0, or so small that the factor changes no bit; any rate with factor 1
                return following
            products.append(following)
        done, product = self._last
        if not block * BLOCK <= done <= times:
            done, product = block * BLOCK, products[block]
        self._last = times, _product(product, self.factor, times - done)
        return self._last[1]


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


SMALLEST = 5e-324


class Plateau(Patience, Schedule):
    """Multiplies the rate by `factor` when the validation error flattens out: lecture 002, "Annealing of Learning
    Rate", with a factor like 0.3 (the slide's "divide" by 0.3 would raise the rate).

    rate        a number or a schedule; multiplied by all factors so far (`current`), but not below `least`, or 5e-324,
                the smallest number above 0
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
        rate, least = self.schedule(epoch), max(self.least, SMALLEST)
        reduced = rate * self.current
        return reduced if reduced > least else min(rate, least)

    def check(self, names: Optional[list[str]]) -> None:
        check_monitor(self.monitor, names)

    def observe(self, line: dict[str, float]) -> None:
        """Raises ValueError if the line does not have the monitored name."""
        if not self.has_improved(line) and self.waited >= self.patience:
            self.current, self.waited = max(self.current * self.factor, SMALLEST), 0

    def check_state(self) -> None:
        super().check_state()
        checks.number("current", self.current, least=0, most=1)  # 0 in files of earlier versions
