"""Is a part of a file what it should be? Objects with exactly these keys, lists, numbers and rows; else a FileError."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Optional

from refnet.checks import counted
from refnet.files.classes import FileError, plain, short
from refnet.kernels.choosing import number_of

NONFINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
COUNT = 2**53  # epochs, steps and rows are counted in numbers that a binary64 holds too


def as_table(where: str, entry: Any) -> list[list[float]]:
    """The rows of a matrix. Raises FileError if they do not have the shape given with them."""
    as_fields(where, entry, ("shape", "rows"))
    shape, rows = entry["shape"], as_list(f"{where}.rows", entry["rows"])
    if not isinstance(shape, list) or [type(size) for size in shape] != [int, int] or min(shape) < 1:
        raise FileError(f"{where}: shape {short(shape)}; expected two whole numbers >= 1")
    if len(rows) != shape[0]:
        raise FileError(f"{where}: {counted(len(rows), 'row')}; expected {shape[0]}")
    return [_row(where, i, row, shape[1]) for i, row in enumerate(rows)]


def check_shape(where: str, rows: list[list[float]], shape: Iterable[int]) -> None:
    """Raise FileError if a file's rows do not have this shape, which the layers of the network need."""
    found, expected = [len(rows), len(rows[0])], list(shape)
    if found != expected:
        raise FileError(f"{where}: shape {found}; the layers need {expected}")


def fill(k: Any, where: str, target: Any, rows: list[list[float]]) -> None:
    """Copy a file's numbers into a matrix. Raises FileError if it has another shape, or if its format rounds one."""
    check_shape(where, rows, k.shape(target))
    k.assign(target, rows)
    kept = k.tolist(target)
    if kept == rows:  # nearly always, and fast; NaN equals nothing
        return
    for i, (row, numbers) in enumerate(zip(rows, kept)):
        for j, (value, number) in enumerate(zip(row, numbers)):
            if number != value and (number == number or value == value):
                raise FileError(f"{where}: row {i}, column {j}: {value!r} is no {number_of(k)} number")


def _row(where: str, i: int, row: Any, inputs: int) -> list[float]:
    if not isinstance(row, list):
        raise FileError(f"{where}: row {i} is {short(row)}; expected {counted(inputs, 'number')}")
    if len(row) != inputs:
        raise FileError(f"{where}: row {i} has {counted(len(row), 'number')}; expected {inputs}")
    if set(map(type, row)) == {float} and all(map(math.isfinite, row)):  # nearly always, and fast
        return row
    return [as_number(f"{where}: row {i}, column {j}", value) for j, value in enumerate(row)]


def as_number(where: str, value: Any) -> float:
    if isinstance(value, str) and value in NONFINITE:
        return NONFINITE[value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with suppress(OverflowError):
            if math.isfinite(float(value)):  # 1e999 reads as infinity
                return float(value)
        raise FileError(f"{where}: a number beyond the range of binary64")
    raise FileError(f'{where}: {short(value)}; expected a number, "nan", "inf" or "-inf"')


def as_integer(where: str, value: Any, least: Optional[int] = None, most: Optional[int] = None) -> int:
    if type(value) is not int:  # nor True
        raise FileError(f"{where}: {short(value)}; expected a whole number")
    if (least is not None and value < least) or (most is not None and value > most):
        raise FileError(f"{where}: {short(value)}; expected a whole number from {least} to {most}")
    plain(where, value)
    return value


def as_list(where: str, value: Any) -> list:
    if not isinstance(value, list):
        raise FileError(f"{where}: {short(value)}; expected a list")
    return value


def as_fields(where: str, entry: Any, names: Iterable[str]) -> None:
    """Raise FileError unless the entry is an object with exactly these keys."""
    names = list(names)
    if not isinstance(entry, dict):
        raise FileError(f"{where}: {short(entry)}; expected an object with {', '.join(names) or 'no keys'}")
    for name in names:
        if name not in entry:
            raise FileError(f"{where}: {name!r} is missing")
    for name in entry:
        if name not in names:
            raise FileError(f"{where}: {short(name)} is not expected; allowed: {', '.join(names) or 'no keys'}")


@contextmanager
def in_place(where: str) -> Iterator[None]:
    """Turn any error, such as a constructor's, into a FileError that names the place in the file."""
    try:
        yield
    except (FileError, RecursionError):
        raise
    except Exception as error:
        message = str(error).removeprefix(f"{where}: ") or type(error).__name__
        raise FileError(f"{where}: {message[:500]}") from error
