"""What does the worked solution look like in plain text?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Optional

from refnet.trace.explained.words import left_out, opening
from refnet.trace.explained.worked import Section, Worked
from refnet.trace.explained.writing import Style, Writer

LABEL = 11  # columns of "backward   "
WIDTH = 116


def text(title: str, solutions: list[Worked], digits: Optional[int]) -> str:
    """The title, then each step: its conventions, its sections, and what was left out."""
    found = [title]
    for each in solutions:
        found += ["", *_step(each, digits, len(solutions) > 1)]
    return "\n".join(found)


def _step(worked: Worked, digits: Optional[int], is_one_of_several: bool) -> Iterator[str]:
    writer = Writer(Style(), worked.names, digits)
    if is_one_of_several:
        yield f"step {worked.step.number}"
    if worked.step.number == 1:
        for line in opening(worked):
            whole = line.replace(" = ", "\0")  # x1 = 0.1 stays in one line
            for part in textwrap.wrap(whole, WIDTH, initial_indent=" " * LABEL, subsequent_indent=" " * (LABEL + 2)):
                yield part.replace("\0", " = ")
    for section in worked.sections:
        label = section.title
        for line in lines(section, writer):
            yield f"{label:{LABEL}}{line}"
            label = ""
        for name, (rows, columns), formula in section.shapes:
            yield f"{label:{LABEL}}{name} {rows}×{columns}, by {formula}"
            label = ""
    if worked.left_out:
        yield left_out(worked)


def lines(section: Section, writer: Writer) -> Iterator[str]:
    """The equations of a section."""
    for equation in section.equations:
        pieces = [f"{step.relation} {step.text}" for step in writer.steps(equation)]
        reason = writer.reasons(equation)
        if reason:
            pieces[-1] += f"   ({reason})"
        yield from _folded(f"{writer.left(equation)} ", pieces)


def _folded(left: str, pieces: list[str]) -> Iterator[str]:
    """As many pieces a line as fit; the "=" of the next lines stand below the first."""
    line = left + pieces[0]
    for piece in pieces[1:]:
        if len(line) + 1 + len(piece) > WIDTH - LABEL:
            yield line
            line = " " * len(left) + piece
        else:
            line += f" {piece}"
    yield line
