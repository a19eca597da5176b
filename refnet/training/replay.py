"""How does C train? A step is recorded as it runs, and replayed over whole epochs.

`Replay` advances a network's training by some 0.05 s at a time, so that progress shows and Ctrl-C works; whenever it
returns, the network stands between two steps, with the bits of `StepByStep`.
"""

from __future__ import annotations

import copy
import warnings
from contextlib import suppress
from typing import Any, Callable, Optional

from refnet.arithmetic.random import WORD
from refnet.arithmetic.streams import SHUFFLE_STREAM
from refnet.kernels.native.recording import Recorded, Recording
from refnet.network.state import matrices, replace_matrices
from refnet.optimizers.schedules import Fixed
from refnet.training.examples import Batch
from refnet.training.progress import Plan
from refnet.training.steps import StepByStep, train_step


class Replay:
    """Two steps of each batch size are recorded while they run; from then on C replays them, epochs at a time.

    What is recorded is out of date, and recorded anew, when anything that it relies on has changed between two calls of
    `advance`. A step that cannot be recorded is trained step by step, after a warning that says why.
    """

    def __init__(self, network: Any, plan: Plan, take: Callable[[Any], Batch]) -> None:
        self.network, self.plan, self.take, self.k = network, plan, take, network.k
        self.stepwise: Optional[StepByStep] = None
        self.order = self.k.matrix([[float(i) for i in range(plan.rows)]])
        self.gradients: dict[str, Any] = {}
        self._begin()

    def _begin(self) -> None:
        """Nothing is recorded yet; go on from where the network's training stands."""
        network, plan = self.network, self.plan
        sizes = {min(plan.batch_size, plan.rows), plan.rows % plan.batch_size}
        self.recordings = {size: Recording(self.k, size) for size in sizes if size}
        self.loss_sum = self.k.matrix([[network.progress.loss_sum]])
        self.rates: Any = ()
        self.losses: Any = ()
        self.relied_on = _relied_on(network)
        c = self.c = self.k.ffi.new("refnet_training *")
        c.rows, c.position, c.full.size = plan.rows, network.progress.position, min(plan.batch_size, plan.rows)
        c.shuffle, c.seed = SHUFFLE_STREAM if plan.shuffle else 0, plan.seed & WORD
        c.order, c.loss_sum = self.k.pointer(self.order), self.k.pointer(self.loss_sum)
        c.rate = self.k.pointer(network.optimizer.rate_matrix)
        c.first_epoch = network.progress.epoch

    def advance(self, last_epoch: int, interrupted: Callable[[], bool]) -> list[float]:
        """Train for a while, at most to last_epoch; returns the loss sums of the epochs completed."""
        if self.stepwise:
            return self.stepwise.advance(last_epoch, interrupted)
        if _differ(self.relied_on, _relied_on(self.network)):
            self._begin()
        c, progress = self.c, self.network.progress
        if c.epoch == len(self.rates):
            self._begin_table(last_epoch)
        epoch, steps, unfit = c.epoch, c.steps, ""
        c.epochs = min(last_epoch - c.first_epoch, len(self.rates))
        recording = self.recordings[min(c.full.size, c.rows - c.position)]
        if recording.is_ready:
            self.k.lib.refnet_train(c, 0.05)
        else:
            unfit = self._record(recording)
        progress.step += c.steps - steps
        progress.epoch, progress.position = c.first_epoch + c.epoch, c.position
        progress.loss_sum = self.loss_sum[0, 0]
        if unfit:
            self.stepwise = StepByStep(self.network, self.plan, self.take)
            warnings.warn(f"fit: this network is trained step by step, not replayed in C: {unfit}", stacklevel=5)
        return list(self.losses[epoch : c.epoch])

    def _begin_table(self, last_epoch: int) -> None:
        """The rates of the epochs to come are computed beforehand, of a long run a part at a time."""
        c, ffi = self.c, self.k.ffi
        c.first_epoch, c.epoch = c.first_epoch + c.epoch, 0
        rates = [self.network.optimizer.rate(c.first_epoch)]
        epochs = range(c.first_epoch + 1, min(last_epoch, c.first_epoch + 10_000))
        if type(self.network.optimizer.schedule) is Fixed:
            rates *= 1 + len(epochs)
        else:
            with suppress(Exception):  # the epochs before one without a rate are trained; then it is asked again
                rates.extend(self.network.optimizer.rate(epoch) for epoch in epochs)
        self.rates = ffi.new("double[]", rates)
        self.losses = ffi.new("double[]", len(rates))
        c.rates, c.losses = self.rates, self.losses

    def _record(self, recording: Recording) -> str:
        """Run the next step as it is, and learn it; returns "", or why it cannot be recorded.

        A step that fails is undone; it is tried again unrecorded.
        """
        c, k, network = self.c, self.k, self.network
        k.lib.refnet_begin_epoch(c)
        rows = self.order.tolist()[0][c.position : c.position + recording.size]
        k.assign(recording.batch, [rows])
        kept = [*matrices(network), self.loss_sum]
        saved = [bytes(matrix) for matrix in kept]
        plain = _plain_values_of_all(network)
        with k.record() as recorder:
            replace_matrices(network, lambda matrix: Recorded(matrix, recorder))
            try:
                batch = self.take(recording.batch)
                recorder.indices_are_checked = False  # those of `fit` are right; a layer's own could be anything
                train_step(network, batch, self.loss_sum)
                recorder.is_complete = True
            except Exception as error:
                recorder.unfit = f"{type(error).__name__}: {error}"
            finally:
                replace_matrices(network, lambda matrix: matrix.view if isinstance(matrix, Recorded) else matrix)
        if not recorder.is_complete:
            for matrix, contents in zip(kept, saved):
                matrix.cast("B")[:] = contents
            return recorder.unfit
        after = [*matrices(network), self.loss_sum]
        if len(after) != len(kept) or any(p is not q for p, q in zip(kept, after)):
            recorder.unfit = recorder.unfit or "the step replaced a matrix instead of changing it"
        if _plain_values_of_all(network) != plain:
            recorder.unfit = recorder.unfit or "the step changed an attribute that is no matrix"
        k.lib.refnet_end_step(c, recording.size)
        unfit = recording.learn(recorder, self._own_gradients())
        if recording.is_ready:
            place = c.full if recording.size == c.full.size else c.last
            place.calls, place.count = recording.calls, len(recording.calls)
            place.batch, place.size = k.pointer(recording.batch), recording.size
        return unfit

    def _own_gradients(self) -> list[tuple[Any, Any]]:
        """Each gradient of the recorded step, and the matrix in which all recordings leave it for the user."""
        pairs = []
        for name, parameter in self.network.parameters.items():
            recorded = parameter.gradient
            own = self.gradients.setdefault(name, self.k.zeros(*self.k.shape(recorded)))
            if recorded is not own:
                own.cast("B")[:] = bytes(recorded)
                parameter.gradient = own
            pairs.append((recorded, own))
        return pairs


