"""What is a kernel? A function on matrices with a signature; this file reads signatures.

The reference declares each kernel once, with its shapes:

    @kernel("x: m k, weights: n k, bias: 1 n? -> m n")
    def affine(x, weights, bias=None): ...

That one line is the seam between layers and backends. The C backend makes its calls, its shape checks and
its results from it, and `refnet check` makes its random cases from it: a kernel added to the reference is
compared with C bit by bit from its first day.

A signature lists the arguments, then what comes back:

    x: m k            a matrix of m rows and k columns; a letter stands for the same size everywhere
    bias: 1 n?        may be None
    d: m n+k          as many columns as n and k together; these have to be known from arguments before it
    w: m n!           is updated in place
    rows: 1 m < r     holds whole numbers from 0 to r−1
    first: 1 1 whole  holds whole numbers from 0 to 2⁵³−1
    data: bytes r n   a ByteMatrix: unsigned bytes that stand for byte/255
    units: count n    a whole number, and the size n
    slope: number     a float, fixed when a training step is recorded
    divisor: positive the same, above 0
    at_zero: flag     the same, 0.0 or 1.0
    key: key          64 bits that choose a stream of random numbers
"""

from __future__ import annotations

import re
from typing import Any, Callable, NamedTuple, Optional

SIZES = "mnkr"
NUMBERS = ("number", "positive", "flag")


class Parameter(NamedTuple):
    """One argument of a kernel. `rows` and `columns` are letters of SIZES or "1"; `below` is one, "whole" or ""."""

    name: str
    kind: str  # "matrix", "bytes", "count", "key", or one of NUMBERS
    rows: str = ""
    columns: str = ""
    below: str = ""
    optional: bool = False
    updated: bool = False


class Signature(NamedTuple):
    """A kernel's name, its arguments in order, and the shape of its result (None: it updates in place)."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Optional[tuple[str, str]]

    @property
    def text(self) -> str:
        return SEAM_TEXT[self.name]


SEAM: dict[str, Signature] = {}
"""Every kernel there is, by name, in the order of their definition (which is their number in the C core)."""

SEAM_TEXT: dict[str, str] = {}

_MATRIX = re.compile(r"(bytes )?([1mnkr]) ([1mnkr]|n\+k)(?: < ([mnkr])| (whole))?([?!]?)$")


def _parameter(text: str) -> Parameter:
    name, _, form = (part.strip() for part in text.partition(":"))
    matrix = _MATRIX.match(form)
    if matrix:
        is_bytes, rows, columns, below, whole, mark = matrix.groups()
        kind = "bytes" if is_bytes else "matrix"
        return Parameter(name, kind, rows, columns, below or whole or "", mark == "?", mark == "!")
    if form.startswith("count ") and form[6:] in tuple(SIZES):
        return Parameter(name, "count", rows=form[6:])
    if form in (*NUMBERS, "key"):
        return Parameter(name, form)
    raise ValueError(f"kernel signature: cannot read {text!r}")


def kernel(signature: str) -> Callable[[Callable], Callable]:
    """Declare a function of the reference as a kernel with this signature. The function stays as it is."""
    arguments, _, result = (part.strip() for part in signature.partition("->"))

    def declare(function: Callable) -> Callable:
        name = function.__name__
        shape = tuple(result.split())
        if result and (len(shape) != 2 or not set(shape) <= {"1", "n+k", *SIZES}):
            raise ValueError(f"kernel signature: cannot read the result {result!r}")
        SEAM[name] = Signature(name, tuple(map(_parameter, arguments.split(","))), shape or None)  # type: ignore[arg-type]
        SEAM_TEXT[name] = signature
        return function

    return declare


def in_order(signature: Signature, arguments: tuple, named: dict[str, Any]) -> tuple:
    """A call's arguments in the signature's order, those given by name too, and None for an optional one left out."""
    found, by_name = list(arguments), 0
    for parameter in signature.parameters[len(arguments) :]:
        if parameter.name in named:
            by_name += 1
        elif not parameter.optional:
            break
        found.append(named.get(parameter.name))
    if len(found) != len(signature.parameters) or by_name != len(named):
        raise TypeError(
            f"{signature.name}({signature.text}) takes {len(signature.parameters)} arguments; "
            f"given are {len(arguments)} by place and {', '.join(named) or 'none'} by name"
        )
    return tuple(found)


def fit(signature: Signature, parameter: Parameter, shape: Any, sizes: dict[str, int]) -> None:
    """Hold an argument's shape against the sizes of the letters known so far; ValueError where it does not fit."""
    for letter, size in zip((parameter.rows, parameter.columns or "1"), shape):
        known = size_of(sizes, letter) if "+" in letter else sizes.setdefault(letter, size)
        if known != size:
            raise ValueError(
                f"{signature.name}({signature.text}): {parameter.name} has shape {tuple(shape)}, "
                f"but {letter} is {known}"
            )


def size_of(sizes: dict[str, int], letter: str) -> int:
    """The size that a letter stands for, or the two of "n+k" together."""
    return sizes["n"] + sizes["k"] if letter == "n+k" else sizes[letter]


def check_number(signature: Signature, parameter: Parameter, value: Any) -> None:
    """Hold a number against what its kind allows; ValueError where it is not positive, or no flag."""
    try:
        right = value > 0.0 if parameter.kind == "positive" else value in (0.0, 1.0)
    except TypeError:
        right = False
    if not right:
        allowed = "numbers > 0" if parameter.kind == "positive" else "0.0 and 1.0"
        raise ValueError(f"{signature.name}: {parameter.name} is {value!r}; allowed are {allowed}")


def refuse_index(signature: Signature, parameter: Parameter, value: float, place: int, below: int) -> None:
    """Raise the ValueError for a number that should be a row's or a class's and is not."""
    raise ValueError(
        f"{signature.name}: {parameter.name} holds {value!r} at {place}; "
        f"allowed are whole numbers from 0 to {below - 1}"
    )
