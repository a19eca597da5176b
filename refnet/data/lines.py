"""Which cells stand in the lines of this text? Line ends, comments, quotes, and the delimiter, found by itself."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BufferedIOBase
from itertools import chain, islice

from refnet.data.cells import is_number
from refnet.data.streams import DAMAGED

LONGEST = 1 << 24
"""Bytes in a line. A line of /dev/zero never ends."""

BLOCK = 1 << 16
DELIMITERS = (",", ";", "\t", "|", " ")
"""Those that are found; the space stands for any white space."""

SAMPLE = 100
"""Lines that are looked at to find the delimiter."""

Record = tuple[int, list[str]]
"""The number of a line, from 1, and its cells."""


class Records:
    """Each line of a stream that has a cell that is not empty, as a Record.

    delimiter  "auto": found, and then kept here
    comment    the last comment above the first record, as a header may be one
    """

    def __init__(self, stream: BufferedIOBase, name: str, delimiter: str) -> None:
        self.name = name
        self.comment = ""
        self.opened = 0  # the line in which a quote is open, or 0
        lines = _lines(stream, name)
        ahead = list(islice(lines, SAMPLE))
        self.delimiter = found_delimiter(ahead) if delimiter == "auto" else delimiter
        self._lines = chain(ahead, lines)
        self.width = 0  # of the first record

    def __iter__(self) -> Iterator[Record]:
        # strict: a quote that is never closed is an error, not a cell with the rest of the file in it.
        reader = csv.reader(self._without_comments(), delimiter=self.delimiter, skipinitialspace=True, strict=True)
        empty: list[Record] = []  # without any value: rows if others follow, else what a spreadsheet leaves at the end
        try:
            for cells in reader:
                if any(cells):
                    if self.delimiter == " " and not cells[-1]:
                        del cells[-1]  # white space at the end of a line
                    self.width = self.width or len(cells)
                    yield from empty
                    empty = []
                    yield reader.line_num, cells
                elif len(cells) > 1 and self.width:
                    empty.append((reader.line_num, cells))
        except csv.Error as error:
            if self.opened:
                raise ValueError(f"{self.name}, line {self.opened}: a quote opens here and is not closed") from None
            raise ValueError(f"{self.name}, line {reader.line_num}: {error}") from None

    def cells(self, line: str) -> list[str]:
        """The cells of one line."""
        return next(csv.reader([spaced(line) if self.delimiter == " " else line], delimiter=self.delimiter,
                               skipinitialspace=True), [])

    def _without_comments(self) -> Iterator[str]:
        """The lines, comments as blank ones so that the numbers of the others hold."""
        for number, line in enumerate(self._lines, 1):
            if not self.opened and is_comment(line, self.delimiter):
                if not self.width:
                    self.comment = line.strip()
                elif len(self.cells(line)) == self.width > 1:
                    raise ValueError(f"{self.name}, line {number}: begins with {line.lstrip()[0]} and has {self.width} "
                                     "cells: a comment, or an example? Delete it, or quote its first cell")
                yield "\n"
                continue
            if line.count('"') % 2:  # a quote within quotes is doubled
                self.opened = 0 if self.opened else number
            yield spaced(line) if self.delimiter == " " else line


def is_comment(line: str, delimiter: str = "") -> bool:
    """Whether a line begins with #, or with | as some of UCI's do."""
    start = line.lstrip()[:4].upper()
    return (start.startswith("#") and start != "#N/A") or (start.startswith("|") and delimiter != "|")


def spaced(line: str) -> str:
    """The line with spaces in the place of tabs, none in front. The csv module skips those behind another one."""
    return line.replace("\t", " ").lstrip(" ")


def found_delimiter(lines: list[str]) -> str:
    """The delimiter that gives all these lines as many cells and the most cells that are numbers.

    A first line with one cell less (a header without a name for the first column) and empty last cells do not count
    against it. If none gives all lines as many, the numbers decide, then the cells of the first line.
    """
    best, most, others = ",", (False, 0, 1), (",", ";", "|")
    for delimiter in DELIMITERS:
        kept = [line for line in lines if not is_comment(line, delimiter)]
        if delimiter == " ":
            kept = [spaced(line).rstrip() for line in kept]
        try:
            rows = [row for row in csv.reader(kept, delimiter=delimiter, skipinitialspace=True) if any(row)]
        except csv.Error:
            continue
        if not rows or (delimiter == " " and any(cell[:1] in others or cell[-1:] in others
                                                 for row in rows for cell in row if cell)):
            continue  # spaces around another delimiter
        widths = {len(row) for row in rows[1:] or rows}
        trimmed = {len(row) - (not row[-1]) for row in rows}
        width = max(widths)
        even = width > 1 and ((len(widths) == 1 and width - len(rows[0]) in (0, 1)) or len(trimmed) == 1)
        numbers = sum(is_number(cell, "." if delimiter == "," else "auto") for row in rows for cell in row)
        if (even, numbers, width) > most:
            best, most = delimiter, (even, numbers, width)
    return best


def _lines(stream: BufferedIOBase, name: str) -> Iterator[str]:
    """The lines of a text file, decoded one by one so that an error can name its line."""
    for number, line in enumerate(_byte_lines(stream, name), 1):
        if number == 1 and line.startswith(b"\xef\xbb\xbf"):
            line = line[3:]  # the byte order mark that spreadsheets write
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            if number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise ValueError(f"{name}: the text is UTF-16; allowed: UTF-8, CSV UTF-8 in a spreadsheet") from None
            raise ValueError(f"{name}, line {number}: byte 0x{line[error.start]:02x} is not UTF-8 text; if it "
                             "is Latin-1, `iconv -f latin1 -t utf-8 OLD > NEW` makes it so, or CSV UTF-8 in a "
                             "spreadsheet") from None
        if "\0" in text:
            raise ValueError(f"{name}, line {number}: has a zero byte, which is not text")
        yield text


def _byte_lines(stream: BufferedIOBase, name: str) -> Iterator[bytes]:
    r"""The lines of a stream; a line ends with \n, \r\n or \r."""
    number, pieces, size = 1, [], 0
    while True:
        try:
            block = stream.read1(BLOCK)
            while block.endswith(b"\r"):  # is there a \n behind it?
                more = stream.read(1)
                block += more
                if not more:
                    break
        except DAMAGED as error:
            raise ValueError(f"{name}, line {number}: damaged gzip stream: {error}") from None
        for piece in block.splitlines(keepends=True):
            pieces.append(piece)
            size += len(piece)
            if size > LONGEST:
                raise ValueError(f"{name}, line {number}: more than {LONGEST:,} bytes; allowed: shorter lines of text")
            if piece.endswith((b"\n", b"\r")):
                yield b"".join(pieces)
                number, pieces, size = number + 1, [], 0
        if not block:
            if pieces:
                yield b"".join(pieces)
            return
