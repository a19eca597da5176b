"""How is an epoch run? Step by step, one kernel call after another, or recorded once and replayed in C.

Both advance a network's training by some 0.1 s at a time, so that progress shows and Ctrl-C works, and both leave
it, whenever they return, between two steps with the same bits.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Callable, Optional

from refnet.arithmetic.random import SHUFFLE_STREAM, WORD
from refnet.kernels.native.recording import Recording, Traced
from refnet.network.state import plain_values
from refnet.optimizers.schedules import Fixed
from refnet.training.examples import Batch
from refnet.training.progress import Plan


def train_step(network: Any, batch: Batch, loss_sum: Any) -> None:
    """Forward, loss, backward, update for one minibatch; adds the batch's loss to loss_sum (1×1).

    A step that fails before its update leaves weights and sums as they were. (One that fails within it, in an
    optimizer or a `commit` of the user's own, has changed what it had come to.)
    """
    optimizer = network.optimizer
    try:
        optimizer.before_forward(network)
        network.forward_matrices(batch.inputs, training=True)
        batch_loss = network.loss_matrix(batch.targets, batch.weights)
        network.backward_matrices()
        optimizer.update(network)
    except BaseException:
        optimizer.abandon(network)
        raise
    network.k.accumulate(loss_sum, batch_loss)


class StepByStep:
    """One kernel call after another: for the reference, and for a step that cannot be recorded."""

    unfit = ""

    def __init__(self, network: Any, plan: Plan, take: Callable[[Any], Batch]) -> None:
        self.network, self.plan, self.take = network, plan, take
        self.loss_sum = network.k.matrix([[network.progress.loss_sum]])
        self.order: Optional[list[float]] = None

    def advance(self, last_epoch: int, interrupted: Callable[[], bool]) -> list[float]:
        """Train for a while, at most to the end of the epoch; returns the loss sums of the epochs completed."""
        network, k, progress, plan = self.network, self.network.k, self.network.progress, self.plan
        if self.order is None:
            network.optimizer.set_rate(progress.epoch)
            self.order = _order(k, plan, progress.epoch)
        until = time.monotonic() + 0.1
        try:
            while progress.position < plan.rows:
                batch = k.matrix([self.order[progress.position : progress.position + plan.batch_size]])
                train_step(network, self.take(batch), self.loss_sum)
                progress.step += 1
                progress.position += plan.batch_size
                if interrupted() or time.monotonic() > until:
                    break
        finally:  # also when a layer raises: what is done is done, and training can go on from here
            progress.loss_sum = k.tolist(self.loss_sum)[0][0]
        if progress.position < plan.rows:
            return []
        finished = progress.loss_sum
        progress.epoch, progress.position, progress.loss_sum = progress.epoch + 1, 0, 0.0
        k.assign(self.loss_sum, [[0.0]])
        self.order = None
        return [finished]


class Replay:
    """Two steps of each batch size are recorded while they run; from then on C replays them, epochs at a time."""

    def __init__(self, network: Any, plan: Plan, take: Callable[[Any], Batch]) -> None:
        self.network, self.plan, self.take, self.k = network, plan, take, network.k
        self.unfit = ""
        sizes = {min(plan.batch_size, plan.rows), plan.rows % plan.batch_size}
        self.recordings = {size: Recording(self.k, size) for size in sizes if size}
        self.order = self.k.matrix([[float(i) for i in range(plan.rows)]])
        self.loss_sum = self.k.matrix([[network.progress.loss_sum]])
        self.gradients: dict[str, Any] = {}
        self.rates: Any = ()
        self.losses: Any = ()
        c = self.c = self.k.ffi.new("refnet_training *")
        c.rows, c.position, c.full.size = plan.rows, network.progress.position, min(plan.batch_size, plan.rows)
        c.shuffle, c.seed = SHUFFLE_STREAM if plan.shuffle else 0, plan.seed & WORD
        c.order, c.loss_sum = self.k.pointer(self.order), self.k.pointer(self.loss_sum)
        c.rate = self.k.pointer(network.optimizer.rate_matrix)
        c.first_epoch = network.progress.epoch

    def advance(self, last_epoch: int, interrupted: Callable[[], bool]) -> list[float]:
        """Train for a while, at most to last_epoch; returns the loss sums of the epochs completed.

        Afterwards `unfit` says, if so, why the network has to be trained step by step instead.
        """
        c, progress = self.c, self.network.progress
        if c.epoch == len(self.rates):
            self._begin_table(last_epoch)
        epoch, steps = c.epoch, c.steps
        c.epochs = min(last_epoch - c.first_epoch, len(self.rates))
        recording = self.recordings[min(c.full.size, c.rows - c.position)]
        if recording.is_ready:
            self.k.lib.refnet_train(c, 0.05)
        else:
            self._record(recording)
        progress.step += c.steps - steps
        progress.epoch, progress.position = c.first_epoch + c.epoch, c.position
        progress.loss_sum = self.loss_sum[0, 0]
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

    def _record(self, recording: Recording) -> None:
        """Run the next step as it is, and learn it; a step that fails is undone, and tried again unrecorded."""
        c, k, network = self.c, self.k, self.network
        k.lib.refnet_begin_epoch(c)
        rows = self.order.tolist()[0][c.position : c.position + recording.size]
        k.assign(recording.batch, [rows])
        kept = [where[name] for where, name in network.persistent(gradients=False)]
        saved = [bytes(matrix) for matrix in (*kept, self.loss_sum)]
        plain = _plain_values(network)
        with k.trace() as tracer:
            network.map_matrices(lambda matrix: Traced(matrix, tracer))
            try:
                batch = self.take(recording.batch)
                tracer.indices_are_checked = False  # those of `fit` are right; a layer's own could be anything
                train_step(network, batch, self.loss_sum)
                tracer.is_complete = True
            except Exception as error:
                tracer.unfit = f"{type(error).__name__}: {error}"
            finally:
                network.map_matrices(lambda matrix: matrix.view if isinstance(matrix, Traced) else matrix)
        if not tracer.is_complete:
            for matrix, contents in zip((*kept, self.loss_sum), saved):
                matrix.cast("B")[:] = contents
            self.unfit = tracer.unfit
            return
        after = [where[name] for where, name in network.persistent(gradients=False)]
        if len(after) != len(kept) or any(p is not q for p, q in zip(kept, after)):
            tracer.unfit = tracer.unfit or "the step replaced a matrix instead of changing it"
        if _plain_values(network) != plain:
            tracer.unfit = tracer.unfit or "the step changed an attribute that is no matrix"
        k.lib.refnet_end_step(c, recording.size)
        self.unfit = recording.learn(tracer, self._own_gradients())
        if recording.is_ready:
            place = c.full if recording.size == c.full.size else c.last
            place.calls, place.count = recording.steps, len(recording.steps)
            place.batch, place.size = k.pointer(recording.batch), recording.size

    def _own_gradients(self) -> list[tuple[Any, Any]]:
        """Each gradient of the traced step, and the matrix in which all recordings leave it for the user."""
        pairs = []
        for name, parameter in self.network.parameters.items():
            traced = parameter.gradient
            own = self.gradients.setdefault(name, self.k.zeros(*self.k.shape(traced)))
            if traced is not own:
                own.cast("B")[:] = bytes(traced)
                parameter.gradient = own
            pairs.append((traced, own))
        return pairs


def _plain_values(network: Any) -> list[dict[str, Any]]:
    """What layers, loss and optimizer hold as plain attributes."""
    return [plain_values(each) for each in (*network.layers, network.objective, network.optimizer)]


def _order(k: Any, plan: Plan, epoch: int) -> list[float]:
    if not plan.shuffle:
        return [float(i) for i in range(plan.rows)]
    return k.tolist(k.permutation(plan.key(epoch), plan.rows))[0]
