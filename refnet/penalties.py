"""What does a large weight cost? L2 and L1, added to the loss and to the gradient of the weights (never biases)."""

from __future__ import annotations

from typing import Any

from refnet import checks
from refnet.configured import Configured


class Penalty(Configured):
    """Base of all penalties: `cost` is added to the loss, `gradient` to the weights' gradient."""

    start = 0  # the epoch from which on it is in force

    def cost(self, k: Any, w: Any) -> float:
        raise TypeError(f"{type(self).__name__} defines no cost")

    def gradient(self, k: Any, g: Any, w: Any) -> Any:
        raise TypeError(f"{type(self).__name__} defines no gradient")


class L2(Penalty):
    """λ Σ w², gradient 2λw (lecture 000); with half=True ½λ Σ w², gradient λw (lectures 001, 004).

    The regularised J(Θ) of lecture 004, λ/2m Σ Θ² over m examples, is L2(lam / m, half=True).
    """

    settings = ("lam", "half")

    def __init__(self, lam: float, half: bool = False) -> None:
        self.lam = checks.number("lam", lam, least=0)
        self.half = checks.choice("half", half, [False, True])

    def cost(self, k: Any, w: Any) -> float:
        squares = k.tolist(k.sum_of_squares(w))[0][0]
        return 0.5 * self.lam * squares if self.half else self.lam * squares

    def gradient(self, k: Any, g: Any, w: Any) -> Any:
        return k.add_scaled(g, w, self.lam if self.half else 2.0 * self.lam)


class L1(Penalty):
    """λ Σ |w|, gradient λ sign(w) with sign(0) = 0 (lecture 000)."""

    settings = ("lam",)

    def __init__(self, lam: float) -> None:
        self.lam = checks.number("lam", lam, least=0)

    def cost(self, k: Any, w: Any) -> float:
        return self.lam * k.tolist(k.sum_of_magnitudes(w))[0][0]

    def gradient(self, k: Any, g: Any, w: Any) -> Any:
        return k.add_scaled_sign(g, w, self.lam)


def as_penalties(penalty: Any) -> tuple[Penalty, ...]:
    """None, one penalty or several, as a tuple."""
    several = penalty if isinstance(penalty, (list, tuple)) else () if penalty is None else (penalty,)
    for one in several:
        if not isinstance(one, Penalty):
            raise TypeError(f"penalty: {one!r}; allowed are L2(…), L1(…), a list of them, or None")
    return tuple(several)
