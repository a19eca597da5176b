"""How far apart are two numbers of binary64? In units in the last place: how many numbers lie between them."""

from __future__ import annotations

import struct
from fractions import Fraction

from refnet.arithmetic.elementary import INFINITY


def same(a: float, b: float) -> bool:
    """Whether two numbers count as equal: the same bits, or both NaN (contract, rule 6)."""
    return struct.pack("d", a) == struct.pack("d", b) or (a != a and b != b)


def ulps(a: float, b: float) -> float:
    """How many steps from one binary64 number to the next lie between a and b; infinite if one of them alone is NaN."""
    if a != a or b != b:
        return 0.0 if a != a and b != b else INFINITY
    return float(abs(_place(a) - _place(b)))


def _place(value: float) -> int:
    """The place of a number among all of binary64, in order; both zeros are at 0."""
    (whole,) = struct.unpack(">q", struct.pack(">d", value))
    return whole if whole >= 0 else -(whole & 0x7FFFFFFFFFFFFFFF)


def fma(a: float, b: float, c: float) -> float:
    """a·b + c with one rounding, as a fused multiply-add computes it."""
    if a - a != 0.0 or b - b != 0.0 or c - c != 0.0:  # one is not finite
        return c if a - a == b - b == 0.0 else a * b + c
    truth = Fraction(a) * Fraction(b) + Fraction(c)
    return nearest(truth) if truth else a * b + c  # a zero has its sign from the plain sum


def nearest(value: Fraction) -> float:
    """The number of binary64 nearest to a fraction; infinity beyond the largest."""
    try:
        return value.numerator / value.denominator  # Python divides integers with one rounding
    except OverflowError:
        return INFINITY if value > 0 else -INFINITY
