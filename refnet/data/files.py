"""What is in this file? CSV and IDX, plain or gzip (recognised by content), checked cell by cell.

What is wrong with a file is a ValueError that begins with its name and says where, what was found and what
is allowed. A missing file is a FileNotFoundError.
"""

from __future__ import annotations

import os
from itertools import chain, islice

from refnet.data.containers import ByteMatrix, Dataset

# For the type checker alone: importing typing would take longer than this whole room.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedIOBase, BufferedReader
    from typing import Any, Union

    Path = Union[str, os.PathLike[str]]


def read(path: Path, **options: Any) -> Dataset:
    """A folder by `read_idx_folder`, a file by `read_csv`, with the options they have.

    A single IDX file (it begins with two zero bytes) is read too, without options: its images are a Dataset
    without targets.
    """
    if os.path.isdir(path):
        return read_idx_folder(path, **options)
    if not is_idx_file(path):
        return read_csv(path, **options)
    if options:
        raise ValueError(f"{os.fspath(path)}: an IDX file is read without options, got {', '.join(options)}")
    images = read_idx(path)
    if not isinstance(images, ByteMatrix):
        raise ValueError(f"{os.fspath(path)}: labels without images; read the folder that holds both")
    return Dataset(images)


# ---- CSV ----


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
        records = _records(_decompressed(file), delimiter, name)
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
        raise ValueError(f"header={header!r}: allowed are True, False and 'auto'")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError(f"delimiter={delimiter!r}: must be one character, neither a quote nor a line end")
    if isinstance(label, bool) or not isinstance(label, (int, str, type(None))):
        raise ValueError(f"label={label!r}: must be the name or the number of a column, or None")
    if isinstance(label, str) and not header:
        raise ValueError(f"label={label!r}, header=False: only a header gives columns names")


