"""How does C train? A step is recorded as it runs, and replayed over whole epochs.

`Replay` advances a network's training by about 0.05 s at a time, so that progress shows and Ctrl-C works. Whenever it
returns, the network is between two steps and has the bits of `StepByStep`.
"""

from __future__ import annotations

import copy
import warnings
from array import array
from contextlib import suppress
from typing import Any, Callable, Optional

from refnet.arithmetic.random import WORD
from refnet.arithmetic.streams import SHUFFLE_STREAM
from refnet.kernels.native.recording import Recorded, Recording
from refnet.network.regularisation import penalties_in_force
from refnet.network.state import matrices, replace_matrices
from refnet.optimizers.schedules import Fixed
from refnet.training.examples import Batch
from refnet.training.progress import Plan
from refnet.training.steps import StepByStep, train_step


class Replay:
    """Two steps of each batch size are recorded while they run; from then on C replays them, several epochs at a time.

    If anything that a recording relies on has changed between two calls of `advance`, the steps are recorded anew.
    If a step cannot be recorded, a warning says why, and the network is trained step by step.
    """

    has_saturated = False  # C has no fixed point

    def __init__(self, network: Any, plan: Plan, take: Callable[[Any], Batch]) -> None:
        self.network, self.plan, self.take, self.k = network, plan, take, network.k
        self.stepwise: Optional[StepByStep] = None
        self.diverged_at = 0  # the step of the training since which a loss is not finite; 0: none
        self.order = self.k.wide(memoryview(array("d", range(plan.rows))).cast("B").cast("d", (1, plan.rows)))
        self.gradients: dict[str, Any] = {}
        self._begin()

    def _begin(self) -> None:
        """Start without recordings, from where the network's training stands."""
        network, plan = self.network, self.plan
        sizes = {min(plan.batch_size, plan.used), plan.used % plan.batch_size}
        self.recordings = {size: Recording(self.k, size) for size in sizes if size}
        self.loss_sum = self.k.wide([[network.progress.loss_sum]])
        self.rates: Any = ()
        self.losses: Any = ()
        self.relied_on = _relied_on(network)
        c = self.c = self.k.ffi.new("refnet_training *")
        c.rows, c.used, c.position = plan.rows, plan.used, network.progress.position
        c.full.size = min(plan.batch_size, plan.used)
        c.shuffle, c.seed = SHUFFLE_STREAM if plan.shuffle else 0, plan.seed & WORD
        c.order, c.loss_sum = self.k.pointer(self.order), self.k.pointer(self.loss_sum)
        c.rate = self.k.pointer(network.optimizer.rate_matrix)
        c.first_epoch = network.progress.epoch

    def advance(self, last_epoch: int, interrupted: Callable[[], bool]) -> list[float]:
        """Train for a while, at most to last_epoch; returns the loss sums of the epochs completed."""
        if self.stepwise:
            finished = self.stepwise.advance(last_epoch, interrupted)
            self.diverged_at = self.diverged_at or self.stepwise.diverged_at
            return finished
        (settings, kept), (settings_now, kept_now) = self.relied_on, _relied_on(self.network)
        if settings != settings_now or not _are_same(kept, kept_now):
            self._begin()
        c, progress = self.c, self.network.progress
        if c.epoch == len(self.rates):
            self._begin_table(last_epoch)
        epoch, steps, unfit = c.epoch, progress.step - c.steps, ""
        c.epochs = min(last_epoch - c.first_epoch, len(self.rates))
        recording = self.recordings[min(c.full.size, c.used - c.position)]
        try:
            if recording.is_ready:
                self.k.lib.refnet_train(c, 0.05)
            else:
                unfit = self._record(recording)
        finally:  # also if memory runs out after the step
            progress.step = steps + c.steps
            progress.epoch, progress.position = c.first_epoch + c.epoch, c.position
            progress.loss_sum = self.loss_sum[0, 0]
            if c.diverged and not self.diverged_at:
                self.diverged_at = steps + c.diverged
        if unfit:
            self.stepwise = StepByStep(self.network, self.plan, self.take)
            warnings.warn(f"fit: this network is trained step by step, not replayed in C: {unfit}", stacklevel=5)
        return list(self.losses[epoch : c.epoch])

    def _begin_table(self, last_epoch: int) -> None:
        """Compute the rates of the next epochs, at most 10,000 of them."""
        c, ffi = self.c, self.k.ffi
        c.first_epoch, c.epoch = c.first_epoch + c.epoch, 0
        rates = [self.network.optimizer.rate_at(c.first_epoch)]
        epochs = range(c.first_epoch + 1, min(last_epoch, c.first_epoch + 10_000))
        if type(self.network.optimizer.schedule) is Fixed:
            rates *= 1 + len(epochs)
        else:
            with suppress(Exception):  # the epochs before one without a rate are trained; then its rate raises
                rates.extend(self.network.optimizer.rate_at(epoch) for epoch in epochs)
        self.rates = ffi.new("double[]", rates)
        self.losses = ffi.new("double[]", len(rates))
        c.rates, c.losses = self.rates, self.losses

    def _record(self, recording: Recording) -> str:
        """Run the next step and record it. Returns "", or why it cannot be recorded.

        A step that fails is undone, and will run again unrecorded; unless it fails for a reason that recording cannot
        be the cause of (an error of the system such as TimeoutError, or an exit).
        """
        c, k, network = self.c, self.k, self.network
        k.lib.refnet_begin_epoch(c)
        k.assign(recording.batch, [[self.order[0, i] for i in range(c.position, c.position + recording.size)]])
        kept = [*matrices(network), self.loss_sum]
        saved = [bytes(matrix) for matrix in kept]
        plain = _plain_values_of_all(network)
        with k.record() as recorder:
            replace_matrices(network, lambda matrix, _: Recorded(matrix, recorder))
            try:
                batch = self.take(recording.batch)
                recorder.indices_are_checked = False  # the indices of `fit` are right; a layer's may be wrong
                train_step(network, batch, self.loss_sum)
                recorder.is_complete = True
            except OSError:
                raise
            except Exception as error:
                recorder.unfit = f"{type(error).__name__}: {error}"
            finally:
                replace_matrices(network, lambda matrix, _: matrix.view if isinstance(matrix, Recorded) else matrix)
                if not recorder.is_complete:
                    for matrix, contents in zip(kept, saved):
                        matrix.cast("B")[:] = contents
        if not recorder.is_complete:
            return recorder.unfit
        after = [*matrices(network), self.loss_sum]
        if not _are_same(kept, after):
            recorder.unfit = recorder.unfit or "the step replaced a matrix instead of changing it"
        if _plain_values_of_all(network) != plain:
            recorder.unfit = recorder.unfit or "the step changed an attribute that is not a matrix"
        k.lib.refnet_end_step(c, recording.size)
        unfit = recording.learn(recorder, self._own_gradients())
        if recording.is_ready:
            step = c.full if recording.size == c.full.size else c.last
            step.operations, step.leaving = recording.operations, recording.leaving
            step.groups, step.count = recording.groups, len(recording.groups)
            step.batch, step.size = k.pointer(recording.batch), recording.size
        return unfit

    def _own_gradients(self) -> list[tuple[Any, Any]]:
        """(gradient of the recorded step, the matrix where all recordings leave it for the user) of each parameter."""
        pairs: dict[int, tuple[Any, Any]] = {}  # by id: several parameters may have one gradient
        for name, parameter in self.network.trainable_parameters.items():
            recorded = parameter.gradient
            if id(recorded) not in pairs:
                own = self.gradients.setdefault(name, self.k.zeros(*self.k.shape(recorded)))
                own.cast("B")[:] = bytes(recorded)
                pairs[id(recorded)] = recorded, own
            parameter.gradient = pairs[id(recorded)][1]
        return [*pairs.values()]


