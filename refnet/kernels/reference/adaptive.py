"""How does each weight change at a rate of its own? By running sums and means of its gradients.

w weights, g gradient; m and s running means of g and g²; rate and the powers βᵗ are 1×1 matrices. A quotient with
divisor 0 counts as 0, so that with ε = 0 a weight whose gradient was always 0 does not change.
"""

from refnet.arithmetic.elementary import divide, sqrt
from refnet.kernels.reference.matrices import Matrix
from refnet.kernels.seam import kernel


@kernel("w: m n!, s: m n!, g: m n, rate: 1 1 wide, epsilon: number")
def adagrad_update(w: Matrix, s: Matrix, g: Matrix, rate: Matrix, epsilon: float) -> None:
    """s ← s + g²;  w ← w − η g/(√s + ε)"""
    eta = rate[0][0]
    for ws, ss, gs in zip(w, s, g):
        for i, gradient in enumerate(gs):
            ss[i] = ss[i] + gradient * gradient
            ws[i] = ws[i] - _over_root(eta * gradient, ss[i], epsilon, 0.0)


@kernel("w: m n!, s: m n!, u: m n!, g: m n, rate: 1 1 wide, rho: number, epsilon: number")
def adadelta_update(w: Matrix, s: Matrix, u: Matrix, g: Matrix, rate: Matrix, rho: float, epsilon: float) -> None:
    """s ← ρs + (1−ρ)g²;  Δ = √(u+ε)/√(s+ε) g;  u ← ρu + (1−ρ)Δ²;  w ← w − ηΔ"""
    eta = rate[0][0]
    for ws, ss, us, gs in zip(w, s, u, g):
        for i, gradient in enumerate(gs):
            ss[i] = rho * ss[i] + (1.0 - rho) * (gradient * gradient)
            delta = _over_root(sqrt(us[i] + epsilon), ss[i], epsilon, 1.0) * gradient
            us[i] = rho * us[i] + (1.0 - rho) * (delta * delta)
            ws[i] = ws[i] - eta * delta


@kernel("w: m n!, s: m n!, g: m n, rate: 1 1 wide, beta: number, epsilon: number, inside: flag")
def rmsprop_update(w: Matrix, s: Matrix, g: Matrix, rate: Matrix, beta: float, epsilon: float, inside: float) -> None:
    """s ← βs + (1−β)g²;  w ← w − η g/(√s + ε), or with ε inside the root w − η g/√(s + ε)"""
    eta = rate[0][0]
    for ws, ss, gs in zip(w, s, g):
        for i, gradient in enumerate(gs):
            ss[i] = beta * ss[i] + (1.0 - beta) * (gradient * gradient)
            ws[i] = ws[i] - _over_root(eta * gradient, ss[i], epsilon, inside)


@kernel("w: m n!, s: m n!, m: m n!, g: m n, rate: 1 1 wide, beta: number, epsilon: number, inside: flag")
def centred_rmsprop_update(w: Matrix, s: Matrix, m: Matrix, g: Matrix, rate: Matrix, beta: float, epsilon: float,
                           inside: float) -> None:
    """rmsprop_update with the variance s − m² instead of s (0 if rounding made it negative);  m ← βm + (1−β)g"""
    eta = rate[0][0]
    for ws, ss, ms, gs in zip(w, s, m, g):
        for i, gradient in enumerate(gs):
            ss[i] = beta * ss[i] + (1.0 - beta) * (gradient * gradient)
            ms[i] = beta * ms[i] + (1.0 - beta) * gradient
            variance = ss[i] - ms[i] * ms[i]
            ws[i] = ws[i] - _over_root(eta * gradient, 0.0 if variance < 0.0 else variance, epsilon, inside)


@kernel("power: 1 1 wide!, beta: number wide")
def advance_power(power: Matrix, beta: float) -> None:
    """βᵗ ← βᵗ⁻¹ · β"""
    power[0][0] = power[0][0] * beta


@kernel("w: m n!, m: m n!, s: m n!, g: m n, rate: 1 1 wide, power1: 1 1 wide, power2: 1 1 wide, beta1: number, "
        "beta2: number, epsilon: number, inside: flag")
