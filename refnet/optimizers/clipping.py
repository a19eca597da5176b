"""How large may a gradient be? Limited number by number, or by its norm; penalties are in it already."""

from typing import Any, Optional

from refnet import checks
from refnet.checks import Choice, Number, Settings
from refnet.checks.settings import Configured


class Clip(Configured, abstract=True):
    """Base of all clippings: `clipped` takes the gradients of all parameters in their order and returns new ones."""

    def clipped(self, k: Any, gradients: list[Any]) -> list[Any]:
        raise TypeError(f"{type(self).__name__} defines no clipped")


def as_clip(clip: Any) -> Optional[Clip]:
    """A clipping or None as it is. Raises TypeError for anything else."""
    if clip is not None and not isinstance(clip, Clip):
        raise TypeError(f"clip: {checks.shown(clip)}; allowed: ClipValue(…), ClipNorm(…) or None")
    return clip


class ClipValue(Clip):
    """Limits each number of a gradient to −limit … limit (Mikolov, PhD thesis, Brno 2012). NaN stays NaN."""

    settings = Settings(limit=Number(above=0))

    def __init__(self, limit: float) -> None:
        self.limit = limit

    def clipped(self, k: Any, gradients: list[Any]) -> list[Any]:
        return [k.clip_value(g, self.limit) for g in gradients]


class ClipNorm(Clip):
    """g ← g · limit/‖g‖ where ‖g‖ > limit (Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural
    networks, ICML 2013); code: `factor = limit / sqrt(squares); g = g * factor`

    ‖g‖ is the norm of all parameters' gradients together: their sums of squares, added in the parameters' order. With
    per_parameter=True each matrix has its own norm. A NaN makes the norm NaN, and so every number that it scales: a
    failed step shows everywhere. An infinite norm makes finite numbers 0, also where only the squares are too large
    for the format: numbers above 1e154 in binary64, 1e19 in binary32, 256 in binary16.
    """

    settings = Settings(limit=Number(above=0), per_parameter=Choice(False, True))

    def __init__(self, limit: float, per_parameter: bool = False) -> None:
        self.limit, self.per_parameter = limit, per_parameter

    def clipped(self, k: Any, gradients: list[Any]) -> list[Any]:
        squares = [k.sum_of_squares(g) for g in gradients]
        if squares and not self.per_parameter:
            total = squares[0]
            for own in squares[1:]:
                total = k.add(total, own)
            squares = [total] * len(squares)
        return [k.clip_norm(g, each, self.limit) for g, each in zip(gradients, squares)]
