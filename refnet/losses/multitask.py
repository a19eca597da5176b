"""How wrong are several outputs at once? Each output has its own loss, and a weight."""

from typing import Any, Optional

from refnet import checks
from refnet.losses.base import Loss


class MultiTask(Loss):
    """L = Σ w_t L_t, from 0 over the outputs t in order: multi-task learning (Caruana, Machine Learning 28, 1997;
    named in lecture 002).

    losses   one loss for each output, all with over="rows" or all with over="sum"
    weights  one number >= 0 for each; default: 1
    """

    settings = ("losses", "weights")

    def __init__(self, losses: Any, weights: Optional[Any] = None) -> None:
        if not isinstance(losses, (list, tuple)) or not losses:
            raise TypeError(f"losses: {losses!r}; expected a list of losses, one for each output")
        for i, loss in enumerate(losses):
            if not isinstance(loss, Loss) or isinstance(loss, MultiTask):
                raise TypeError(f"losses[{i}]: {loss!r}; allowed: losses such as CrossEntropy()")
            if loss.over not in ("rows", "sum") or loss.over != losses[0].over:
                raise ValueError(f"losses[{i}]: over={loss.over!r}; allowed: over='rows' for all, or 'sum' for all")
        weights = [1.0] * len(losses) if weights is None else weights
        if not isinstance(weights, (list, tuple)) or len(weights) != len(losses):
            wanted = checks.counted(len(losses), "loss")
            raise ValueError(f"weights: {weights!r}; expected a number for each of {wanted}")
        super().__init__(losses[0].over)
        self.losses = list(losses)
        self.weights = [checks.number(f"weights[{i}]", weight, least=0) for i, weight in enumerate(weights)]

    @property
    def has_own_parts(self) -> bool:
        return self.is_users_own or any(loss.has_own_parts for loss in self.losses)
