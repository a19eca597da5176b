"""What does a cell of a table say: a number, a word, or nothing?"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Optional

MISSING = frozenset(("", "?", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", ".", "-"))
"""Words for a missing value, in any case."""

# Among classes that are words, these are words too: UCI's thyroid tables have a class "-".
NAMES = frozenset(("none", ".", "-"))

THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+(,[0-9]+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?", re.ASCII)


def parsed(cell: str, decimal: str = ".") -> Optional[float]:
    """The number in a cell, NaN for a missing value, None for a word.

    decimal  "." or ","; "auto": either, so that 0,5 is 0.5 and 4.063 is 4.063. With "," points are left out, as they
             stand between thousands: 1.296,55 is 1296.55, 4.063 is 4063. Column refuses others, such as 2.75

    float() also accepts 1_000 and digits of other scripts, which are words here.
    """
    plain = cell.replace(".", "") if decimal == "," and ("," in cell or THOUSANDS.fullmatch(cell)) else cell
    if decimal != "." and DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    with suppress(ValueError):
        if plain.isascii() and "_" not in plain:
            return float(plain)
    return math.nan if is_missing(cell) else None


def is_missing(cell: str) -> bool:
    """Whether a cell stands for a missing value."""
    return cell.strip().lower() in MISSING


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is a number, infinity among them; a missing value is none."""
    number = parsed(cell, decimal)
    return number is not None and number == number


DATE = re.compile(r"([12][0-9]{3}([-/.])[01]?[0-9]\2[0-3]?[0-9]|[0-3]?[0-9]([-/.])[0-3]?[0-9]\3([12][0-9])?[0-9]{2})"
                  r"([ T][0-9:.]+Z?)?", re.ASCII)
NOTATION = re.compile(r"[+-]?[€$£]?\s?[0-9]+([.,'’\s][0-9]+)*\s?[%€$£]?", re.ASCII)


def dates_or_number(words: Iterable[str]) -> Optional[str]:
    """ "dates" if all words look like dates, one of them if all look like numbers in some notation, else None."""
    kept = sorted(each for each in words if not is_missing(each))
    if kept and all(map(DATE.fullmatch, kept)):
        return "dates"
    return next(filter(is_word, kept), None) if all(map(NOTATION.fullmatch, kept)) else None


def is_word(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is neither a number nor a missing value."""
    return parsed(cell, decimal) is None


def spelled(number: float) -> str:
    """A number as the name of a category: `0` and `0.0` are the same one. NaN is a missing value."""
    if number != number:
        return ""
    return str(int(number)) if abs(number) < 1e15 and number == math.floor(number) else repr(number)


def in_order(names: Iterable[str]) -> list[str]:
    """Different names, sorted as numbers when all are finite numbers, else alphabetically."""
    ordered = sorted(set(names))
    numbers = {each: parsed(each) for each in ordered}
    if any(number is None or number - number != 0.0 for number in numbers.values()):
        return ordered
    return sorted(ordered, key=lambda each: numbers[each] or 0.0)
