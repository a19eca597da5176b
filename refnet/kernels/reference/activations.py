"""What does a unit do with its net input? z is the net input, o the output, d the gradient ∂L/∂o."""

from refnet.arithmetic import elementary
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.reference.sums import maximum_of, total_of
from refnet.kernels.seam import kernel

ROOT_OF_2_OVER_PI = 0.7978845608028654


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
    """d where z > 0, 0 where z < 0; at z = 0 the derivative is at_zero."""
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


@kernel("z: m n, slope: 1 n -> m n")
def prelu(z: Matrix, slope: Matrix) -> Matrix:
    """o = z where z ≥ 0, slope·z where z < 0; one slope for each unit"""
    return [[a * net if net < 0.0 else net for net, a in zip(nets, slope[0])] for nets in z]


@kernel("z: m n, d: m n, slope: 1 n -> m n")
def prelu_backward(z: Matrix, d: Matrix, slope: Matrix) -> Matrix:
    """d where z ≥ 0, slope·d where z < 0"""
    return [[a * g if net < 0.0 else g for net, g, a in zip(nets, gs, slope[0])] for nets, gs in zip(z, d)]


@kernel("z: m n, d: m n -> 1 n")
def prelu_backward_slope(z: Matrix, d: Matrix) -> Matrix:
    """Σ d·z over the rows where z < 0, for each unit; z ≥ 0 adds 0"""
    totals = [0.0] * len(z[0])
    for nets, gs in zip(z, d):
        for j, (net, g) in enumerate(zip(nets, gs)):
            totals[j] += 0.0 if net >= 0.0 else g * net
    return [totals]


@kernel("number: 1 1, units: count n -> 1 n")
def repeat(number: Matrix, units: int) -> Matrix:
    """The number, repeated for each unit."""
    return [[number[0][0]] * units]


@kernel("z: m n, alpha: number -> m n")
def elu(z: Matrix, alpha: float) -> Matrix:
    """o = z where z > 0, α(eᶻ − 1) where z ≤ 0"""
    return [[net if net > 0.0 else alpha * elementary.expm1(net) for net in row] for row in z]


@kernel("o: m n, d: m n, alpha: number -> m n")
def elu_backward(o: Matrix, d: Matrix, alpha: float) -> Matrix:
    """d where o > 0, d(o + α) where o ≤ 0: for α > 0, o has the sign of z, and αeᶻ = o + α"""
    return [[g if y > 0.0 else g * (y + alpha) for y, g in zip(ys, gs)] for ys, gs in zip(o, d)]


@kernel("z: m n -> m n")
def silu(z: Matrix) -> Matrix:
    """o = z·σ(z); −0 where σ(z) is 0, also at −∞"""
    return [[_silu(net) for net in row] for row in z]


@kernel("z: m n, d: m n -> m n")
def silu_backward(z: Matrix, d: Matrix) -> Matrix:
    """d · σ(1 + z(1 − σ)), σ = σ(z); a product with a factor 0 is 0, also at ±∞"""
    return [[g * _silu_slope(net) for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


@kernel("z: m n -> m n")
def gelu(z: Matrix) -> Matrix:
    """o = ½z(1 + tanh(√(2/π)(z + 0.044715z³))); −0 where the bracket is 0, also at −∞"""
    return [[_gelu(net) for net in row] for row in z]


@kernel("z: m n, d: m n -> m n")
def gelu_backward(z: Matrix, d: Matrix) -> Matrix:
    """d · (½(1 + t) + ½z(1 − t²)·√(2/π)(1 + 3·0.044715z²)), t the tanh; the second term is 0 where 1 − t² is"""
    return [[g * _gelu_slope(net) for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


@kernel("z: m n, beta: number -> m n")
def softmax(z: Matrix, beta: float) -> Matrix:
    """o_j = e^(βz_j) / Σ e^(βz_k), the largest βz subtracted from every exponent first"""
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
        mean = total_of([g * y for y, g in zip(ys, gs)])
        gradients.append([beta * (y * (g - mean)) for y, g in zip(ys, gs)])
    return gradients


@kernel("z: m n, beta: number -> m n")
def log_softmax(z: Matrix, beta: float) -> Matrix:
    """o_j = (t_j − m) − ln Σ e^(t_k−m) with t = βz, m = max t"""
    outputs = []
    for row in z:
        _, total, exponents, largest = softmax_terms(row, beta)
        log_total = elementary.log(total)
        outputs.append([(t - largest) - log_total for t in exponents])
    return outputs


@kernel("o: m n, d: m n, beta: number -> m n")
def log_softmax_backward(o: Matrix, d: Matrix, beta: float) -> Matrix:
    """β(d_j − e^(o_j) Σ_k d_k): the Jacobian 1 − p_j, −p_j with p = eᵒ, times d"""
    gradients = []
    for ys, gs in zip(o, d):
        total = total_of(gs)
        gradients.append([beta * (g - elementary.exp(y) * total) for y, g in zip(ys, gs)])
    return gradients


def softmax_terms(row: list[float], beta: float) -> tuple[list[float], float, list[float], float]:
    """The powers e^(t−m), their sum, the exponents t = βz and their maximum m."""
    exponents = [beta * net for net in row]
    largest = maximum_of(exponents)
    powers = [elementary.exp(t - largest) for t in exponents]
    return powers, total_of(powers), exponents, largest


def _silu(z: float) -> float:
    s = elementary.sigmoid(z)
    return z * s if s != 0.0 else -0.0  # −∞·0 would be NaN


def _silu_slope(z: float) -> float:
    s = elementary.sigmoid(z)
    rest = 1.0 - s
    bend = z * rest if rest != 0.0 else 0.0
    return s * (1.0 + bend) if s != 0.0 else 0.0


def _gelu_tanh(z: float) -> float:
    return elementary.tanh(ROOT_OF_2_OVER_PI * (z + 0.044715 * (z * z * z)))


def _gelu(z: float) -> float:
    gate = 1.0 + _gelu_tanh(z)
    return 0.5 * z * gate if gate != 0.0 else -0.0


def _gelu_slope(z: float) -> float:
    t = _gelu_tanh(z)
    rest = 1.0 - t * t
    bend = 0.5 * z * rest * (ROOT_OF_2_OVER_PI * (1.0 + 0.134145 * (z * z))) if rest != 0.0 else 0.0
    return 0.5 * (1.0 + t) + bend
