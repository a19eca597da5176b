"""Which values may weights have? Bounds that are restored after every update."""

import math
from typing import Any, Optional

from refnet import checks
from refnet.checks import Number, Settings
from refnet.checks.settings import Configured


class Constraint(Configured, abstract=True):
    """Base of all constraints: `apply` changes a weight matrix in place."""

    def apply(self, k: Any, w: Any) -> None:
        raise TypeError(f"{type(self).__name__} defines no apply")


class MaxNorm(Constraint):
    """Each unit's incoming weights, a row of the matrix, are shortened to √Σ w² = limit where it is larger.

    w → w · (limit / √Σ w²). A NaN makes its row NaN. Srivastava et al., Dropout, JMLR 2014.
    """

    settings = Settings(limit=Number(above=0))

    def __init__(self, limit: float = 3.0) -> None:
        self.limit = limit

    def apply(self, k: Any, w: Any) -> None:
        k.limit_row_norms(w, self.limit)


class Clamp(Constraint):
    """w → max(w, low), then w → min(w, high) (lecture 000: w → min(w, c)); None: no bound. NaN stays NaN."""

    settings = Settings(low=Number(optional=True), high=Number(optional=True))

    def __init__(self, low: Optional[float] = None, high: Optional[float] = None) -> None:
        self.low, self.high = low, high

    def check_together(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError("Clamp: low None and high None; allowed: a number for at least one")
        if self.high is not None:
            checks.number("high", self.high, least=self.low)

    def apply(self, k: Any, w: Any) -> None:
        k.clamp(w, -math.inf if self.low is None else self.low, math.inf if self.high is None else self.high)


class NonNegative(Constraint):
    """w → max(w, 0). NaN stays NaN."""

    def apply(self, k: Any, w: Any) -> None:
        k.clamp(w, 0.0, math.inf)


def as_constraints(constraint: Any) -> tuple[Constraint, ...]:
    """A tuple of constraints, from None, one, or a list of them (applied in their order)."""
    several = constraint if isinstance(constraint, (list, tuple)) else () if constraint is None else (constraint,)
    for one in several:
        if not isinstance(one, Constraint):
            allowed = "allowed: MaxNorm(…), Clamp(…), NonNegative(), a list, or None"
            raise TypeError(f"constraint: {checks.shown(one)}; {allowed}")
    return tuple(several)
