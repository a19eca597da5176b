"""What is a training step, and how is an epoch made of them? One kernel call after another."""

from __future__ import annotations

import time
from typing import Any, Callable, Optional

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


def _order(k: Any, plan: Plan, epoch: int) -> list[float]:
    if not plan.shuffle:
        return [float(i) for i in range(plan.rows)]
    return k.tolist(k.permutation(plan.key(epoch), plan.rows))[0]
