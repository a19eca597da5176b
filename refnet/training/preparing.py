"""What does a fit need, and does it go together? All that `fit` is given is checked before anything has changed."""

from __future__ import annotations

import math
from binascii import crc32
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.arithmetic.random import stream_key
from refnet.arithmetic.streams import HOLD_OUT_STREAM
from refnet.checks.settings import named
from refnet.losses import Loss, checked_objective
from refnet.network.regularisation import check_penalties
from refnet.optimizers import SGD, Optimizer
from refnet.optimizers.monitoring import Patience
from refnet.parameters.penalties import as_penalties
from refnet.training.callbacks import Callback, as_callbacks
from refnet.training.evaluation import checked_metrics, evaluated
from refnet.training.examples import Examples
from refnet.training.progress import Plan
from refnet.training.rounding import warn_of_rounding

FEW = 32  # rows of the validation data on which metrics are tried first
AHEAD = 1_000_000  # epochs of which it is checked that they have a rate


class Course(NamedTuple):
    """A fit that can begin.

    examples, validation  what is trained with, and what is evaluated after each epoch, if anything is
    plan, last_epoch      which rows are in which step, and the epoch that ends the training
    watching              what waits for a number to improve, and a checksum of the data that this comes from
    """

    examples: Examples
    validation: Optional[Examples]
    plan: Plan
    last_epoch: int
    objective: Loss
    metrics: list
    penalties: tuple
    optimizer: Optimizer
    callbacks: list[Callback]
    watching: list[tuple[Patience, str]]

    def begin(self, network: Any) -> None:
        """Make what was given the network's."""
        for callback in self.callbacks:
            callback.network = network
        self.optimizer.schedule.belong_to(self.optimizer)
        for watcher, data in self.watching:
            watcher.begin(data)
        self.optimizer.attach(network)
        network.objective = self.objective
        if self.examples.targets[0].names:
            network.notes["classes"] = self.examples.targets[0].names
        network.penalties, network.callbacks = self.penalties, self.callbacks
        for callback in reversed(self.callbacks):  # the last at the end of a training is the first at the next one's
            callback.training_begin(network)


def prepared(network: Any, inputs: Any, targets: Any, *, loss: Any, optimizer: Any, epochs: Any, batch_size: Any,
             shuffle: Any, drop_last: Any, seed: Any, validation: Any, metrics: Any, penalty: Any, sample_weight: Any,
             class_weight: Any, callbacks: Any, allow_nonfinite: Any) -> Course:
    """The course of a fit with these arguments of `fit`, which says what they mean and what is raised."""
    finite = not allow_nonfinite
    examples = Examples(network, inputs, targets, finite)
    examples.weigh(sample_weight, None)
    objective = checked_objective(network, loss, examples.targets)
    held_out: Optional[Examples] = None
    if checks.as_number(validation) is not None:
        examples, held_out = _divided(network, examples, validation)
    elif validation is not None:
        held_out = _given(network, validation, examples, objective, finite)
    examples.weigh(None, class_weight)
    metrics = checked_metrics(network, metrics, held_out)
    epochs = checks.count("epochs", epochs)
    plan = _plan(network, examples.rows, batch_size, shuffle, seed, drop_last)
    penalties = network.penalties if penalty is None else as_penalties(penalty)
    check_penalties(network, penalties)
    optimizer = _optimizer(network, optimizer, epochs)
    network.turns.check_idle()
    names = ["loss", "rate"]
    if held_out:
        names += [f"validation_{name}" for name in _measured(network, held_out, objective, metrics)]
    callbacks = _callbacks(network, callbacks, optimizer, names)
    warn_of_rounding(network, examples, plan, objective, penalties, optimizer)
    return Course(examples, held_out, plan, network.epoch + epochs, objective, metrics, penalties, optimizer, callbacks,
                  _watching([*callbacks, optimizer.schedule], examples, held_out, objective))


# --- Data to validate with ---


def _given(network: Any, validation: Any, examples: Examples, objective: Loss, finite: bool) -> Examples:
    if not isinstance(validation, (tuple, list)) or len(validation) not in (2, 3):
        raise TypeError(f"validation: {type(validation).__name__}; expected (inputs, targets), (inputs, targets, "
                        "weights), or the share of the examples to hold out, such as 0.2")
    x, y = validation[:2]
    held_out = Examples(network, x, y, finite, "validation ", examples.targets[0].names)
    held_out.weigh(validation[2] if len(validation) == 3 else None, None)
    checked_objective(network, objective, held_out.targets)
    return held_out


