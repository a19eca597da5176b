"""What is in this CSV file? Rows of numbers, each with a label, checked cell by cell."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from itertools import chain, count, islice
from typing import Any

from refnet.checks import counted, shown
from refnet.data.containers import Dataset
from refnet.data.streams import DAMAGED, Path, decompressed


def read_csv(path: Path, label: int | str | None = -1, header: bool | str = "auto",
             classes: Sequence[Any] | None = None, regression: bool = False, delimiter: str = ",",
             allow_nonfinite: bool = False) -> Dataset:
    """Read a table of numbers, one example on each line, with one label column.

    The text is UTF-8, cells may be quoted as in RFC 4180, blank lines and spaces around cells are skipped.

    label            the label column by name, or by number from 0 (negative: from the end); None: no column, and
                     `targets` stays empty
    header           True, False or "auto": the first line is a header if it has a word above a number. The label
                     column counts only in regression, as classes may be words. Two cases are ambiguous and refused,
                     so that no example is lost and no class invented: words and numbers in the first line, and a
                     first label that is the only word. Say True or False then. A label given by name implies a header
    classes          class names in the order of their index; default: the labels found, sorted as numbers if all
                     are numbers (1, 2, 10), else alphabetically. Read a test file with the classes of the training file
    regression       the labels are numbers, not classes
    delimiter        the character between two cells
    allow_nonfinite  accept cells such as nan and inf

    Returns a Dataset. Raises ValueError if an option is not allowed, the file has no data or is not UTF-8 text, lines
    have different numbers of cells, a cell is empty, not a number or not finite, there is no such label column, or a
    label is not in `classes`.
    """
    name = os.fspath(path)
    _check_options(label, header, delimiter)
    known = None if classes is None else [str(each) for each in classes]
    if known is not None and (regression or not known or len(set(known)) < len(known)):
        raise ValueError(f"classes={shown(classes)}: allowed: different names, and None if regression=True")
    if os.path.isdir(path):
        raise ValueError(f"{name}: is a folder, not a CSV file")

    inputs: list[list[float]] = []
    labels: list[Any] = []
    with open(path, "rb") as file:
        records = _records(decompressed(file), delimiter, name)
        ahead = list(islice(records, 2))
        if not ahead:
            raise ValueError(f"{name}: empty, no line of data")
        first_line, first = ahead[0]
        label_at = _label_column(label, first, delimiter, name)
        guessed = header == "auto" and not isinstance(label, str)
        if guessed:
            header = _is_header(ahead, None if regression else label_at, name)
        if header:
            del ahead[0]
            if not ahead:
                raise ValueError(f"{name}: a header, but no line of data")
        width = len(first)
        columns = [cell for j, cell in enumerate(first) if j != label_at] if header else None
        # The names of the columns in errors, the label's last.
        titles = [f"column {cell!r}" if header else f"column {j} (from 0)" for j, cell in enumerate(first)]
        if label_at is not None:
            titles.append(titles.pop(label_at))

        for line, cells in chain(ahead, records):
            if len(cells) != width:
                raise ValueError(f"{name}, line {line}: {len(cells)} cells, but line {first_line} has {width}")
            label_cell = "" if label_at is None else cells.pop(label_at)
            row: list[float] = []
            try:
                for cell in cells:
                    row.append(_number(cell, allow_nonfinite))
                if regression and label_at is not None:
                    labels.append(_number(label_cell, allow_nonfinite))
                elif label_at is not None:
                    labels.append(_class(label_cell, known, allow_nonfinite))
            except ValueError as error:
                raise ValueError(f"{name}, line {line}, {titles[len(row)]}: {error}") from None
            inputs.append(row)

    if regression:
        return Dataset(inputs, labels, None, columns)
    if known is None and label_at is not None:
        if guessed and not header and len(labels) > 1 and list(filter(_is_word, labels)) == labels[:1]:
            raise ValueError(
                f"{name}, line {first_line}: {labels[0]!r} is the only label that is not a number; "
                "is this line a header? Say header=True or header=False"
            )
        known = _class_names(labels, name)
    index = {each: i for i, each in enumerate(known or ())}
    return Dataset(inputs, [index[each] for each in labels], known, columns)


def _check_options(label: Any, header: Any, delimiter: Any) -> None:
    if header not in (True, False, "auto"):
        raise ValueError(f"header={shown(header)}: allowed: True, False and 'auto'")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError(f"delimiter={shown(delimiter)}: allowed: one character, not a quote or a line end")
    if isinstance(label, bool) or not isinstance(label, (int, str, type(None))):
        raise ValueError(f"label={shown(label)}: allowed: the name or number of a column, or None")
    if isinstance(label, str) and not header:
        raise ValueError(f"label={shown(label)}, header=False: without a header allowed: the number of a column, None")


def _records(stream: BufferedIOBase, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not blank: its number, from 1, and its cells."""
    # strict: a quote that is never closed is an error, not a cell with the rest of the file in it.
    reader = csv.reader(_lines(stream, name), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if cells not in ([], [""]):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ValueError(f"{name}, line {reader.line_num}: {error}") from None


def _lines(stream: BufferedIOBase, name: str) -> Iterator[str]:
    """The lines of a text file, decoded one by one so that an error can name its line."""
    for number in count(1):
        try:
            line = stream.readline()
        except DAMAGED as error:
            raise ValueError(f"{name}, line {number}: damaged gzip stream: {error}") from None
        if not line:
            return
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]  # the byte order mark that spreadsheets write
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}, line {number}: byte 0x{line[error.start]:02x} is not UTF-8 text") from None
        if "\0" in text:
            raise ValueError(f"{name}, line {number}: has a zero byte, which is not text")
        yield text