# --- What does a recorded step rely on? ---


def _relied_on(network: Any) -> tuple[list[Any], list[Any]]:
    """The settings by value, and the matrices themselves."""
    objective, optimizer = network.objective, network.optimizer
    own = [*network.layers, objective, *getattr(objective, "losses", ()), optimizer]
    own += [getattr(optimizer, name, None) for name in ("schedule", "clip")]
    own += [penalty for _, penalty in penalties_in_force(network)]
    trainable = network.trainable_parameters
    own += [constraint for parameter in trainable.values() for constraint in parameter.constraints]
    return [[*trainable], *((_described(one), _plain_values(one)) for one in own)], matrices(network)


def _are_same(a: list[Any], b: list[Any]) -> bool:
    """Whether these are the same matrices, and not only equal ones."""
    return len(a) == len(b) and all(p is q for p, q in zip(a, b))


def _plain_values_of_all(network: Any) -> list[dict[str, Any]]:
    """The plain attributes of layers, loss and optimizer."""
    return [_plain_values(each) for each in (*network.layers, network.objective, network.optimizer)]


def _plain_values(thing: Any) -> dict[str, Any]:
    """Attributes that are numbers, text or flags, except cache and state, which may change."""
    changing = (*getattr(thing, "cache", ()), *getattr(thing, "state", ()))
    return {
        name: value
        for name, value in getattr(thing, "__dict__", {}).items()
        if isinstance(value, (bool, int, float, str, type(None))) and name not in changing
    }


def _described(value: Any) -> Any:
    """A copy of a setting, to compare with later. An object is described by its class and its settings."""
    if hasattr(value, "settings") and not isinstance(value, type):
        return type(value), [_described(getattr(value, name)) for name in value.settings]
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return value  # a table of numbers; tuples do not change
    if isinstance(value, (list, tuple)):
        return [_described(each) for each in value]
    return copy.deepcopy(value)
