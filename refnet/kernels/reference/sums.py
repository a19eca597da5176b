"""What are the sums and the largest numbers of rows and columns?"""

from typing import Any

from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("x: m n -> 1 n", accumulates=True)
def column_sums(x: Matrix) -> Matrix:
    """Σ over the rows, for each column: a bias gradient."""
    return [[total_of(column) for column in zip(*x)]]


@kernel("x: m n -> m 1", accumulates=True)
def row_sums(x: Matrix) -> Matrix:
    """Σ over the columns, for each row."""
    return [[total_of(row)] for row in x]


@kernel("x: m n -> 1 n")
def column_maxima(x: Matrix) -> Matrix:
    """The largest number of each column; NaN if the column has one."""
    return [[maximum_of(column) for column in zip(*x)]]


@kernel("x: m n -> m 1")
def row_maxima(x: Matrix) -> Matrix:
    """The largest number of each row; NaN if the row has one."""
    return [[maximum_of(row)] for row in x]


@kernel("x: m n -> m 1 wide")
def row_argmax(x: Matrix) -> Matrix:
    """The column of each row's largest number (the first NaN, else the first of equals): the predicted class."""
    winners = []
    for row in x:
        best = 0
        for j, value in enumerate(row):
            if value > row[best] or (value != value and row[best] == row[best]):
                best = j
        winners.append([float(best)])
    return winners


@kernel("w: m n -> 1 1", accumulates=True)
def sum_of_squares(w: Matrix) -> Matrix:
    """Σ w², unit by unit."""
    return [[squares_of([weight for unit in w for weight in unit])]]


@kernel("w: m n -> 1 1", accumulates=True)
def sum_of_magnitudes(w: Matrix) -> Matrix:
    """Σ |w|, unit by unit."""
    return [[total_of([abs(weight) for unit in w for weight in unit])]]


def total_of(values: Any) -> float:
    total = 0.0
    for value in values:  # not sum(), which is compensated since Python 3.12
        total += value
    return total


def squares_of(values: Any) -> float:
    """Σ v²"""
    total = 0.0
    for value in values:
        total += value * value
    return total


def maximum_of(values: Any) -> float:
    largest = values[0]
    for value in values:
        if value > largest or value != value:
            largest = value
    return largest
