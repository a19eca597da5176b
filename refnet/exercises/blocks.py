"""What is a paper made of? Blocks; each form writes them in its own way (refnet.exercises.forms)."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Union

from refnet.trace.explained.worked import Equation


class Words(NamedTuple):
    """A line of text."""

    text: str


class Heading(NamedTuple):
    text: str


class Drawing(NamedTuple):
    """The network with its weights; in each unit what it puts out, or the numbers of its gaps."""

    blanks: Optional[dict[tuple, str]]


class Given(NamedTuple):
    """Numbers that are given: what is said of them, their names, and settings by their letter's name."""

    words: str
    names: list[tuple]
    settings: dict[str, float] = {}  # noqa: RUF012  never changed


class Rule(NamedTuple):
    """What holds for all units, examples or weights: words, and formulas with the names that their numbers have."""

    words: str
    formulas: list[tuple[Equation, Any]]


class Line(NamedTuple):
    """A formula: with a gap for its value, or worked out.

    number  of the gap; 0 of a line that has none
    form    "blank", "formula" (and a blank), "aside" (a formula and no blank) or "worked"
    """

    number: int
    equation: Equation
    form: str

    @property
    def has_blank(self) -> bool:
        return self.form in ("blank", "formula")


class Table(NamedTuple):
    """Cells are texts, or Equations, of which the formula is written."""

    head: tuple[str, ...]
    rows: list[tuple[Union[str, Equation], ...]]
