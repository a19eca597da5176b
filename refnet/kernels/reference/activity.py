"""How far is a unit's mean activity from its target? The KL divergence of two coins, a measure of sparsity."""

from refnet.arithmetic.elementary import divide, log
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.reference.sums import total_of
from refnet.kernels.seam import kernel


@kernel("mean: 1 n, target: number -> 1 1")
def kl_divergence(mean: Matrix, target: float) -> Matrix:
    """Σ_j ρ ln(ρ/ρ̂_j) + (1 − ρ) ln((1 − ρ)/(1 − ρ̂_j)), with ρ the target and ρ̂ the means, units in order."""
    rest = 1.0 - target
    return [[total_of([target * log(divide(target, rho)) + rest * log(divide(rest, 1.0 - rho)) for rho in mean[0]])]]


@kernel("d: m n, mean: 1 n, target: number, factor: number -> m n")
def kl_divergence_backward(d: Matrix, mean: Matrix, target: float, factor: float) -> Matrix:
    """d + factor · ((1 − ρ)/(1 − ρ̂_j) − ρ/ρ̂_j), the same for every row; factor is weight/m, as ∂ρ̂_j/∂o = 1/m."""
    pulls = [factor * (divide(1.0 - target, 1.0 - rho) - divide(target, rho)) for rho in mean[0]]
    return [[g + pull for g, pull in zip(row, pulls)] for row in d]
