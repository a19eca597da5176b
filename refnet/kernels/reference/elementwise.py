"""What is done to each number by itself? Arithmetic, elementary functions, and copying columns."""

from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import divide
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("a: m n, b: m n -> m n")
def add(a: Matrix, b: Matrix) -> Matrix:
    """a + b"""
    return [[p + q for p, q in zip(u, v)] for u, v in zip(a, b)]


@kernel("a: m n, b: m n -> m n")
def subtract(a: Matrix, b: Matrix) -> Matrix:
    """a − b"""
    return [[p - q for p, q in zip(u, v)] for u, v in zip(a, b)]


@kernel("a: m n, b: m n -> m n")
def multiply(a: Matrix, b: Matrix) -> Matrix:
    """a · b, element by element"""
    return [[p * q for p, q in zip(u, v)] for u, v in zip(a, b)]


@kernel("x: m n, factor: number -> m n")
def scale(x: Matrix, factor: float) -> Matrix:
    """factor · x"""
    return [[factor * value for value in row] for row in x]


@kernel("x: m n, factors: m 1 -> m n")
def scale_rows(x: Matrix, factors: Matrix) -> Matrix:
    """factor · x, with a factor for each row"""
    return [[factor * value for value in row] for row, (factor,) in zip(x, factors)]


@kernel("a: m n, b: m k -> m n+k")
def concatenate(a: Matrix, b: Matrix) -> Matrix:
    """Each row of a, followed by that of b."""
    return [u + v for u, v in zip(a, b)]


@kernel("columns: count n, rest: count k, x: m n+k -> m n")
def left_columns(columns: int, rest: int, x: Matrix) -> Matrix:
    """The first columns of x."""
    return [row[:columns] for row in x]


@kernel("rest: count n, columns: count k, x: m n+k -> m k")
def right_columns(rest: int, columns: int, x: Matrix) -> Matrix:
    """The last columns of x."""
    return [row[rest:] for row in x]


@kernel("total: m n wide!, x: m n")
def accumulate(total: Matrix, x: Matrix) -> None:
    """total += x, a total in binary64: an epoch's sum of losses"""
    for sums, row in zip(total, x):
        for j, value in enumerate(row):
            sums[j] += value


@kernel("x: m n -> m n")
def copy(x: Matrix) -> Matrix:
    """The same numbers in a new matrix."""
    return [list(row) for row in x]


@kernel("x: m n wide -> m n")
def narrow(x: Matrix) -> Matrix:
    """The same numbers, rounded to the network's format."""
    return copy(x)


@kernel("x: m n, mean: 1 n, std: 1 n -> m n")
def standardize(x: Matrix, mean: Matrix, std: Matrix) -> Matrix:
    """(x − mean) / std, column by column."""
    return [[divide(value - mu, sigma) for value, mu, sigma in zip(row, mean[0], std[0])] for row in x]


@kernel("d: m n, std: 1 n -> m n")
def standardize_backward(d: Matrix, std: Matrix) -> Matrix:
    """d / std, column by column."""
    return [[divide(value, sigma) for value, sigma in zip(row, std[0])] for row in d]


@kernel("x: m n -> m n")
def exp(x: Matrix) -> Matrix:
    """eˣ"""
    return [[elementary.exp(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def log(x: Matrix) -> Matrix:
    """ln x"""
    return [[elementary.log(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def expm1(x: Matrix) -> Matrix:
    """eˣ − 1"""
    return [[elementary.expm1(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def log1p(x: Matrix) -> Matrix:
    """ln(1 + x)"""
    return [[elementary.log1p(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def softplus(x: Matrix) -> Matrix:
    """ln(1 + eˣ)"""
    return [[elementary.softplus(value) for value in row] for row in x]
