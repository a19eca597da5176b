"""What is a number format? A set of numbers, and how any other number is rounded to one of them."""

from __future__ import annotations

from typing import Any, Callable, Optional

from refnet.arithmetic import elementary


class Format:
    """Base of the formats.

    name         text that makes it again: "binary32", "binary16:binary32", "Q7.8"
    accumulator  the format that products and sums run in, rounded once at their end; None: in this one
    bits, size   how many bits a number has; how many bytes it takes in memory and in files
    largest      the largest finite number; smallest: the smallest above 0; epsilon: how far the next one after 1 is
    normal       the smallest number with a finite reciprocal that has all its digits; below_1: the number before 1
    number       a function: any number, rounded to this format (one of this format as it is)

    A format has the functions of refnet.arithmetic.elementary for its numbers: refnet's binary64 function of the value,
    rounded once. So the kernels of the reference run on it (refnet.kernels.lifted).
    """

    name: str
    accumulator: Optional[Format] = None
    bits: int
    largest: float
    smallest: float
    epsilon: float
    normal: float
    below_1: float
    number: Callable[[Any], Any]

    @property
    def size(self) -> int:
        return -(-self.bits // 8)

    def holds(self, other: Format) -> bool:
        """Whether each number of the other format is one of this format too."""
        raise NotImplementedError

    def is_beyond(self, value: float) -> bool:
        """Whether a number is too large here: it saturates, wraps or, if it is finite, becomes infinite."""
        raise NotImplementedError

    def check_accumulator(self) -> None:
        """Raise ValueError if the accumulator does not hold the format's own numbers."""
        other = self.accumulator
        if other is None:
            return
        if other.accumulator or other.name == self.name or not other.holds(self):
            raise ValueError(f"accumulator: {other.name!r} for {self.name}; allowed: a wider format of the same kind")

    def __str__(self) -> str:
        return self.name

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Format) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def divide(self, a: Any, b: Any) -> Any:
        return self.number(a) / b

    def packed(self, values: Any) -> bytes:
        """The bits of a row of its numbers, little-endian; every NaN as one and the same."""
        raise NotImplementedError

    def unpacked(self, bits: bytes) -> float:
        """The number with these bits, little-endian."""
        raise NotImplementedError

    def place(self, value: float) -> int:
        """The place of a number among all of the format, in order; both zeros are at 0."""
        raise NotImplementedError

    def ulp(self, value: float) -> float:
        """The distance of the format's numbers about this one."""
        raise NotImplementedError


def _rounded_once(function: Callable[[float], float]) -> Callable[[Any, Any], Any]:
    return lambda form, x: form.number(function(float(x)))


for each in (elementary.sqrt, elementary.exp, elementary.expm1, elementary.log, elementary.log1p, elementary.tanh,
             elementary.sigmoid, elementary.softplus):
    setattr(Format, each.__name__, _rounded_once(each))
