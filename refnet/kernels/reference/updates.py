"""How do weights change? w weights, g gradient, v velocity, rate η as a 1×1 matrix."""

from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("g: m n, w: m n, factor: number -> m n")
def add_scaled(g: Matrix, w: Matrix, factor: float) -> Matrix:
    """g + factor·w: the gradient plus that of λw² (factor 2λ) or ½λw² (factor λ)"""
    return [[p + factor * q for p, q in zip(gs, ws)] for gs, ws in zip(g, w)]


@kernel("g: m n, w: m n, factor: number -> m n")
def add_scaled_sign(g: Matrix, w: Matrix, factor: float) -> Matrix:
    """g + factor·sign(w), sign(±0) = 0: the gradient plus that of λ|w|"""
    return [[p + factor * _sign(q) for p, q in zip(gs, ws)] for gs, ws in zip(g, w)]


@kernel("w: m n!, g: m n, rate: 1 1 wide")
def sgd_update(w: Matrix, g: Matrix, rate: Matrix) -> None:
    """w ← w − η g"""
    eta = rate[0][0]
    for ws, gs in zip(w, g):
        for i, gradient in enumerate(gs):
            ws[i] -= eta * gradient


@kernel("w: m n!, v: m n!, g: m n, rate: 1 1 wide, mu: number")
def momentum_update(w: Matrix, v: Matrix, g: Matrix, rate: Matrix, mu: float) -> None:
    """v ← μv − η g;  w ← w + v"""
    nesterov_update(w, v, g, w, rate, mu)


@kernel("w: m n!, v: m n, mu: number")
def nesterov_look_ahead(w: Matrix, v: Matrix, mu: float) -> None:
    """w ← w + μv: where Nesterov's method takes the gradient"""
    for ws, vs in zip(w, v):
        ws[:] = [p + mu * q for p, q in zip(ws, vs)]


@kernel("w: m n!, v: m n!, g: m n, start: m n, rate: 1 1 wide, mu: number")
def nesterov_update(w: Matrix, v: Matrix, g: Matrix, start: Matrix, rate: Matrix, mu: float) -> None:
    """v ← μv − η g;  w ← start + v, with start the weights before the look-ahead"""
    eta = rate[0][0]
    for ws, vs, gs, starts in zip(w, v, g, start):
        vs[:] = [mu * velocity - eta * q for velocity, q in zip(vs, gs)]
        ws[:] = [p + velocity for p, velocity in zip(starts, vs)]


@kernel("w: m n!, v: m n!, g: m n, rate: 1 1 wide, mu: number, share: number, ahead: flag")
def average_update(w: Matrix, v: Matrix, g: Matrix, rate: Matrix, mu: float, share: float, ahead: float) -> None:
    """v ← μv + share·g;  w ← w − ηv, or with ahead w − η(g + μv)"""
    eta = rate[0][0]
    for ws, vs, gs in zip(w, v, g):
        for i, gradient in enumerate(gs):
            vs[i] = mu * vs[i] + share * gradient
            ws[i] = ws[i] - eta * (gradient + mu * vs[i] if ahead else vs[i])


@kernel("w: m n!, rate: 1 1 wide, decay: number")
def decay_weights(w: Matrix, rate: Matrix, decay: float) -> None:
    """w ← w (1 − ηλ)"""
    factor = 1.0 - rate[0][0] * decay
    for ws in w:
        ws[:] = [weight * factor for weight in ws]


def _sign(value: float) -> float:
    return 1.0 if value > 0.0 else -1.0 if value < 0.0 else 0.0 if value == 0.0 else value
