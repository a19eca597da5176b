"""How does fixed point round? Numbers k·2^−f with a whole k of a fixed number of bits, computed in integers."""

from __future__ import annotations

import re
from math import isqrt, ldexp
from typing import Any, Callable

from refnet.arithmetic.formats.base import Format

MOST_BITS = 53  # then each number is one of binary64 too, which files and lists show


class Fixed(Format):
    """Fixed point Q i.f: a sign bit, i integer bits and f fraction bits, two's complement.

    The numbers are k·2^−f for whole k from −2^(i+f) to 2^(i+f) − 1. Sums are exact; a product, a quotient, a root and
    each function are the exact value (a function's: its binary64 value), rounded once.

    rounding     "nearest": to nearest, ties to even; "truncate": bits are dropped, towards −∞
    overflow     "saturate": the largest or smallest number; "wrap": modulo 2^(1+i+f), as registers count
    accumulator  a wider Fixed, or its name, for products and sums: rounded once at their end

    There is no −0, NaN or infinity: NaN counts as 0, infinities saturate, and so does x/0; 0/0 is 0.
    """

    def __init__(self, integer_bits: int, fraction_bits: int, rounding: str = "nearest", overflow: str = "saturate",
                 accumulator: Any = None) -> None:
        """Raises ValueError for other names, more than 53 bits in all, or an accumulator that is not wider."""
        for name, bits in (("integer_bits", integer_bits), ("fraction_bits", fraction_bits)):
            if type(bits) is not int or not 0 <= bits < MOST_BITS:
                raise ValueError(f"{name}: {bits!r}; allowed: whole numbers from 0 to {MOST_BITS - 1}")
        if not 1 <= integer_bits + fraction_bits < MOST_BITS:
            total = f"integer_bits + fraction_bits: {integer_bits + fraction_bits}"
            raise ValueError(f"{total}; allowed: 1 to {MOST_BITS - 1}, as one bit is the sign's")
        if rounding not in ("nearest", "truncate"):
            raise ValueError(f"rounding: {rounding!r}; allowed: 'nearest' and 'truncate'")
        if overflow not in ("saturate", "wrap"):
            raise ValueError(f"overflow: {overflow!r}; allowed: 'saturate' and 'wrap'")
        self.integer_bits, self.fraction_bits = integer_bits, fraction_bits
        self.rounding, self.overflow = rounding, overflow
        self.bits = 1 + integer_bits + fraction_bits
        self.epsilon = self.smallest = self.normal = ldexp(1.0, -fraction_bits)
        self.below_1 = 1.0 - self.epsilon
        self.most = (1 << self.bits - 1) - 1  # the largest k
        self.largest = ldexp(float(self.most), -fraction_bits)
        self.name = f"Q{integer_bits}.{fraction_bits}"
        self.name += ("-truncate" if rounding == "truncate" else "") + ("-wrap" if overflow == "wrap" else "")
        self.number, self._root = _number(self)
        self.accumulator = accumulator if accumulator is None or isinstance(accumulator, Format) else named(accumulator)
        self.check_accumulator()
        self.name += f":{self.accumulator.name}" if self.accumulator else ""

    def __repr__(self) -> str:
        more = f", rounding={self.rounding!r}" if self.rounding != "nearest" else ""
        more += f", overflow={self.overflow!r}" if self.overflow != "saturate" else ""
        more += f", accumulator={self.accumulator!r}" if self.accumulator else ""
        return f"Fixed({self.integer_bits}, {self.fraction_bits}{more})"

    def __reduce__(self) -> Any:
        return Fixed, (self.integer_bits, self.fraction_bits, self.rounding, self.overflow, self.accumulator)

    def holds(self, other: Format) -> bool:
        return (isinstance(other, Fixed) and self.integer_bits >= other.integer_bits
                and self.fraction_bits >= other.fraction_bits)

    def is_beyond(self, value: float) -> bool:
        return abs(value) > self.largest and abs(float(self.number(value)) - value) > self.smallest

    def quotient(self, a: int, b: int) -> int:
        """a/b as a whole number, rounded; b > 0."""
        whole, rest = divmod(a, b)
        up = self.rounding == "nearest" and (2 * rest > b or (2 * rest == b and whole % 2 == 1))
        return whole + 1 if up else whole

    def fitted(self, k: int) -> int:
        """k within its bits."""
        if self.overflow == "wrap":
            return (k + self.most + 1) % (1 << self.bits) - self.most - 1
        return min(max(k, -self.most - 1), self.most)

    def packed(self, values: Any) -> bytes:
        """Each k in as many bytes as it needs, two's complement."""
        return b"".join(self.place(value).to_bytes(self.size, "little", signed=True) for value in values)

    def unpacked(self, bits: bytes) -> float:
        return ldexp(float(int.from_bytes(bits, "little", signed=True)), -self.fraction_bits)

    def place(self, value: float) -> int:
        """k"""
        return int(ldexp(value, self.fraction_bits))

    def ulp(self, value: float) -> float:
        return self.epsilon

    def sqrt(self, x: Any) -> Any:
        """The root, rounded once; 0 below zero."""
        return self._root(self.number(x))


