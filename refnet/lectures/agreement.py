"""When does a computed number agree with what a lecture prints?

Printed digits are the test: the computed value, rounded to as many decimals as are printed, gives what is printed.
Where a lecture prints a formula and no digits, the digits here are the formula's, shown as "formula = digits". They
were worked out in decimal arithmetic without refnet, as tests/lectures/decimal_lectures.py does again.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

# Decimal(x) of a float x is exactly x, and 400 digits hold any rounded double: the only rounding is the one asked for.
# A half goes away from zero, as it is done by hand. No value of the lectures lies on a half (a test sees to that).
ROUNDING = Context(prec=400, rounding=ROUND_HALF_UP)
FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)


class Result(NamedTuple):
    """One number of a worked example: what the lecture says and what refnet computes."""

    entry: int  # its number in the list of worked examples
    source: str  # the lecture's file
    quantity: str  # in the lecture's notation, such as "δ5"
    published: str  # the digits as printed, "formula = digits", or what else must hold
    computed: float
    agrees: bool


def rounds_to(digits: str, computed: float) -> bool:
    """Does `computed`, rounded to as many decimals as `digits` has ("0.3775", "4.5E-5", "0.0529/2"), give `digits`?"""
    numerator, _, denominator = digits.partition("/")
    printed = Decimal(numerator) / Decimal(denominator or 1)
    return math.isfinite(computed) and ROUNDING.quantize(Decimal(computed), printed) == printed


def is_the_double(digits: str, computed: float) -> bool:
    """For more digits than a double holds: are 15 right, and is the nearest double at most 1 ulp away?"""
    nearest = float(digits)
    alike = FIFTEEN_DIGITS.create_decimal(digits) == FIFTEEN_DIGITS.create_decimal_from_float(computed)
    return alike and abs(computed - nearest) <= math.ulp(nearest)


class Lecture:
    """Makes the results of one lecture's file."""

    def __init__(self, source: str) -> None:
        self.source = source

    def prints(self, entry: int, quantity: str, digits: str, computed: float) -> Result:
        """The lecture prints these digits."""
        return Result(entry, self.source, quantity, digits, computed, rounds_to(digits, computed))

    def prints_in_full(self, entry: int, quantity: str, digits: str, computed: float) -> Result:
        """The lecture prints these digits, more than a double holds."""
        return Result(entry, self.source, quantity, digits, computed, is_the_double(digits, computed))

    def follows(self, entry: int, quantity: str, formula: str, digits: str, computed: float) -> Result:
        """The lecture prints this formula; it gives these digits."""
        return Result(entry, self.source, quantity, f"{formula} = {digits}", computed, rounds_to(digits, computed))

    def equals(self, entry: int, quantity: str, number: int, computed: float) -> Result:
        """By the lecture this is a whole number, and no rounding is allowed on the way to it."""
        return Result(entry, self.source, quantity, f"{number} exactly", computed, computed == number)

    def stays_below(self, entry: int, quantity: str, bound: str, computed: float) -> Result:
        """By the lecture this would be 0; rounding leaves less than the bound."""
        return Result(entry, self.source, quantity, f"< {bound}", computed, 0.0 <= computed < float(bound))
