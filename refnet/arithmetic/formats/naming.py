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
        kind = type(number).__name__
        raise TypeError(f"number: {'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}; allowed: {ALLOWED}")
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
            raise ValueError(f"number: {number!r}; allowed: {ALLOWED}{reason}{_hint(number)}") from None
        _MADE.setdefault(made.name, made)
        return _MADE[made.name]
    return _MADE[number]


def _hint(number: str) -> str:
    """ "; did you mean 'binary32'?" for other libraries' names and other cases, or nothing."""
    parts = number.lower().split(":")
    meant = ":".join(part.capitalize() if part[:1] == "q" else OTHER_NAMES.get(part, part) for part in parts)
    try:
        return f"; did you mean {as_format(meant).name!r}?" if meant != number else ""
    except ValueError:
        return ""


OTHER_NAMES = {
    "float64": "binary64", "double": "binary64", "fp64": "binary64", "float32": "binary32", "single": "binary32",
    "fp32": "binary32", "float16": "binary16", "half": "binary16", "fp16": "binary16",
    "bf16": "bfloat16", "bfloat": "bfloat16",
}
OBJECTS = ", or a Floating or Fixed"  # what a command line cannot take
ALLOWED = (f"{', '.join(map(repr, PARAMETERS))}, fixed point as 'Q7.8' or 'Q7.8-truncate-wrap', with ':' and a wider "
           f"format for the sums as 'binary16:binary32'{OBJECTS}")
