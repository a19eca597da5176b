"""How does a Dense layer multiply? The net input, and the gradients of input and weights."""

from typing import Any, Optional

from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("x: m k, weights: n k, bias: 1 n? -> m n", accumulates=True)
def affine(x: Matrix, weights: Matrix, bias: Optional[Matrix] = None) -> Matrix:
    """z = b + w_1 x_1 + w_2 x_2 + …  for each row x and each unit (w, b); without bias b is 0.0."""
    biases = bias[0] if bias else [0.0] * len(weights)
    z = []
    for row in x:
        nets = []
        for net, unit in zip(biases, weights):
            for weight, value in zip(unit, row):
                net += weight * value
            nets.append(net)
        z.append(nets)
    return z


@kernel("delta: m n, weights: n k -> m k", accumulates=True)
def affine_backward_input(delta: Matrix, weights: Matrix) -> Matrix:
    """∂L/∂x_i = Σ_j δ_j w_ji  for each row δ: units ascending, from 0.0."""
    return _products(delta, list(zip(*weights)))


@kernel("delta: m n, x: m k -> n k", accumulates=True)
def affine_backward_weights(delta: Matrix, x: Matrix) -> Matrix:
    """∂L/∂w_ji = Σ_rows δ_j x_i: rows ascending, from 0.0."""
    return _products(zip(*delta), list(zip(*x)))


def _products(left: Any, right: Any) -> Matrix:
    """Σ_k a_k b_k for every row a on the left and every row b on the right."""
    table = []
    for a_row in left:
        totals = []
        for b_row in right:
            total = 0.0
            for a, b in zip(a_row, b_row):
                total += a * b
            totals.append(total)
        table.append(totals)
    return table
