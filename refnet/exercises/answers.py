"""What has a student written? A number in any of the ways that people write one, and a sheet of them.

    0.3775   0,3775   −.3775   3.775e-1   3.775·10^-1   1/3   ≈ 0.38

An answer form is a table with a line for each gap: CSV, with any of , ; and tab between the cells; Markdown; or JSON,
{"1": "0.3775", …}.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from refnet.checks import shown
from refnet.files import FileError

NUMBER = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:(?:e|(?:[·×*x]|\\cdot)10\^?)[({]?([+-]?\d{1,3})[)}]?)?")
FORMS = {".csv": "csv", ".md": "markdown", ".json": "json"}
HEAD = ("gap", "number", "answer")
SHEET = "sheet"  # in the place of a gap, in a row of which the answer is the sheet's letters


class Answer(NamedTuple):
    """A number as it was written.

    text    as it was written
    value   the number
    digits  how many significant digits it has; 0 of a fraction, and of zero, which have no last digit
    """

    text: str
    value: float
    digits: int

    def unit(self, least: int) -> float:
        """What one more in the last digit is, where the number has `least` digits or as many as were written: zeros at
        the end may have been left away."""
        return last_digit(self.value, max(self.digits, least))


def last_digit(value: float, digits: int) -> float:
    """What one more in the last of so many significant digits is: 0.01 of 0.377 with 2 digits; 0 if there is none."""
    if value == 0.0 or not math.isfinite(value):
        return 0.0
    exponent = int(f"{value:e}".partition("e")[2])
    return float(f"1e{exponent - digits + 1}")


def rounded_to(value: float, digits: int) -> float:
    """A number with so many significant digits."""
    return float(f"{value:.{digits - 1}e}")


def answer_of(written: Any) -> Answer:
    """What a student has written, as a number. Raises ValueError if it is none."""
    text = str(written).strip()
    plain = re.sub(r"^[≈=~]|[\s_$]", "", re.sub("[−–—‐‑‒]", "-", text.lower()))
    plain = plain.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    above, slash, below = plain.partition("/")
    value, digits = _number(above, text)
    if slash:
        divisor, _ = _number(below, text)
        if divisor == 0.0:
            raise ValueError(f"answer: {shown(text)}; it divides by 0")
        value /= divisor
        if not math.isfinite(value):
            raise ValueError(f"answer: {shown(text)}; it is too large")
        return Answer(text, value, 0)
    return Answer(text, value, digits)


def _number(plain: str, text: str) -> tuple[float, int]:
    """The value and its significant digits."""
    found = NUMBER.fullmatch(plain)
    if not found or not (found.group(2) or found.group(3)):
        raise ValueError(f"answer: {shown(text)}; allowed: numbers such as 0.3775, 0,3775, 3.775e-1, 3/8")
    sign, whole, fraction, exponent = (group or "" for group in found.groups())
    value = float(f"{sign}{whole or 0}.{fraction or 0}e{exponent or 0}")
    if not math.isfinite(value):
        raise ValueError(f"answer: {shown(text)}; it is too large")
    return value, len((whole + fraction).lstrip("0")) if value else 0


def sheet_of(given: Any) -> str:
    """The letters of the sheet that answers belong to; "" if they do not say. Raises as `answers_of` does."""
    found = [str(written).strip().lower() for gap, written in _pairs(given) if str(gap).strip().lower() == SHEET]
    return found[0] if found else ""


def _pairs(given: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(given, (str, os.PathLike)):
        return read(given)
    if isinstance(given, dict):
        return given.items()
    if isinstance(given, (list, tuple)):
        return enumerate(given, 1)
    raise TypeError(f"answers: {shown(given)}; allowed: {{gap: answer}}, a list of answers, or the name of a file")


def answers_of(given: Any, gaps: int, sheet: str = "") -> dict[int, str]:
    """{gap: what was written} of a file, a list in the order of the gaps, or a dict; without the empty ones.

    sheet  letters of the sheet; a form that has others belongs to another exercise

    Raises TypeError or ValueError for anything else, a gap that the exercise does not have, or one answered twice, or
    another sheet's form; FileError for a file that is no answer form.
    """
    found: dict[int, str] = {}
    for gap, written in _pairs(given):
        if str(gap).strip().lower() == SHEET:
            if sheet and str(written).strip().lower() not in ("", sheet):
                raise ValueError(f"answers: those of sheet {shown(written)}; this exercise is sheet {sheet}")
            continue
        number = re.fullmatch(r"\(?(\d{1,6})\)?[.)]?", str(gap).strip())
        if not number or not 1 <= int(number.group(1)) <= gaps:
            raise ValueError(f"answers: gap {shown(gap)}; allowed: 1 to {gaps}")
        if int(number.group(1)) in found:
            raise ValueError(f"answers: gap {number.group(1)} is answered twice")
        text = "" if written is None else str(written).strip()
        if text.strip("_-–…. "):
            found[int(number.group(1))] = text
    return found


def form(names: list[str], kind: str, sheet: str) -> str:
    """An empty answer form: the sheet's letters, and a line for each gap. kind: "csv", "markdown" or "json"."""
    rows = [(SHEET, "", sheet), *((str(i), name, "") for i, name in enumerate(names, 1))]
    if kind == "json":
        return json.dumps({number: answer for number, _, answer in rows}, indent=1) + "\n"
    if kind == "markdown":
        lines = ["| {} | {} | {} |".format(*row) for row in (HEAD, ("---", "---", "---"), *rows)]
        return "\n".join(lines) + "\n"
    return "\n".join(",".join(row) for row in (HEAD, *rows)) + "\n"


def decoded(data: bytes) -> str:
    """The text of a file, however it was saved: as UTF-8, as PowerShell does in UTF-16, or as spreadsheets save CSV in
    some countries; the gaps' numbers are the same."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read(path: Any) -> list[tuple[str, str]]:
    """(gap, answer) of each line of a form that was filled in."""
    name = os.fspath(path)
    with open(path, "rb") as file:
        data = file.read()
    text = decoded(data)
    if text.lstrip().startswith("{"):
        try:
            cells = json.loads(text)
        except ValueError as error:
            raise FileError(f"{name}: {error}") from None
        if "format" in cells:
            raise FileError(f"{name}: is {shown(cells['format'])}, such as an exercise; expected an answer form")
        return [(gap, str(answer)) for gap, answer in cells.items()]
    lines = [line for line in text.splitlines() if line.strip(" ,;|\t")]
    is_markdown = bool(lines) and lines[0].lstrip().startswith("|")
    if is_markdown:
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
        rows = [row for row in rows if row[0].strip("-: ")]
    else:
        delimiter = max(";\t,", key=(lines or [""])[0].count)
        rows = list(csv.reader(lines, delimiter=delimiter))
    if not rows or rows[0][0].strip().lower() != HEAD[0]:
        raise FileError(f"{name}: expected an answer form, whose first line is {', '.join(HEAD)}")
    for row in rows[1:]:
        if len(row) < 2:
            raise FileError(f"{name}: {shown(' '.join(row))}; expected {', '.join(HEAD)}")
    return [(row[0], ",".join(row[2:]).strip(", ")) for row in rows[1:]]  # 0,5 may have fallen into two cells