def _records(stream: BufferedIOBase, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each line that is not blank: its number, from 1, and its cells."""
    import csv

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
    errors = _gzip_errors()
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
            f"{name}: label={label}: allowed are {-width} to {width - 1}, there are {width} columns"
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


# ---- IDX ----

IDX_PREFIXES = {"train": "train", "test": "t10k"}  # MNIST's test set has ten thousand images
IDX_ELEMENTS = {
    0x08: "unsigned bytes",
    0x09: "signed bytes",
    0x0B: "16-bit integers",
    0x0C: "32-bit integers",
    0x0D: "32-bit floats",
    0x0E: "64-bit floats",
}


def is_idx_file(path: Path) -> bool:
    """Whether this file, plain or gzip, begins as IDX files do, with two zero bytes.

    What is no plain file, a pipe say, can be read only once: it is not looked into, and taken for a CSV file.
    """
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return _read_up_to(2, _decompressed(file))[0] == b"\0\0"


def read_idx(path: Path) -> ByteMatrix | list[int]:
    """Read an IDX file of unsigned bytes: images as a ByteMatrix, one image a row, or labels as integers.

    The format is that of yann.lecun.com/exdb/mnist: magic 00 00 08 03 and the sizes (images, rows, columns),
    or magic 00 00 08 01 and the number of labels, big-endian 32-bit words; then one byte a pixel or label.

    ValueError for another kind of file or element, no items, missing, damaged or surplus bytes.
    """
    name = os.fspath(path)
    if os.path.isdir(path):
        raise ValueError(f"{name}: is a folder, not an IDX file")
    with open(path, "rb") as file:
        stream = _decompressed(file)
        magic, damage = _read_up_to(4, stream)
        _check_length(name, "magic number", 4, magic, damage)
        kind, dimensions = magic[2], magic[3]
        if magic[:2] != b"\0\0" or kind not in IDX_ELEMENTS:
            raise ValueError(f"{name}: not an IDX file, begins with {magic.hex(' ')} instead of 00 00 08")
        if kind != 0x08:
            raise ValueError(f"{name}: holds {IDX_ELEMENTS[kind]}, only unsigned bytes (0x08) are read")
        if dimensions not in (1, 3):
            raise ValueError(f"{name}: has {dimensions} dimensions; allowed are 1 (labels) and 3 (images)")
        header, damage = _read_up_to(4 * dimensions, stream)
        _check_length(name, "header", 4 + 4 * dimensions, magic + header, damage)
        sizes = [int.from_bytes(header[j : j + 4], "big") for j in range(0, len(header), 4)]
        items, columns = sizes[0], 1 if dimensions == 1 else sizes[1] * sizes[2]
        if items * columns == 0:
            raise ValueError(f"{name}: holds nothing, its sizes are {' x '.join(map(str, sizes))}")
        values, damage = _read_up_to(items * columns, stream)
        _check_length(name, "data", items * columns, values, damage)
        surplus, damage = _read_up_to(1, stream)  # gzip's check sum is compared here, at the stream's end
        if surplus or damage:
            raise ValueError(f"{name}: after {items * columns} bytes of data: {damage or 'surplus bytes'}")
    return list(values) if dimensions == 1 else ByteMatrix(values, items, columns)


def read_idx_folder(path: Path, which: str = "train") -> Dataset:
    """Read MNIST's training set, or with which="test" its test set, from the folder that holds its files.

    The files are called train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-… for the test set,
    also with .idx for -idx and with .gz. The classes are "0", "1", … up to the largest label.

    FileNotFoundError when there are none, ValueError when images and labels differ in number.
    """
    if which not in IDX_PREFIXES:
        raise ValueError(f"which={which!r}: allowed are {' and '.join(map(repr, IDX_PREFIXES))}")
    images_path = _find(path, f"{IDX_PREFIXES[which]}-images", "idx3-ubyte")
    labels_path = _find(path, f"{IDX_PREFIXES[which]}-labels", "idx1-ubyte")
    labels = read_idx(labels_path)
    if isinstance(labels, ByteMatrix):
        raise ValueError(f"{labels_path}: holds images, not labels")
    images = read_idx(images_path)
    if not isinstance(images, ByteMatrix):
        raise ValueError(f"{images_path}: holds labels, not images")
    if len(images) != len(labels):
        raise ValueError(f"{images_path} holds {len(images)} images, but {labels_path} {len(labels)} labels")
    return Dataset(images, labels, [str(i) for i in range(max(labels) + 1)])


def _find(folder: Path, stem: str, ending: str) -> str:
    names = [f"{stem}{dot}{ending}{gz}" for dot in "-." for gz in ("", ".gz")]
    for name in names:
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError(f"{os.fspath(folder)}: no IDX data here, looked for {', '.join(names)}")


def _check_length(name: str, what: str, expected: int, found: bytes, damage: str) -> None:
    if len(found) != expected:
        raise ValueError(
            f"{name}: {what}: expected {expected} bytes, found {len(found)}{damage and ': '}{damage}"
        )


# ---- Bytes ----


def _decompressed(file: BufferedReader) -> BufferedIOBase:
    """The file itself, or, when it begins like a gzip file, what is compressed in it."""
    if file.peek(2)[:2] != b"\x1f\x8b":
        return file
    import gzip

    return gzip.GzipFile(fileobj=file)


def _gzip_errors() -> tuple[type[Exception], ...]:
    import gzip
    import zlib

    return EOFError, zlib.error, gzip.BadGzipFile


def _read_up_to(limit: int, stream: BufferedIOBase) -> tuple[bytes, str]:
    """At most `limit` bytes and, when a gzip stream broke off before, what is wrong with it.

    In small pieces: a damaged header may announce more bytes than there is memory, and what stands before
    the damage is counted. BytesIO then hands its buffer over without a second copy.
    """
    import io

    errors = _gzip_errors()
    buffer = io.BytesIO()
    try:
        while buffer.tell() < limit:
            piece = stream.read1(min(limit - buffer.tell(), 1 << 16))
            if not piece:
                break
            buffer.write(piece)
    except errors as error:
        return buffer.getvalue(), f"damaged gzip stream: {error}"
    return buffer.getvalue(), ""
