"""How are gradients and weights kept within bounds? NaN stays NaN, and makes the norm NaN."""

from refnet.arithmetic.elementary import divide, sqrt
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.reference.sums import squares_of
from refnet.kernels.seam import kernel


@kernel("g: m n, limit: number -> m n")
def clip_value(g: Matrix, limit: float) -> Matrix:
    """−limit where g < −limit, limit where g > limit, else g"""
    return [[_between(value, -limit, limit) for value in row] for row in g]


@kernel("g: m n, squares: 1 1, limit: number -> m n")
def clip_norm(g: Matrix, squares: Matrix, limit: float) -> Matrix:
    """g · limit/‖g‖ where the norm √squares is above limit, else g"""
    factor = _shrinking(sqrt(squares[0][0]), limit)
    return [[value * factor for value in row] for row in g]


@kernel("w: m n!, low: number, high: number")
def clamp(w: Matrix, low: float, high: float) -> None:
    """w ← low where w < low, high where w > high"""
    for row in w:
        row[:] = [_between(value, low, high) for value in row]


@kernel("w: m n!, limit: number")
def limit_row_norms(w: Matrix, limit: float) -> None:
    """w ← w · limit/‖w‖ for each row (a unit's incoming weights) whose norm √Σ w² is above limit"""
    for row in w:
        factor = _shrinking(sqrt(squares_of(row)), limit)
        row[:] = [weight * factor for weight in row]


def _between(value: float, low: float, high: float) -> float:
    return low if value < low else high if value > high else value


def _shrinking(norm: float, limit: float) -> float:
    return divide(limit, norm) if norm > limit or norm != norm else 1.0
