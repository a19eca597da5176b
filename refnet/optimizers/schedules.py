"""How large is the learning rate in each epoch? A function of the epoch, counted from 0.

No power is taken: what falls by a factor is multiplied by it again and again, so that each rate is the one before it
times the factor, to the bit. A plain number stands for a rate that stays the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Optional, Union

from refnet import checks
from refnet.arithmetic.elementary import cos
from refnet.checks.settings import Configured
from refnet.optimizers.monitoring import check_monitor, checked_mode, is_better, monitored


class Schedule(Configured, abstract=True):
    """Base of all schedules: called with an epoch, it answers with its rate.

    observe     is told an epoch's line of the history when it is over; those that mind it name what they remember
    """

    def __call__(self, epoch: int) -> float:
        raise TypeError(f"{type(self).__name__} defines no __call__")

    def observe(self, line: dict[str, float]) -> None:
        """Take in how the epoch went: {"loss": …, "validation_loss": …}."""

    def check(self, names: Optional[list[str]]) -> None:
        """Raise ValueError where the lines of the history will not have what it observes; None: nobody knows yet."""


class Fixed(Schedule, public=False):
    """The same rate throughout; what a plain number stands for."""

    settings = ("rate",)

    def __init__(self, rate: float) -> None:
        self.rate = checks.number("rate", rate, above=0)

    def __call__(self, epoch: int) -> float:
        return self.rate

    def __repr__(self) -> str:
        return repr(self.rate)  # as it was written


class InverseTimeDecay(Schedule):
    """α0 / (1 + decay · epoch): lecture 001, "Learning Rate Decay"."""

    settings = ("rate", "decay")

    def __init__(self, rate: float, decay: float = 1.0) -> None:
        self.rate = checks.number("rate", rate, above=0)
        self.decay = checks.number("decay", decay, least=0)

    def __call__(self, epoch: int) -> float:
        return self.rate / (1.0 + self.decay * epoch)


class ExponentialDecay(Schedule):
    """rate · factor · factor · …, once for each epoch before this one."""

    settings: tuple[str, ...] = ("rate", "factor")

    def __init__(self, rate: float, factor: float = 0.95) -> None:
        self.rate = checks.number("rate", rate, above=0)
        self.factor = checks.number("factor", factor, above=0, most=1)
        self._known = (self.rate, self.factor, 0, self.rate)

    def __call__(self, epoch: int) -> float:
        return self._multiplied(epoch)

    def _multiplied(self, times: int) -> float:
        """The running product, continued from where it was asked for last: epoch 10,000 costs one product."""
        rate, factor, done, product = self._known
        if (rate, factor) != (self.rate, self.factor) or done > times:
            done, product = 0, self.rate
        for _ in range(times - done):
            product *= self.factor
        self._known = (self.rate, self.factor, times, product)
        return product


class StepDecay(ExponentialDecay):
    """rate · factor · factor · …, once for every `every` epochs gone by."""

    settings = ("rate", "factor", "every")

    def __init__(self, rate: float, factor: float = 0.1, every: int = 10) -> None:
        super().__init__(rate, factor)
        self.every = checks.count("every", every)

    def __call__(self, epoch: int) -> float:
        return self._multiplied(epoch // self.every)


class PiecewiseConstant(Schedule):
    """rates[0] until epoch boundaries[0], from then on rates[1] until boundaries[1], and so on."""

    settings = ("rates", "boundaries")

    def __init__(self, rates: Sequence[float], boundaries: Sequence[int]) -> None:
        for name, values in (("rates", rates), ("boundaries", boundaries)):
            if not isinstance(values, (list, tuple)):
                raise TypeError(f"{name}: {values!r}; expected a list")
        if len(rates) != len(boundaries) + 1:
            raise ValueError(f"rates: {len(rates)} of them and {len(boundaries)} boundaries; expected one more")
        self.rates = [checks.number(f"rates[{i}]", rate, above=0) for i, rate in enumerate(rates)]
        self.boundaries: list[int] = []
        for i, epoch in enumerate(boundaries):
            least = self.boundaries[-1] + 1 if i else 1
            self.boundaries.append(checks.count(f"boundaries[{i}]", epoch, least=least))

    def __call__(self, epoch: int) -> float:
        return self.rates[len([boundary for boundary in self.boundaries if boundary <= epoch])]


class CosineDecay(Schedule):
    """least + ½(rate − least)(1 + cos(π · epoch/epochs)); `least` from epoch `epochs` on.

    Loshchilov & Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, ICLR 2017, without a restart. With
    least=0 there is no training beyond `epochs`: a rate has to be above 0.
    code: `least + 0.5*(rate - least)*(1 + cos(pi*epoch/epochs))`
    """

    settings = ("rate", "epochs", "least")

    def __init__(self, rate: float, epochs: int, least: float = 0.0) -> None:
        self.rate = checks.number("rate", rate, above=0)
        self.epochs = checks.count("epochs", epochs)
        self.least = checks.number("least", least, least=0, most=self.rate)

    def __call__(self, epoch: int) -> float:
        if epoch >= self.epochs:
            return self.least
        return self.least + 0.5 * (self.rate - self.least) * (1.0 + cos(math.pi * epoch / self.epochs))


class Warmup(Schedule):
    """From `start` in equal steps up to the rate, which is reached at epoch `epochs` and followed from there.

    Goyal et al., Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, arXiv:1706.02677, 2017, which lecture 002
    names.
    code: `start + (schedule(epoch) - start)*epoch/epochs`
    """

    settings = ("schedule", "epochs", "start")

    def __init__(self, rate: Union[float, Schedule], epochs: int, start: float) -> None:
        self.schedule = _inner(rate)
        self.epochs = checks.count("epochs", epochs)
        self.start = checks.number("start", start, above=0)

    def __call__(self, epoch: int) -> float:
        rate = self.schedule(epoch)
        return rate if epoch >= self.epochs else self.start + (rate - self.start) * epoch / self.epochs


class LinearScaling(Schedule):
    """The rate of a minibatch of `base`, scaled with its size: rate · batch_size/base (Goyal et al. 2017; lecture 002,
    "Scale learning rate with batch-size"). code: `schedule(epoch)*batch_size/base`
    """

    settings = ("schedule", "batch_size", "base")

    def __init__(self, rate: Union[float, Schedule], batch_size: int, base: int = 32) -> None:
        self.schedule = _inner(rate)
        self.batch_size = checks.count("batch_size", batch_size)
        self.base = checks.count("base", base)

    def __call__(self, epoch: int) -> float:
        return self.schedule(epoch) * self.batch_size / self.base


class Plateau(Schedule):
    """The rate is multiplied by `factor` when the validation error flattens out: lecture 002, "Annealing of Learning
    Rate", with a factor like 0.3 (the slide's "divide" by 0.3 would raise it).

    rate        a number or a schedule, multiplied by all the factors so far (`current`), but not to below `least`
    patience    so many epochs in a row without improvement make it fall
    monitor     the name in the history that is watched: "validation_loss", "loss", "validation_accuracy", …
    min_delta   an improvement is more than this below the best so far; NaN and infinity never are one
    mode        "min": smaller is better; "max": larger is; default: "min" for what ends in "loss" or "error"
    """

    settings = ("schedule", "factor", "patience", "least", "monitor", "min_delta", "mode")
    state = ("current", "best", "waited")

    def __init__(self, rate: Union[float, Schedule], factor: float = 0.1, patience: int = 10, least: float = 0.0,
                 monitor: str = "validation_loss", min_delta: float = 0.0, mode: Optional[str] = None) -> None:
        self.schedule = _inner(rate)
        self.factor = checks.number("factor", factor, above=0, below=1)
        self.patience = checks.count("patience", patience)
        self.least = checks.number("least", least, least=0)
        self.monitor = checks.text("monitor", monitor)
        self.min_delta = checks.number("min_delta", min_delta, least=0)
        self.mode = checked_mode(mode, self.monitor)
        self.current = 1.0
        self.best: Optional[float] = None
        self.waited = 0

    def __call__(self, epoch: int) -> float:
        rate = self.schedule(epoch)
        reduced = rate * self.current
        return reduced if reduced > self.least else min(rate, self.least)

    def check(self, names: Optional[list[str]]) -> None:
        check_monitor(self.monitor, names)

    def observe(self, line: dict[str, float]) -> None:
        """Raises ValueError where the history does not have the monitored name."""
        value = monitored(line, self.monitor)
        if is_better(value, self.best, self.mode, self.min_delta):
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited >= self.patience:
            self.current, self.waited = self.current * self.factor, 0

    def check_state(self) -> None:
        checks.number("current", self.current, above=0, most=1)
        if self.best is not None:
            checks.number("best", self.best)
        checks.count("waited", self.waited, least=0)


def as_schedule(rate: Union[float, Schedule]) -> Schedule:
    """A schedule as it is, a number as a fixed rate. Raises TypeError, ValueError for what is neither."""
    if isinstance(rate, Schedule):
        return rate
    try:
        return Fixed(rate)
    except TypeError as error:
        raise TypeError(f"{error}, and schedules such as CosineDecay(0.1, epochs=20)") from None


def _inner(rate: Union[float, Schedule]) -> Schedule:
    """The schedule that another goes around; none with a memory."""
    schedule = as_schedule(rate)
    if schedule.state:
        name = type(schedule).__name__  # files keep what the outermost remembers
        raise ValueError(f"rate: {name} within another schedule; allowed: the other way round, {name}(…) around it")
    return schedule
