"""How far apart are two numbers of a format? In units in the last place: how many numbers lie between them."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Optional

from refnet.arithmetic.elementary import INFINITY
from refnet.arithmetic.formats import BINARY64, Fixed, Format


def same(a: float, b: float) -> bool:
    """Whether two numbers count as equal: the same bits, or both NaN (contract, rule 6)."""
    return struct.pack("d", a) == struct.pack("d", b) or (a != a and b != b)


def ulps(a: float, b: float, form: Format = BINARY64) -> float:
    """How many steps from one number of the format to the next lie between a and b, two of its numbers; infinite if one
    of them alone is NaN."""
    if a != a or b != b:
        return 0.0 if a != a and b != b else INFINITY
    return float(abs(form.place(a) - form.place(b)))


def fma(a: float, b: float, c: float, form: Optional[Format] = None) -> float:
    """a·b + c with one rounding, as a fused multiply-add computes it."""
    if a - a != 0.0 or b - b != 0.0 or c - c != 0.0:  # one is not finite
        return c if a - a == b - b == 0.0 else a * b + c
    truth = Fraction(a) * Fraction(b) + Fraction(c)
    return nearest(truth, form) if truth else a * b + c  # a zero has its sign from the plain sum


def nearest(value: Fraction, form: Optional[Format] = None) -> float:
    """The number of the format, None: of binary64, nearest to a fraction; infinity or its end beyond the largest."""
    if isinstance(form, Fixed):
        k = form.quotient(value.numerator << form.fraction_bits, value.denominator)
        return math.ldexp(float(form.fitted(k)), -form.fraction_bits)
    try:
        number = value.numerator / value.denominator  # Python divides integers with one rounding
    except OverflowError:
        return INFINITY if value > 0 else -INFINITY
    if form is None:
        return number
    if number != value:  # where binary64's number lies half-way between two of the format, the fraction does not
        less, more = float(form.number(number * 0.9999999999999999)), float(form.number(number * 1.0000000000000002))
        if less != more and number - less == more - number:
            return more if abs(value) > abs(number) else less
    return float(form.number(number))
