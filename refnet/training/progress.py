"""Where does training stand? Epochs and steps completed, and the position in an epoch that was broken off."""

from __future__ import annotations

from typing import NamedTuple, Optional

from refnet.arithmetic.random import stream_key
from refnet.arithmetic.streams import SHUFFLE_STREAM


class Plan(NamedTuple):
    """What an epoch's minibatches depend on, besides its number."""

    rows: int
    batch_size: int
    shuffle: bool
    seed: int
    drop_last: bool = False  # whether the rows at the end that are no whole batch are left out

    @property
    def used(self) -> int:
        """Rows that an epoch trains with."""
        return self.rows - self.rows % self.batch_size if self.drop_last else self.rows

    @property
    def steps(self) -> int:
        """Training steps in an epoch."""
        return self.steps_before(self.used)

    def steps_before(self, position: int) -> int:
        """Training steps that bring an epoch to this position."""
        return -(-position // self.batch_size)

    def key(self, epoch: int) -> int:
        """The random stream that shuffles an epoch."""
        return stream_key(self.seed, SHUFFLE_STREAM + epoch)


class Progress:
    """Where training stands: all that the next step depends on besides the weights and the optimizer's state.

    epoch      epochs completed
    step       training steps completed
    position   rows of the current epoch already used (0 between epochs)
    loss_sum   the sum of those rows' losses
    plan       the Plan of the epoch that was broken off, None between epochs
    """

    def __init__(self) -> None:
        self.epoch = 0
        self.step = 0
        self.position = 0
        self.loss_sum = 0.0
        self.plan: Optional[Plan] = None