# --- What does a recorded step rely on? ---


def _relied_on(network: Any) -> tuple[list[Any], list[Any]]:
    """Settings by their values, and the matrices themselves."""
    objective, optimizer = network.objective, network.optimizer
    own = [*network.layers, objective, *getattr(objective, "losses", ()), optimizer]
    own += [getattr(optimizer, name, None) for name in ("schedule", "clip")]
    own += [penalty for _, penalty in network.penalties_in_force()]
    own += [constraint for parameter in network.parameters.values() for constraint in parameter.constraints]
    return [(_described(one), _plain_values(one)) for one in own], matrices(network)


def _differ(a: tuple[list[Any], list[Any]], b: tuple[list[Any], list[Any]]) -> bool:
    return a[0] != b[0] or len(a[1]) != len(b[1]) or any(p is not q for p, q in zip(a[1], b[1]))


def _plain_values_of_all(network: Any) -> list[dict[str, Any]]:
    """What layers, loss and optimizer hold as plain attributes."""
    return [_plain_values(each) for each in (*network.layers, network.objective, network.optimizer)]


def _plain_values(thing: Any) -> dict[str, Any]:
    """The numbers, words and flags that it holds as attributes, but for what changes by itself."""
    changing = (*getattr(thing, "cache", ()), *getattr(thing, "state", ()))
    return {
        name: value
        for name, value in getattr(thing, "__dict__", {}).items()
        if isinstance(value, (bool, int, float, str, type(None))) and name not in changing
    }


def _described(value: Any) -> Any:
    """A copy of a setting that stays as it is when the setting changes: objects by class and settings of their own."""
    if hasattr(value, "settings") and not isinstance(value, type):
        return type(value), [_described(getattr(value, name)) for name in value.settings]
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return value  # a table of numbers, which nobody can change
    if isinstance(value, (list, tuple)):
        return [_described(each) for each in value]
    return copy.deepcopy(value)
