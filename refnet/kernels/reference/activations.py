"""What does a unit do with its net input? z net input, o output, d the gradient that arrives at the output."""

from __future__ import annotations

from refnet.arithmetic import elementary
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.reference.sums import maximum_of, total_of
from refnet.kernels.seam import kernel


@kernel("z: m n -> m n")
def sigmoid(z: Matrix) -> Matrix:
    """o = 1 / (1 + e⁻ᶻ)"""
    return [[elementary.sigmoid(net) for net in row] for row in z]


@kernel("o: m n, d: m n -> m n")
def sigmoid_backward(o: Matrix, d: Matrix) -> Matrix:
    """d · o(1 − o)"""
    return [[g * (y * (1.0 - y)) for y, g in zip(ys, gs)] for ys, gs in zip(o, d)]


@kernel("z: m n -> m n")
def tanh(z: Matrix) -> Matrix:
    """o = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)"""
    return [[elementary.tanh(net) for net in row] for row in z]


@kernel("o: m n, d: m n -> m n")
def tanh_backward(o: Matrix, d: Matrix) -> Matrix:
    """d · (1 − o²)"""
    return [[g * (1.0 - y * y) for y, g in zip(ys, gs)] for ys, gs in zip(o, d)]


@kernel("z: m n -> m n")
def relu(z: Matrix) -> Matrix:
    """o = max(0, z), and NaN stays NaN"""
    return [[0.0 if net <= 0.0 else net for net in row] for row in z]


@kernel("z: m n, d: m n, at_zero: flag -> m n")
def relu_backward(z: Matrix, d: Matrix, at_zero: float) -> Matrix:
    """d where z > 0, 0 where z < 0; at z = 0 the derivative is 0 unless at_zero says 1."""
    if at_zero == 1.0:
        return [[0.0 if net < 0.0 else g for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]
    return [[0.0 if net <= 0.0 else g for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


@kernel("z: m n, slope: number -> m n")
def leaky_relu(z: Matrix, slope: float) -> Matrix:
    """o = z where z ≥ 0, slope·z where z < 0"""
    return [[slope * net if net < 0.0 else net for net in row] for row in z]


@kernel("z: m n, d: m n, slope: number -> m n")
def leaky_relu_backward(z: Matrix, d: Matrix, slope: float) -> Matrix:
    """d where z ≥ 0, slope·d where z < 0"""
    return [[slope * g if net < 0.0 else g for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


@kernel("z: m n, beta: number -> m n")
def softmax(z: Matrix, beta: float) -> Matrix:
    """o_j = e^(βz_j) / Σ e^(βz_k), the largest βz taken off every exponent first"""
    outputs = []
    for row in z:
        powers, total, _, _ = softmax_terms(row, beta)
        outputs.append([power / total for power in powers])
    return outputs


@kernel("o: m n, d: m n, beta: number -> m n")
def softmax_backward(o: Matrix, d: Matrix, beta: float) -> Matrix:
    """β · o_j (d_j − Σ_k d_k o_k): the Jacobian o_j(1 − o_j), −o_j o_k, times d"""
    gradients = []
    for ys, gs in zip(o, d):
        mean = 0.0
        for y, g in zip(ys, gs):
            mean += g * y
        gradients.append([beta * (y * (g - mean)) for y, g in zip(ys, gs)])
    return gradients


def softmax_terms(row: list[float], beta: float) -> tuple[list[float], float, list[float], float]:
    """The powers e^(t−m), their sum, the exponents t = βz and their maximum m."""
    exponents = [beta * net for net in row]
    largest = maximum_of(exponents)
    powers = [elementary.exp(t - largest) for t in exponents]
    return powers, total_of(powers), exponents, largest
