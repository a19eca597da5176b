"""What are the numbers of the lectures, worked out a second time? In decimal arithmetic with 80 digits, without refnet.

The lectures' files have their entries in modules of their own, each with a table ENTRIES; the first ones are here.
"""

from decimal import Context, Decimal, localcontext
from functools import cache
from types import SimpleNamespace

import decimal_000
import decimal_001
import decimal_002
import decimal_003
import decimal_004
import decimal_debugging
import decimal_mnist_000
from decimal_tools import (
    binary,
    categorical,
    d,
    each,
    gradient,
    half_squared,
    indexed,
    linear,
    moved,
    run,
    sigma,
    slope,
    softmax,
    step,
    tanh,
    with_biases,
)


def entry_1():
    return {"1/(1 + e^0.5)": 1 / (1 + Decimal("0.5").exp())}


def entry_2():
    error = Decimal("0.50") - Decimal("0.73")
    return {"ŷ": sigma(Decimal(1)), "(0.50 − 0.73)²": error * error, "½(0.50 − 0.73)²": error * error / 2}


def neuron(loss, y, x=("1", "2"), w=("0.5", "0.25")):
    """All quantities of a = w1 x1, b = w2 x2, c = a + b, ŷ = σ(c), and each derivative by moving that quantity."""
    (x1, x2), (w1, w2) = d(x), d(w)

    def cost(w1=w1, w2=w2, x1=x1, x2=x2, a=0, b=0, c=0, y_hat=0):
        return loss([sigma(w1 * x1 + a + (w2 * x2 + b) + c) + y_hat], [y])

    at = SimpleNamespace(a=w1 * x1, b=w2 * x2, c=w1 * x1 + w2 * x2)
    at.y_hat, at.loss = sigma(at.c), cost()
    at.d_y_hat, at.d_c = slope(lambda h: cost(y_hat=h)), slope(lambda h: cost(c=h))
    at.d_a, at.d_b = slope(lambda h: cost(a=h)), slope(lambda h: cost(b=h))
    at.d_w1, at.d_w2 = slope(lambda h: cost(w1=w1 + h)), slope(lambda h: cost(w2=w2 + h))
    at.d_x1, at.d_x2 = slope(lambda h: cost(x1=x1 + h)), slope(lambda h: cost(x2=x2 + h))
    return at


def entry_4():
    at, rate = neuron(half_squared, Decimal("0.5")), Decimal("0.1")
    return {
        "a": at.a, "b": at.b, "c": at.c, "c by the layer": at.c, "ŷ": at.y_hat, "L": at.loss,
        "∂L/∂ŷ": at.d_y_hat, "∂ŷ/∂c": slope(lambda h: sigma(at.c + h)), "∂L/∂c": at.d_c,
        "∂L/∂a": at.d_a, "∂L/∂b": at.d_b, "∂L/∂w1": at.d_w1, "∂L/∂w2": at.d_w2, "∂L/∂x1": at.d_x1, "∂L/∂x2": at.d_x2,
        "w1": Decimal("0.5") - rate * at.d_w1, "w2": Decimal("0.25") - rate * at.d_w2,
    }


def entry_5():
    truth = {}
    for y in (1, 0):
        at = neuron(binary, Decimal(y))
        links = {"Loss": at.loss, "∂L/∂ŷ": at.d_y_hat, "∂L/∂c": at.d_c, "∂L/∂w1": at.d_w1, "∂L/∂w2": at.d_w2,
                 "∂L/∂x1": at.d_x1, "∂L/∂x2": at.d_x2}
        for quantity, value in links.items():
            truth[f"{quantity}, y = {y}"] = truth[f"{quantity}, y = {y}, fused"] = value
        del truth[f"∂L/∂ŷ, y = {y}, fused"]
    return truth


