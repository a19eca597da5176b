"""What may a setting be? Numbers, whole numbers, words and choices, checked before anything has changed.

Each error names the argument, the value found and what is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Rational, Real
from typing import Any, Optional, Union


def number(name: str, value: Any, *, above: Optional[float] = None, least: Optional[float] = None,
           below: Optional[float] = None, most: Optional[float] = None) -> float:
    """A finite number within bounds (above and below exclusive, least and most inclusive), as a float, else ValueError.

    NumPy's whole and floating-point numbers are taken like Python's. TypeError for all else: True, text, arrays.
    """
    bounds = [(">", above), (">=", least), ("<", below), ("<=", most)]
    allowed = "numbers " + " and ".join(f"{sign} {bound}" for sign, bound in bounds if bound is not None)
    plain = as_number(value)
    if plain is None:
        raise TypeError(f"{name}: {value!r} is a {type(value).__name__}; allowed: {allowed.strip()}")
    try:
        result = float(plain)
    except OverflowError:
        bits = int(plain).bit_length()  # the digits may be too many to write
        raise ValueError(f"{name}: a whole number of {bits} bits; allowed: finite {allowed.strip()}") from None
    inside = (
        math.isfinite(result)
        and (above is None or plain > above) and (least is None or plain >= least)
        and (below is None or plain < below) and (most is None or plain <= most)
    )
    if not inside:
        raise ValueError(f"{name}: {value!r}; allowed: finite {allowed.strip()}")
    return result


def text(name: str, value: Any) -> str:
    """Some text, else TypeError or ValueError."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: {value!r} is a {type(value).__name__}; allowed: text")
    if not value:
        raise ValueError(f"{name}: {value!r}; allowed: text that is not empty")
    return value


def is_whole(value: Any) -> bool:
    """Whether it is a whole number, Python's or NumPy's, and not True or False."""
    return isinstance(as_number(value), int)


def count(name: str, value: Any, least: Optional[int] = 1) -> int:
    """A whole number of at least `least` (None: any), as an int, else ValueError."""
    whole = as_number(value)
    if not isinstance(whole, int):
        bound = "" if least is None else f" >= {least}"
        raise TypeError(f"{name}: {value!r} is a {type(value).__name__}; allowed: whole numbers{bound}")
    if least is not None and whole < least:
        raise ValueError(f"{name}: {value!r}; allowed: whole numbers >= {least}")
    return whole


def as_number(value: Any) -> Union[int, float, None]:
    """A number of Python's or NumPy's as Python's own int or float; None for all else, as True, text and arrays."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):  # which NumPy's timedelta64 says it is
        return int(value) if hasattr(value, "__index__") else None
    return float(value) if isinstance(value, Real) and not isinstance(value, Rational) else None


def choice(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """The one of the allowed words, numbers or truth values that this equals, else ValueError; 1 is not True."""
    allowed = list(allowed)
    plain = value if isinstance(value, (bool, str)) else as_number(value)
    for each in allowed:
        if isinstance(plain, bool) == isinstance(each, bool) and plain == each:
            return each
    raise ValueError(f"{name}: {value!r}; allowed: {', '.join(map(repr, allowed))}")
