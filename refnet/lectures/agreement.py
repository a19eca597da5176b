"""When does a computed number agree with what a lecture prints?

The computed value, rounded to as many decimals as are printed, has to give the printed digits. If a lecture prints a
formula and no digits, the digits here are computed from the formula and shown as "formula = digits". They come from
decimal arithmetic without refnet; tests/lectures/decimal_lectures.py computes them again.
"""

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

# Decimal(x) of a float x is exactly x, and 400 digits hold any rounded double, so this is the only rounding.
# A half is rounded away from zero, as by hand. No value of the lectures lies on a half (there is a test for that).
ROUNDING = Context(prec=400, rounding=ROUND_HALF_UP)
FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)


class Result(NamedTuple):
    """One number of a worked example: what the lecture says and what refnet computes."""

    entry: int  # its number in the list of worked examples
    source: str  # the lecture's file
    quantity: str  # in the lecture's notation, such as "δ5"
    published: str  # the printed digits, "formula = digits", or the condition: "0 exactly", "< 1e-6", "> 0.9"
    computed: float
    agrees: bool


class Step(NamedTuple):
    """A worked training step that `refnet explain` writes out."""

    entry: int
    source: str
    network: Any
    inputs: list[float]
    targets: list[float]
    loss: Any
    optimizer: Any


def rounds_to(digits: str, computed: float) -> bool:
    """Does `computed`, rounded to as many decimals as `digits` has ("0.3775", "4.5E-5", "0.0529/2"), give `digits`?"""
    numerator, _, denominator = digits.partition("/")
    printed = Decimal(numerator) / Decimal(denominator or 1)
    return math.isfinite(computed) and ROUNDING.quantize(Decimal(computed), printed) == printed


def is_the_double(digits: str, computed: float) -> bool:
    """For more digits than a double holds: do 15 agree, and is the nearest double at most 1 ulp away?"""
    nearest = float(digits)
    alike = FIFTEEN_DIGITS.create_decimal(digits) == FIFTEEN_DIGITS.create_decimal_from_float(computed)
    return alike and abs(computed - nearest) <= math.ulp(nearest)


def differences(ours: list[list[float]], theirs: list[list[float]]) -> float:
    """How many numbers of two matrices differ."""
    return float(len([1 for pair in zip(ours, theirs) for p, q in zip(*pair) if p != q]))


class Lecture:
    """Makes the results of one lecture's file. slides: where its examples stand, {entry: the slide's title}."""

    def __init__(self, source: str, slides: dict[int, str]) -> None:
        self.source = source
        self.slides = slides

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
        """According to the lecture this is a whole number; it has to be exact."""
        return Result(entry, self.source, quantity, f"{number} exactly", computed, computed == number)

    def stays_below(self, entry: int, quantity: str, bound: str, computed: float) -> Result:
        """According to the lecture this is 0; rounding errors leave less than the bound."""
        return Result(entry, self.source, quantity, f"< {bound}", computed, 0.0 <= computed < float(bound))

    # What a lecture says without a number is shown by an experiment, and its statement is a comparison.

    def is_less(self, entry: int, quantity: str, computed: float, than: str, other: float) -> Result:
        """The experiment's number is less than another one of it: "< error with 4 units = 0.0123"."""
        return Result(entry, self.source, quantity, f"< {than} = {other:.6g}", computed, computed < other)

    def is_more(self, entry: int, quantity: str, computed: float, than: str, other: float) -> Result:
        """The experiment's number is more than another one of it."""
        return Result(entry, self.source, quantity, f"> {than} = {other:.6g}", computed, computed > other)

    def is_at_least(self, entry: int, quantity: str, bound: str, computed: float) -> Result:
        """The experiment's number is at least the bound that the statement needs."""
        return Result(entry, self.source, quantity, f"≥ {bound}", computed, computed >= float(bound))
