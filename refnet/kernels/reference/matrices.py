"""What is a matrix in the reference? A list of rows, a row a list of floats."""

from __future__ import annotations

from typing import Any

Matrix = list[list[float]]


def matrix(rows: Any) -> Matrix:
    """A new matrix with these numbers (any rows of numbers; the copy is this backend's own)."""
    if isinstance(rows, memoryview):
        rows = rows.tolist()
    return [[float(value) for value in row] for row in rows]


def zeros(rows: int, columns: int) -> Matrix:
    """A matrix of zeros."""
    return [[0.0] * columns for _ in range(rows)]


def shape(x: Matrix) -> tuple[int, int]:
    """(rows, columns) of a matrix."""
    return len(x), len(x[0])


def tolist(x: Matrix) -> Matrix:
    """The numbers as a new list of rows."""
    return [list(row) for row in x]


def assign(target: Matrix, rows: Any) -> None:
    """Copy numbers into a matrix that stays the same object: whoever holds it sees the new ones."""
    values = matrix(rows)
    if [len(row) for row in values] != [len(row) for row in target]:
        raise ValueError(f"rows: {len(values)} of {len(values[0])} numbers; expected {shape(target)} (rows, columns)")
    for row, numbers in zip(target, values):
        row[:] = numbers
