"""Which table is in this file? CSV in all its forms, a sheet, Parquet: the header found, the columns typed."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from io import BufferedReader
from itertools import islice
from typing import Any, Optional

from refnet.checks import choice, shown
from refnet.data.cells import is_number, is_word, parsed, spelled
from refnet.data.containers import Dataset
from refnet.data.lines import Record, Records
from refnet.data.streams import Path, decompressed
from refnet.data.tables import DECIMALS, MISSING_CHOICES, READING, Column, Table, Values, check_signs, labelled

Place = Callable[[Table], Optional[int]]

CELLS = 1 << 16
"""Cells that are read before a column takes them; what a header is told from."""


def read_table(path: Path, label: int | str | None = -1, header: bool | str = "auto",
               classes: Sequence[Any] | None = None, regression: bool = False, delimiter: str = "auto",
               missing: str = "refuse", allow_nonfinite: bool = False, decimal: str = "auto",
               missing_values: Iterable[str] = ()) -> Dataset:
    """Read a table, one example on each line, whose columns hold numbers or words.

        data = read_table("adult.data", missing="median")
        train, test = split(data, 0.2, seed=1, stratify=True)
        preparation = Preparation(missing="median").fit(train)
        net.fit(preparation.transform(train).inputs, train.targets, …)

    The file is UTF-8 text, plain or gzip; a Parquet file or an .xlsx sheet (the first), by pandas; or a pandas
    or polars frame. Cells may be quoted as in RFC 4180. Blank lines, comments (lines that begin with # or |), spaces
    around cells and delimiters at the end of all lines are skipped. Missing values are empty cells, ?, NA, N/A, #N/A,
    NaN, null, none, . and -, in any case.

    label            the label column by name, or by number from 0 (negative: from the end); None: no column, and
                     `targets` stays empty
    header           True, False or "auto": the first line is a header if it has a word above a column of numbers, or
                     if all its cells are words and none occurs below it. The label column counts only in
                     regression, as classes may be words. Three cases are ambiguous and refused, so that no
                     example is lost and no class invented: words and numbers in the first line, a first label that is
                     the only word, and 0, 1, 2, … above whole numbers. Say True or False then. A label given by name
                     implies a header
    classes          class names in the order of their index; default: the labels found, sorted as numbers if all
                     are numbers (1, 2, 10), else alphabetically; equal numbers (0 and 0.0) are one class. Read a test
                     file with the classes of the training file
    regression       the labels are numbers, not classes
    delimiter        the character between two cells, " " for any white space, or "auto": found among , ; tab | and
                     white space
    missing          "refuse" raises ValueError for a row without a label; any other choice of Preparation leaves it out
    allow_nonfinite  accept infinity
    decimal          the decimal sign. ".": a comma is none. ",": points stand between thousands, 1.296,55 is 1296.55
                     and 4.063 is 4063. "auto": where the delimiter is not a comma, either, 0,5 is 0.5 and 4.063 is
                     4.063; with a RuntimeWarning where points of a column may stand between thousands, as others have
                     decimal commas. Numbers of Parquet, sheets and frames are numbers whatever it says
    missing_values   further words for a missing value, as they stand in the file: ["k.A.", "-999"]; -999.0 is -999

    Returns a Dataset whose inputs are a Table: Preparation makes rows of numbers of it. Raises ValueError if an option
    is not allowed, the file has no data or is not text, a column has decimal commas and decimal points, lines have
    different numbers of cells or more than 16 MB,
    there is no such label column, or a label is not in `classes`; ImportError without pandas for its files.
    """
    return read_both(path, label, header, classes, regression, delimiter, missing, allow_nonfinite, decimal,
                     missing_values)[1]


def read_both(path: Path, label: int | str | None, header: bool | str, classes: Sequence[Any] | None,
              regression: bool, delimiter: str, missing: str, allow_nonfinite: bool = False,
              decimal: str = "auto", missing_values: Iterable[str] = ()) -> tuple[Table, Dataset]:
    """The whole table, and the examples that read_table makes of it."""
    check_options(label, header, delimiter)
    choice("missing", missing, MISSING_CHOICES)
    known = None if classes is None else [str(each) for each in classes]
    if known is not None and (regression or not known or len(set(known)) < len(known)):
        raise ValueError(f"classes={shown(classes)}: allowed: different names, and None if regression=True")
    table, guessed = opened(path, label, header, regression, delimiter, (), decimal, missing_values)
    data = labelled(table, label, known, regression, missing, allow_nonfinite)
    if guessed and known is None and data.classes and label is not None:
        check_first_label(table, table.place(label))
    return table, data


def check_options(label: Any, header: Any, delimiter: Any) -> None:
    """Raise ValueError for options of reading that are not allowed."""
    if not isinstance(header, bool) and header != "auto":  # 1 is True, but to pandas the second line
        raise ValueError(f"header={shown(header)}: allowed: True, False and 'auto'")
    if delimiter != "auto" and (not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n'):
        allowed = "one character, not a quote or a line end, and 'auto'"
        raise ValueError(f"delimiter={shown(delimiter)}: allowed: {allowed}")
    if isinstance(label, bool) or not isinstance(label, (int, str, type(None))):
        raise ValueError(f"label={shown(label)}: allowed: the name or number of a column, or None")
    if isinstance(label, str) and not header:
        raise ValueError(f"label={shown(label)}, header=False: without a header allowed: the number of a column, None")


def opened(path: Any, label: int | str | None = None, header: bool | str = "auto", regression: bool = False,
           delimiter: str = "auto", names: Sequence[str] = (), decimal: str = "auto",
           missing_values: Iterable[str] = (), classes: Optional[Place] = None) -> tuple[Table, bool]:
    """(the table, whether it was found out that it has no header).

    names    a first line with all of these is a header
    classes  which column of a text file keeps its words as they are; default: the label, unless regression
    """
    reading = {"decimal": choice("decimal", decimal, DECIMALS),
               "missing_values": words_for_missing(missing_values)}
    if hasattr(path, "columns"):
        return of_frame(path, "the frame", reading), False
    name = os.fspath(path)
    if os.path.isdir(path):
        raise ValueError(f"{name}: is a folder, not a CSV file")
    with open(path, "rb") as file:
        start = file.peek(4)[:4]
        if start == b"PAR1":
            return of_frame(pandas(name).read_parquet(path), name, reading), False
        records = None if start == b"PK\3\4" else Records(decompressed(file), name, delimiter)
        cells = iter(records) if records else _sheet(file, name, reading["decimal"])
        cells = without(cells, markers_of(reading))
        return of_records(cells, name, records, label, header, regression, names, reading, classes)


def words_for_missing(words: Any) -> list[str]:
    """The words for a missing value as a list. Raises ValueError unless they are texts."""
    found: list[Any] = list(words) if isinstance(words, Iterable) and not isinstance(words, (str, bytes)) else [None]
    if not all(isinstance(each, str) for each in found):
        raise ValueError(f"missing_values={shown(words)}: allowed: a list of words, such as ['k.A.', '-999']")
    return found


def markers_of(reading: dict[str, Any]) -> Set[str]:
    """What stands for a missing value: the words, and numbers also as a frame has them, -999.0."""
    words = {each.strip() for each in reading["missing_values"]}
    numbers = [number for number in (parsed(each, "auto") for each in words) if number is not None]
    return words.union(map(spelled, numbers), map(repr, numbers))


def without(records: Iterator[Record], markers: Set[str]) -> Iterator[Record]:
    """The records, with nothing in the place of these words."""
    if not markers:
        return records
    return ((line, ["" if cell.strip() in markers else cell for cell in cells]) for line, cells in records)


def of_records(records: Iterator[Record], name: str, lines: Optional[Records], label: int | str | None,
               header: bool | str, regression: bool, names: Sequence[str], reading: dict[str, Any],
               classes: Optional[Place]) -> tuple[Table, bool]:
    """The table of these records, read in pieces of so many cells.

    lines  where they come from, if that is text
    """
    ahead = list(islice(records, 1))
    if not ahead:
        raise ValueError(f"{name}: empty, no line of data")
    size = max(1, CELLS // len(ahead[0][1]))
    ahead += islice(records, size)
    decimal = reading["decimal"] if lines else "."
    if decimal == "auto" and lines and lines.delimiter == ",":
        decimal = "."
    first_line, width = _even(ahead, name)
    first = [cell.strip() for cell in ahead[0][1]]
    named = _commented(lines, width) if header == "auto" else None
    guessed = False
    if header == "auto" and names and set(names) <= set(first):
        header = True
    elif header == "auto" and isinstance(label, str):
        header = not (named and label in named)
    elif header == "auto":
        # A number that is out of range is refused below, with the number of columns that there are.
        ignored = label % width if isinstance(label, int) and not regression and -width <= label < width else None
        header = _is_header(ahead, ignored, decimal, name)
        guessed = not header and not named
    columns = first if header else named
    if header:
        del ahead[0]
    if not ahead:
        raise ValueError(f"{name}: a header, but no line of data")

    table = Table(name, columns, [[] for _ in range(width)], [], None, lines.delimiter if lines else None)
    at = table.place(label) if label is not None else None
    at = classes(table) if classes else None if regression else at
    grown = [Column(j == at, decimal) for j in range(width)]
    numbers = array("l")
    while ahead:
        numbers.extend(line for line, _ in ahead)
        for line, cells in ahead:
            if len(cells) == width + 1 and not cells[-1].strip():
                del cells[-1]  # a delimiter at the end
            if len(cells) != width:
                raise ValueError(f"{name}, line {line}: {len(cells)} cells, but line {first_line} has {width}")
        for j, column in enumerate(zip(*(cells for _, cells in ahead))):
            grown[j].add(column)
        del ahead[:], column, cells  # before the next piece: text takes much more than its numbers
        ahead = list(islice(records, size))
    values: list[Values] = [column.values for column in grown]
    table = Table(name, columns, values, numbers, None, table.delimiter, reading=reading)
    check_signs(table, grown)
    return table, guessed


def _even(ahead: list[Record], name: str) -> tuple[int, int]:
    """(the first line, the number of columns). Takes off the delimiters that end all lines, and adds the first cell of
    a header that has no name for it, as R writes it."""
    line, first = ahead[0]
    following = [cells for _, cells in ahead[1:]]
    if len(first) > 1 and all(not cells[-1].strip() for cells in [first, *following]):
        for _, cells in ahead:
            del cells[-1]
    elif following and all(len(cells) == len(first) + 1 for cells in following):
        if all(not cells[-1].strip() for cells in following):
            for cells in following:
                del cells[-1]
        elif all(is_word(cell) or cell.strip().isalpha() for cell in first):
            first.insert(0, "")
    return line, len(first)


def _commented(lines: Optional[Records], width: int) -> Optional[list[str]]:
    """The names of so many columns in a comment above the data: `# length width species`; None if it has none."""
    if lines is None or not lines.comment.startswith("#"):
        return None
    names = [cell.strip() for cell in lines.cells(lines.comment[1:].lstrip())]
    return names if len(names) == width and all(map(is_word, names)) else None


def _is_header(records: list[Record], ignored: Optional[int], decimal: str, name: str) -> bool:
    """Whether the first of these records is a header, by the rule in read_table.

    If there is no second record, a line with words only is a header. A missing value is neither a word nor a number;
    but NA beside more words is a name: the sodium (Na) of UCI's glass table.
    """
    line, whole = records[0]
    below = list(zip(*(cells for _, cells in records[1:] if len(cells) == len(whole)))) or [()] * len(whole)
    places = [j for j in range(len(whole)) if j != ignored]
    first = [whole[j].strip() for j in places]
    # With the label's name in it, or with its number.
    named = _is_count(first) and (ignored is None or whole[ignored] not in below[ignored])
    if below[0] and (named or _is_count([cell.strip() for cell in whole])):
        if all(spelled(parsed(below[j][0], decimal) or 0.0).lstrip("-").isdigit() for j in places):
            raise ValueError(f"{name}, line {line}: 0, 1, 2, … above whole numbers: is it a header, or data? "
                             "Say header=True or header=False")
        return True
    words = {j for j, cell in zip(places, first) if cell and is_word(cell, decimal)}
    if not words:
        return False
    if below[0] and not any(_are_numbers(below[j], decimal) for j in words):
        return _are_names(whole, below, decimal)
    rest = [cell for j, cell in zip(places, first) if j not in words and cell]
    if sum(cell.isalpha() for cell in rest) < len(words):
        rest = [cell for cell in rest if not cell.isalpha() or is_number(cell)]  # inf is a number
    if rest and not below[0]:
        return False
    if rest:
        raise ValueError(
            f"{name}, line {line}: {shown(next(whole[j].strip() for j in places if j in words))} beside "
            "numbers: is it a header, or a mistake in the data? Say header=True or header=False"
        )
    return True


def _is_count(cells: Sequence[str]) -> bool:
    """Whether these are 0, 1, 2, …, as pandas names columns, behind an empty cell for its index or none."""
    named = cells[1:] if cells and not cells[0] else cells
    return len(named) > 2 and list(named) == [str(i) for i in range(len(named))]


def _are_numbers(cells: Sequence[str], decimal: str) -> bool:
    """Whether there is a number among these cells and no word."""
    found = {parsed(cell.strip(), decimal) for cell in cells}
    return None not in found and any(number == number for number in found)


def _are_names(first: Sequence[str], below: Sequence[Sequence[str]], decimal: str) -> bool:
    """Whether a line of words above words is a header: none of them occurs below, where others do again and again."""
    names = [cell.strip() for cell in first]
    if len(below[0]) < 10 or len(set(names)) < len(names) or not all(is_word(cell, decimal) for cell in names):
        return False
    columns = [{cell.strip() for cell in cells} for cells in below]
    again = any(2 * len(column) <= len(cells) for column, cells in zip(columns, below))
    return again and not any(name in column for name, column in zip(names, columns))


def check_first_label(table: Table, at: int) -> None:
    """Raise ValueError if the first label is the only one that is a word: it may be the name of the column."""
    cells = table.cells(at) if table.has_words(at) else []
    if len(cells) > 1 and is_word(cells[0]) and not any(is_word(cell) for cell in set(cells[1:])):
        raise ValueError(
            f"{table.name}, line {table.lines[0]}: {shown(cells[0])} is the only label that is not a number; "
            "is this line a header? Say header=True or header=False"
        )


# --- What pandas reads ---


def pandas(name: str) -> Any:
    """The library, or an ImportError that says what it is for."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError(f"{name}: is read by pandas: pip install refnet[tables]") from error
    return pandas


def of_frame(frame: Any, name: str, reading: Optional[dict[str, Any]] = None) -> Table:
    """The table of a frame of pandas or polars; reading: as Table has it."""
    reading = reading or READING
    markers = markers_of(reading)
    columns = [str(each) for each in frame.columns]
    has_places = hasattr(frame, "iloc")  # of pandas, where two columns may have one name
    values = [_of_series(frame.iloc[:, j] if has_places else frame[each], markers, reading["decimal"])
              for j, each in enumerate(frame.columns)]
    rows = len(values[0]) if values else 0
    if not rows:
        raise ValueError(f"{name}: empty, no row of data")
    return Table(name, columns, values, range(rows), reading=reading)


def _of_series(series: Any, markers: Set[str], decimal: str) -> Values:
    """A column of a frame: numbers if all its values are, else words."""
    if hasattr(series, "notna"):
        series = series.astype(object).where(series.notna(), None)
    values = series.tolist() if hasattr(series, "tolist") else series.to_list()
    column = Column()
    column.add(["" if cell in markers else cell for cell in (_cell(value, decimal) for value in values)])
    return column.values


def _cell(value: Any, decimal: str) -> str:
    """A value as a CSV file would have it. Raises ValueError for a number that is text with commas or points where
    decimal is a comma: numbers of the same frame have a decimal point."""
    if value is None:
        return ""
    if decimal == "," and isinstance(value, str) and {".", ","}.intersection(value) and is_number(value.strip(), ","):
        raise ValueError(f"decimal=',': {shown(value)} is text in a frame or sheet; allowed there: cells that are "
                         "numbers, or words")
    return repr(float(value)) if isinstance(value, (bool, float)) else str(value)


def _sheet(file: BufferedReader, name: str, decimal: str) -> Iterator[Record]:
    """The rows of the first sheet of a workbook that have a cell that is not empty."""
    library = pandas(name)
    try:
        sheet = library.read_excel(file, header=None, dtype=object)
    except ImportError as error:
        raise ImportError(f"{name}: is read by pandas and openpyxl: pip install refnet[tables]") from error
    sheet = sheet.where(sheet.notna(), None)
    for number, row in enumerate(sheet.itertuples(index=False, name=None), 1):
        cells = [_cell(value, decimal) for value in row]
        if any(cells):
            yield number, cells
