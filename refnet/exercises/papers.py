"""What stands on the sheet, on the solution and on the marking scheme? Blocks of a paper, built once for every form.

refnet.exercises.forms writes them as text, Markdown, LaTeX and HTML.
"""

from __future__ import annotations

import os
from typing import Any, Union

from refnet import checks
from refnet.checks import counted
from refnet.exercises import forms, rules
from refnet.exercises.answers import last_digit, rounded_to
from refnet.exercises.blocks import Drawing, Given, Heading, Line, Table, Words
from refnet.files import replace
from refnet.trace.explained.digits import printed
from refnet.trace.explained.page import embedded
from refnet.trace.explained.words import conventions
from refnet.trace.explained.worked import Equation
from refnet.trace.explained.writing import Style

ENDINGS = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html"}
NOISE = 1e-15  # by hand this is 0: what binary64 leaves of 0.1·0.3 − 0.03
NAME = "Name: " + "_" * 40
TITLES = {"ahead": "before the step", "forward": "forward", "loss": "loss", "backward": "backward", "update": "update"}


class Paper:
    """A sheet, a solution or a marking scheme: str() is its text; save() writes a file; a notebook shows its page."""

    def __init__(self, exercise: Any, title: str, blocks: list[Any]) -> None:
        self.exercise, self.title, self.blocks = exercise, title, blocks

    def text(self) -> str:
        """Plain text."""
        return forms.text(self)

    def markdown(self) -> str:
        """Markdown, with formulas between dollar signs."""
        return forms.markdown(self)

    def latex(self) -> str:
        """A LaTeX document, for printing."""
        return forms.latex(self)

    def html(self) -> str:
        """A page that needs nothing else, and can be printed."""
        return forms.html(self)

    def save(self, path: Any, form: str = "") -> None:
        """Write a file; its name's ending chooses the form: .txt, .md, .tex or .html.

        form  "text", "markdown", "latex" or "html", whatever the ending is
        Raises ValueError for another ending or form.
        """
        if form:
            form = checks.choice("form", form, list(ENDINGS.values()))
        else:
            ending = os.path.splitext(os.fspath(path))[1].lower()
            if ending not in ENDINGS:
                raise ValueError(f"path: {os.fspath(path)}; allowed endings: {', '.join(ENDINGS)}")
            form = ENDINGS[ending]
        written: str = getattr(self, form)()
        replace(path, (written if written.endswith("\n") else f"{written}\n").encode())

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return embedded(self.html())


def sheet(exercise: Any) -> Paper:
    numbers = {gap.name: f"({gap.number})" for gap in exercise.gaps}
    blocks = [Words(f"Sheet {exercise.letters}. {NAME}"), Drawing(numbers), *_start(exercise)]
    blocks += [Words(f"Work out the {counted(len(numbers), 'number')} with a gap, to {exercise.digits} significant "
                     "digits or more. Round, do not cut; 0.5 for 0.5000 will do. Go on with the numbers you have: a "
                     "later step that follows from them counts.")]
    form = "formula" if exercise.formulas else "blank"
    numbered, asides = {gap.name: gap for gap in exercise.gaps}, exercise.on_the_side() if exercise.formulas else []
    blocks += [Words("Lines without a number are worked out on the side.")] if asides else []
    for section in exercise.worked.sections:
        lines = []
        for each in section.equations:
            if each.name in numbered:
                lines.append(Line(numbered[each.name].number, numbered[each.name].equation, form))
            elif each.name in asides:
                lines.append(Line(0, each, "aside"))
        blocks += [Heading(TITLES[section.title]), *lines] if lines else []
    return Paper(exercise, exercise.title, blocks)


def solution(exercise: Any) -> Paper:
    numbers = {gap.name: gap.number for gap in exercise.gaps}
    blocks = [Words(_label(exercise)), Drawing(None), *_start(exercise)]
    for section in exercise.worked.sections:
        blocks.append(Heading(TITLES[section.title]))
        blocks += [Line(numbers.get(each.name, 0), each, "worked") for each in section.equations]
    return Paper(exercise, f"{exercise.title}: solution", blocks)


def marking(exercise: Any) -> Paper:
    most = 0
    rows: list[tuple[Union[str, Equation], ...]] = []
    for gap in exercise.gaps:
        most += gap.points
        value = gap.value if abs(gap.value) >= NOISE else 0.0
        rows.append((str(gap.number), gap.symbol, counted(gap.points, "point"),
                     Style().number(printed(value, exercise.digits + 4)),
                     " or ".join(roundings(gap.value, exercise.digits)), gap.equation))
    blocks = [
        Words(_label(exercise)),
        Words(f"{counted(most, 'point')} in all. A gap has its points if its number is right, or if it follows from "
              "the numbers that the student has written before it, right or wrong: put these into the formula of the "
              "last column."),
        Words(f"Accepted is any rounding to {exercise.digits} significant digits or more, a half up or to even, with "
              "zeros at the end or without, with a point or a comma, as a fraction, or with a power of ten; and what "
              "differs in the last digit because intermediate results were rounded. Digits that were cut off are not "
              "a rounding."),
        Table(("gap", "number", "points", "value", "to the digits asked for", "follows from"), rows),
    ]
    return Paper(exercise, f"{exercise.title}: marking scheme", blocks)


def _label(exercise: Any) -> str:
    """By which the sheet and its answers are told from others; the seed is not for the class, which could draw the
    numbers and print the solution."""
    return f"Sheet {exercise.letters}" + (f", seed {exercise.seed}" if exercise.seed is not None else "")


def roundings(value: float, digits: int) -> list[str]:
    """A number to so many significant digits, as sheets print it; of a half, which can go both ways, both."""
    if abs(value) < NOISE:
        return ["0"]
    unit = last_digit(value, digits)
    near = {rounded_to(value - 1e-9 * unit, digits), rounded_to(value + 1e-9 * unit, digits)}
    return [Style().number(printed(each, digits)) for each in (sorted(near) if len(near) > 1 else [value])]


def _start(exercise: Any) -> list[Any]:
    """The conventions and the given numbers."""
    values = exercise.worked.origins.values
    order = {name: i for i, name in enumerate(values)}
    names = sorted(exercise.given(), key=lambda name: (order[name[0]], *name[1:]))
    blocks: list[Any] = [Words(line) for line in conventions(exercise.worked)]
    parts = (("inputs", [name for name in names if name[0].endswith(".o")]),
             ("targets", [name for name in names if name[0] == "targets"]),
             ("weights", [name for name in names if name[0].endswith(".weights")]),
             ("biases", [name for name in names if name[0].endswith(".bias")]))
    rest = [name for name in names if not any(name in part for _, part in parts)]
    zeros = [name for name in rest if name[0] not in ("rate",) and values[name[0]].at(*name[1:]) == 0.0]
    blocks += [Given(words, part) for words, part in parts if part]
    others = [name for name in rest if name not in zeros]
    blocks += [] if any(".bias" in name for name in values) else [Words("No biases.")]
    blocks += [*rules.activations(exercise), rules.loss(exercise)]
    if "new" in {gap.kind for gap in exercise.gaps}:
        blocks += rules.update(exercise)
        letters = rules.starts(exercise, zeros)
        blocks += [Words(f"At the start {letters} of each weight is 0.")] if letters else []
    blocks += [Given("settings", others, exercise.settings())] if others else []
    return blocks

