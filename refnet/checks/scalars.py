"""What may a setting be? Numbers, whole numbers, words and choices, checked before anything has changed.

Each error names the argument, the value found and what is allowed.
"""

import math
import reprlib
from collections.abc import Iterable
from numbers import Integral, Rational, Real
from typing import Any, Optional, Union

from refnet.checks.names import did_you_mean

MOST_BITS = 4096  # of a whole number: enough for any seed, and Python is slow at printing longer ones


def number(name: str, value: Any, *, above: Optional[float] = None, least: Optional[float] = None,
           below: Optional[float] = None, most: Optional[float] = None) -> float:
    """The value as a float, if it is finite and within bounds (above and below exclusive, least and most inclusive).

    Integers and floats of Python and NumPy are allowed. Raises ValueError for a number out of bounds or not finite,
    TypeError for anything else: True, text, arrays.
    """
    plain = as_number(value)
    try:
        result = math.nan if plain is None else float(plain)
    except OverflowError:
        result = math.inf
    if (
        math.isfinite(result)
        and (above is None or plain > above) and (least is None or plain >= least)  # type: ignore[operator]
        and (below is None or plain < below) and (most is None or plain <= most)  # type: ignore[operator]
    ):
        return result
    bounds = [(">", above), (">=", least), ("<", below), ("<=", most)]
    limits = " and ".join(f"{sign} {bound}" for sign, bound in bounds if bound is not None)
    allowed = f"numbers {limits}".strip()
    if plain is None:
        raise TypeError(f"{name}: {shown(value)} is a {type(value).__name__}; allowed: {allowed}")
    raise ValueError(f"{name}: {shown(value)}; allowed: finite {allowed}")


def text(name: str, value: Any) -> str:
    """The value if it is text and not empty. Raises TypeError or ValueError if not."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: {shown(value)} is a {type(value).__name__}; allowed: text")
    if not value:
        raise ValueError(f"{name}: {value!r}; allowed: text that is not empty")
    return value


def is_whole(value: Any) -> bool:
    """Whether the value is an integer of Python or NumPy. True and False are not."""
    return isinstance(as_number(value), int)


def count(name: str, value: Any, least: Optional[int] = 1, most: Optional[int] = None) -> int:
    """The value as an int: a whole number from least to most (None: without that bound) of at most 4,096 bits.

    Raises ValueError outside of that, TypeError if it is not whole.
    """
    whole = as_number(value)
    limits = [f"{sign} {bound}" for sign, bound in ((">=", least), ("<=", most)) if bound is not None]
    allowed = f"whole numbers {' and '.join(limits)}".strip()
    if not isinstance(whole, int):
        raise TypeError(f"{name}: {shown(value)} is a {type(value).__name__}; allowed: {allowed}")
    if whole.bit_length() > MOST_BITS:
        raise ValueError(f"{name}: {shown(value)}; allowed: {allowed}, of at most {MOST_BITS} bits")
    if (least is not None and whole < least) or (most is not None and whole > most):
        raise ValueError(f"{name}: {shown(value)}; allowed: {allowed}")
    return whole


def as_number(value: Any) -> Union[int, float, None]:
    """A number of Python or NumPy as Python's int or float; None for anything else: True, text, arrays."""
    if type(value) in (int, float):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):  # NumPy's timedelta64 claims to be one too
        return int(value) if hasattr(value, "__index__") else None
    return float(value) if isinstance(value, Real) and not isinstance(value, Rational) else None


def choice(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """The element of `allowed` that equals the value (1 does not equal True). Raises ValueError if there is none."""
    allowed = list(allowed)
    plain = value if isinstance(value, (bool, str)) else as_number(value)
    for each in allowed:
        if isinstance(plain, bool) == isinstance(each, bool) and plain == each:
            return each
    hint = did_you_mean(value, [each for each in allowed if isinstance(each, str)]) if isinstance(value, str) else ""
    raise ValueError(f"{name}: {shown(value)}; allowed: {', '.join(map(repr, allowed))}{hint}")


def counted(number: int, what: str) -> str:
    """1 class, 2 classes, 60,000 examples"""
    plural = "es" if what.endswith("ss") else "s"
    return f"{number:,} {what}{'' if number == 1 else plural}"


def shown(value: Any) -> str:
    """A value for a message: as repr has it, but shortened where it would fill the screen."""
    if isinstance(value, int) and value.bit_length() > 512:  # Python refuses to print more than 4,300 digits
        return f"a whole number of {value.bit_length()} bits"
    try:
        text = repr(value)
    except ValueError:  # such a number in a list
        return f"a {type(value).__name__} with too many digits"
    return text if len(text) <= 500 else reprlib.repr(value)
