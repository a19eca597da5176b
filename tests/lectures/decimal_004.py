"""What are the numbers that lecture 004 teaches in passing? Worked out without refnet."""

from decimal import Decimal

from decimal_tools import d, sigma, slope


def counts():
    pixels = 100 * 100
    return {
        "products x_i x_j of 100 features": Decimal(100 * 101 // 2), "the same, about": Decimal(100 * 101 // 2),
        "50 × 50 pixels: n": Decimal(50 * 50), "50 × 50 pixels: n²": Decimal((50 * 50) ** 2),
        "100 × 100 pixels: n²/2": Decimal(pixels ** 2 // 2),
    }


def product(first, second):
    return [[sum(p * q for p, q in zip(row, column)) for column in zip(*second)] for row in first]


def linear_layers():
    """Θ³(Θ²(Θ¹x + b¹) + b²) + b³ as one layer: Θ³Θ²Θ¹ and Θ³(Θ²b¹ + b²) + b³."""
    first, second, third = d([
        [[0.4, -0.6], [0.7, 0.1], [-0.2, 0.5]], [[-0.5, 0.9, 0.3], [0.3, 0.2, -0.8]], [[1.1, -0.4]],
    ])
    b1, b2, b3 = d([[0.1, -0.2, 0.3], [0.05, -0.15], [0.2]])
    [[w1, w2]] = product(third, product(second, first))
    hidden = [b + sum(w * o for w, o in zip(unit, b1)) for unit, b in zip(second, b2)]
    bias = b3[0] + sum(w * o for w, o in zip(third[0], hidden))
    truth = {"three linear layers: Θ_10": bias, "three linear layers: Θ_11": w1, "three linear layers: Θ_12": w2}
    for x1, x2 in d([[0.5, -1.0], [1.5, 0.2]]):
        for layers in ("three", "one"):
            truth[f"h({x1}, {x2}) of {layers}"] = bias + w1 * x1 + w2 * x2
    return truth


def sigmoid_gradient():
    x = Decimal("0.5")
    s, e = sigma(x), (-x).exp()
    right = slope(lambda h: sigma(x + h))
    assert abs(right - s * (1 - s)) < Decimal("1e-45")  # what the two-sided difference leaves
    return {"third line at x = 0.5": s * s * e * -1, "fourth line at x = 0.5": s * s * -e,
            "fifth line at x = 0.5": s * -e / (1 + e), "last line at x = 0.5": right, "refnet's σ'(0.5)": right}


def rates():
    """J = ½(2θ − 1)² from θ = 1.5: each step multiplies 2θ − 1 by 1 − 4α."""
    return {f"J after 10 steps, α = {alpha}": (2 * (1 - 4 * Decimal(alpha)) ** 10) ** 2 / 2
            for alpha in ("0.01", "0.15", "0.625")}


def dropped():
    return {f"at prediction: {x}·(1 − p)": Decimal(x) * Decimal("0.6") for x in ("0.5", "-1.5", "2.0")}


def entry_35():
    return {**counts(), **linear_layers(), **sigmoid_gradient(), **rates(), **dropped()}


ENTRIES = {35: entry_35}
