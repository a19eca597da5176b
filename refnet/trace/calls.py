"""What is a kernel call, written down? Its arguments as they were, and its results."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from refnet.arithmetic.formats import as_format
from refnet.kernels.choosing import format_of


class Numbers(NamedTuple):
    """A matrix as it was at one moment: its numbers row after row, in the number format `number`.

    In a network of another format what stays binary64 (powers, the rate, the mean loss) is told by that; "" is a
    stranger's, who did not say.
    """

    rows: int
    columns: int
    values: Sequence[Any]
    number: str = "binary64"

    def at(self, row: int, column: int) -> Any:
        """A number of it, which computes as its format does."""
        value = self.values[row * self.columns + column]
        return value if self.number in ("binary64", "") else as_format(self.number).number(value)

    def tolist(self) -> list[list[Any]]:
        return [list(self.values[i : i + self.columns]) for i in range(0, len(self.values), self.columns)]

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.columns


def numbers_of(k: Any, matrix: Any) -> Numbers:
    """The numbers of a matrix now."""
    rows = k.tolist(matrix)
    flat = [value for row in rows for value in row]
    is_plain = all(type(value) is float for value in flat)
    is_wide = type(matrix[0][0]) is float if isinstance(matrix, list) else getattr(matrix, "format", "") == "d"
    number = "binary64" if is_wide else format_of(k).name
    return Numbers(len(rows), len(rows[0]), array("d", flat) if is_plain else flat, number)


class Call:
    """One kernel call.

    number     its place in the step, from 0
    kernel     the kernel's name, as in refnet.kernels.SEAM
    phase      "ahead", "forward", "loss", "backward" or "update"
    layer      the name of the layer, loss or parameter that it works for; "" for the network's own sums
    arguments  by name: Numbers of a matrix before the call, None, or a plain number
    results    Numbers: of the result under "", or of each matrix that was changed in place under its argument's name
    names      the name in the trace of each argument and result that has one; results under "→" and their own name
    sources    where an argument's matrix came from, if a call of this step made it: (call, its result's name)
    form       the name of the number format in which the network computes
    """

    def __init__(self, number: int, kernel: str, phase: str, layer: str, arguments: dict[str, Any],
                 form: str = "binary64") -> None:
        self.form = form
        self.number, self.kernel, self.phase, self.layer, self.arguments = number, kernel, phase, layer, arguments
        self.results: dict[str, Numbers] = {}
        self.names: dict[str, str] = {}
        self.sources: dict[str, tuple[Call, str]] = {}

    def __repr__(self) -> str:
        """One line: 3 forward dense1: affine(x 4×2, weights 3×2, bias 1×3) → dense1.z 4×3"""
        given = [f"{self.names.get(name, name)} {_size(value)}".rstrip() for name, value in self.arguments.items()
                 if value is not None]
        made = [f"{self.names.get('→' + name, name)} {_size(value)}".strip() for name, value in self.results.items()]
        where = f"{self.phase} {self.layer}".rstrip()
        return f"{self.number} {where}: {self.kernel}({', '.join(given)}) → {', '.join(made)}"


def note_sources(made: list[tuple[Call, str, Any]]) -> None:
    """Note where each argument came from. made: (call, name of an argument or "→" for the result, matrix), in order."""
    last: dict[int, tuple[Call, str]] = {}
    for call, part, matrix in made:
        source = last.get(id(matrix))
        if part != "→" and source and source[0] is not call:
            call.sources[part] = source
        if part == "→" or part in call.results:
            last[id(matrix)] = call, part.strip("→")


def _size(value: Any) -> str:
    return f"{value.rows}×{value.columns}" if isinstance(value, Numbers) else f"= {value!r}"
