"""What does the worked solution look like as a spreadsheet? Each number a cell, each cell a live formula.

Given numbers are yellow: change an input, a weight or the rate, and forward, loss, backward and update follow. The
spreadsheet computes with its own exp and tanh, so its last digits may differ; a second sheet has the trace's numbers.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from typing import Any

from refnet.files import replace
from refnet.trace.explained.names import SETTINGS
from refnet.trace.explained.terms import Term, inside
from refnet.trace.explained.worked import Worked, in_order, loss_term

MOST_CELLS = 20000
MOST_CHARACTERS = 8000  # of a formula; 8,192 is what spreadsheets take
FIRST_COLUMN = 4
LEAST = 1e-307  # smaller numbers are none to some spreadsheets
GIVEN = "given"
FUNCTIONS = {  # {0}: the argument; a spreadsheet has no infinity: e^710 and ln 0 stay within what it has
    "sigmoid": "1/(1+EXP(MIN(709,-({0}))))", "tanh": "TANH({0})", "exp": "EXP(MIN(709,{0}))",
    "log": "LN(MAX(1E-307,{0}))", "log1p": "LN(MAX(1E-307,1+({0})))", "expm1": "(EXP(MIN(709,{0}))-1)",
    "sqrt": "SQRT({0})", "abs": "ABS({0})",
    "softplus": "(MAX({0},0)+LN(1+EXP(-ABS({0}))))",
}
COMPARED = {"==": "=", "!=": "<>"}
ABOUT = (
    "Yellow cells are given: change one, and all that follows from it is computed anew.",
    "Every other number is a formula. Names are those of the trace: dense1.z is the net input of the layer dense1,",
    "….delta is ∂L/∂output (of a Dense layer δ = ∂L/∂z), ….gradient ∂L/∂weights, ….new a number after the step.",
    "Rows are the examples of the batch; of weights each row is a unit, each column an input.",
)


def save(path: Any, title: str, solutions: list[Worked]) -> None:
    """Write the spreadsheet. Raises ImportError without openpyxl, ValueError if the network is too large."""
    try:
        import openpyxl
        from openpyxl.styles import Font, PatternFill
    except ImportError:
        raise ImportError("openpyxl is not installed; pip install 'refnet[sheets]'") from None
    book = openpyxl.Workbook()
    about, bold, yellow = book.active, Font(bold=True), PatternFill("solid", fgColor="FFF2B3")
    about.title = "about"
    about.append([title])
    about["A1"].font = bold
    for line in ABOUT:
        about.append([line])
    number = next((worked.step.calls[0].form for worked in solutions if worked.step.calls), "binary64")
    if number != "binary64":
        about.append([f"The step was computed in {number}, but a spreadsheet computes in binary64: its formulas round "
                      f"nothing to {number}. The numbers of {number} are on the sheets called traced."])
        about[f"A{about.max_row}"].font = bold
    before: dict[tuple, tuple[str, float]] = {}
    for worked in solutions:
        sheet = _Sheet(worked, before)
        name = f"step {worked.step.number}"
        live, traced = book.create_sheet(name), book.create_sheet(f"{name} traced")
        for page in (live, traced):
            for row, label in sheet.labels:
                for column, text in enumerate(label, 1):
                    page.cell(row, column, text).font = bold
            page.column_dimensions["A"].width, page.column_dimensions["B"].width = 11, 34
            page.freeze_panes = "D2"
        for key, (row, column) in sheet.places.items():
            live.cell(row, column, sheet.content[key])
            value = sheet.values[key]
            traced.cell(row, column, value if math.isfinite(value) else repr(value))
            if key in sheet.given:
                live.cell(row, column).fill = yellow
        area = f"D1:{openpyxl.utils.get_column_letter(sheet.columns)}{sheet.rows}"
        is_finite = all(math.isfinite(value) for value in sheet.values.values())
        about.append([f"distance of {name} from the trace: the root of the sum of the squared differences",
                      f"=SQRT(SUMXMY2('{name}'!{area},'{name} traced'!{area}))" if is_finite else
                      "unknown: the trace has infinite numbers or NaN, a spreadsheet has none"])
        before = {key: (f"'{name}'!{sheet.cell(key)}", sheet.values[key]) for key in sheet.places}
    about.column_dimensions["A"].width = 100
    data = io.BytesIO()
    try:
        book.save(data)
    except OSError as error:  # of the temporary files that openpyxl makes, whose names tell nobody anything
        raise OSError(error.errno, error.strerror, os.fsdecode(path)) from error
    replace(path, data.getvalue())


class _Sheet:
    """Where each number of a step stands, and what its cell holds.

    places   (name, row, unit), or (letter of a setting, value, -1) → (row, column)
    content  the same → a number or a formula; given: those that are numbers
    """

    def __init__(self, worked: Worked, before: dict[tuple, tuple[str, float]]) -> None:
        origins, self.rows, self.columns = worked.origins, 0, FIRST_COLUMN
        self.places: dict[tuple, tuple[int, int]] = {}
        self.labels: list[tuple[int, tuple[str, ...]]] = [(1, ("", "name", "row"))]
        self.content: dict[tuple, Any] = {}
        self.values: dict[tuple, float] = {}
        terms = dict(self._terms(worked))
        settings = {(each.name, each.value, -1): None for term in terms.values() for each, _ in inside(term, False)
                    if isinstance(each.name, str)}
        self.rows = 1
        for key in settings:
            self._block(GIVEN, SETTINGS[key[0]], [[key]])
            self.values[key] = key[1]
        given = [name for name in origins.values if name not in origins.calls and name != "loss"]
        order = in_order(origins)
        at = next((i for i, name in enumerate(order) if origins.calls[name][0].phase in ("backward", "update")),
                  len(order))
        if "loss" in worked.step:
            order.insert(at, "loss")
        for name in given + order:
            numbers = origins.values[name]
            section = GIVEN if name in given else "loss" if name == "loss" else origins.calls[name][0].phase
            self._block(section, name, [[(name, i, j) for j in range(numbers.columns)] for i in range(numbers.rows)])
            for i in range(numbers.rows):
                for j in range(numbers.columns):
                    self.values[name, i, j] = numbers.at(i, j)
        self.given = {key for key in self.places if key[0] in given or key in settings}
        for key in self.places:
            self.content[key] = self.values[key] if key in self.given else f"={self._formula(terms[key])}"
            earlier, value = before.get((f"{key[0]}.new", *key[1:])) or before.get(key) or ("", None)
            if key in self.given and value == self.values[key]:
                self.content[key] = f"={earlier}"
        self.given -= {key for key in self.given if before and str(self.content[key]).startswith("=")}
        longest = max(self.content.values(), key=lambda content: len(str(content)))
        if len(str(longest)) > MOST_CHARACTERS:
            raise ValueError(f"xlsx: a formula of {len(longest):,} characters; allowed: networks whose formulas have "
                             f"at most {MOST_CHARACTERS:,}")

    @staticmethod
    def _terms(worked: Worked) -> Iterator[tuple[tuple, Term]]:
        origins, cells = worked.origins, 0
        for numbers in origins.values.values():
            cells += len(numbers.values)
        if cells > MOST_CELLS:
            raise ValueError(f"xlsx: {cells:,} numbers in a step; allowed: networks of at most {MOST_CELLS:,}")
        for name in in_order(origins):
            for i in range(origins.values[name].rows):
                for j in range(origins.values[name].columns):
                    yield (name, i, j), origins.term(name, i, j)
        if "loss" in worked.step:
            yield ("loss", 0, 0), loss_term(worked.network, origins)

    def _block(self, section: str, title: str, keys: list[list[tuple]]) -> None:
        for i, line in enumerate(keys):
            self.rows += 1
            self.labels.append((self.rows, (section, title, str(i) if len(keys) > 1 else "")))
            for j, key in enumerate(line):
                self.places[key] = self.rows, FIRST_COLUMN + j
            self.columns = max(self.columns, FIRST_COLUMN + len(line) - 1)
        self.rows += 1

    def cell(self, key: tuple) -> str:
        """$D$7"""
        row, column = self.places[key]
        letters = ""
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        return f"${letters}${row}"

    def _formula(self, term: Term, is_root: bool = True) -> str:
        if isinstance(term.name, tuple) and not (is_root and term.sign):
            return self.cell(term.name)
        if not term.sign:
            number = LEAST if 0.0 < term.value < LEAST else term.value
            return self.cell((term.name, term.value, -1)) if term.name else f"({number!r})".upper()
        if term.sign in ("+", "−"):
            return f"({self._chain(term)})"
        first, *others = (self._formula(part, False) for part in term.parts)
        if term.sign in ("·", "/"):
            return f"({first}{'*' if term.sign == '·' else '/'}{others[0]})"
        if term.sign == "negative":
            return f"(-{first})"
        if term.sign in ("max", "min", "if"):
            return f"{term.sign.upper()}({','.join([first, *others])})"
        if others:
            return f"({first}{COMPARED.get(term.sign, term.sign)}{others[0]})"
        return FUNCTIONS[term.sign].format(first)

    def _chain(self, term: Term) -> str:
        """A sum from the left, without a bracket for each of its signs."""
        root, pieces = term, []
        while term.sign in ("+", "−") and (term.name is None or term is root):
            pieces.append(("+" if term.sign == "+" else "-") + self._formula(term.parts[1], False))
            term = term.parts[0]
        return self._formula(term, False) + "".join(reversed(pieces))
