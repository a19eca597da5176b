"""How are numbers brought to a common scale? Columns to mean 0 and variance 1, rows to length 1 and orthogonal."""

from typing import Optional

from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import divide
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.reference.sums import squares_of, total_of
from refnet.kernels.seam import kernel


@kernel("x: m n -> 1 n")
def column_means(x: Matrix) -> Matrix:
    """μ = (Σ x) / m, for each column."""
    return [[total_of(column) / float(len(x)) for column in zip(*x)]]


@kernel("x: m n, mean: 1 n -> 1 n")
def column_variances(x: Matrix, mean: Matrix) -> Matrix:
    """σ² = (Σ (x − μ)²) / m, for each column: the biased variance."""
    rows = float(len(x))
    return [[squares_of([value - mu for value in column]) / rows for column, mu in zip(zip(*x), mean[0])]]


@kernel("variance: m n, eps: number -> m n")
def deviations(variance: Matrix, eps: float) -> Matrix:
    """√(σ² + ε)"""
    return [[elementary.sqrt(value + eps) for value in row] for row in variance]


@kernel("x: m n, gamma: 1 n, beta: 1 n? -> m n")
def scale_and_shift(x: Matrix, gamma: Matrix, beta: Optional[Matrix] = None) -> Matrix:
    """γx + β, column by column; γx without beta."""
    if beta is None:
        return [[factor * value for value, factor in zip(row, gamma[0])] for row in x]
    return [[factor * value + shift for value, factor, shift in zip(row, gamma[0], beta[0])] for row in x]


@kernel("d: m n, xhat: m n, gamma: 1 n, deviation: 1 n, d_gamma: 1 n, d_beta: 1 n -> m n")
def batch_norm_backward(d: Matrix, xhat: Matrix, gamma: Matrix, deviation: Matrix, d_gamma: Matrix,
                        d_beta: Matrix) -> Matrix:
    """γ · ((d − Σd/m) − x̂ · (Σd·x̂/m)) / √(σ² + ε), with d_gamma = Σd·x̂ and d_beta = Σd."""
    rows = float(len(d))
    means = [total / rows for total in d_beta[0]]
    slopes = [total / rows for total in d_gamma[0]]
    return [
        [
            divide(factor * ((g - mean) - h * slope), sigma)
            for g, h, factor, sigma, mean, slope in zip(gs, hs, gamma[0], deviation[0], means, slopes)
        ]
        for gs, hs in zip(d, xhat)
    ]


@kernel("average: m n!, x: m n, momentum: number")
def move_average(average: Matrix, x: Matrix, momentum: float) -> None:
    """average ← momentum · average + (1 − momentum) · x"""
    rest = 1.0 - momentum
    for averages, row in zip(average, x):
        averages[:] = [momentum * old + rest * value for old, value in zip(averages, row)]


@kernel("x: m n -> m n")
def orthonormal_rows(x: Matrix) -> Matrix:
    """Modified Gram–Schmidt: each row is divided by its length, then its component is removed from all later rows."""
    rows = [list(row) for row in x]
    for i, row in enumerate(rows):
        length = elementary.sqrt(squares_of(row))
        row[:] = [divide(value, length) for value in row]
        for other in rows[i + 1 :]:
            share = total_of([value * q for value, q in zip(other, row)])
            other[:] = [value - share * q for value, q in zip(other, row)]
    return rows
