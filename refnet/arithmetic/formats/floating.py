"""How does floating point of fewer bits round? binary32, binary16 and bfloat16, computed in binary64, then rounded.

Rounding twice gives what rounding the exact result once gives: binary64 has more than 2p + 2 digits for each format of
p digits (Figueroa, "When is double rounding innocuous?", 1995).
"""

from __future__ import annotations

import struct
from math import copysign, frexp, ldexp
from typing import Any, Callable

from refnet.arithmetic import elementary
from refnet.arithmetic.formats.base import Format

INFINITY = elementary.INFINITY

# name → (digits p, the exponents e of its smallest normal and its largest number: 2^(e-1) <= x < 2^e)
PARAMETERS = {
    "binary64": (53, -1021, 1024),
    "binary32": (24, -125, 128),
    "binary16": (11, -13, 16),
    "bfloat16": (8, -125, 128),  # binary32's upper half
}


class Floating(Format):
    """binary64, binary32, binary16 (IEEE 754-2019) or bfloat16: one rounding an operation, to nearest even.

    Subnormals are kept, overflow gives infinity, NaN propagates.

    name         one of these names
    accumulator  a wider one, such as "binary32" for binary16: products and sums run in it and are rounded once, at the
                 end, as matrix units of processors do
    """

    def __init__(self, name: str, accumulator: Any = None) -> None:
        """Raises ValueError for another name, or an accumulator that is not wider."""
        if name not in PARAMETERS:
            raise ValueError(f"name: {name!r}; allowed: {', '.join(PARAMETERS)}")
        self.name = self.plain_name = name
        self.digits, self.least, self.most = PARAMETERS[name]
        self.bits = {"binary64": 64, "binary32": 32}.get(name, 16)
        self.epsilon = ldexp(1.0, 1 - self.digits)
        self.largest = (2.0 - self.epsilon) * ldexp(1.0, self.most - 1)
        self.smallest = 5e-324 if name == "binary64" else ldexp(1.0, self.least - self.digits)
        self.normal, self.below_1 = ldexp(1.0, self.least - 1), 1.0 - ldexp(1.0, -self.digits)
        self.number = float if name == "binary64" else _number(self._rounding())
        self.accumulator = None if accumulator is None else _floating(accumulator)
        self.check_accumulator()
        self.name += f":{self.accumulator.name}" if self.accumulator else ""

    def __repr__(self) -> str:
        accumulator = f", accumulator={self.accumulator.name!r}" if self.accumulator else ""
        return f"Floating({self.plain_name!r}{accumulator})"

    def __reduce__(self) -> Any:
        return Floating, (self.plain_name, self.accumulator)

    def holds(self, other: Format) -> bool:
        return (isinstance(other, Floating) and self.digits >= other.digits and self.most >= other.most
                and self.least <= other.least)

    def is_beyond(self, value: float) -> bool:
        return abs(value) < INFINITY == abs(float(self.number(value)))

    def packed(self, values: Any) -> bytes:
        numbers = [value if value == value else elementary.NAN for value in values]
        code = {"binary64": "d", "binary16": "e"}.get(self.plain_name, "f")
        bits = struct.pack(f"<{len(numbers)}{code}", *numbers)
        if self.plain_name != "bfloat16":
            return bits
        return b"".join(bits[i : i + 2] for i in range(2, len(bits), 4))  # the upper half of a binary32

    def unpacked(self, bits: bytes) -> float:
        if self.plain_name == "bfloat16":
            bits = b"\0\0" + bits
        return struct.unpack({8: "<d", 4: "<f", 2: "<e"}[len(bits)], bits)[0]

    def place(self, value: float) -> int:
        whole, sign = int.from_bytes(self.packed([value]), "little"), 1 << self.bits - 1
        return whole if whole < sign else sign - whole

    def ulp(self, value: float) -> float:
        if value == 0.0 or value - value != 0.0:
            return abs(value) or self.smallest
        return max(ldexp(self.epsilon, frexp(value)[1] - 1), self.smallest)

    def _rounding(self) -> Callable[[float], float]:
        """A function that rounds a binary64 number to this format."""
        # x + shift has its last digit where x has it in this format, so the addition rounds x there.
        shifts = {e: ldexp(1.5, 52 + e - self.digits) for e in range(self.least, self.most + 1)}
        smallest, largest, most = shifts[self.least], self.largest, self.most

        def rounded(x: float) -> float:
            if x - x != 0.0:  # infinity or NaN
                return x
            e = frexp(x)[1]
            if e > most:
                return copysign(INFINITY, x)
            shift = shifts.get(e, smallest)
            y = (x + shift) - shift
            if y == 0.0:
                return copysign(0.0, x)
            return y if -largest <= y <= largest else copysign(INFINITY, x)

        return rounded


def _floating(value: Any) -> Floating:
    return value if isinstance(value, Floating) else Floating(value)


def _number(rounded: Callable[[float], float]) -> Callable[[Any], Any]:
    """A class of floats whose operators round their results; an operand of another class is rounded first."""
    new, divide = float.__new__, elementary.divide
    add, subtract, multiply = float.__add__, float.__sub__, float.__mul__

    def number(value: Any) -> Any:
        return value if type(value) is Number else new(Number, rounded(float(value)))

    class Number(float):
        __slots__ = ()

        def __add__(self, other: Any) -> Any:
            return new(Number, rounded(add(self, other if type(other) is Number else rounded(float(other)))))

        __radd__ = __add__  # addition commutes

        def __sub__(self, other: Any) -> Any:
            return new(Number, rounded(subtract(self, other if type(other) is Number else rounded(float(other)))))

        def __rsub__(self, other: Any) -> Any:
            return new(Number, rounded(subtract(rounded(float(other)), self)))

        def __mul__(self, other: Any) -> Any:
            return new(Number, rounded(multiply(self, other if type(other) is Number else rounded(float(other)))))

        __rmul__ = __mul__

        def __truediv__(self, other: Any) -> Any:
            return new(Number, rounded(divide(float(self), float(number(other)))))

        def __rtruediv__(self, other: Any) -> Any:
            return number(other) / self

        def __neg__(self) -> Any:
            return new(Number, -float(self))

        def __pos__(self) -> Any:
            return self

        def __abs__(self) -> Any:
            return new(Number, abs(float(self)))

    return number
