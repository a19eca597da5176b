"""What is in this table? Columns of numbers and of words, each as compact as what it holds, with a label column."""

from __future__ import annotations

import math
import warnings
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Optional, Union

from refnet.checks import counted, shown
from refnet.data.cells import NAMES, THOUSANDS, in_order, is_missing, is_number, is_word, parsed, spelled
from refnet.data.containers import Dataset, Rows, checked_indices

Values = Union["array[float]", list[str]]
"""The cells of a column: numbers, NaN where one is missing; or words, missing ones as they stand in the file."""

MISSING_CHOICES = ("refuse", "drop", "mean", "median")
DECIMALS = ("auto", ".", ",")
READING: dict[str, Any] = {"decimal": "auto", "missing_values": []}


class Table(Rows):
    """Columns of numbers and of words, which rows share with the tables that were taken of this one.

    name       of the file, for errors
    columns    the columns' names, or None
    values     the columns: an array of doubles (NaN: missing) or a list of words
    places     the columns' numbers in the file, from 0, of `total`: they stay the same when another column is taken out
    lines      the line of each row in the file
    numbers    the rows of the columns that belong to this table, in their order
    delimiter  what was between the cells, or None
    reading    how its cells were read, as Preparation keeps it: decimal and missing_values of read_table
    """

    __slots__ = ("name", "columns", "values", "lines", "numbers", "delimiter", "places", "total", "reading")

    def __init__(self, name: str, columns: Optional[Sequence[str]], values: list[Values], lines: Sequence[int],
                 numbers: Optional[Sequence[int]] = None, delimiter: Optional[str] = None,
                 places: Optional[Sequence[int]] = None, total: Optional[int] = None,
                 reading: Optional[dict[str, Any]] = None) -> None:
        self.name = name
        self.columns = None if columns is None else list(columns)
        self.values = values
        self.lines = lines
        self.numbers: Sequence[int] = range(len(lines)) if numbers is None else numbers
        self.delimiter = delimiter
        self.places = list(range(len(values)) if places is None else places)
        self.total = len(values) if total is None else total
        self.reading = {**READING, **(reading or {})}

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.values)

    def take(self, indices: Iterable[int]) -> Table:
        """The rows with these indices, in this order; the columns are shared."""
        rows = array("l", [self.numbers[i] for i in checked_indices(indices, len(self))])
        return Table(self.name, self.columns, self.values, self.lines, rows, self.delimiter, self.places, self.total,
                     self.reading)

    def without(self, column: int) -> Table:
        """The table without one of its columns."""
        kept = [j for j in range(self.width) if j != column]
        columns = None if self.columns is None else [self.columns[j] for j in kept]
        return Table(self.name, columns, [self.values[j] for j in kept], self.lines, self.numbers, self.delimiter,
                     [self.places[j] for j in kept], self.total, self.reading)

    def placed(self, places: Sequence[int], total: int) -> Table:
        """The table with other numbers for its columns: those of a file that has more."""
        return Table(self.name, self.columns, self.values, self.lines, self.numbers, self.delimiter, places, total,
                     self.reading)

    def has_words(self, column: int) -> bool:
        """Whether a column holds words."""
        return isinstance(self.values[column], list)

    def cells(self, column: int, start: int = 0, stop: Optional[int] = None) -> list[Any]:
        """The cells of a column in these rows."""
        values, numbers = self.values[column], self.numbers[start:stop]
        if isinstance(numbers, range):
            part = values[numbers.start : numbers.stop]
            return part if isinstance(part, list) else part.tolist()
        return list(map(values.__getitem__, numbers))

    def title(self, column: int) -> str:
        """How errors name a column."""
        return f"column {shown(self.columns[column])}" if self.columns else f"column {self.places[column]} (from 0)"

    def where(self, row: int, column: int) -> str:
        """How errors name a cell."""
        return f"{self.name}, line {self.lines[self.numbers[row]]}, {self.title(column)}"

    def place(self, label: int | str, option: str = "label") -> int:
        """Where a column stands in this table, by its name or by its number in the file (negative: from the end)."""
        if isinstance(label, str):
            names = self.columns or []
            if names.count(label) != 1:
                found = "no" if label not in names else "more than one"
                among = f" among {listed(names)}" if names else ": the table has no header"
                raise ValueError(f"{self.name}: {option}={shown(label)}: {found} column of this name{among}")
            return names.index(label)
        if not -self.total <= label < self.total:
            allowed = f"{-self.total} to {self.total - 1} for {counted(self.total, 'column')}"
            raise ValueError(f"{self.name}: {option}={label}: allowed: {allowed}")
        if label % self.total not in self.places:
            raise ValueError(f"{self.name}: {option}={label}: is the label column; allowed: the other columns")
        return self.places.index(label % self.total)