def entry_6():
    truth = {}
    theta = with_biases([[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]])
    functions = [each(sigma), each(sigma)]
    examples = [("0.1", "0.1", "0.1"), ("0.1", "0.9", "0.9"), ("0.9", "0.1", "0.9"), ("0.9", "0.9", "0.1")]
    for number, (*x, y) in enumerate(d(examples), 1):
        def cost(theta, nudge=None, x=x, y=y):
            return half_squared(run(theta, functions, x, nudge)[-1], [y])

        _, (o3, o4), (o5,) = run(theta, functions, x)
        deltas = [slope(lambda h, at=at, theta=theta: cost(theta, (at, h))) for at in ((2, 1), (1, 2), (1, 1))]
        # Thresholds are not trained: their part of θ stays 0.
        slopes = [[[Decimal(0), *unit[1:]] for unit in units] for units in gradient(theta, cost)]
        theta = step(theta, slopes, Decimal("0.2"))
        ((_, w13, w23), (_, w14, w24)), ((_, w35, w45),) = theta
        values = [o3, o4, o5, *deltas, w45, w35, w24, w23, w14, w13]
        names = ["o3", "o4", "o5", "δ5", "δ4", "δ3", "w45", "w35", "w24", "w23", "w14", "w13"]
        truth.update({n if number == 1 else f"{n}, example {number}": v for n, v in zip(names, values)})
    return truth


def entry_7():
    theta, functions = with_biases([[[1, -3], [0.2, 1]], [[1, -1]]]), [each(tanh), linear]
    x, y = d(["1.0", "0.1"]), [Decimal("0.5")]

    def cost(theta, nudge=None):
        return half_squared(run(theta, functions, x, nudge)[-1], y)

    _, (z3, z4), _ = run(theta, [linear, linear], x)
    _, (o3, o4), (o5,) = run(theta, functions, x)
    slopes = gradient(theta, cost)
    ((_, g13, g23), (_, g14, g24)), ((_, g35, g45),) = slopes
    ((_, w13, w23), (_, w14, w24)), ((_, w35, w45),) = step(theta, slopes, Decimal("0.2"))
    return {
        "net input of node 3": z3, "net input of node 4": z4, "tanh of node 3": o3, "tanh of node 4": o4,
        "output of node 5": o5, "loss ½(out − target)²": cost(theta),
        "∂L/∂o5": slope(lambda h: cost(theta, ((2, 1), h))),
        "δ3": slope(lambda h: cost(theta, ((1, 1), h))), "δ4": slope(lambda h: cost(theta, ((1, 2), h))),
        "∂L/∂w35": g35, "∂L/∂w45": g45, "∂L/∂w13": g13, "∂L/∂w23": g23, "∂L/∂w14": g14, "∂L/∂w24": g24,
        "w13": w13, "w23": w23, "w14": w14, "w24": w24, "w35": w35, "w45": w45,
    }


def entry_8():
    x, target = d([[0.5, -1.0], [1.5, 0.2], [-0.3, 0.8]]), d([[1, 0], [0, 1], [0, 1]])
    theta = with_biases([[[0.4, -0.6], [0.7, 0.1]], [[-0.5, 0.9], [0.3, 0.2]]], [[0.1, -0.2], [0.05, -0.15]])

    def cost(theta):
        return sum(categorical(run(theta, [each(sigma), softmax], p)[-1], q) for p, q in zip(x, target))

    slopes = gradient(theta, cost)
    after = step(theta, slopes, Decimal("0.3") / 3)
    truth = {"loss": cost(theta)}
    for w, b, numbers in (("Wgrad", "bgrad", slopes), ("W", "b", after)):
        for name, value in indexed("{} {} {}", numbers).items():
            layer, j, i = name.split()
            truth[f"{b}{{{layer}}}({j})" if i == "0" else f"{w}{{{layer}}}({j},{i})"] = value
    return truth


def entry_12():
    return {f"x1 AND x2 at {p}, {q}": sigma(Decimal(-30 + 20 * p + 20 * q)) for p in (0, 1) for q in (0, 1)}


def entry_13():
    return {f"NOT x1 at {p}": sigma(Decimal(10 - 20 * p)) for p in (0, 1)}


def entry_14():
    truth = {}
    for p in (0, 1):
        for q in (0, 1):
            a1, a2 = sigma(Decimal(-30 + 20 * p + 20 * q)), sigma(Decimal(10 - 20 * p - 20 * q))
            h = sigma(-10 + 20 * a1 + 20 * a2)
            truth.update({f"a1 at {p}, {q}": a1, f"a2 at {p}, {q}": a2, f"h at {p}, {q}": h})
            # The table itself, from the logical functions.
            assert (round(a1), round(a2), round(h)) == (p and q, not p and not q, p == q)
    return truth


X_004, Y_004 = [[0.5, -1.0], [1.5, 0.2], [-0.3, 0.8]], [[1, 0], [0, 1], [1, 1]]


