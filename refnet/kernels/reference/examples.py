"""Where do a minibatch and its random numbers come from? Rows by index; random numbers by key and counter."""

from typing import Any

from refnet.arithmetic import random
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("data: r n wide, rows: 1 m < r -> m n")
def take_rows(data: Matrix, rows: Matrix) -> Matrix:
    """The rows of data with these numbers."""
    return [list(data[int(i)]) for i in rows[0]]


@kernel("data: r n wide, rows: 1 m < r -> m n wide")
def take_wide_rows(data: Matrix, rows: Matrix) -> Matrix:
    """The rows of data with these numbers, as they are: numbers of classes are whole in every format."""
    return take_rows(data, rows)


@kernel("data: bytes r n, rows: 1 m < r -> m n")
def take_byte_rows(data: Any, rows: Matrix) -> Matrix:
    """The rows of a ByteMatrix with these numbers, each byte divided by 255."""
    return [data.row(int(i)) for i in rows[0]]


@kernel("data: floats r n, rows: 1 m < r -> m n")
def take_float_rows(data: Any, rows: Matrix) -> Matrix:
    """The rows of a memoryview of binary32 numbers; each is exact in binary64."""
    return [data[int(i) : int(i) + 1].tolist()[0] for i in rows[0]]


@kernel("classes: m 1 < n, units: count n -> m n")
def one_hot(classes: Matrix, units: int) -> Matrix:
    """A row for each class index: 1 in the column of the class, 0 elsewhere."""
    rows = []
    for (label,) in classes:
        row = [0.0] * units
        row[int(label)] = 1.0
        rows.append(row)
    return rows


# --- Random numbers: draw number `first` and those that follow, row by row ---


@kernel("key: key, first: 1 1 whole, rows: count m, columns: count n -> m n")
def uniform(key: int, first: Matrix, rows: int, columns: int) -> Matrix:
    """Uniform numbers in [0, 1)."""
    start = int(first[0][0])
    return [[random.uniform(key, start + i * columns + j) for j in range(columns)] for i in range(rows)]


@kernel("key: key, first: 1 1 whole, rows: count m, columns: count n -> m n")
def normal(key: int, first: Matrix, rows: int, columns: int) -> Matrix:
    """Standard normal numbers."""
    start = int(first[0][0])
    return [[random.normal(key, start + i * columns + j) for j in range(columns)] for i in range(rows)]


@kernel("key: key, first: 1 1 whole, p: number wide, rows: count m, columns: count n -> m n")
def bernoulli_mask(key: int, first: Matrix, p: float, rows: int, columns: int) -> Matrix:
    """1 with probability 1 − p, where a uniform u ≥ p; otherwise 0."""
    return [[1.0 if u >= p else 0.0 for u in row] for row in uniform(key, first, rows, columns)]


@kernel("key: key, columns: count n -> 1 n wide")
def permutation(key: int, columns: int) -> Matrix:
    """The numbers 0 … n−1 in random order."""
    return [[float(i) for i in random.permutation(key, columns)]]