def listed(names: Sequence[str], most: int = 20) -> str:
    """Names for an error, not all if they are many."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


class Column:
    """A column that grows: numbers until a cell is a word.

    as_it_is  the cells stay the words that they are, numbers too
    decimal   the decimal sign of its numbers: ".", "," or "auto", either
    comma     the first number with a comma, 1.296,55 among them: (row, cell)
    point     the first with a point and no comma; decimal_point: with a point that cannot stand between thousands
    """

    def __init__(self, as_it_is: bool = False, decimal: str = ".") -> None:
        self.numbers = array("d")
        self.words: Optional[list[str]] = [] if as_it_is else None
        self.as_it_is = as_it_is
        self.decimal = decimal
        self.comma: Optional[tuple[int, str]] = None
        self.point: Optional[tuple[int, str]] = None
        self.decimal_point: Optional[tuple[int, str]] = None
        self._known: dict[str, str] = {}  # one string for each different word

    def add(self, cells: Sequence[str]) -> None:
        """Append cells."""
        text = "".join(cells)
        plain = self.decimal == "." or "." not in text or (self.decimal_point and self.decimal == "auto")
        if self.words is None and plain and text.isascii() and "_" not in text:
            with suppress(ValueError):
                self.numbers.fromlist(list(map(float, cells)))
                return
        cells = [cell.strip() for cell in cells]
        if self.words is None:
            found = [parsed(cell, self.decimal) for cell in cells]
            if None not in found:
                self._note_signs(cells, found)
                self.numbers.fromlist(found)  # type: ignore[arg-type]
                return
            self.words = list(map(spelled, self.numbers))
            self.numbers = array("d")
        known = self._known
        for cell in cells:
            if cell not in known:
                number = None if self.as_it_is or is_missing(cell) else parsed(cell, self.decimal)
                known[cell] = cell if number is None else spelled(number)
                if not self.as_it_is and "," in cell and is_number(cell, ","):
                    self.comma = self.comma or (len(self.words), cell)
            self.words.append(known[cell])

    @property
    def values(self) -> Values:
        """What has been added."""
        return self.numbers if self.words is None else self.words

    def _note_signs(self, cells: Sequence[str], found: Sequence[Optional[float]]) -> None:
        for row, (cell, number) in enumerate(zip(cells, found), len(self.numbers)):
            if "," in cell:
                self.comma = self.comma or (row, cell)
            elif "." in cell and number == number:
                self.point = self.point or (row, cell)
            if "." in cell and number == number and not THOUSANDS.fullmatch(cell):
                self.decimal_point = self.decimal_point or (row, cell)


def check_signs(table: Table, columns: Sequence[Column]) -> None:
    """Raise ValueError for numbers whose sign is not what `decimal` says, or may be either; warn of points that may
    stand between thousands."""
    numbers = [j for j, column in enumerate(columns) if column.words is None]
    for j in numbers:
        comma, point, wrong = columns[j].comma, columns[j].point, columns[j].decimal_point
        if wrong and columns[j].decimal == ",":
            raise ValueError(f"{table.where(wrong[0], j)}: {shown(wrong[1])} with decimal=','; allowed: points between "
                             "thousands alone, as in 1.296,55")
        if comma and point and columns[j].decimal == "auto":
            raise ValueError(f"{table.where(max(comma, point)[0], j)}: numbers with a decimal comma, "
                             f"{shown(comma[1])}, and a decimal point, {shown(point[1])}; decimal=',' takes points for "
                             "those between thousands")
    commas = [j for j, column in enumerate(columns) if column.comma]
    doubtful = [j for j in numbers if columns[j].point and not (columns[j].comma or columns[j].decimal_point)]
    if commas and doubtful and columns[doubtful[0]].decimal == "auto":
        row, cell = columns[doubtful[0]].point or (0, "")
        warnings.warn(f"{table.name}, {listed([table.title(j) for j in doubtful])}: {cell} is read as "
                      f"{columns[doubtful[0]].numbers[row]!r}, with a decimal point, though {table.title(commas[0])} "
                      "has decimal commas; if points stand between thousands, say decimal=','",
                      RuntimeWarning, stacklevel=6)


# --- The label column ---


def labelled(table: Table, label: int | str | None, classes: Optional[Sequence[str]] = None, regression: bool = False,
             missing: str = "refuse", allow_nonfinite: bool = False) -> Dataset:
    """The table as examples: one column is the label, the others are the inputs, still a Table.

    missing  "refuse" raises ValueError for a row without a label; any other choice leaves the row out
    """
    if label is None:
        return Dataset(table, (), None if regression else classes, table.columns)
    at = table.place(label)
    if table.width == 1:
        delimiter = f"; is delimiter={shown(table.delimiter)} right?" if table.delimiter else ""
        raise ValueError(f"{table.name}: only one column, the label{delimiter}")
    cells, gaps = (regression_targets(table, at, allow_nonfinite) if regression
                   else class_names(table, at, classes or (), allow_nonfinite))
    if gaps and missing == "refuse":
        what = ("the label is missing; allowed: a number" if regression else "the label is empty or stands for a "
                "missing value") + "; missing='drop' leaves such rows out"
        raise ValueError(f"{table.where(gaps[0], at)}: {what}")
    if gaps:
        out = set(gaps)
        kept = [i for i in range(len(table)) if i not in out]
        table, cells = table.take(kept), [cells[i] for i in kept]
        if not kept:
            raise ValueError(f"{table.name}: no row has a label in {table.title(at)}")
    inputs = table.without(at)
    if regression:
        return Dataset(inputs, cells, None, inputs.columns)
    names, targets = numbered(table, at, cells, classes)
    return Dataset(inputs, targets, names, inputs.columns)


def regression_targets(table: Table, at: int, allow_nonfinite: bool) -> tuple[list[Any], list[int]]:
    """The numbers of a label column, and the rows that have none."""
    if table.has_words(at):
        raise ValueError(not_a_number(table, at))
    cells = table.cells(at)
    if allow_nonfinite:
        return cells, []
    check_finite(table, at, cells)
    return cells, [i for i, cell in enumerate(cells) if cell != cell]


def class_names(table: Table, at: int, classes: Sequence[str], allow_nonfinite: bool) -> tuple[list[Any], list[int]]:
    """The names of a label column, and the rows that have none. Raises ValueError for an infinite number, and for one
    from 2**53 on, where different whole numbers are the same binary64.

    Among numbers every word for a missing value is one. Among words, `none`, `-` and `.` are names, and so is what
    stands in `classes`.
    """
    cells = table.cells(at) if table.has_words(at) else list(map(spelled, table.cells(at)))
    different = set(cells).difference(classes)
    names = NAMES if any(map(is_word, different)) else frozenset(classes)
    gaps = {each for each in different if is_missing(each) and each.lower() not in names}
    large = {each for each in different if math.inf > abs(parsed(each) or 0.0) >= 2**53}
    if large:
        row = next(i for i, cell in enumerate(cells) if cell in large)
        raise ValueError(f"{table.where(row, at)}: label {shown(cells[row])}; allowed as classes: words, and numbers "
                         "below 2**53, as binary64 does not tell whole numbers beyond apart")
    if allow_nonfinite:
        gaps &= {""}
    else:
        infinite = {each for each in different if not is_word(each) and math.isinf(parsed(each) or 0.0)}
        check_finite(table, at, [math.inf if cell in infinite else 0.0 for cell in cells] if infinite else [])
    return cells, [i for i, cell in enumerate(cells) if cell in gaps] if gaps else []


def numbered(table: Table, at: int, cells: Sequence[str],
             classes: Optional[Sequence[str]]) -> tuple[list[str], list[int]]:
    """The classes' names in order, and the number of each cell's. Equal numbers (0, 0.0 and -0.0) are one class."""
    names = list(classes) if classes is not None else []
    if classes is None:
        seen: set[Any] = set()
        for each in in_order(cells):
            value = each if is_word(each) or is_missing(each) else parsed(each)
            if value not in seen:
                seen.add(value)
                names.append(each.lstrip("-") if value == 0.0 else each)
    index = {name: i for i, name in enumerate(names)}
    values: dict[Optional[float], int] = {}
    for i, name in enumerate(names):
        if not is_word(name):
            values.setdefault(parsed(name), i)
    for i, cell in enumerate(cells):
        if cell in index:
            continue
        number, bare = parsed(cell), cell[:-1]
        if number is not None and number in values:
            index[cell] = values[number]
        elif cell.endswith(".") and bare in index:
            index[cell] = index[bare]  # the labels of UCI's adult.test end with a full stop
        else:
            raise ValueError(f"{table.where(i, at)}: label {shown(cell)}; allowed: the classes {listed(names)}")
    return names, [index[cell] for cell in cells]


# --- What a column must be ---


def not_a_number(table: Table, column: int) -> str:
    """The error of a column of words where numbers are needed."""
    cells = table.cells(column)
    row = next(i for i, cell in enumerate(cells) if is_word(cell))
    return f"{table.where(row, column)}: {shown(cells[row])} is not a number"


def check_finite(table: Table, column: int, cells: Sequence[float]) -> None:
    """Raise ValueError for an infinite number; NaN is a missing one."""
    if all(map(math.isfinite, cells)):
        return
    for row, cell in enumerate(cells):
        if math.isinf(cell):
            found = shown(str(cell))
            raise ValueError(f"{table.where(row, column)}: {found} is not finite (written so, or beyond 1.8e308, where "
                             "binary64 ends); allow_nonfinite=True accepts it")
