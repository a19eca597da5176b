"""What does a row cost? A number a row, and the gradient with its divisor (the number of rows)."""

from __future__ import annotations

from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import divide
from refnet.kernels.reference.activations import softmax_terms
from refnet.kernels.reference.matrices import Matrix
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
    return [
        [-divide(t, o) / divisor if t != 0.0 else 0.0 for o, t in zip(ps, ys)] for ps, ys in zip(p, y)
    ]


@kernel("z: m n, y: m n, beta: number -> m 1")
def cross_entropy_from_logits(z: Matrix, y: Matrix, beta: float) -> Matrix:
    """Σ y (ln Σe^(t−m) − (t − m)) with t = βz, m = max t: the cross-entropy of the softmax of z"""
    losses = []
    for nets, ys in zip(z, y):
        _, all_powers, exponents, largest = softmax_terms(nets, beta)
        log_powers = elementary.log(all_powers)
        total = 0.0
        for exponent, t in zip(exponents, ys):
            if t != 0.0:  # keeps 0·inf out where two logits differ by more than the largest number
                total += t * (log_powers - (exponent - largest))
        losses.append([total])
    return losses


@kernel("p: m n, y: m n, beta: number, divisor: positive -> m n")
def fused_cross_entropy_backward(p: Matrix, y: Matrix, beta: float, divisor: float) -> Matrix:
    """β(p − y) / divisor: softmax and cross-entropy (or, β = 1, sigmoid and binary cross-entropy) in one"""
    return [[beta * (o - t) / divisor for o, t in zip(ps, ys)] for ps, ys in zip(p, y)]


def _squared_distance(row: list[float], other: list[float]) -> float:
    total = 0.0
    for p, q in zip(row, other):
        error = p - q
        total += error * error
    return total