def named(name: Any) -> Fixed:
    """The format of a name such as "Q7.8-truncate-wrap", without an accumulator. Raises ValueError for any other."""
    found = re.fullmatch(r"Q(\d+)\.(\d+)(-truncate)?(-wrap)?", name) if isinstance(name, str) else None
    if not found:
        raise ValueError(f"{name!r} is no fixed point; allowed: 'Q7.8', 'Q7.8-truncate', 'Q7.8-wrap' or both")
    integer, fraction, truncates, wraps = found.groups()
    return Fixed(int(integer), int(fraction), "truncate" if truncates else "nearest", "wrap" if wraps else "saturate")


def _number(form: Fixed) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """A class of floats with the format's operators, as a function; and the square root of its numbers."""
    new, bits, quotient, fitted = float.__new__, form.fraction_bits, form.quotient, form.fitted
    one = 1 << bits

    def whole(x: Any) -> int:
        """k of the number k·2^−f."""
        return int(ldexp(float(x), bits))

    def made(k: int) -> Any:
        return new(Number, ldexp(float(fitted(k)), -bits))

    def number(value: Any) -> Any:
        if type(value) is Number:
            return value
        x = float(value)
        if x - x != 0.0:  # infinity or NaN
            return limit(x) if x == x else made(0)
        numerator, denominator = x.as_integer_ratio()
        return made(quotient(numerator * one, denominator))

    def limit(sign: float) -> Any:
        return new(Number, ldexp(float(form.most if sign > 0.0 else -form.most - 1), -bits))

    def root(x: Any) -> Any:
        square = max(whole(x), 0) * one
        k = isqrt(square)
        return made(k + 1 if form.rounding == "nearest" and square > k * k + k else k)

    class Number(float):
        __slots__ = ()

        def __add__(self, other: Any) -> Any:
            return made(whole(self) + whole(number(other)))

        __radd__ = __add__

        def __sub__(self, other: Any) -> Any:
            return made(whole(self) - whole(number(other)))

        def __rsub__(self, other: Any) -> Any:
            return number(other) - self

        def __mul__(self, other: Any) -> Any:
            return made(quotient(whole(self) * whole(number(other)), one))

        __rmul__ = __mul__

        def __truediv__(self, other: Any) -> Any:
            a, b = whole(self), whole(number(other))
            if b == 0:
                return limit(float(a)) if a else made(0)
            return made(quotient(a * one, b) if b > 0 else quotient(-a * one, -b))

        def __rtruediv__(self, other: Any) -> Any:
            return number(other) / self

        def __neg__(self) -> Any:
            return made(-whole(self))

        def __pos__(self) -> Any:
            return self

        def __abs__(self) -> Any:
            return made(abs(whole(self)))

    return number, root