def entry_15():
    lam, m = Decimal("0.6"), 3
    theta = with_biases([[[0.4, -0.6], [0.7, 0.1]], [[-0.5, 0.9], [0.3, 0.2]]], [[0.1, -0.2], [0.05, -0.15]])
    functions = [each(sigma)] * 2

    def first(theta):
        return sum(binary(run(theta, functions, x)[-1], y) for x, y in zip(d(X_004), d(Y_004))) / m

    def second(theta):
        return lam / (2 * m) * sum(w * w for units in theta for unit in units for w in unit[1:])

    slopes = gradient(theta, lambda theta: first(theta) + second(theta))
    return {
        "J(Θ)": first(theta) + second(theta), "J(Θ), first half": first(theta), "J(Θ), second half": second(theta),
        **indexed("D({})_{}{}", slopes),
    }


def entry_16():
    theta = with_biases(
        [[[0.4, -0.6], [0.7, 0.1]], [[-0.5, 0.9], [0.3, 0.2]], [[1.1, -0.4], [-0.7, 0.6]]],
        [[0.1, -0.2], [0.05, -0.15], [0.2, -0.1]],
    )
    functions, truth = [each(sigma)] * 3, {}

    def cost(theta, x, y, nudge=None):
        return binary(run(theta, functions, x, nudge)[-1], y)

    pairs = list(zip(d(X_004), d(Y_004)))
    for number, (x, y) in enumerate(pairs, 1):
        for layer in (4, 3, 2):
            for j in (1, 2):
                value = slope(lambda h, at=(layer - 1, j), x=x, y=y: cost(theta, x, y, (at, h)))
                truth[f"δ({layer})_{j}, example {number}"] = value
    accumulated = gradient(theta, lambda theta: sum(cost(theta, x, y) for x, y in pairs))
    return {**truth, **indexed("Δ({})_{}{}", accumulated)}


def entry_17():
    return {f"α, epoch {epoch}": Decimal("0.2") / (1 + epoch) for epoch in range(4)}


def entry_18():
    x, y = d([[1.0, 2.0], [-0.5, 0.7]]), d([[0], [1]])
    theta, epsilon = [[d([0.1, 0.5, -0.25])]], Decimal("1e-5")

    def cost(theta):
        return sum(half_squared(run(theta, [each(sigma)], p)[-1], q) for p, q in zip(x, y)) / 2

    truth = {}
    for i, name in enumerate(("b", "w1", "w2")):
        above, below = cost(moved(theta, 1, 1, i, epsilon)), cost(moved(theta, 1, 1, i, -epsilon))
        truth[f"d{name}_approx"] = (above - below) / (2 * epsilon)
        truth[f"d{name}"] = slope(lambda h, i=i: cost(moved(theta, 1, 1, i, h)))
    return truth


def entry_25():
    truth = {}
    for m in (16, 10):
        examples = [([Decimal(i % 7) / 6, Decimal(i % 11) / 10], [Decimal(i % 3) / 2]) for i in range(m)]

        def cost(theta, examples=examples):
            return sum(half_squared(run(theta, [each(sigma)], x)[-1], y) for x, y in examples) / len(examples)

        [[slopes]] = gradient([[d([0.1, 0.5, -0.25])]], cost)
        truth.update({f"∂E/∂{name}, m = {m}": value for name, value in zip(("b", "w1", "w2"), slopes)})
    return truth


ENTRIES = {
    1: entry_1, 2: entry_2, 4: entry_4, 5: entry_5, 6: entry_6, 7: entry_7, 8: entry_8, 12: entry_12, 13: entry_13,
    14: entry_14, 15: entry_15, 16: entry_16, 17: entry_17, 18: entry_18, 25: entry_25,
    **decimal_000.ENTRIES,
    **decimal_001.ENTRIES, **decimal_002.ENTRIES, **decimal_003.ENTRIES, **decimal_004.ENTRIES,
    **decimal_mnist_000.ENTRIES, **decimal_debugging.ENTRIES,
}


@cache
def truths():
    """{(entry, quantity): what it is}, for every number that the lectures print or that their formulas give."""
    with localcontext(Context(prec=80)):
        return {
            (entry, quantity): value
            for entry, numbers in ENTRIES.items()
            for quantity, value in numbers().items()
        }
