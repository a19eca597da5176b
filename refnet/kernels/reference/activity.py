"""How far is a unit's mean activity from the one wished for? Sparsity as a divergence of two coins."""

from __future__ import annotations

from refnet.arithmetic.elementary import divide, log
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("mean: 1 n, target: number -> 1 1")
def kl_divergence(mean: Matrix, target: float) -> Matrix:
    """Σ_j ρ ln(ρ/ρ̂_j) + (1 − ρ) ln((1 − ρ)/(1 − ρ̂_j)), with ρ the target and ρ̂ the means; units ascending from 0.0."""
    total = 0.0
    for rho in mean[0]:
        total += target * log(divide(target, rho)) + (1.0 - target) * log(divide(1.0 - target, 1.0 - rho))
    return [[total]]


@kernel("d: m n, mean: 1 n, target: number, factor: number -> m n")
def kl_divergence_backward(d: Matrix, mean: Matrix, target: float, factor: float) -> Matrix:
    """d + factor · ((1 − ρ)/(1 − ρ̂_j) − ρ/ρ̂_j), the same for every row; factor is weight/m, as ∂ρ̂_j/∂o = 1/m."""
    pulls = [factor * (divide(1.0 - target, 1.0 - rho) - divide(target, rho)) for rho in mean[0]]
    return [[g + pull for g, pull in zip(row, pulls)] for row in d]
