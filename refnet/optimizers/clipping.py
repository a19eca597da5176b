"""How large may a gradient be? Cut number by number, or shortened as a whole; after the penalties."""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.checks.settings import Configured


class Clip(Configured, abstract=True):
    """Base of all clippings: `clipped` makes new gradients of all the parameters', in their order."""

    def clipped(self, k: Any, gradients: list[Any]) -> list[Any]:
        raise TypeError(f"{type(self).__name__} defines no clipped")


class ClipValue(Clip):
    """Each number of a gradient within −limit … limit (Mikolov, PhD thesis, Brno 2012). NaN stays NaN."""

    settings = ("limit",)

    def __init__(self, limit: float) -> None:
        self.limit = checks.number("limit", limit, above=0)

    def clipped(self, k: Any, gradients: list[Any]) -> list[Any]:
        return [k.clip_value(g, self.limit) for g in gradients]


class ClipNorm(Clip):
    """g ← g · limit/‖g‖ where ‖g‖ > limit (Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural
    networks, ICML 2013); code: `factor = limit / sqrt(squares); g = g * factor`

    ‖g‖ is the norm of all parameters' gradients together, each one's sum of squares added in the parameters' order;
    with per_parameter=True each matrix has its own. One NaN makes the norm NaN, and with it every number that shares
    the norm: a step gone wrong shows everywhere. An infinite norm, also that of finite numbers beyond 1e154, makes
    finite numbers 0.
    """

    settings = ("limit", "per_parameter")

    def __init__(self, limit: float, per_parameter: bool = False) -> None:
        self.limit = checks.number("limit", limit, above=0)
        self.per_parameter = checks.choice("per_parameter", per_parameter, [False, True])

    def clipped(self, k: Any, gradients: list[Any]) -> list[Any]:
        squares = [k.sum_of_squares(g) for g in gradients]
        if not self.per_parameter:
            for each in squares[1:]:
                k.accumulate(squares[0], each)
            squares = squares[:1] * len(gradients)
        return [k.clip_norm(g, each, self.limit) for g, each in zip(gradients, squares)]


def as_clip(clip: Any) -> Optional[Clip]:
    """A clipping, or None."""
    if clip is not None and not isinstance(clip, Clip):
        raise TypeError(f"clip: {clip!r}; allowed: ClipValue(…), ClipNorm(…) or None")
    return clip
