"""How is a number printed? With so many significant digits; in full if that takes at most two more."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Optional


def printed(value: float, digits: Optional[int]) -> str:
    """A number in decimal: "0.09995", "-1.234e-7"; its repr for digits=None.

    A number that ends within digits + 2 places (seen to 12) is written out, without zeros at its end: 0.10005. Any
    other has `digits` significant digits, zeros at its end among them: 0.3130 is rounded, 0.313 is not.
    """
    if digits is None or not math.isfinite(value):
        return repr(value)
    if value == 0.0:
        return "0"
    whole = float(f"{value:.11e}")
    for places in range(digits + 2):
        text = f"{value:.{places}e}"
        if float(text) == whole:
            return _plain(text, digits)
    return _plain(f"{value:.{digits - 1}e}", digits)


def _plain(text: str, digits: int) -> str:
    """Without an exponent where that is as easy to read."""
    mantissa, exponent = text.split("e")
    if -5 <= int(exponent) < digits + 2:
        return f"{Decimal(text):f}"
    return f"{mantissa}e{int(exponent)}"


def gives(computed: float, text: str, digits: Optional[int]) -> bool:
    """Whether a computed number, rounded to the printed digits, is what is printed; with digits=None to the bit."""
    stated = float(text)
    if digits is None or not math.isfinite(stated) or not math.isfinite(computed):
        return computed == stated or (computed != computed and stated != stated)
    if stated == 0.0:
        return abs(computed) <= 1e-12
    unit = Decimal(1).scaleb(Decimal(text).adjusted() - digits + 1)
    return abs(Decimal(computed) - Decimal(text)) <= unit / 2
