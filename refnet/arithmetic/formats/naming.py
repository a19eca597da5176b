"""Which format has this name? "binary16:binary32" is binary16 with an accumulator, "Q7.8" fixed point."""

from __future__ import annotations

from typing import Any

from refnet.arithmetic.formats.base import Format
from refnet.arithmetic.formats.fixed import Fixed, named
from refnet.arithmetic.formats.floating import PARAMETERS, Floating

BINARY64 = Floating("binary64")

_MADE: dict[str, Format] = {"binary64": BINARY64}


def as_format(number: Any) -> Format:
    """The format for a name, or a format as it is; the same object for the same name.

    Raises TypeError or ValueError for anything else.
    """
    if isinstance(number, Format):
        return _MADE.setdefault(number.name, number)
    if not isinstance(number, str):
        raise TypeError(f"number: a {type(number).__name__}; allowed: {ALLOWED}")
    if number not in _MADE:
        name, colon, accumulator = number.partition(":")
        try:
            if name in PARAMETERS:
                made: Format = Floating(name, accumulator if colon else None)
            else:
                fixed = named(name)
                made = Fixed(fixed.integer_bits, fixed.fraction_bits, fixed.rounding, fixed.overflow,
                             accumulator if colon else None)
        except ValueError as error:
            reason = "" if name not in PARAMETERS and name[:1] != "Q" else f" ({error})"
            raise ValueError(f"number: {number!r}; allowed: {ALLOWED}{reason}") from None
        _MADE.setdefault(made.name, made)
        return _MADE[made.name]
    return _MADE[number]


ALLOWED = (f"{', '.join(map(repr, PARAMETERS))}, fixed point as 'Q7.8', with ':' and a wider format for the sums as "
           "'binary16:binary32', or a Floating or Fixed")
