"""What is a kernel? A function on matrices with a signature; this file reads signatures.

The reference declares each kernel once, with its shapes:

    @kernel("x: m k, weights: n k, bias: 1 n? -> m n")
    def affine(x, weights, bias=None): ...

The signature is the seam between layers and backends. From it the C backend makes its calls, its shape checks and its
results, and `refnet check` its random cases: every kernel of the reference is compared with C bit by bit.

How a signature is read stands at SEAM, below.
"""

import re
from collections.abc import Sequence
from operator import index
from typing import Any, Callable, NamedTuple, Optional

from refnet.checks.scalars import as_number, shown

SIZES = "mnkr"
NUMBERS = ("number", "positive", "flag")
# The largest counts: they and m·n are integers of C.
MOST = {"m": (1 << 31) - 1, "n": (1 << 31) - 1, "k": (1 << 63) - 1, "r": (1 << 63) - 1}
ALLOWED = {"positive": "numbers > 0", "flag": "0.0 and 1.0"}


class Argument(NamedTuple):
    """One argument of a kernel. rows, columns: letters of SIZES, "n+k" or "1"; below: a letter, "whole" or ""."""

    name: str
    kind: str  # "matrix", "bytes", "floats", "count", "key", or one of NUMBERS
    rows: str = ""
    columns: str = ""
    below: str = ""
    optional: bool = False
    updated: bool = False
    wide: bool = False


class Signature(NamedTuple):
    """A kernel: its signature as declared (`text`) and as read, and the reference's function.

    result       the shape of the result; None if the kernel updates an argument in place
    apart        the places of two matrices, one of which is updated, for each such pair
    wide_result  whether the result is binary64 in every format
    accumulates  whether its sums run in the format's accumulator, if that has one
    """

    name: str
    text: str
    arguments: tuple[Argument, ...]
    result: Optional[tuple[str, str]]
    function: Callable
    apart: tuple[tuple[int, int], ...] = ()
    wide_result: bool = False
    accumulates: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether it computes in binary64 in every format: all that it returns and updates is wide."""
        updated = [argument.wide for argument in self.arguments if argument.updated]
        return all(updated) and (self.wide_result or not self.result)

    def bind(self, given: tuple, named: dict[str, Any]) -> tuple:
        """The values of a call in the signature's order, None for an optional one left out. Raises TypeError."""
        if not named and len(given) == len(self.arguments):
            return given
        rest = self.arguments[len(given) :]
        is_missing = any(argument.name not in named and not argument.optional for argument in rest)
        if is_missing or len(given) > len(self.arguments) or named.keys() - {argument.name for argument in rest}:
            raise TypeError(
                f"{self.name}({self.text}) takes {len(self.arguments)} arguments; got {len(given)} by position "
                f"and {', '.join(named) or 'none'} by name"
            )
        return (*given, *(named.get(argument.name) for argument in rest))

    def on(self, k: Any, values: Sequence[Any]) -> list[Any]:
        """The values of a call, of which the matrices are lists of rows, for backend k: its own matrices, new ones."""
        return [(k.wide if argument.wide else k.matrix)(value) if isinstance(value, list) else value
                for argument, value in zip(self.arguments, values)]

    def sizes(self, values: tuple, shape: Callable, first_outside: Callable, overlapping: Callable) -> dict[str, int]:
        """Check the values of a call; return the size that each letter of the signature has in it.

        shape          the backend's function (signature, argument, matrix) → (rows, columns)
        first_outside  the backend's function (matrix, below) → None, or (value, position) of the first number that
                       is not in 0 … below − 1
        overlapping    the backend's function (values, pairs of places) → None, or the first pair that overlaps

        Raises ValueError if shapes do not fit, an index is out of range, a number is not allowed, or a matrix that is
        updated overlaps another: then each result would depend on which numbers are computed first.
        """
        sizes = {"1": 1, "whole": 1 << 53}
        for argument, value in zip(self.arguments, values):
            kind = argument.kind
            if kind == "matrix":
                if value is not None or not argument.optional:
                    self._fit(argument, shape(self, argument, value), sizes)
            elif kind == "floats":
                if not isinstance(value, memoryview) or value.format != "f" or not value.c_contiguous:
                    raise TypeError(f"{self.name}: {argument.name} is no memoryview of binary32 numbers in row order")
                self._fit(argument, value.shape, sizes)
            elif kind == "bytes":
                self._fit(argument, (value.rows, value.columns), sizes)
            elif kind == "count":
                count, most = self.plain(argument, value), MOST[argument.rows]
                if count > most:
                    raise ValueError(f"{self.name}: {argument.name} is {shown(value)}; allowed: at most {most}")
                self._fit(argument, (count, 1), sizes)
            elif kind in ALLOWED:
                self._check_number(argument, value)
        for argument, value in zip(self.arguments, values):
            outside = first_outside(value, sizes[argument.below]) if argument.below else None
            if outside:
                raise ValueError(
                    f"{self.name}: {argument.name} holds {outside[0]!r} at {outside[1]}; "
                    f"allowed: whole numbers from 0 to {sizes[argument.below] - 1}"
                )
        pair = overlapping(values, self.apart) if self.apart else None
        if pair:
            names = " and ".join(self.arguments[i].name for i in pair)
            raise ValueError(f"{self.name}: {names} overlap; allowed: matrices apart, as k.copy(x) makes")
        return sizes

    def plain(self, argument: Argument, value: Any) -> Any:
        """A value of a call as kernels compute with it: a number as Python's float, a count or a key as its int.

        Raises TypeError if it is none, such as True, text or a Decimal.
        """
        is_number = argument.kind in NUMBERS
        number: Any = as_number(value) if is_number else value
        try:
            return float(number) if is_number else index(number)
        except (TypeError, OverflowError):
            kind, allowed = type(value).__name__, "numbers" if is_number else "whole numbers"
            raise TypeError(f"{self.name}: {argument.name} is {shown(value)}, a {kind}; allowed: {allowed}") from None

    def _fit(self, argument: Argument, shape: Any, sizes: dict[str, int]) -> None:
        for letter, size in zip((argument.rows, argument.columns or "1"), shape):
            known = size_of(sizes, letter) if "+" in letter else sizes.setdefault(letter, size)
            if known != size:
                raise ValueError(
                    f"{self.name}({self.text}): {argument.name} has shape {tuple(shape)}, but {letter} is {known}"
                )

    def _check_number(self, argument: Argument, value: Any) -> None:
        try:
            is_allowed = value > 0.0 if argument.kind == "positive" else value in (0.0, 1.0)
        except TypeError:
            is_allowed = False
        if not is_allowed:
            raise ValueError(f"{self.name}: {argument.name} is {shown(value)}; allowed: {ALLOWED[argument.kind]}")


