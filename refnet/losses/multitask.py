"""How wrong are several outputs at once? Each output has its own loss, and a weight."""

from typing import Any, Optional

from refnet import checks
from refnet.checks import Settings, Several
from refnet.losses.base import Loss


def _part(name: str, loss: Any) -> Loss:
    if not isinstance(loss, Loss) or isinstance(loss, MultiTask):
        raise TypeError(f"{name}: {checks.shown(loss)}; allowed: losses such as CrossEntropy()")
    return loss


class MultiTask(Loss):
    """L = Σ w_t L_t, from 0 over the outputs t in order: multi-task learning (Caruana, Machine Learning 28, 1997;
    named in lecture 002).

    losses   one loss for each output, all with over="rows" or all with over="sum"
    weights  one number >= 0 for each; default: 1
    """

    settings = Settings(
        losses=Several("losses, one for each output", _part, fixed=True),
        weights=Several("numbers", lambda name, weight: checks.number(name, weight, least=0)),
    )

    def __init__(self, losses: Any, weights: Optional[Any] = None) -> None:
        self.losses = losses
        self.weights = [1.0] * len(losses) if weights is None else weights
        super().__init__(self.losses[0].over)

    def check_together(self) -> None:
        if not self.losses:
            raise ValueError("losses: []; expected a list of losses, one for each output")
        for i, loss in enumerate(self.losses):
            if loss.over not in ("rows", "sum") or loss.over != self.losses[0].over:
                raise ValueError(f"losses[{i}]: over={loss.over!r}; allowed: over='rows' for all, or 'sum' for all")
        if len(self.weights) != len(self.losses):
            wanted = checks.counted(len(self.losses), "loss")
            raise ValueError(f"weights: {list(self.weights)!r}; expected a number for each of {wanted}")

    @property
    def has_own_parts(self) -> bool:
        return self.is_users_own or any(loss.has_own_parts for loss in self.losses)
