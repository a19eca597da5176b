"""What does a piece of Python stand for while it is being written as C? A number of C, or a list of a known length.

A number that is known while the C is written (a constant, a size) stays Python's own. A list is never made in C if its
numbers can be said one by one: zip, enumerate and comprehensions are only other ways to name the element i.
"""

from __future__ import annotations

import struct
from typing import Any, Callable, NamedTuple, Optional, Union

CTYPES = {"double": "double", "float": "float", "int": "int", "long": "int64_t", "word": "uint64_t", "bool": "int"}


class Level:
    """How tightly C binds: an operand that binds less gets brackets."""

    CHOICE, OR, AND, BITS, EQUALITY, ORDER, SHIFT, SUM, PRODUCT, UNARY, ATOM = range(11)


class Num(NamedTuple):
    """A number of C: an expression, its type (a key of CTYPES), and how tightly it binds."""

    text: str
    kind: str
    level: int = Level.ATOM

    @property
    def is_name(self) -> bool:
        return self.text.isidentifier()


def at_level(number: Num, level: int) -> str:
    """The expression, in brackets if it binds less than this."""
    return number.text if number.level >= level else f"({number.text})"


def literal(value: Any, kind: str) -> Num:
    """A number of Python in a type of C; in float it is rounded, as an operation of the format would round it."""
    if kind == "word":
        return Num(f"UINT64_C(0x{value:X})", kind)
    if kind in ("int", "long", "bool"):
        return Num(str(int(value)), kind, Level.ATOM if value >= 0 else Level.UNARY)
    text = decimal(float(value), kind)
    return Num(text, kind, Level.UNARY if text.startswith("-") else Level.ATOM)


def decimal(value: float, kind: str) -> str:
    """The shortest decimal that C reads as this number."""
    if kind == "float":
        value = as_float(value)
    if value != value:
        return "NAN_"
    if abs(value) == float("inf"):
        return "-INFINITY_" if value < 0.0 else "INFINITY_"
    if kind != "float":
        return repr(value)
    digits = next(digits for digits in range(1, 18) if as_float(float(f"{value:.{digits}g}")) == value)
    text = repr(float(f"{value:.{digits}g}"))
    return f"{text}f"


def as_float(value: float) -> float:
    """The number rounded to binary32; beyond its largest to infinity."""
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return float("inf") if value > 0.0 else float("-inf")


def converted(value: Any, kind: str) -> Num:
    """The number in a type of C."""
    if not isinstance(value, Num):
        return literal(value, kind)
    if value.kind == kind or (value.kind == "int" and kind == "long"):
        return value
    return Num(f"({CTYPES[kind]}){at_level(value, Level.UNARY)}", kind, Level.UNARY)


class Seq:
    """A list of a known length."""

    length: int

    def at(self, writer: Any, i: Union[int, Num]) -> Any:
        """Element i: a number, a list, or a tuple of these. What has to be computed for it first, the writer writes."""
        raise NotImplementedError

    def each(self, writer: Any, i: Union[int, Num], body: Callable[[Any], None]) -> None:
        """Write body(element i)."""
        body(self.at(writer, i))


class Lazy(Seq):
    """A list whose element i a function gives."""

    def __init__(self, length: int, element: Callable[[Any, Any], Any]) -> None:
        self.length, self.element = length, element

    def at(self, writer: Any, i: Union[int, Num]) -> Any:
        return self.element(writer, i)


class Filtered(Seq):
    """A comprehension with a condition: it can only be gone through.

    enter      a function (writer, i) → what the condition and the element are evaluated with
    condition  a function of that → a number of C; element: one → the element
    """

    def __init__(self, length: int, enter: Callable, condition: Callable, element: Callable) -> None:
        self.length, self.enter, self.condition, self.element = length, enter, condition, element

    def at(self, writer: Any, i: Union[int, Num]) -> Any:
        raise ValueError("a list with a condition has no element i")

    def each(self, writer: Any, i: Union[int, Num], body: Callable[[Any], None]) -> None:
        inside = self.enter(writer, i)
        with writer.block(f"if ({self.condition(inside).text})"):
            body(self.element(inside))


