"""How do columns become rows of numbers? Gaps filled, words one-hot, fitted on the training part alone."""

from __future__ import annotations

import math
import warnings
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.data.cells import THOUSANDS, in_order, is_missing, is_number, spelled
from refnet.data.containers import Dataset, FloatMatrix
from refnet.data.row_names import identifiers
from refnet.data.table_files import of_frame, words_for_missing
from refnet.data.tables import DECIMALS, MISSING_CHOICES, READING, Table, check_finite, listed, not_a_number

BLOCK = 1 << 16
"""Numbers that are made at a time: they take more than eight bytes meanwhile."""

FEW_NUMBERS = 20
"""As many different ones may be categories beside words: the doors of UCI's cars are 2, 3, 4 and 5more."""

STRAY = 10
"""One word among so many cells is a mistake."""


class Source(NamedTuple):
    """A column that is used.

    place       its number in the file, from 0
    name        its name, or None
    categories  the words of the training part, each of which becomes a column of 0 and 1; None: it holds numbers
    fill        what a missing number becomes; None: nothing does
    """

    place: int
    name: Optional[str]
    categories: Optional[list[str]] = None
    fill: Optional[float] = None


class Preparation:
    """What a table's columns need before a network takes them, fitted on the training part.

        preparation = Preparation(missing="median", drop=["Id"]).fit(train)
        net.fit(preparation.transform(train).inputs, train.targets, …)
        net.predict(preparation.transform(new).inputs)

    A column of numbers stays as it is. A column of words becomes a column of 0 and 1 for each word of the training
    part; a word that is not among them, and a missing one, is 0 in all of them.

    missing     what to do about a missing value: "refuse" it, "drop" the row, or fill the gap with the "mean" or
                "median" of the training part's column. A missing word is 0 in all columns then
    drop        columns to leave out, by name or number; None: none, with a warning of those that look like row numbers
    categories  columns of numbers that are words all the same: codes, by name or number
    allow_nonfinite  accept infinity, and NaN where missing values would be refused

    fit and transform take a Dataset whose inputs are a Table, as read_table makes it, a Table, or a frame of pandas or
    polars. The columns of another table are found by their names where both have names, each its own, else by their
    numbers. `reading` is how the table of the training part was read: its decimal and missing_values.
    """

    def __init__(self, missing: str = "refuse", drop: Sequence[int | str] | None = None,
                 categories: Sequence[int | str] = (), allow_nonfinite: bool = False) -> None:
        self.missing = checks.choice("missing", missing, MISSING_CHOICES)
        self.drop = drop
        self.categories = categories
        self.allow_nonfinite = allow_nonfinite
        self.sources: Optional[list[Source]] = None
        self.total = 0
        self.reading = READING

    def fit(self, data: Any) -> Preparation:
        """Learn categories and fills from the training part. Returns itself. Raises ValueError for a missing value to
        refuse, a number that is not finite, a rare word in a column of many numbers, and a column that has no value to
        fill with or an infinite one."""
        table = table_of(data)
        dropped = {table.place(each, "drop") for each in self.drop or ()}
        words = {table.place(each, "categories") for each in self.categories}
        if self.drop is None:
            for column, why in identifiers(table).items():
                warnings.warn(f"{table.name}: {table.title(column)} {why}: drop=[…] leaves it out, drop=[] keeps it",
                              UserWarning, stacklevel=2)
        places = [j for j in range(table.width) if j not in dropped]
        if not places:
            raise ValueError(f"drop: {checks.shown(self.drop)}; allowed: not all {table.width} columns")
        if self.missing == "drop":
            table = complete(table, places)
        sources = []
        for j in places:
            name = table.columns[j] if table.columns else None
            if table.has_words(j) or j in words:
                row = None if j in words else stray_word(table, j)
                if row is not None:
                    raise ValueError(f"{table.name}, line {table.lines[row]}, {table.title(j)}: "
                                     f"{checks.shown(table.values[j][row])} is not a number, as other cells of "
                                     f"the column are; {_remedy(table.values[j][row])}missing_values=[…] takes it "
                                     "for a gap, categories=[…] all cells for words")
                self._check_gaps(table, j)
                found = {each for each in set(as_words(table, j)) if not is_missing(each)}
                sources.append(Source(table.places[j], name, in_order(found)))
            else:
                sources.append(Source(table.places[j], name, None, self._fill(table, j)))
        self.sources, self.total, self.reading = sources, table.total, table.reading
        return self

    def transform(self, data: Any) -> Any:
        """The data with rows of numbers: a Dataset of a Dataset, else the rows, a FloatMatrix.

        With missing="drop", rows with a missing value are not among them. A word that fit did not meet gives a
        RuntimeWarning that counts it. Raises ValueError before `fit`, for a missing value to refuse, a word where the
        training part had numbers, and a table that lacks a column.
        """
        table = table_of(data, self.reading)
        places = self.places(table)
        if self.missing == "drop":
            out = set(incomplete(table, places))
            kept = [i for i in range(len(table)) if i not in out]
            if len(kept) < len(table):
                table = table.take(kept)
                data = data.take(kept) if isinstance(data, Dataset) else data
        rows = self._rows(table, places)
        return Dataset(rows, data.targets, data.classes, self.columns) if isinstance(data, Dataset) else rows

    @property
    def columns(self) -> Optional[list[str]]:
        """The names of the columns that it makes, `workclass=Private` for a category; None if the table has none and
        all hold numbers."""
        sources = self._fitted()
        if all(each.name is None and each.categories is None for each in sources):
            return None
        names = []
        for each in sources:
            name = str(each.place) if each.name is None else each.name
            names += [name] if each.categories is None else [f"{name}={category}" for category in each.categories]
        return names

    @property
    def indicators(self) -> list[int]:
        """The numbers of the columns of 0 and 1 among those that it makes."""
        found: list[int] = []
        at = 0
        for each in self._fitted():
            found += range(at, at + len(each.categories or ()))
            at += 1 if each.categories is None else len(each.categories)
        return found

    def places(self, table: Table) -> list[int]:
        """Where each column that is used stands in this table. Raises ValueError if one is not there."""
        sources = self._fitted()
        named = [each.name for each in sources if each.name is not None]
        if table.columns and len(set(named)) == len(sources):
            lacking = [name for name in named if name not in table.columns]
            if lacking:
                raise ValueError(f"{table.name}: no column {listed(lacking)} among {listed(table.columns)}")
            return [table.place(name, "column") for name in named]
        if table.total != self.total:
            found = checks.counted(table.total, "column")
            raise ValueError(f"{table.name}: {found}; the training part had {self.total}, its label among them")
        return [table.place(each.place, "column") for each in sources]

    def document(self) -> dict[str, Any]:
        """What was fitted, as JSON has it; Preparation.of makes a Preparation of it again."""
        return {"missing": self.missing, "total": self.total, **self.reading,
                "sources": [list(each) for each in self._fitted()]}

    @classmethod
    def of(cls, document: dict[str, Any]) -> Preparation:
        """The preparation that `document` describes. Raises ValueError if it describes none."""
        try:
            made = cls(document["missing"])
            made.total = checks.count("total", document["total"])
            found = {name: document.get(name, usual) for name, usual in READING.items()}  # files of 0.1 have none
            made.reading = {"decimal": checks.choice("decimal", found["decimal"], DECIMALS),
                            "missing_values": words_for_missing(found["missing_values"])}
            made.sources = [Source(*each) for each in document["sources"]]
            for each in made.sources:
                words = each.categories or []
                checks.count("place", each.place, least=0)
                if not all(isinstance(word, str) for word in [each.name or "", *words]) or each.place >= made.total:
                    raise ValueError(each)
                if each.fill is not None:
                    checks.number("fill", each.fill)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"document: {error}; allowed: what Preparation.document() gives") from None
        return made

    def _fitted(self) -> list[Source]:
        if self.sources is None:
            raise ValueError("Preparation: fit it to the training part first")
        return self.sources

    def _check_gaps(self, table: Table, column: int) -> None:
        """Raise ValueError for a missing value if it is to be refused."""
        nonfinite = self.allow_nonfinite and not table.has_words(column)
        gap = next(iter(gaps(table, column)), None) if self.missing == "refuse" and not nonfinite else None
        if gap is not None:
            raise ValueError(f"{table.where(gap, column)}: the cell is empty or stands for a missing value; allowed "
                             "with missing='drop' (leaves the row out), missing='mean' and missing='median'")

    def _check_numbers(self, table: Table, column: int) -> list[float]:
        """The numbers of a column. Raises ValueError for a word, an infinite number, and a missing value to refuse."""
        if table.has_words(column):
            raise ValueError(not_a_number(table, column))
        cells = table.cells(column)
        if not self.allow_nonfinite and not all(map(math.isfinite, cells)):
            check_finite(table, column, cells)
            self._check_gaps(table, column)
        return cells

    def _fill(self, table: Table, column: int) -> Optional[float]:
        """What a gap in a column of numbers is filled with, after checks."""
        cells = self._check_numbers(table, column)
        if self.missing in ("refuse", "drop"):
            return None
        known = cells if all(map(math.isfinite, cells)) else [x for x in cells if x == x]
        if not known:
            raise ValueError(f"{table.name}: {table.title(column)}: no value, so no {self.missing}; drop=[…] leaves "
                             "the column out")
        fill = _mean(known) if self.missing == "mean" else _median(known)
        if not math.isfinite(fill):
            raise ValueError(f"{table.name}: {table.title(column)}: the {self.missing} is {fill}, which fills no gap; "
                             "drop=[…] leaves the column out")
        return fill

    def _rows(self, table: Table, places: list[int]) -> FloatMatrix:
        """The rows, made block by block."""
        made, sources = array("d"), self._fitted()
        for source, j in zip(sources, places):
            if source.categories is not None:
                self._check_gaps(table, j)
                warn_of_unknown(table, j, source.categories)
            else:
                self._check_numbers(table, j)
        indices = [{word: k for k, word in enumerate(each.categories or ())} for each in sources]
        width = sum(1 if source.categories is None else len(index) for source, index in zip(sources, indices))
        step = max(1, BLOCK // max(1, width))
        for start in range(0, len(table), step):
            stop = min(start + step, len(table))
            columns: list[Any] = []
            for source, j, index in zip(sources, places, indices):
                if source.categories is None:
                    cells = table.cells(j, start, stop)
                    columns.append(cells if source.fill is None else [x if x == x else source.fill for x in cells])
                else:
                    found = [index.get(word) for word in as_words(table, j, start, stop)]
                    columns += [[1.0 if k == each else 0.0 for each in found] for k in range(len(index))]
            made.fromlist(list(chain.from_iterable(zip(*columns))))
        return FloatMatrix(made, width)


def _remedy(cell: Any) -> str:
    return "decimal=',' reads it as a number, " if THOUSANDS.fullmatch(cell) else ""


def _mean(numbers: Sequence[float]) -> float:
    total = 0.0
    for x in numbers:
        total += x
    return total / len(numbers)


def _median(numbers: Sequence[float]) -> float:
    ordered, middle = sorted(numbers), len(numbers) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2.0


def table_of(data: Any, reading: Optional[dict[str, Any]] = None) -> Table:
    """The table of a Dataset, a table, or a frame, read so. Raises TypeError for anything else."""
    table = data.inputs if isinstance(data, Dataset) else data
    if isinstance(table, Table):
        return table
    if hasattr(table, "columns") and not isinstance(table, FloatMatrix):
        return of_frame(table, "data", reading)
    kind = type(table).__name__
    raise TypeError(f"data: a {kind}; expected a Table, a Dataset that has one (read_table), or a frame")


def as_words(table: Table, column: int, start: int = 0, stop: Optional[int] = None) -> list[str]:
    """The cells of a column as words."""
    cells = table.cells(column, start, stop)
    return cells if table.has_words(column) else list(map(spelled, cells))


def gaps(table: Table, column: int) -> Iterator[int]:
    """The rows whose cell in this column is missing."""
    cells = table.cells(column)
    if table.has_words(column):
        missing = {each for each in set(cells) if is_missing(each)}
        return (i for i, cell in enumerate(cells) if cell in missing)
    return iter(()) if all(map(math.isfinite, cells)) else (i for i, cell in enumerate(cells) if cell != cell)


def stray_word(table: Table, column: int) -> Optional[int]:
    """The first row of the file with a word where other cells have numbers: a mistake rather than a category.

    So is one word among ten cells, and one among ten different numbers where these are many, however often it comes.

    It may stand in the part to test with: then fit would take the numbers of the training part for words. Beside a few
    numbers, a word with a digit that comes again (3+, 5more) is a category.
    """
    cells = table.values[column]
    if not isinstance(cells, list):
        return None
    counts = Counter({each: n for each, n in Counter(cells).items() if not is_missing(each)})
    numbers = {each for each in counts if is_number(each)}
    words = {each: n for each, n in counts.items() if each not in numbers}
    few = len(numbers) <= FEW_NUMBERS
    if few:
        words = {each: n for each, n in words.items() if n == 1 or not any(map(str.isdigit, each))}
    rare = STRAY * sum(words.values()) <= sum(counts.values()) or (not few and STRAY * len(words) <= len(numbers))
    return next(i for i, cell in enumerate(cells) if cell in words) if words and numbers and rare else None


def incomplete(table: Table, places: Sequence[int]) -> list[int]:
    """The rows in which one of these columns has no value."""
    found: set[int] = set()
    for column in places:
        found.update(gaps(table, column))
    return sorted(found)


def complete(table: Table, places: Sequence[int]) -> Table:
    """The rows in which all of these columns have a value."""
    out = set(incomplete(table, places))
    kept = [i for i in range(len(table)) if i not in out]
    if not kept:
        raise ValueError(f"{table.name}: missing='drop': every row has a missing value")
    return table.take(kept)


def warn_of_unknown(table: Table, column: int, categories: Sequence[str]) -> None:
    """Warn of words that are not among the categories."""
    counts = Counter(as_words(table, column))
    strange = {word: n for word, n in counts.items() if word not in set(categories) and not is_missing(word)}
    if strange:
        words = listed([f"{checks.shown(word)} ({n})" for word, n in sorted(strange.items())], 5)
        warnings.warn(f"{table.name}, {table.title(column)}: not among the categories of the training part, so 0 in "
                      f"all of them: {words}", RuntimeWarning, stacklevel=4)
