"""What does a row cost? One number for each row; the gradient is divided by `divisor`, the number of rows."""

from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import divide
from refnet.kernels.reference.activations import softmax_terms
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.reference.sums import squares_of, total_of
from refnet.kernels.seam import kernel


@kernel("o: m n, y: m n -> m 1")
def half_squared_error(o: Matrix, y: Matrix) -> Matrix:
    """½ Σ (o − y)²"""
    return [[0.5 * _squared_distance(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, divisor: positive -> m n")
def half_squared_error_backward(o: Matrix, y: Matrix, divisor: float) -> Matrix:
    """(o − y) / divisor"""
    return [[(p - q) / divisor for p, q in zip(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n -> m 1")
def squared_error(o: Matrix, y: Matrix) -> Matrix:
    """Σ (o − y)²"""
    return [[_squared_distance(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, divisor: positive -> m n")
def squared_error_backward(o: Matrix, y: Matrix, divisor: float) -> Matrix:
    """2(o − y) / divisor"""
    return [[2.0 * (p - q) / divisor for p, q in zip(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n -> m 1")
def absolute_error(o: Matrix, y: Matrix) -> Matrix:
    """Σ |o − y|"""
    return [[total_of(abs(p - q) for p, q in zip(os, ys))] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, divisor: positive -> m n")
def absolute_error_backward(o: Matrix, y: Matrix, divisor: float) -> Matrix:
    """sign(o − y) / divisor, sign(±0) = ±0"""
    return [[_sign(p - q) / divisor for p, q in zip(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, delta: positive -> m 1")
def huber(o: Matrix, y: Matrix, delta: float) -> Matrix:
    """Σ ½e² where |e| ≤ δ, δ(|e| − ½δ) beyond, e = o − y"""
    losses = []
    for os, ys in zip(o, y):
        errors = [abs(p - q) for p, q in zip(os, ys)]
        losses.append([total_of([0.5 * (e * e) if e <= delta else delta * (e - 0.5 * delta) for e in errors])])
    return losses


@kernel("o: m n, y: m n, delta: positive, divisor: positive -> m n")
def huber_backward(o: Matrix, y: Matrix, delta: float, divisor: float) -> Matrix:
    """e / divisor with e = o − y kept within −δ and δ"""
    return [[_kept_within(delta, p - q) / divisor for p, q in zip(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n -> m 1")
def hinge(o: Matrix, y: Matrix) -> Matrix:
    """Σ max(0, 1 − y·o)"""
    return [[total_of(_shortfall(p, t) for p, t in zip(os, ys))] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, divisor: positive -> m n")
def hinge_backward(o: Matrix, y: Matrix, divisor: float) -> Matrix:
    """−y / divisor where 1 − y·o > 0, else 0"""
    gradients = []
    for os, ys in zip(o, y):
        short = [_shortfall(p, t) for p, t in zip(os, ys)]
        gradients.append([(-t if s > 0.0 else s) / divisor for s, t in zip(short, ys)])
    return gradients


@kernel("o: m n, y: m n -> m 1")
def squared_hinge(o: Matrix, y: Matrix) -> Matrix:
    """Σ max(0, 1 − y·o)²"""
    return [[squares_of([_shortfall(p, t) for p, t in zip(os, ys)])] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, divisor: positive -> m n")
def squared_hinge_backward(o: Matrix, y: Matrix, divisor: float) -> Matrix:
    """−2y·max(0, 1 − y·o) / divisor"""
    return [[-2.0 * t * _shortfall(p, t) / divisor for p, t in zip(os, ys)] for os, ys in zip(o, y)]


@kernel("p: m n, y: m n -> m 1")
def binary_cross_entropy(p: Matrix, y: Matrix) -> Matrix:
    """−Σ (y ln p + (1 − y) ln(1 − p)); a term whose factor is 0 is 0"""
    losses = []
    for ps, ys in zip(p, y):
        total = 0.0
        for o, t in zip(ps, ys):
            yes = t * elementary.log(o) if t != 0.0 else 0.0
            no = (1.0 - t) * elementary.log(1.0 - o) if t != 1.0 else 0.0
            total -= yes + no
        losses.append([total])
    return losses


@kernel("p: m n, y: m n, divisor: positive -> m n")
def binary_cross_entropy_backward(p: Matrix, y: Matrix, divisor: float) -> Matrix:
    """((1 − y)/(1 − p) − y/p) / divisor; a term whose factor is 0 is 0"""
    gradients = []
    for ps, ys in zip(p, y):
        row = []
        for o, t in zip(ps, ys):
            yes = divide(t, o) if t != 0.0 else 0.0
            no = divide(1.0 - t, 1.0 - o) if t != 1.0 else 0.0
            row.append((no - yes) / divisor)
        gradients.append(row)
    return gradients


@kernel("z: m n, y: m n -> m 1")
def binary_cross_entropy_from_logits(z: Matrix, y: Matrix) -> Matrix:
    """Σ (max(z, 0) − z·y) + ln(1 + e^−|z|), with z the net input of the sigmoid"""
    losses = []
    for nets, ys in zip(z, y):
        total = 0.0
        for net, t in zip(nets, ys):
            positive = net if net > 0.0 else 0.0
            total += (positive - net * t) + elementary.log1p(elementary.exp(-abs(net)))
        losses.append([total])
    return losses


@kernel("p: m n, y: m n -> m 1")
def cross_entropy(p: Matrix, y: Matrix) -> Matrix:
    """−Σ y ln p; a term with y = 0 is 0"""
    losses = []
    for ps, ys in zip(p, y):
        total = 0.0
        for o, t in zip(ps, ys):
            if t != 0.0:
                total -= t * elementary.log(o)
        losses.append([total])
    return losses


@kernel("p: m n, y: m n, divisor: positive -> m n")
def cross_entropy_backward(p: Matrix, y: Matrix, divisor: float) -> Matrix:
    """−y/p / divisor; a term with y = 0 is 0"""
    return [[-divide(t, o) / divisor if t != 0.0 else 0.0 for o, t in zip(ps, ys)] for ps, ys in zip(p, y)]


@kernel("z: m n, y: m n, beta: number -> m 1")
def cross_entropy_from_logits(z: Matrix, y: Matrix, beta: float) -> Matrix:
    """Σ y (ln Σe^(t−m) − (t − m)) with t = βz, m = max t: the cross-entropy of the softmax of z"""
    losses = []
    for nets, ys in zip(z, y):
        _, all_powers, exponents, largest = softmax_terms(nets, beta)
        log_powers = elementary.log(all_powers)
        # t = 0 is left out, as 0·inf is NaN where two logits differ by more than the largest number.
        losses.append([total_of([t * (log_powers - (e - largest)) for e, t in zip(exponents, ys) if t != 0.0])])
    return losses


@kernel("p: m n, y: m n, beta: number, divisor: positive -> m n")
def fused_cross_entropy_backward(p: Matrix, y: Matrix, beta: float, divisor: float) -> Matrix:
    """β(p − y) / divisor: softmax and cross-entropy (or, β = 1, sigmoid and binary cross-entropy) in one"""
    return [[beta * (o - t) / divisor for o, t in zip(ps, ys)] for ps, ys in zip(p, y)]


@kernel("o: m n, y: m n -> m 1")
def negative_log_likelihood(o: Matrix, y: Matrix) -> Matrix:
    """−Σ y·o with o = ln p; a term with y = 0 is 0"""
    return [[total_of([-t * log_p for log_p, t in zip(os, ys) if t != 0.0])] for os, ys in zip(o, y)]


@kernel("y: m n, divisor: positive -> m n")
def negative_log_likelihood_backward(y: Matrix, divisor: float) -> Matrix:
    """−y / divisor"""
    return [[-t / divisor for t in ys] for ys in y]


def _squared_distance(row: list[float], other: list[float]) -> float:
    total = 0.0
    for p, q in zip(row, other):
        error = p - q
        total += error * error
    return total


def _sign(e: float) -> float:
    return 1.0 if e > 0.0 else -1.0 if e < 0.0 else e  # ±0 and NaN stay


def _kept_within(delta: float, e: float) -> float:
    return delta if e > delta else -delta if e < -delta else e


def _shortfall(o: float, y: float) -> float:
    """max(0, 1 − y·o), and NaN stays NaN"""
    short = 1.0 - y * o
    return 0.0 if short <= 0.0 else short
