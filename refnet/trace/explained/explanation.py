"""How does a step become a worked solution? `explain` traces it; the explanation writes it in any of five forms."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any, Callable, Optional

from refnet import checks
from refnet.files import replace
from refnet.trace.explained import latex, markdown, page, sheet
from refnet.trace.explained import text as plain
from refnet.trace.explained.worked import Worked, checked_places, checked_units, worked
from refnet.trace.explained.writing import Style, Writer
from refnet.trace.steps import Trace
from refnet.trace.tracing import traced

ENDINGS = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html", ".xlsx": "xlsx"}
FORMS = [*ENDINGS.values(), "fragment"]
MOST_DIGITS = 17


def explain(network: Any, inputs: Any = None, targets: Any = None, *, loss: Any = None, optimizer: Any = None,
            steps: int = 1, training: Optional[bool] = None, digits: Optional[int] = 4, units: Any = None,
            rows: Optional[list[int]] = None, title: str = "") -> Explanation:
    """The worked solution of a forward pass, or with targets of training steps, as a lecturer writes it.

        print(rn.explain(net, [0.1, 0.1], [0.1], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2)))
        rn.explain(net, x, y, optimizer=rn.Adam(0.1)).save("step.html")

    network   a network, of which a copy is trained, or a Trace that `traced` or `tracing` made
    inputs … training  as `traced` takes them
    digits    how many significant digits are printed, 1 to 17 (a number that ends within two more is printed whole);
              None: every number to the bit
    units     {"dense1": [0, 5]}: only these units' numbers are worked out, the rest is shown by its shape; "all": every
              number. Default: all of a step of up to 400 numbers, none of a larger one
    rows      which examples of the batch are worked out; default: all, with chosen units the first

    Raises TypeError or ValueError for these, and as `traced` does.
    """
    if digits is not None:
        digits = checks.count("digits", digits, most=MOST_DIGITS)
    if isinstance(network, Trace):
        if inputs is not None or targets is not None or loss is not None or optimizer is not None:
            raise TypeError("explain: a trace has its inputs, targets, loss and optimizer; allowed beside it: digits, "
                            "units, rows, title")
        trace, owner = network, network.network
    else:
        owner = network
    checked_units(owner, units)
    if not isinstance(network, Trace):
        trace = traced(network, inputs, targets, loss=loss, optimizer=optimizer, steps=steps, training=training)
    if not trace.steps:
        raise ValueError("explain: the trace has no step")
    checked_places("rows", rows, min(step.rows for step in trace))
    return Explanation(trace, digits, units, rows, title)


class Explanation:
    """A worked solution: str() is its text; save() writes a file; a notebook shows its page.

    trace  the Trace it was made from
    steps  for each step what was worked out: sections of equations
    """

    def __init__(self, trace: Trace, digits: Optional[int], units: Any, rows: Optional[list[int]], title: str) -> None:
        self.trace, self.digits, self._units, self._rows = trace, digits, units, rows
        self.title = title or _title(trace)

    @cached_property
    def steps(self) -> list[Worked]:
        return [worked(self.trace.network, step, self._units, self._rows) for step in self.trace]

    def sections(self, step: int = 0) -> dict[str, list[str]]:
        """The lines of the text by section, "forward", "loss", "backward" and "update", of one of the steps: what is
        worked out of it."""
        found = self.steps[step]
        writer = Writer(Style(), found.names, self.digits)
        return {each.title: list(plain.lines(each, writer)) for each in found.sections if each.equations}

    def text(self) -> str:
        """Plain text."""
        return plain.text(self.title, self.steps, self.digits)

    def markdown(self) -> str:
        """Markdown, with formulas between dollar signs."""
        return markdown.markdown(self.title, self.steps, self.digits)

    def latex(self) -> str:
        """A LaTeX document."""
        return latex.document(self.title, self.steps, self.digits)

    def fragment(self) -> str:
        r"""The equations in LaTeX and nothing else, for \input into slides or a document with amsmath."""
        return latex.fragment(self.steps, self.digits)

    def html(self) -> str:
        """A page that needs nothing else: the network drawn, and where each number comes from when it is clicked."""
        return page.page(self.title, self.steps, self.digits)

    def save(self, path: Any, form: str = "") -> None:
        """Write a file; its name's ending chooses the form: .txt, .md, .tex, .html or .xlsx.

        form  "text", "markdown", "latex", "fragment", "html" or "xlsx", whatever the ending is

        The spreadsheet's cells are live formulas. It needs openpyxl: pip install 'refnet[sheets]'. Raises ValueError
        for another ending, or if the network is too large for a spreadsheet; ImportError without openpyxl.
        """
        form = checks.choice("form", form, FORMS) if form else form_of(path)
        if form == "xlsx":
            sheet.save(path, self.title, self.steps)
            return
        write: Callable[[], str] = getattr(self, form)
        text = write()
        replace(path, (text if text.endswith("\n") else f"{text}\n").encode())

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return page.embedded(self.html())

    def _repr_markdown_(self) -> str:
        return self.markdown()


def form_of(path: Any) -> str:
    """The form that a file's name asks for. Raises ValueError."""
    ending = os.path.splitext(os.fspath(path))[1].lower()
    if ending not in ENDINGS:
        raise ValueError(f"path: {os.fspath(path)}; allowed endings: {', '.join(ENDINGS)}")
    return ENDINGS[ending]


def _title(trace: Trace) -> str:
    names = [f"{layer.name}({layer.units})" for layer in trace.network.layers]
    if len(names) > 9:
        names[5:-3] = ["…"]
    kind = "A training step" if "loss" in trace.steps[0] else "A forward pass"
    return f"{kind} of {', '.join(names)}{f' in {trace.number}' if trace.number != 'binary64' else ''}"