def _label_column(label: int | str | None, first: list[str], delimiter: str, name: str) -> int | None:
    """The number of the label column, from 0."""
    width = len(first)
    if label is None:
        return None
    if isinstance(label, str):
        if first.count(label) != 1:
            found = "no" if label not in first else "more than one"
            raise ValueError(f"{name}: label={shown(label)}: {found} column of this name among {', '.join(first)}")
        label = first.index(label)
    elif not -width <= label < width:
        raise ValueError(f"{name}: label={label}: allowed: {-width} to {width - 1} for {counted(width, 'column')}")
    if width == 1:
        raise ValueError(f"{name}: only one column, the label; is delimiter={shown(delimiter)} right?")
    return label % width


def _is_header(records: list[tuple[int, list[str]]], ignored: int | None, name: str) -> bool:
    """Whether the first of these one or two records is a header, by the rule in read_csv.

    If there is no second record, a line with words only is a header. An empty cell is neither a word nor a number.
    """
    line = records[0][0]
    first, *following = [[cell for j, cell in enumerate(cells) if j != ignored] for _, cells in records]
    words = [cell for cell in first if cell and _is_word(cell)]
    if not words:
        return False
    for second in following:
        if all(not below or _is_word(below) for cell, below in zip(first, second) if cell in words):
            return False
    if not all(cell in words for cell in first if cell):
        raise ValueError(
            f"{name}, line {line}: {words[0]!r} beside numbers: is it a header, or a mistake in the data? "
            "Say header=True or header=False"
        )
    return True


def _parsed(cell: str) -> float | None:
    """The number in a cell, or None. float() also accepts 1_000 and digits of other scripts, which are words here."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        return None


def _is_word(cell: str) -> bool:
    return _parsed(cell) is None


def _number(cell: str, allow_nonfinite: bool) -> float:
    number = _parsed(cell)
    if number is None:
        raise ValueError(f"{cell!r} is not a number" if cell else "the cell is empty; allowed: numbers")
    if number - number != 0.0 and not allow_nonfinite:
        raise ValueError(f"{cell!r} is not finite; allow_nonfinite=True accepts it")
    return number


def _class(cell: str, known: list[str] | None, allow_nonfinite: bool) -> str:
    if not cell:
        raise ValueError("the label is empty")
    if known is not None:
        if cell not in known:
            raise ValueError(f"label {cell!r}; allowed: the classes {', '.join(known)}")
    elif _parsed(cell) is not None:
        _number(cell, allow_nonfinite)  # other programs write "nan" for a missing label
    return cell


def _class_names(labels: list[str], name: str) -> list[str]:
    """The different labels, sorted as numbers when all are finite numbers, else alphabetically."""
    names = sorted(set(labels))
    numbers = {each: _parsed(each) for each in names}
    if any(number is None or number - number != 0.0 for number in numbers.values()):
        return names
    names.sort(key=lambda each: numbers[each] or 0.0)
    for before, after in zip(names, names[1:]):
        if numbers[before] == numbers[after]:
            raise ValueError(f"{name}: labels {before!r} and {after!r} are the same number: one class or two?")
    return names
