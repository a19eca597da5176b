"""What does the worked solution look like in Markdown? Formulas between dollar signs, as notebooks show them."""

from __future__ import annotations

from typing import Optional

from refnet.trace.explained import latex
from refnet.trace.explained.latex import aligned
from refnet.trace.explained.words import left_out, opening
from refnet.trace.explained.worked import Worked


def markdown(title: str, solutions: list[Worked], digits: Optional[int]) -> str:
    """A heading for each section, its equations one below the other."""
    lines = [f"# {title}"]
    for worked in solutions:
        if len(solutions) > 1:
            lines += ["", f"## step {worked.step.number}"]
        if worked.step.number == 1:
            lines += ["", *(f"- {prose(line)}" for line in opening(worked))]
        for section in worked.sections:
            lines += ["", f"### {section.title}"]
            if section.equations:
                equations = aligned(worked, section.equations, digits)
                lines += ["", "$$", r"\begin{aligned}", *equations, r"\end{aligned}", "$$"]
            if section.shapes:
                lines += ["", "| numbers | shape | by |", "|---|---|---|"]
                lines += [f"| `{name}` | {rows}×{columns} | {escaped(formula)} |"
                          for name, (rows, columns), formula in section.shapes]
        if worked.left_out:
            lines += ["", escaped(left_out(worked))]
    return "\n".join(lines) + "\n"


def prose(text: str) -> str:
    """A sentence, with the names and formulas in it between dollar signs."""
    return latex.prose(text, escaped)


def escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\_*`|$<[" else letter for letter in text)
