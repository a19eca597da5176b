"""What is in a file? Nothing is trusted: every byte, name, shape and number is checked first.

Each error names the place in the file, what was found and what is expected.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Union

from refnet.arithmetic import CONTRACT, environment
from refnet.checks.scalars import MOST_BITS
from refnet.files.classes import FORMAT, NEWEST, VERSION, FileError, Path, short
from refnet.files.description import Saved, described
from refnet.files.versions import upgraded


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Name the file in every FileError."""
    name = os.fsdecode(path)
    try:
        yield
    except RecursionError:
        raise FileError(f"{name}: nested too deeply for a refnet file") from None
    except FileError as error:
        raise FileError(f"{name}: {error}") from error.__cause__


def read(path: Path) -> Saved:
    """What a file says of a network. Raises FileNotFoundError if there is none, FileError if `write` has not written it
    or if it was damaged, cut off or changed since."""
    return unpacked(bytes_of(path, _check_head))


def unpacked(data: bytes) -> Saved:
    """What the bytes of a file say of a network. Raises FileError as `read` does."""
    environment.check()
    _check_head(data[:64])
    return described(_parsed(data))


def _check_head(head: bytes) -> None:
    if not head.lstrip().startswith(b"{"):
        raise FileError(f"not a refnet file: it starts with {head[:16]!r}" if head else "the file is empty")


def bytes_of(path: Path, check: Callable[[bytes], Any] = bytes) -> bytes:
    """What a file has. check: is called with its first 64 bytes before the others, which may be many, are read.

    Raises FileNotFoundError if there is none, FileError if it is a folder or a pipe, or cannot be read.
    """
    name = os.fsdecode(path)
    try:
        mode = os.stat(name).st_mode
        if not stat.S_ISREG(mode):  # checked before opening, because opening a pipe would wait
            raise FileError("a folder, not a file" if stat.S_ISDIR(mode) else "not a file")
        with open(name, "rb") as file:
            head = file.read(64)
            check(head)
            return head + file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror or error}") from error


def _parsed(data: bytes) -> dict[str, Any]:
    """The contents. Raises FileError if format, version, checksum or contract are wrong."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise FileError(f"not a refnet file, or damaged: byte {data[error.start]:#04x} at {error.start}") from None
    contents = contents_in(text)
    if "sha256" not in contents:
        raise FileError("sha256: the checksum is missing")
    body = data[: -len(checksum_lines(b""))]
    if data != body + checksum_lines(body):
        why = "; line ends were changed to CRLF" if b"\r\n" in data else ""
        raise FileError(f"sha256: the checksum does not match; the file was damaged, cut off or edited{why}")
    del contents["sha256"]
    return of_this_version(contents)


def contents_in(text: str) -> dict[str, Any]:
    """What a text that `write` made says, not yet looked into. Raises FileError if format or version are wrong."""
    try:
        contents = json.loads(
            text, object_pairs_hook=_without_duplicates, parse_int=_whole_number, parse_constant=_no_constant
        )
    except json.JSONDecodeError as error:
        raise FileError(f"not JSON, cut off or damaged: {error}") from None
    if not isinstance(contents, dict) or "format" not in contents:
        raise FileError("not a refnet file: 'format' is missing")
    if contents["format"] != FORMAT:
        raise FileError(f"format: {short(contents['format'])}; expected {FORMAT!r}")
    version = contents.get("version")
    if type(version) is not int or version < 1:
        raise FileError(f"version: {short(version)}; expected 1 to {NEWEST}")
    if version > NEWEST:
        raise FileError(f"version: {version} is newer than this refnet; allowed: 1 to {NEWEST}")
    return contents


def of_this_version(contents: dict[str, Any]) -> dict[str, Any]:
    """The contents as this version has them. Raises FileError if they are of another arithmetic contract."""
    contract = contents.get("contract")
    if type(contract) is not int or contract != CONTRACT:
        raise FileError(f"contract: {short(contract)}; this refnet computes the bits of contract {CONTRACT}")
    version = contents["version"]
    return contents if version >= VERSION else upgraded(contents, version)


def checksum_lines(body: bytes) -> bytes:
    """The last two lines of a file, with the checksum of all bytes before them."""
    return f'  "sha256": "{hashlib.sha256(body).hexdigest()}"\n}}\n'.encode("ascii")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise FileError(f"the key {short(key)} is given twice in one object")
        result[key] = value
    return result


def _whole_number(text: str) -> Union[int, float]:
    if text == "-0":
        return -0.0  # as C's printf writes −0.0
    if len(text) > MOST_BITS // 3:
        raise FileError(f"a whole number of {len(text)} digits, {text[:16]}…; at most {MOST_BITS} bits are allowed")
    return int(text)


def _no_constant(text: str) -> Any:
    raise FileError(f'{text} is not a JSON number; expected "nan", "inf" or "-inf"')
