"""How do the lines of a C function come about? Blocks, loops, names that are free, and numbers put into memory."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional, Union

from refnet.exchange.c.values import CTYPES, Array, Fixed, Joined, Nested, Num, Seq, converted, joint_kind

RESERVED = {
    "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float",
    "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof",
    "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while",
}
SIZES = {"double": 8, "float": 4, "int": 4, "long": 8, "word": 8}
INDICES = "ijklpqrstuv"


WIDTH = 112


def folded(line: str, more: int = 8) -> str:
    """A line of C that is too long, in several."""
    indent = " " * (len(line) - len(line.lstrip()) + more)
    return "\n".join(textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_long_words=False,
                                   break_on_hyphens=False, drop_whitespace=True)) if len(line) > WIDTH else line


class Writer:
    """The body of a C function.

    lines    a line is text, or a list that is filled later
    loops    (index, length) of each loop that is open
    bytes    of the arrays that it declares
    """

    def __init__(self, taken: Any = ()) -> None:
        self.lines: list[Any] = []
        self.loops: list[tuple[Any, int]] = []
        self.bytes = 0
        self._depth = 1
        self._taken: list[set[str]] = [set(taken)]

    def text(self) -> str:
        """All lines."""
        flat = [each for line in self.lines for each in (line if isinstance(line, list) else [line])]
        return "\n".join(map(folded, flat))

    def line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    def hole(self) -> Callable[[str], None]:
        """A place for lines that are known later; returns the function that puts one there."""
        place: list[str] = []
        indent = "    " * self._depth
        self.lines.append(place)
        return lambda text: place.append(indent + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines in braces."""
        self.line(f"{head} {{")
        self._depth += 1
        self._taken.append(set())
        yield
        self._taken.pop()
        self._depth -= 1
        self.line("}")

    @property
    def scope(self) -> int:
        """The number of the block that is being written."""
        return len(self._taken) - 1

    def name(self, wanted: str, scope: int = -1) -> str:
        """A name that is free here, as near as can be to this one; it is taken until the block `scope` ends."""
        taken = RESERVED.union(*self._taken)
        wanted = wanted.lstrip("_") or "value"
        free = next(name for i in range(1, 1000) if (name := wanted if i == 1 else f"{wanted}{i}") not in taken)
        self._taken[scope].add(free)
        return free

    def through(self, seq: Seq, body: Callable[[Any], None]) -> None:
        """Write a loop of body(element) through a list; without a loop if it has one element."""
        if isinstance(seq, Nested):
            self.through(seq.outer, lambda element: self.through(seq.inner(self, element), body))
        elif seq.length == 1 or isinstance(seq, Fixed):
            for i in range(seq.length):
                self._once(seq, i, body)
        else:
            taken = set().union(*self._taken)
            index = next(letter for letter in INDICES if letter not in taken)
            with self.block(f"for (int {index} = 0; {index} < {seq.length}; {index}++)"):
                self._taken[-1].add(index)
                self._once(seq, Num(index, "int"), body)

    def _once(self, seq: Seq, i: Union[int, Num], body: Callable[[Any], None]) -> None:
        self.loops.append((i, seq.length))
        seq.each(self, i, body)
        self.loops.pop()

    def variable(self, wanted: str, value: Any, kind: str, is_constant: bool) -> Num:
        """A new variable with this value."""
        text, name = converted(value, kind).text, self.name(wanted)
        self.line(f"{'const ' if is_constant else ''}{CTYPES[kind]} {name} = {text};")
        return Num(name, kind)

    def store(self, target: Array, value: Any, real: str) -> Optional[str]:
        """Write the numbers of a list into memory of the same shape. If the memory has no type yet ("") it returns the
        one that it needs; real: that of constants."""
        kind: Optional[str] = target.kind or None
        if isinstance(value, Joined):
            first, second = value.parts
            self.store(target.part(0, first.length), first, real)
            return self.store(target.part(first.length, second.length), second, real)
        if value.length != target.length:
            raise ValueError(f"a list of {value.length} for {target.length}")

        def put(element: Any) -> None:
            nonlocal kind
            place = target.slot(self.loops[-1][0])
            if isinstance(element, Seq):
                kind = self.store(place, element, real)
                return
            kind = target.kind or joint_kind([element], real) or real
            self.line(f"{place.place} = {converted(element, kind).text};")

        self.through(value, put)
        return kind

    def array(self, wanted: str, value: Seq, real: str) -> Array:
        """A list put into new memory of the function."""
        declare, made = self.hole(), Array(self.name(wanted), (value.length,), "", is_constant=False)
        kind = self.store(made, value, real) or real
        declare(self.array_line(made.base, kind, value.length))
        return Array(made.base, made.shape, kind, is_constant=False)

    def array_line(self, name: str, kind: str, length: int) -> str:
        """The declaration of an array of the function."""
        self.bytes += length * SIZES[kind]
        return f"{CTYPES[kind]} {name}[{length}];"
