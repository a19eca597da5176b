"""What is in this CSV file? Rows of numbers and a label each, checked cell by cell."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from itertools import chain, islice
from typing import Any

from refnet.data.containers import Dataset
from refnet.data.streams import DAMAGED, Path, decompressed


def read_csv(
    path: Path,
    label: int | str | None = -1,
    header: bool | str = "auto",
    classes: Sequence[Any] | None = None,
    regression: bool = False,
    delimiter: str = ",",
    allow_nonfinite: bool = False,
) -> Dataset:
    """Read a table of numbers, one example a line, with one label column.

    The text is UTF-8, cells may be quoted as in RFC 4180, blank lines and spaces around cells are skipped.

    label            the label column by name or by number, counted from 0, or from the end when negative;
                     None: there is none, and `targets` stays empty
    header           True, False or "auto": the first line is a header when it has a word where the second
                     has a number. The label column does not count (classes may be words), except in
                     regression. A first line of both words and numbers, and a label that is the only word
                     among numbers, could be either and are refused, lest an example is lost or a class
                     invented unnoticed: say True or False. A label given by name implies a header.
    classes          class names in the order of their index. By default the labels that occur, sorted:
                     as numbers when all are numbers (1, 2, 10), else alphabetically. A test file is
                     read with the training file's classes
    regression       the labels are numbers, not classes
    delimiter        the character between two cells
    allow_nonfinite  accept cells such as nan and inf

    ValueError for a file without data, rows of different lengths, empty cells, words where a number belongs,
    nan and inf, a label column that is not there, a label that is not in `classes`, and what is not text.
    """
    name = os.fspath(path)
    _check_options(label, header, delimiter)
    known = None if classes is None else [str(each) for each in classes]
    if known is not None and (regression or not known or len(set(known)) < len(known)):
        raise ValueError(f"classes={classes!r}: must be different names; None for regression")
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
        place = _label_place(label, first, delimiter, name)
        guessed = header == "auto" and not isinstance(label, str)
        if guessed:
            header = _is_header(ahead, None if regression else place, name)
        if header:
            del ahead[0]
            if not ahead:
                raise ValueError(f"{name}: a header, but no line of data")
        width = len(first)
        columns = [cell for j, cell in enumerate(first) if j != place] if header else None
        # What errors call the columns, the label's last.
        called = [f"column {cell!r}" if header else f"column {j} (from 0)" for j, cell in enumerate(first)]
        if place is not None:
            called.append(called.pop(place))

        for line, cells in chain(ahead, records):
            if len(cells) != width:
                raise ValueError(
                    f"{name}, line {line}: {len(cells)} cells, but line {first_line} has {width}"
                )
            label_cell = "" if place is None else cells.pop(place)
            row: list[float] = []
            try:
                for cell in cells:
                    row.append(_number(cell, allow_nonfinite))
                if regression and place is not None:
                    labels.append(_number(label_cell, allow_nonfinite))
                elif place is not None:
                    labels.append(_class(label_cell, known, allow_nonfinite))
            except ValueError as error:
                raise ValueError(f"{name}, line {line}, {called[len(row)]}: {error}") from None
            inputs.append(row)

    if regression:
        return Dataset(inputs, labels, None, columns)
    if known is None and place is not None:
        if guessed and not header and _is_lonely_word(labels):
            raise ValueError(
                f"{name}, line {first_line}: {labels[0]!r} is the only label that is not a number; "
                "is the line a header? Say header=True or header=False"
            )
        known = _class_names(labels, name)
    index = {each: i for i, each in enumerate(known or ())}
    return Dataset(inputs, [index[each] for each in labels], known, columns)


def _check_options(label: Any, header: Any, delimiter: Any) -> None:
    if header not in (True, False, "auto"):
        raise ValueError(f"header={header!r}: allowed: True, False and 'auto'")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError(f"delimiter={delimiter!r}: must be one character, neither a quote nor a line end")
    if isinstance(label, bool) or not isinstance(label, (int, str, type(None))):
        raise ValueError(f"label={label!r}: must be the name or the number of a column, or None")
    if isinstance(label, str) and not header:
        raise ValueError(f"label={label!r}, header=False: only a header gives columns names")


def _records(stream: BufferedIOBase, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not blank: its number, from 1, and its cells."""

    # strict: a quote that is never closed is an error, not a cell that swallows the rest of the file.
    reader = csv.reader(_lines(stream, name), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if cells not in ([], [""]):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ValueError(f"{name}, line {reader.line_num}: {error}") from None


def _lines(stream: BufferedIOBase, name: str) -> Iterator[str]:
    """The lines of a text file, decoded one by one so that an error knows its line."""
    errors = DAMAGED
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline()
        except errors as error:
            raise ValueError(f"{name}, line {number}: damaged gzip stream: {error}") from None
        if not line:
            return
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]  # the byte order mark that spreadsheets write
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name}, line {number}: byte 0x{line[error.start]:02x} is not UTF-8 text"
            ) from None
        if "\0" in text:
            raise ValueError(f"{name}, line {number}: has a zero byte, is not UTF-8 text")
        yield text


def _label_place(label: int | str | None, first: list[str], delimiter: str, name: str) -> int | None:
    """The label column's number, from 0."""
    width = len(first)
    if label is None:
        return None
    if isinstance(label, str):
        if first.count(label) != 1:
            found = "no" if label not in first else "more than one"
            raise ValueError(f"{name}: label={label!r}: {found} column of this name among {', '.join(first)}")
        place = first.index(label)
    elif -width <= label < width:
        place = label % width
    else:
        raise ValueError(
            f"{name}: label={label}: allowed: {-width} to {width - 1}, there are {width} columns"
        )
    if width == 1:
        raise ValueError(f"{name}: only one column, the label; is delimiter={delimiter!r} right?")
    return place


def _is_header(records: list[tuple[int, list[str]]], ignored: int | None, name: str) -> bool:
    """Whether the first of these (at most two) records is a header, by the rule that read_csv states.

    With no second one to compare, a first line of words alone is a header. An empty cell is neither a word
    nor a number.
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
    """The number a cell holds, or None. float() also takes 1_000 and the digits of every script; no table of
    numbers means those."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else None
    except ValueError:
        return None


def _is_word(cell: str) -> bool:
    return _parsed(cell) is None


def _is_lonely_word(labels: list[str]) -> bool:
    """Whether the first label is the only one that is not a number."""
    return _is_word(labels[0]) and len(labels) > 1 and not any(_is_word(label) for label in labels[1:])


def _number(cell: str, allow_nonfinite: bool) -> float:
    number = _parsed(cell)
    if number is None:
        raise ValueError(f"{cell!r} is not a number" if cell else "the cell is empty, must be a number")
    if number - number != 0.0 and not allow_nonfinite:
        raise ValueError(f"{cell!r} is not finite; allow_nonfinite=True accepts it")
    return number


def _class(cell: str, known: list[str] | None, allow_nonfinite: bool) -> str:
    if not cell:
        raise ValueError("the label is empty")
    if known is not None:
        if cell not in known:
            raise ValueError(f"label {cell!r} is not one of the classes {', '.join(known)}")
    elif _parsed(cell) is not None:
        _number(cell, allow_nonfinite)  # "nan" is how other programs write a missing label
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
            raise ValueError(
                f"{name}: labels {before!r} and {after!r} are the same number; one class or two?"
            )
    return names
