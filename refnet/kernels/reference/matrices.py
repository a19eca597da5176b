"""What is a matrix in the reference? A list of rows, a row a list of floats."""

import math
from typing import Any, Optional

Matrix = list[list[float]]


def matrix(rows: Any) -> Matrix:
    """A new matrix with a copy of these numbers: rows of any kind, or a matrix."""
    if isinstance(rows, memoryview):
        if rows.format == "d" and rows.nbytes:
            return rows.tolist()  # type: ignore[return-value]
        rows = rows.tolist()
    values = [list(map(float, row)) for row in rows]
    if len(values) != 1 or not values[0]:  # one row, as a step has of row numbers, is a rectangle
        rectangle(values)
    return values


def zeros(rows: int, columns: int) -> Matrix:
    """A matrix of zeros."""
    check_shape(rows, columns)
    return [[0.0] * columns for _ in range(rows)]


def shape(x: Matrix) -> tuple[int, int]:
    """(rows, columns) of a matrix."""
    return len(x), len(x[0])


def tolist(x: Matrix) -> Matrix:
    """The numbers as a new list of rows."""
    return [list(row) for row in x]


def assign(target: Matrix, rows: Any) -> None:
    """Copy numbers into a matrix in place: everything that refers to the matrix sees the new numbers."""
    values = matrix(rows)
    if shape(values) != shape(target):
        raise ValueError(f"rows: shape {shape(values)}; expected {shape(target)}")
    for row, numbers in zip(target, values):
        row[:] = numbers


def first_not_finite(numbers: memoryview) -> Optional[int]:
    """The place of the first NaN or infinity in a buffer of doubles or floats; None if there is none."""
    flat: Any = numbers.cast("B").cast(numbers.format)  # type: ignore[call-overload]
    if not any(map(math.isnan, flat)) and not any(map(math.isinf, flat)):
        return None
    return next(place for place, value in enumerate(flat) if math.isnan(value) or math.isinf(value))


def rectangle(rows: Any, name: str = "rows") -> tuple[int, int]:
    """(rows, columns) of nested sequences. Raises ValueError if they have no numbers or rows of different lengths."""
    widths = list(map(len, rows))
    check_shape(len(widths), widths[0] if widths else 0, name)
    if widths.count(widths[0]) < len(widths):
        i = next(i for i, width in enumerate(widths) if width != widths[0])
        raise ValueError(f"{name}: row {i} has {widths[i]} and row 0 has {widths[0]} numbers; allowed: one length")
    return len(widths), widths[0]


def check_shape(rows: int, columns: int, name: str = "rows") -> None:
    """Raise ValueError for a matrix without numbers."""
    if rows < 1 or columns < 1:
        raise ValueError(f"{name}: shape ({rows}, {columns}); allowed: at least 1 row of at least 1 number")