class Fixed(Seq):
    """A list whose elements are written out: [a, b]."""

    def __init__(self, elements: list[Any]) -> None:
        self.elements, self.length = elements, len(elements)

    def at(self, writer: Any, i: Union[int, Num]) -> Any:
        if not isinstance(i, int):
            raise ValueError("a list that is written out has no element i")
        return self.elements[i]


class Joined(Seq):
    """One list after the other: u + v."""

    def __init__(self, first: Seq, second: Seq) -> None:
        self.parts, self.length = (first, second), first.length + second.length


class Array(Seq):
    """Numbers in memory, row after row: base[offset + …].

    offset   a sum: the terms that C computes, and the number that is known
    shape    (length,) of a row, (rows, columns) of a matrix
    kind     the type in memory; reads: the type in which a kernel reads them
    """

    def __init__(self, base: str, shape: tuple[int, ...], kind: str, reads: str = "", terms: tuple[str, ...] = (),
                 known: int = 0, is_constant: bool = True) -> None:
        self.base, self.shape, self.kind, self.reads = base, shape, kind, reads or kind
        self.terms, self.known, self.is_constant = terms, known, is_constant
        self.length = shape[0]

    def at(self, writer: Any, i: Union[int, Num]) -> Any:
        slot = self.slot(i)
        return slot if len(self.shape) > 1 else converted(Num(slot.place, self.kind), self.reads)

    def slot(self, i: Union[int, Num]) -> Array:
        """Row i of a matrix, or what begins at number i of a row."""
        inner = self.shape[1:] or (1,)
        if isinstance(i, int):
            slot = self.moved((), i * inner[0])
        else:
            slot = self.moved((i.text if inner[0] == 1 else f"{at_level(i, Level.PRODUCT)} * {inner[0]}",), 0)
        slot.shape, slot.length = inner, inner[0]
        return slot

    def moved(self, terms: tuple[str, ...], known: int) -> Array:
        """The same numbers from a later one on."""
        return Array(self.base, self.shape, self.kind, self.reads, self.terms + terms, self.known + known,
                     self.is_constant)

    def part(self, first: int, length: int) -> Array:
        """Some of a row's numbers, in order."""
        part = self.moved((), first)
        part.shape, part.length = (length,), length
        return part

    @property
    def place(self) -> str:
        """The first number, as C names it."""
        return f"{self.base}[{self.offset or '0'}]"

    @property
    def offset(self) -> str:
        return " + ".join([*self.terms, *([str(self.known)] if self.known else [])])

    @property
    def pointer(self) -> str:
        return f"{self.base} + {self.offset}" if self.offset else self.base


def columns_of(matrix: Seq) -> Seq:
    """zip(*matrix): its columns."""
    def column(writer: Any, j: Union[int, Num]) -> Seq:
        return Lazy(matrix.length, lambda writer, i: matrix.at(writer, i).at(writer, j))

    if not isinstance(matrix, Array):
        raise ValueError("zip(*…) of a list that is no matrix")
    return Lazy(matrix.shape[1], column)


def joint_kind(values: list[Any], real: str) -> Optional[str]:
    """The type that holds all of these; real for constants alone, None for Python's own."""
    kinds = {value.kind for value in values if isinstance(value, Num)}
    if any(isinstance(value, float) for value in values) and not kinds & {"double", "float"}:
        kinds.add(real)
    order = ("float", "double", "word", "long", "int", "bool") if real == "float" else (
        "double", "float", "word", "long", "int", "bool")
    return next((kind for kind in order if kind in kinds), None)


class Nested(Seq):
    """A comprehension with two loops: it can only be gone through.

    inner: a function (writer, element of the outer list) → the list of the inner loop
    """

    def __init__(self, outer: Seq, inner: Callable[[Any, Any], Seq]) -> None:
        self.outer, self.inner, self.length = outer, inner, 0
