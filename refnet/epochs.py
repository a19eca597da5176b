"""How is an epoch run? Step by step, one kernel call after another, or recorded once and replayed in C.

Both advance a network's training by some 0.1 s at a time, so that progress shows and Ctrl-C works, and both leave
it, whenever they return, between two steps with the same bits.
"""

from __future__ import annotations

import time
import warnings
from contextlib import suppress
from typing import Any, Callable, NamedTuple, Optional

from refnet.arithmetic.random import SHUFFLE_STREAM, WORD, stream_key
from refnet.kernels.plan import Recording, Traced
from refnet.schedules import Fixed


class Plan(NamedTuple):
    """What an epoch's minibatches depend on, besides its number."""

    rows: int
    batch_size: int
    shuffle: bool
    seed: int

    def key(self, epoch: int) -> int:
        """The random stream that shuffles an epoch."""
        return stream_key(self.seed, SHUFFLE_STREAM + epoch)


def train_step(network: Any, x: Any, y: Any, loss_sum: Any) -> None:
    """Forward, loss, backward, update for one minibatch of matrices; adds the batch's loss to loss_sum (1×1).

    A step that fails leaves weights and sums as they were.
    """
    optimizer = network.optimizer
    optimizer.before_forward(network)
    try:
        network.forward_matrix(x, training=True)
        batch_loss = network.loss_matrix(y)
        network.backward_matrix()
        optimizer.update(network)
    except BaseException:
        optimizer.abandon(network)
        raise
    network.k.accumulate(loss_sum, batch_loss)


class StepByStep:
    """One kernel call after another: for the reference, and for a step that cannot be recorded."""

    unfit = ""

    def __init__(self, network: Any, plan: Plan, take_inputs: Callable, take_targets: Callable) -> None:
        self.network, self.plan = network, plan
        self.take_inputs, self.take_targets = take_inputs, take_targets
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
                train_step(network, self.take_inputs(batch), self.take_targets(batch), self.loss_sum)
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

    def __init__(self, network: Any, plan: Plan, take_inputs: Callable, take_targets: Callable) -> None:
        self.network, self.plan, self.k = network, plan, network.k
        self.take_inputs, self.take_targets = take_inputs, take_targets
        self.unfit = ""
        sizes = {min(plan.batch_size, plan.rows), plan.rows % plan.batch_size}
        self.recordings = {size: Recording(self.k, size) for size in sizes if size}
        self.order = self.k.matrix([[float(i) for i in range(plan.rows)]])
        self.loss_sum = self.k.matrix([[network.progress.loss_sum]])
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
        if isinstance(self.network.optimizer.schedule, Fixed):
            rates *= 1 + len(epochs)
        else:
            with suppress(ValueError, TypeError):  # the epochs before one without a rate are trained
                rates.extend(self.network.optimizer.rate(epoch) for epoch in epochs)
        self.rates = ffi.new("double[]", rates)
        self.losses = ffi.new("double[]", len(rates))
        c.rates, c.losses = self.rates, self.losses

    def _record(self, recording: Recording) -> None:
        """Run the next step as it is, and learn it."""
        c, network = self.c, self.network
        self.k.lib.refnet_begin_epoch(c)
        rows = self.order.tolist()[0][c.position : c.position + recording.size]
        self.k.assign(recording.batch, [rows])
        loss_sum = self.loss_sum
        with self.k.trace() as tracer:
            network.map_matrices(lambda matrix: Traced(matrix, tracer))
            try:
                x, y = self.take_inputs(recording.batch), self.take_targets(recording.batch)
                train_step(network, x, y, loss_sum)
            except Exception as error:  # it has left everything as it was; step by step it will say what is wrong
                tracer.unfit = f"{type(error).__name__}: {error}"
                return self._give_up(tracer.unfit)
            finally:
                network.map_matrices(lambda matrix: matrix.view if isinstance(matrix, Traced) else matrix)
        self.k.lib.refnet_end_step(c, recording.size)
        unfit = recording.learn(tracer, [p.gradient for p in network.parameters.values()])
        if unfit:
            return self._give_up(unfit)
        if recording.is_ready:
            place = c.full if recording.size == c.full.size else c.last
            place.steps, place.count = recording.steps, len(recording.steps)
            place.batch, place.size = self.k.pointer(recording.batch), recording.size
        return None

    def _give_up(self, reason: str) -> None:
        self.unfit = reason
        warnings.warn(f"fit: this network is trained step by step, not replayed in C: {reason}", stacklevel=5)


def _order(k: Any, plan: Plan, epoch: int) -> list[float]:
    if not plan.shuffle:
        return [float(i) for i in range(plan.rows)]
    return k.tolist(k.permutation(plan.key(epoch), plan.rows))[0]
