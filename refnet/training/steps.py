"""What is a training step, and how is an epoch made of them? One kernel call after another."""

from __future__ import annotations

import math
import time
from typing import Any, Callable, Optional

from refnet.arithmetic.formats import Fixed
from refnet.kernels.choosing import format_of
from refnet.training.examples import Batch
from refnet.training.progress import Plan


def train_step(network: Any, batch: Batch, loss_sum: Any) -> Any:
    """Forward, loss, backward, update for one minibatch; adds the batch's loss to loss_sum (1×1), and returns it (1×1).

    A step that fails before its update leaves weights and sums unchanged. If the update itself fails (in a user's own
    optimizer or `commit`), what it had changed stays changed.
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
    return batch_loss


class StepByStep:
    """Trains one kernel call after another: for the reference, and for a step that cannot be recorded."""

    def __init__(self, network: Any, plan: Plan, take: Callable[[Any], Batch]) -> None:
        self.network, self.plan, self.take = network, plan, take
        self.loss_sum = network.k.wide([[network.progress.loss_sum]])
        self.order: Optional[list[float]] = None
        self.diverged_at = 0  # the step of the training since which a loss is not finite; 0: none
        self.has_saturated = False  # whether the losses of a batch added up to more than fixed point holds

    def advance(self, last_epoch: int, interrupted: Callable[[], bool]) -> list[float]:
        """Train for a while, at most to the end of the epoch; returns the loss sums of the epochs completed."""
        network, k, progress, plan = self.network, self.network.k, self.network.progress, self.plan
        if self.order is None:
            network.optimizer.set_rate(progress.epoch)
            key = plan.key(progress.epoch)
            numbers = k.tolist(k.permutation(key, plan.rows))[0] if plan.shuffle else range(plan.rows)
            self.order = [float(i) for i in numbers]
        until, used, size = time.monotonic() + 0.1, plan.used, plan.batch_size
        losses = []  # of this call's steps
        try:
            while progress.position < used:
                batch = k.wide([self.order[progress.position : progress.position + size]])
                losses.append(train_step(network, self.take(batch), self.loss_sum))
                progress.step += 1
                progress.position += size
                if interrupted() or time.monotonic() > until:
                    break
        finally:  # also if a layer raises: training can go on after the last complete step
            before, progress.loss_sum = progress.loss_sum, k.tolist(self.loss_sum)[0][0]
        if not self.diverged_at and not math.isfinite(progress.loss_sum):
            self.diverged_at = progress.step - len(losses) + self._first_not_finite(before, losses)
        form = format_of(k)
        if isinstance(form, Fixed) and form.overflow == "saturate":
            self.has_saturated |= any(k.tolist(loss)[0][0] == form.largest for loss in losses)
        if progress.position < used:
            return []
        finished = progress.loss_sum
        progress.epoch, progress.position, progress.loss_sum = progress.epoch + 1, 0, 0.0
        k.assign(self.loss_sum, [[0.0]])
        self.order = None
        return [finished]

    def _first_not_finite(self, total: float, losses: list[Any]) -> int:
        """How many of these losses, added to the total, it takes until that is not finite."""
        for taken, loss in enumerate(losses, 1):
            total += self.network.k.tolist(loss)[0][0]
            if not math.isfinite(total):
                return taken
        return len(losses)