SEAM: dict[str, Signature] = {}
"""Every kernel, by name, in the order of definition; SEAM["affine"].text is its signature.

A signature lists the arguments, then the result:

    x: m k            a matrix of m rows and k columns; a letter means the same size everywhere
    bias: 1 n?        may be None
    d: m n+k          has n + k columns; n and k must be known from earlier arguments
    w: m n!           is updated in place
    power: 1 1 wide   holds binary64 numbers, whatever the network's number format is
    rows: 1 m < r     holds whole numbers from 0 to r−1, in binary64
    first: 1 1 whole  holds whole numbers from 0 to 2⁵³−1, in binary64
    data: bytes r n   a ByteMatrix: unsigned bytes, each meaning byte/255
    data: floats r n  a memoryview of binary32 numbers, (rows, columns), row after row
    units: count n    a whole number, which is the size n
    slope: number     a float, fixed when a training step is recorded
    divisor: positive the same, above 0
    at_zero: flag     the same, 0.0 or 1.0
    p: number wide    a float that stays binary64; the others are rounded to the format before they are used
    key: key          64 bits that choose a stream of random numbers

A kernel whose results are all wide computes in binary64, every other one in the format, one rounding an operation.
"""

_MATRIX = re.compile(r"(bytes |floats )?([1mnkr]) ([1mnkr]|n\+k)(?: < ([mnkr])| (whole|wide))?([?!]?)$")


def _argument(text: str) -> Argument:
    name, _, form = (part.strip() for part in text.partition(":"))
    matrix = _MATRIX.match(form)
    if matrix:
        packed, rows, columns, below, word, mark = matrix.groups()
        kind, limit = packed.strip() if packed else "matrix", below or (word if word == "whole" else "")
        return Argument(name, kind, rows, columns, limit, mark == "?", mark == "!", bool(limit or word))
    if form.startswith("count ") and form[6:] in tuple(SIZES):
        return Argument(name, "count", rows=form[6:])
    kind, _, word = form.partition(" ")
    if kind in (*NUMBERS, "key") and word in ("", "wide"):
        return Argument(name, kind, wide=bool(word))
    raise ValueError(f"kernel signature: cannot read {text!r}")


def kernel(signature: str, accumulates: bool = False) -> Callable[[Callable], Callable]:
    """Declare a function of the reference as a kernel with this signature. The function itself is not changed."""
    arguments, _, result = (part.strip() for part in signature.partition("->"))

    def declare(function: Callable) -> Callable:
        name = function.__name__
        shape = tuple(result.removesuffix(" wide").split())
        if result and (len(shape) != 2 or not set(shape) <= {"1", "n+k", *SIZES}):
            raise ValueError(f"kernel signature: cannot read the result {result!r}")
        read = tuple(map(_argument, arguments.split(",")))
        updated = [i for i, argument in enumerate(read) if argument.updated]
        matrices = [i for i, argument in enumerate(read) if argument.kind == "matrix"]
        apart = tuple((i, j) for i in updated for j in matrices if j > i or (j < i and j not in updated))
        size: Any = shape or None
        SEAM[name] = Signature(name, signature, read, size, function, apart, result.endswith(" wide"), accumulates)
        return function

    return declare


def size_of(sizes: dict[str, int], letter: str) -> int:
    """The size of a letter, or of "n+k"."""
    return sizes["n"] + sizes["k"] if letter == "n+k" else sizes[letter]
