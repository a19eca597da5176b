"""What are the numbers of lecture 000, worked out a second time? In decimal arithmetic, without refnet."""

from decimal import Decimal

from decimal_tools import d, each, gradient, half_squared, run, sigma, slope


def series(x, first):
    """Σ (−1)^k x^n/n! over n = first, first + 2, …: cos x from 0, sin x from 1."""
    total, term, n = Decimal(0), x if first else Decimal(1), first
    while abs(term) > Decimal("1e-70"):
        total += term
        term, n = -term * x * x / ((n + 1) * (n + 2)), n + 2
    return total


def cos(x):
    return series(x, 0)


def sin(x):
    return series(x, 1)


def entry_21():
    r, t = Decimal(2), Decimal("0.5")

    def u(x, y):
        return x * x + y * y

    x, y = r * cos(t), r * sin(t)
    return {
        "∂u/∂x at r = 2, t = 0.5": slope(lambda h: u(x + h, y)), "∂u/∂y": slope(lambda h: u(x, y + h)),
        "∂u/∂r": slope(lambda h: u((r + h) * cos(t), (r + h) * sin(t))),
    }


def graph_of_14_units(moved=0, by=0):
    """e of entry 22 with one unit moved; the graph as golden.md describes it, and u14 as it is printed."""
    u = dict(enumerate(d([0.5, -1.0, 0.25, 0.8, -0.6]), 1))

    def put(i, value=None):
        u[i] = (u[i] if value is None else value) + (by if i == moved else 0)

    for i in range(1, 6):
        put(i)
    for i in (6, 7, 8):
        put(i, u[i - 5] / 2 - Decimal("0.3") * u[4])
    for i in (9, 10, 11):
        put(i, Decimal(i - 7) / 10 * u[4] - Decimal("0.2") * u[5])
    for i in (12, 13):
        put(i, Decimal("0.4") * u[5] + sum(Decimal(j - i + 3) / 10 * u[j] for j in range(6, 12)))
    put(14, u[5] + Decimal("0.2") * u[10] + Decimal("0.7") * u[11] + Decimal("0.3") * u[9])
    a, b, c = d([0.5, -0.25, 2.0])
    return u[14], (u[12] - a) ** 2 + (u[13] - b) ** 2 + (u[14] - c) ** 2


def entry_22():
    return {"∂u14/∂u10": slope(lambda h: graph_of_14_units(10, h)[0]),
            **{f"∂e/∂u{i}": slope(lambda h, i=i: graph_of_14_units(i, h)[1]) for i in range(1, 15)}}


def entry_24():
    chain, x, y = d([1.0, -1.5, 2.0, -0.5, 1.5, 3.0]), Decimal("0.8"), Decimal(1)

    def outputs(chain):
        o = [x]
        for w in chain:
            o.append(sigma(w * o[-1]))
        return o

    o = outputs(chain)
    factors = {"de/du6": slope(lambda h: half_squared([o[6] + h], [y]))}
    for k in (6, 5, 4, 3, 2):
        factors[f"du{k}/du{k - 1}"] = slope(lambda h, k=k: sigma(chain[k - 1] * (o[k - 1] + h)))
    factors["du1/dw"] = slope(lambda h: sigma((chain[0] + h) * x))
    product = Decimal(1)
    for factor in factors.values():
        product *= factor
    whole = slope(lambda h: half_squared([outputs([chain[0] + h, *chain[1:]])[6]], [y]))
    assert abs(product - whole) < Decimal("1e-40")
    return {**factors, "de/dw": whole}


def entry_26():
    w, x, y, lam = d([0.5, -0.25]), d([1.0, 2.0]), Decimal(1), Decimal("0.1")

    def e(w):
        return half_squared([w[0] * x[0] + w[1] * x[1]], [y])

    truth = {f"w{i}": min(value + Decimal("0.5"), Decimal(1)) for i, value in enumerate(d([0.5, 0.9, -3.0]), 1)}
    for name, size in (("λw²", lambda w: w * w), ("λ|w|", abs)):
        def penalised(w, size=size):
            return e(w) + lam * (size(w[0]) + size(w[1]))

        truth[f"E' with {name}"] = penalised(w)
        truth[f"∂E'/∂w1 with {name}"] = slope(lambda h, cost=penalised: cost([w[0] + h, w[1]]))
        truth[f"∂E'/∂w2 with {name}"] = slope(lambda h, cost=penalised: cost([w[0], w[1] + h]))
    return truth


def entry_27():
    """τ = 10 ms; V − V_rest in mV is RI(1 − e^(−t/τ))."""
    truth = {}
    for current in (2, 4):
        drive = Decimal(10 * current)
        truth[f"spikes per ms at {current}.0 nA"] = 1 / (10 * (drive / (drive - 15)).ln())
    truth["V in volts after 5 ms at 1 nA"] = (-65 + 10 * (1 - Decimal("-0.5").exp())) / 1000
    return truth


def entry_31():
    w, x, y, epsilon = d([0.1, -0.3, 0.8]), d([1.5, -0.2]), [Decimal(1)], Decimal("0.001")

    def cost(theta):
        return half_squared(run(theta, [each(sigma)], x)[-1], y)

    def at(h):
        return cost([[[w[0], w[1] + h, w[2]]]])

    u1 = w[0] + w[1] * x[0] + w[2] * x[1]
    [[slopes]] = gradient([[w]], cost)
    return {
        "u1": u1, "u2": sigma(u1), **{f"∂e/∂w{i}": value for i, value in enumerate(slopes)},
        "V in volts after 20 ms": (-65 + Decimal("0.3") * 20) / 1000, "spikes per ms": Decimal("0.3") / 15,
        "forward difference de/dw1_approx": (at(epsilon) - at(0)) / epsilon,
        "two-sided de/dw1_approx": (at(epsilon) - at(-epsilon)) / (2 * epsilon),
    }


ENTRIES = {21: entry_21, 22: entry_22, 24: entry_24, 26: entry_26, 27: entry_27, 31: entry_31}