def _divided(network: Any, examples: Examples, share: Any) -> tuple[Examples, Examples]:
    """The examples that train, and ⌊share·n + ½⌋ of the n, of each class its share, that validate.

    The order that decides is random by the network's seed; it is the same in every fit of the network.
    """
    n, share = examples.rows, checks.number("validation", share, above=0, below=1)
    wanted = math.floor(share * n + 0.5)
    if not 0 < wanted < n:
        raise ValueError(f"validation: {share!r} of {checks.counted(n, 'example')} leaves {n - wanted} to train with "
                         f"and {wanted} to validate with; allowed: at least one each")
    key = stream_key(network.seed, HOLD_OUT_STREAM)
    order = [int(i) for i in network.k.tolist(network.k.permutation(key, n))[0]]
    labels = examples.labels()
    if labels is not None:
        order.sort(key=labels.__getitem__)  # class by class, each in random order
    # Evenly spread over that order: one here for every so many there.
    parts: tuple[list[int], list[int]] = ([], [])
    for place, i in enumerate(order):
        parts[(place + 1) * wanted // n - place * wanted // n].append(i)
    return examples.part(sorted(parts[0])), examples.part(sorted(parts[1]))


def _measured(network: Any, validation: Examples, objective: Loss, metrics: list) -> list[str]:
    """The names of what is measured. Raises if a metric does not fit the data: now, not after an epoch.

    It is tried on a few rows from all over the data; one that fails on these may need more.
    """
    if validation.rows > FEW:
        few = validation.part([i * validation.rows // FEW for i in range(FEW)])
        try:
            return list(evaluated(network, few, objective, metrics))
        except Exception:
            pass
    return list(evaluated(network, validation, objective, metrics))


# --- Steps and rates ---


def _plan(network: Any, rows: int, batch_size: Any, shuffle: Any, seed: Any, drop_last: Any) -> Plan:
    progress, size = network.progress, checks.count("batch_size", batch_size)
    shuffle, drop_last = (checks.choice(name, value, [True, False])
                          for name, value in (("shuffle", shuffle), ("drop_last", drop_last)))
    seed = network.seed if seed is None else checks.count("seed", seed, least=None)
    plan = Plan(rows, size, shuffle, seed, drop_last)
    if not plan.used:
        raise ValueError(f"drop_last: True leaves out all of {checks.counted(rows, 'row')}; allowed for it: a "
                         f"batch_size of at most {rows}, not {size}")
    if progress.plan not in (None, plan):
        raise ValueError(
            f"({', '.join(Plan._fields)}): {tuple(plan)}; epoch {progress.epoch + 1} was broken off with "
            f"{tuple(progress.plan or ())}; finish it with the same, or give it up: net.abandon_epoch()"
        )
    return plan


def _optimizer(network: Any, optimizer: Any, epochs: int) -> Optimizer:
    """Raises TypeError or ValueError if the first epoch has no rate, or one of the next million (not by a user's own
    schedule)."""
    if optimizer is None:
        optimizer = network.optimizer or SGD()
    if isinstance(optimizer, str):
        optimizer = named("optimizer", Optimizer, optimizer)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer: {checks.shown(optimizer)}; allowed: optimizers such as SGD(0.1)")
    first, schedule = network.epoch, optimizer.schedule
    last = first + min(epochs, AHEAD) - 1 if _is_known(schedule) else first
    for epoch in dict.fromkeys((last, first)):  # refnet's schedules do not go on after an epoch without a rate
        try:
            optimizer.rate_at(epoch)
        except ValueError as error:
            if epoch == first:
                raise
            name = type(schedule).__name__
            raise ValueError(f"{error}; {name} ends before the {epochs} epochs asked for do") from None
    optimizer.check_free(network)
    schedule.check_owner(optimizer)
    return optimizer


def _is_known(schedule: Any) -> bool:
    """Whether the rates of epochs to come are known: none that the history decides, and no function of a user's."""
    while schedule is not None:
        if schedule.state or schedule.is_users_own:
            return False
        schedule = getattr(schedule, "schedule", None)  # the one inside
    return True


# --- What happens between epochs ---


def _callbacks(network: Any, callbacks: Any, optimizer: Optimizer, names: list[str]) -> list[Callback]:
    """The callbacks, if they and the schedule find what they need. names: what the history will have."""
    of_last_fit = " of the last fit; callbacks=[] for none" if callbacks is None else ""
    several = network.callbacks if callbacks is None else as_callbacks(callbacks)
    # A user's own callback may add other names.
    known = None if any(callback.is_users_own for callback in several) else names
    with _naming(f"the optimizer's {type(optimizer.schedule).__name__}"):
        optimizer.schedule.check(known)
    for callback in several:
        with _naming(f"{type(callback).__name__}{of_last_fit}"):
            callback.check_place(network)
            callback.check(network, known)
    return several


def _watching(several: list[Any], examples: Examples, validation: Optional[Examples],
              objective: Loss) -> list[tuple[Patience, str]]:
    watchers = [each for each in several if isinstance(each, Patience)]
    if not watchers:  # a checksum takes about as long as a pass over the data
        return []
    training = examples.checksum(crc32(repr(objective).encode()))
    both = validation.checksum(training) if validation else training
    return [(each, f"{both if each.monitor.startswith('validation_') else training:08x}") for each in watchers]


@contextmanager
def _naming(which: str) -> Iterator[None]:
    """Add to a ValueError which object it is about."""
    try:
        yield
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise ValueError(f"{error} (of {which})") from None