def adam_update(w: Matrix, m: Matrix, s: Matrix, g: Matrix, rate: Matrix, power1: Matrix, power2: Matrix,
                beta1: float, beta2: float, epsilon: float, inside: float) -> None:
    """m ← β₁m + (1−β₁)g;  s ← β₂s + (1−β₂)g²;  m̂ = m/(1−β₁ᵗ);  ŝ = s/(1−β₂ᵗ)
    w ← w − η m̂/(√ŝ + ε), or with ε inside the root w − η m̂/√(ŝ + ε)"""
    amsgrad_update(w, m, s, s, g, rate, power1, power2, beta1, beta2, epsilon, inside)  # s is its own maximum


@kernel("w: m n!, m: m n!, s: m n!, largest: m n!, g: m n, rate: 1 1 wide, power1: 1 1 wide, power2: 1 1 wide, "
        "beta1: number, beta2: number, epsilon: number, inside: flag")
def amsgrad_update(w: Matrix, m: Matrix, s: Matrix, largest: Matrix, g: Matrix, rate: Matrix, power1: Matrix,
                   power2: Matrix, beta1: float, beta2: float, epsilon: float, inside: float) -> None:
    """adam_update with the largest s so far instead of s (NaN counts as the largest)"""
    eta, correction1, correction2 = rate[0][0], 1.0 - power1[0][0], 1.0 - power2[0][0]
    for ws, ms, ss, tops, gs in zip(w, m, s, largest, g):
        for i, gradient in enumerate(gs):
            ms[i] = beta1 * ms[i] + (1.0 - beta1) * gradient
            ss[i] = beta2 * ss[i] + (1.0 - beta2) * (gradient * gradient)
            if ss[i] > tops[i] or ss[i] != ss[i]:
                tops[i] = ss[i]
            mean, square = divide(ms[i], correction1), divide(tops[i], correction2)
            ws[i] = ws[i] - _over_root(eta * mean, square, epsilon, inside)


@kernel("decay: 1 1 wide!, product: 1 1 wide!, g_share: 1 1 wide!, m_share: 1 1 wide!, beta1: number wide, "
        "factor: number wide")
def nadam_advance(decay: Matrix, product: Matrix, g_share: Matrix, m_share: Matrix, beta1: float,
                  factor: float) -> None:
    """decay ← decay · factor (0.96^ψt);  μₜ = β₁(1 − ½ decay), μₜ₊₁ likewise;  product ← product · μₜ
    shares of gradient and mean in the next update: (1 − μₜ)/(1 − μ₁…μₜ) and μₜ₊₁/(1 − μ₁…μₜ₊₁)"""
    decay[0][0] = decay[0][0] * factor
    mu = beta1 * (1.0 - 0.5 * decay[0][0])
    following = beta1 * (1.0 - 0.5 * (decay[0][0] * factor))
    product[0][0] = product[0][0] * mu
    g_share[0][0] = divide(1.0 - mu, 1.0 - product[0][0])
    m_share[0][0] = divide(following, 1.0 - product[0][0] * following)


@kernel("w: m n!, m: m n!, s: m n!, g: m n, rate: 1 1 wide, power2: 1 1 wide, g_share: 1 1 wide, m_share: 1 1 wide, "
        "beta1: number, beta2: number, epsilon: number")
def nadam_update(w: Matrix, m: Matrix, s: Matrix, g: Matrix, rate: Matrix, power2: Matrix, g_share: Matrix,
                 m_share: Matrix, beta1: float, beta2: float, epsilon: float) -> None:
    """m and s as in adam_update;  m̂ = g_share·g + m_share·m;  w ← w − η m̂/(√ŝ + ε)"""
    eta, share_of_g, share_of_m, correction2 = rate[0][0], g_share[0][0], m_share[0][0], 1.0 - power2[0][0]
    for ws, ms, ss, gs in zip(w, m, s, g):
        for i, gradient in enumerate(gs):
            ms[i] = beta1 * ms[i] + (1.0 - beta1) * gradient
            ss[i] = beta2 * ss[i] + (1.0 - beta2) * (gradient * gradient)
            mean = share_of_g * gradient + share_of_m * ms[i]
            ws[i] = ws[i] - _over_root(eta * mean, divide(ss[i], correction2), epsilon, 0.0)


def _over_root(numerator: float, square: float, epsilon: float, inside: float) -> float:
    root = sqrt(square + epsilon) if inside else sqrt(square) + epsilon
    return 0.0 if root == 0.0 else numerator / root
