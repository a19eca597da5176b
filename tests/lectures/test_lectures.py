"""Do the worked examples come out, and is what they are held against right?

Every number of the lectures is worked out here a second time, in decimal arithmetic with 80 digits and without refnet:
forward passes unit by unit, and every derivative as the two-sided difference of the loss, so that no formula of
backpropagation is taken from the code under test.
"""

import re
import subprocess
import sys
from collections import Counter
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import cache
from types import SimpleNamespace

import pytest

import refnet as rn
from refnet.kernels import reference
from refnet.lectures import agreement, results
from refnet.lectures import deep_networks_004 as deep
from refnet.lectures import gradient_descent_000 as descent
from refnet.lectures import multilayer_networks_003 as multilayer

SOURCES = {
    1: "003_c85a712d8489c438.txt", 2: "003_c85a712d8489c438.txt", 4: "003_c85a712d8489c438.txt",
    5: "003_c85a712d8489c438.txt", 6: "003_c85a712d8489c438.txt",
    7: "002_f454bcaa3b381492.txt", 8: "002_f454bcaa3b381492.txt",
    12: "004_fb3d458fd167ea13.txt", 13: "004_fb3d458fd167ea13.txt", 14: "004_fb3d458fd167ea13.txt",
    15: "004_fb3d458fd167ea13.txt", 16: "004_fb3d458fd167ea13.txt",
    17: "001_64b240ec3fb16f33.txt", 18: "001_64b240ec3fb16f33.txt",
    25: "000_85791a8fc5735753.txt",
}
# 6: four examples of o3 o4 o5, δ5 δ4 δ3 and six weights. 12 to 14: the rows of the tables, three columns in 14.
COUNTS = {1: 1, 2: 3, 4: 19, 5: 26, 6: 48, 7: 21, 8: 29, 12: 4, 13: 2, 14: 12, 15: 16, 16: 42, 17: 4, 18: 8, 25: 15}


@cache
def computed_on(backend):
    return results(backend)


# --- The lectures in decimal arithmetic ---

H = Decimal("1e-25")  # the two-sided difference is right to about H² = 1e-50, of which rounding (1e-80/H) takes nothing


def d(numbers):
    """Numbers as they are written, in decimal: 0.1 is a tenth."""
    if isinstance(numbers, (list, tuple)):
        return [d(number) for number in numbers]
    return Decimal(str(numbers))


def slope(function):
    """f'(0)"""
    return (function(H) - function(-H)) / (2 * H)


def sigma(z):
    return 1 / (1 + (-z).exp())


def tanh(z):
    return (z.exp() - (-z).exp()) / (z.exp() + (-z).exp())


def softmax(nets):
    return [z.exp() / sum(other.exp() for other in nets) for z in nets]


def each(function):
    return lambda nets: [function(z) for z in nets]


def linear(nets):
    return nets


def run(theta, functions, x, nudge=None):
    """The outputs of all layers, the inputs first. A unit is [bias, w1, w2, …]; nudge moves one net input:
    ((layer, unit), how far), both counted from 1."""
    layers = [x]
    for number, (units, function) in enumerate(zip(theta, functions), 1):
        nets = [unit[0] + sum(w * o for w, o in zip(unit[1:], layers[-1])) for unit in units]
        if nudge and nudge[0][0] == number:
            nets[nudge[0][1] - 1] += nudge[1]
        layers.append(function(nets))
    return layers


def half_squared(o, y):
    return sum((p - q) ** 2 for p, q in zip(o, y)) / 2


def binary(o, y):
    return -sum((t * p.ln() if t else 0) + ((1 - t) * (1 - p).ln() if t != 1 else 0) for p, t in zip(o, y))


def categorical(o, y):
    return -sum(t * p.ln() for p, t in zip(o, y) if t)


def moved(theta, layer, unit, weight, by):
    """θ with one number moved; layer and unit count from 1, weight 0 is the bias."""
    theta = [[list(numbers) for numbers in units] for units in theta]
    theta[layer - 1][unit - 1][weight] += by
    return theta


def gradient(theta, cost):
    """∂cost/∂θ in the shape of θ."""
    return [
        [
            [slope(lambda h, at=(i, j, c): cost(moved(theta, *at, h))) for c in range(len(unit))]
            for j, unit in enumerate(units, 1)
        ]
        for i, units in enumerate(theta, 1)
    ]


def step(theta, slopes, rate):
    return [
        [[w - rate * g for w, g in zip(*pair)] for pair in zip(units, unit_slopes)]
        for units, unit_slopes in zip(theta, slopes)
    ]


def with_biases(weights, biases=None):
    """refnet's weights and biases as θ."""
    return [
        [[d(biases[i][j]) if biases else Decimal(0), *d(unit)] for j, unit in enumerate(units)]
        for i, units in enumerate(weights)
    ]


def entry_1():
    return {"1/(1 + e^0.5)": 1 / (1 + Decimal("0.5").exp())}


def entry_2():
    error = Decimal("0.50") - Decimal("0.73")
    return {"ŷ": sigma(Decimal(1)), "(0.50 − 0.73)²": error * error, "½(0.50 − 0.73)²": error * error / 2}


def neuron(loss, y, x=("1", "2"), w=("0.5", "0.25")):
    """All links of a = w1 x1, b = w2 x2, c = a + b, ŷ = σ(c), each derivative by moving that link."""
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


def indexed(pattern, theta, first_layer=1):
    """{pattern.format(layer, unit, weight): number}"""
    return {
        pattern.format(layer, j, i): number
        for layer, units in enumerate(theta, first_layer)
        for j, unit in enumerate(units, 1)
        for i, number in enumerate(unit)
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
            # The table itself: what the logical functions say.
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


@cache
def truths():
    """{(entry, quantity): what it is}, for every number that the lectures print or that their formulas give."""
    with localcontext(Context(prec=80)):
        return {
            (entry, quantity): value
            for entry in SOURCES
            for quantity, value in globals()[f"entry_{entry}"]().items()
        }


# --- What is shown ---


def test_every_entry_is_there_with_all_its_numbers():
    found = computed_on("python")
    assert dict(Counter(result.entry for result in found)) == COUNTS
    assert [result.entry for result in found] == sorted(result.entry for result in found)
    assert {(result.entry, result.source) for result in found} == set(SOURCES.items())
    assert len({(result.entry, result.quantity) for result in found}) == len(found)
    assert all(type(result.computed) is float and type(result.agrees) is bool for result in found)


@pytest.mark.parametrize("entry", SOURCES)
def test_entry(entry, backend):
    """Each number agrees with the published one, and is the reference's to the last bit."""
    found = [result for result in computed_on(backend) if result.entry == entry]
    assert found
    assert [result for result in found if not result.agrees] == []
    same = [result for result in computed_on("python") if result.entry == entry]
    assert found == same
    assert [result.computed.hex() for result in found] == [result.computed.hex() for result in same]


def test_results_take_a_backend_itself():
    assert results(reference) == computed_on("python")


def digits_of(result):
    """The digits of the published side; None where it is not a number to be rounded."""
    if result.published.endswith(" exactly") or result.published.startswith("< "):
        return None
    return result.published.rpartition(" = ")[2]


def test_published_digits_are_right():
    """Each printed or derived number is the decimal arithmetic's, rounded to as many places; none is left out."""
    shown = {(r.entry, r.quantity): digits_of(r) for r in computed_on("python") if digits_of(r) is not None}
    assert set(shown) == set(truths())
    for key, digits in shown.items():
        numerator, _, denominator = digits.partition("/")
        published = Decimal(numerator) / Decimal(denominator or 1)
        half_a_digit = Decimal(1).scaleb(published.as_tuple().exponent) / 2
        assert abs(published - truths()[key]) < half_a_digit, (key, digits, truths()[key])


def test_computed_numbers_are_right():
    """To the last few bits, far beyond the digits shown.

    Each is the outcome of at most some fifty operations on numbers below 10, each wrong by 2⁻⁵³ relative at most. A
    numerical derivative (dθ_approx) divides that error by 2ε.
    """
    for result in computed_on("python"):
        key = (result.entry, result.quantity)
        if digits_of(result) is not None:
            bound = Decimal("1e-10") if result.quantity.endswith("_approx") else Decimal("3e-15")
            if result.entry in (12, 13):  # 1e-14 is large beside e⁻³⁰: here two units in the last place, relative
                bound = truths()[key] * Decimal(2) ** -51
            assert abs(Decimal(result.computed) - truths()[key]) <= bound, result


def test_slides_digits():
    """The digits themselves, once more as golden.md has them, so that nobody edits one in a module unseen."""
    shown = {}
    for result in computed_on("python"):
        shown.setdefault(result.entry, {})[result.quantity] = result.published
    assert list(shown[1].values()) == ["0.3775"]
    assert list(shown[2].values()) == ["0.73", "0.0529", "0.0529/2"]
    assert list(shown[6].items())[:12] == [
        ("o3", "0.5"), ("o4", "0.5"), ("o5", "0.5"), ("δ5", "0.1"), ("δ4", "0.0025"), ("δ3", "-0.0025"),
        ("w45", "0.09"), ("w35", "-0.11"), ("w24", "0.09995"), ("w23", "-0.09995"), ("w14", "-0.10005"),
        ("w13", "0.10005"),
    ]
    assert [text for text in shown[7].values() if " = " not in text] == [
        "0.7", "0.3", "0.604", "0.291", "0.313", "0.017", "-0.1869", "-0.1187", "0.1711", "-0.113", "-0.054",
        "1.02", "-3.0", "0.17", "1.0", "1.02", "-0.99",
    ]
    middle = "4.539786870243439450478E-5"
    assert list(shown[12].values()) == ["9.35762296883929895384E-14", middle, middle, "0.9999546021312975656055"]
    assert list(shown[13].values()) == ["0.9999546021312975656055", middle]
    assert "".join(shown[14].values()) == "011" "000" "000" "101"
    assert list(shown[17].values()) == ["0.2", "0.1", "0.0667", "0.05"]


# --- The rule of agreement ---


def test_rounding_rule():
    assert agreement.rounds_to("0.3775", 0.37754)
    assert agreement.rounds_to("-0.1187", -0.11865001)
    assert agreement.rounds_to("0.0529/2", 0.02645)
    assert agreement.rounds_to("4.5E-5", 4.54e-5)
    assert agreement.rounds_to("-3.0", -2.96)
    assert not agreement.rounds_to("0.3775", 0.37756)
    assert not agreement.rounds_to("0.3775", -0.3775)
    assert not agreement.rounds_to("0.1186", 0.11866)  # rounded, not cut
    assert not agreement.rounds_to("0.0529/2", 0.0265)
    assert not agreement.rounds_to("0.5", float("nan"))
    assert not agreement.rounds_to("0.5", float("inf"))
    assert agreement.rounds_to("0.13", 0.125) and agreement.rounds_to("-0.13", -0.125)  # a half goes away from zero


def test_no_result_lies_on_a_half(monkeypatch):
    """So that it does not matter where a half goes."""
    for rule in (ROUND_HALF_EVEN, ROUND_HALF_DOWN):
        monkeypatch.setattr(agreement, "ROUNDING", Context(prec=400, rounding=rule))
        assert results("python") == computed_on("python")


def test_rule_for_more_digits_than_a_double_holds():
    digits = "0.9999546021312975656055"
    nearest = float(digits)
    assert agreement.is_the_double(digits, nearest)
    assert agreement.is_the_double(digits, nearest + 2.0**-53)  # 1 ulp
    assert not agreement.is_the_double(digits, nearest + 2.0**-52)
    assert not agreement.is_the_double("9.35762296883929895384E-14", 9.3576229688393e-14 * (1 + 1e-14))
    # Within 1 ulp, and still 14 significant digits only: the fifteenth is 5 by one, 4 by the other.
    digits = "0.1234567890123445"
    assert not agreement.is_the_double(digits, float(digits) - 2.0**-56)


def test_exact_and_bounded_rules():
    lecture = agreement.Lecture("")
    assert lecture.equals(0, "", 3, 3.0).agrees and not lecture.equals(0, "", 0, 5e-324).agrees
    assert lecture.stays_below(0, "", "1e-6", 0.0).agrees
    for value in (1e-6, 2.0, -1e-9, float("nan")):
        assert not lecture.stays_below(0, "", "1e-6", value).agrees


# --- The examples can fail ---


class OneKernelWrong:
    """The reference with one kernel whose result, or updated matrix, is off by a billionth."""

    name = "wrong"

    def __init__(self, kernel):
        self.kernel = kernel

    def __getattr__(self, name):
        function = getattr(reference, name)
        if name != self.kernel:
            return function

        def wrong(*arguments):
            matrix = function(*arguments)
            if matrix is None:  # an update in place
                matrix = arguments[0]
            matrix[0][0] = (matrix[0][0] + 1e-9) * (1.0 + 1e-9)
            return None if matrix is arguments[0] else matrix

        return wrong


@pytest.mark.parametrize("kernel, entries", {
    "affine": [4, 5, 6, 7, 8, 12, 13, 15, 16, 18, 25],
    "affine_backward_input": [4, 5, 6, 7, 8, 15, 16],
    "affine_backward_weights": [4, 5, 6, 7, 8, 15, 16, 18, 25],
    "column_sums": [8, 15, 16, 18, 25],
    "multiply": [4],
    "row_sums": [4],
    "sum_of_squares": [15],
    "sigmoid": [4, 5, 6, 8, 12, 13, 15, 16, 18, 25],
    "sigmoid_backward": [4, 5, 6, 8, 15, 16, 18, 25],
    "tanh": [7],
    "tanh_backward": [7],
    "softmax": [8],
    "half_squared_error": [4],
    "half_squared_error_backward": [4, 6, 7, 18, 25],
    "binary_cross_entropy": [5],
    "binary_cross_entropy_backward": [5],
    "binary_cross_entropy_from_logits": [5, 15],
    "cross_entropy_from_logits": [8],
    "fused_cross_entropy_backward": [5, 8, 15, 16],
    "add_scaled": [4, 15],
    "sgd_update": [4, 6, 8, 16],
    "accumulate": [16],
}.items())
def test_a_wrong_kernel_shows(kernel, entries):
    """A billionth is seen wherever a formula gives the digits. (A slide's four digits are for larger mistakes.)"""
    failed = {result.entry for result in results(OneKernelWrong(kernel)) if not result.agrees}
    assert set(entries) <= failed


def test_large_mistakes_show_in_printed_digits(monkeypatch):
    """σ(−z) for σ(z): no table of the lectures with a sigmoid in it survives."""
    sigmoid = reference.sigmoid
    monkeypatch.setattr(reference, "sigmoid", lambda z: sigmoid([[-net for net in row] for row in z]))
    failed = {(r.entry, r.quantity) for r in results("python") if not r.agrees}
    assert {entry for entry, _ in failed} == {1, 2, 4, 5, 6, 8, 12, 13, 14, 15, 16, 18, 25}
    assert {key for key in truths() if key[0] in (1, 12, 13)} | {(2, "ŷ")} <= failed


def test_a_wrong_schedule_and_loss_show(monkeypatch):
    rate = rn.InverseTimeDecay.__call__
    monkeypatch.setattr(rn.InverseTimeDecay, "__call__", lambda self, epoch: 1.5 * rate(self, epoch))
    monkeypatch.setattr(reference, "squared_error", lambda o, y: reference.half_squared_error(o, y))
    failed = {(r.entry, r.quantity) for r in results("python") if not r.agrees}
    assert {(17, f"α, epoch {epoch}") for epoch in range(4)} | {(2, "(0.50 − 0.73)²")} == failed


def test_a_wrong_gradient_shows_in_the_check(monkeypatch):
    """σ' without its factor: the difference of entry 18 is then far above 1e-3, the lecture's sign of a mistake."""
    monkeypatch.setattr(reference, "sigmoid_backward", lambda o, arriving: arriving)
    by_name = {r.quantity: r for r in results("python") if r.entry == 18}
    for quantity in ("diff", "diff by gradient_check"):
        assert by_name[quantity].computed > 1e-3 and not by_name[quantity].agrees


def test_an_unshuffled_fit_shows(monkeypatch):
    monkeypatch.setattr(reference, "permutation", lambda key, columns: [[float(i) for i in range(columns)]])
    failed = [r for r in results("python") if not r.agrees]
    assert [(r.entry, r.quantity, r.computed) for r in failed] == [(25, "different orders in 3 epochs", 1.0)]


# --- The walk through the layers is what the library does by itself ---


def test_entry_6_by_fit(backend):
    """Layer by layer as on the slides, and by one call of fit: the same bits."""
    computed_on(backend)
    layers = [rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()]
    net = rn.Network(layers, backend=backend)
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    inputs, targets = zip(*multilayer.TRAINING_SET)
    net.fit(inputs, targets, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2), batch_size=1, shuffle=False)
    last = {r.quantity[:3]: r.computed for r in computed_on(backend) if r.quantity.endswith(", example 4")}
    assert net.weights == [[[last["w13"], last["w23"]], [last["w14"], last["w24"]]], [[last["w35"], last["w45"]]]]


def test_entry_7_by_fit(backend):
    computed_on(backend)
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False), rn.Tanh(), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[1.0, -3.0], [0.2, 1.0]], [[1.0, -1.0]]]
    net.fit([[1.0, 0.1]], [0.5], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2), batch_size=1)
    by_name = {r.quantity: r.computed for r in computed_on(backend) if r.entry == 7}
    assert net.weights == [[[by_name["w13"], by_name["w23"]], [by_name["w14"], by_name["w24"]]],
                           [[by_name["w35"], by_name["w45"]]]]


def test_entry_15_slides_gradient_is_not_that_of_its_cost():
    """D = Δ/m + λΘ, as printed, misses ∂J/∂Θ by (1 − 1/m) λΘ; with (λ/m)Θ nothing is missing."""
    shown = {r.quantity: r.computed for r in computed_on("python") if r.entry == 15}
    theta = [[0.4, -0.6], [0.7, 0.1]]
    slide = rn.Network([rn.Input(2), rn.Dense(2, penalty=rn.L2(deep.LAMBDA, half=True)), rn.Sigmoid(),
                        rn.Dense(2), rn.Sigmoid()], backend="python")
    slide.weights, slide.biases = [theta, [[-0.5, 0.9], [0.3, 0.2]]], [[0.1, -0.2], [0.05, -0.15]]
    slide.forward(deep.X)
    slide.loss(deep.Y, rn.BinaryCrossEntropy())
    slide.backward()
    for j, row in enumerate(slide.gradients["dense1.weights"], 1):
        for i, value in enumerate(row, 1):
            missing = value - shown[f"D(1)_{j}{i}"]
            assert missing == pytest.approx((1 - 1 / 3) * 0.6 * theta[j - 1][i - 1], abs=1e-15)  # a few roundings
            assert abs(missing) > 0.03


def test_entry_16_the_symmetric_network_learns():
    """Its hidden units stay equal, but not by standing still: they move, and their two outputs part."""
    net = rn.Network([rn.Input(2), rn.Dense(2, weights=rn.Constant(0.5)), rn.Sigmoid(),
                      rn.Dense(2, weights=rn.Constant(0.5)), rn.Sigmoid()], backend="python")
    net.fit(deep.X, deep.Y, loss=rn.BinaryCrossEntropy(), optimizer=rn.SGD(0.5), epochs=20, batch_size=1)
    (first, second), (output1, output2) = net.weights
    assert first == second and abs(first[0] - 0.5) > 0.01 and abs(first[0] - first[1]) > 0.01
    assert output1[0] == output1[1] and output2[0] == output2[1] and abs(output1[0] - output2[0]) > 0.01
    different = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(2), rn.Sigmoid()], backend="python")
    different.fit(deep.X, deep.Y, loss=rn.BinaryCrossEntropy(), optimizer=rn.SGD(0.5), epochs=20, batch_size=1)
    assert different.weights[0][0] != different.weights[0][1]


def test_entry_25_ten_is_harder_than_sixteen():
    """A division by 16 is exact wherever it stands; one by 10 is not, and some bit of the two ways differs."""
    by_name = {r.quantity: r.computed for r in computed_on("python") if r.entry == 25}
    assert by_name["batch of 16, largest distance from the mean of single gradients"] == 0.0
    assert by_name["batch of 10, largest distance from the mean of single gradients"] > 0.0


# --- The modules ---


def test_importing_refnet_leaves_the_lectures_alone():
    code = "import sys, refnet; print([name for name in sys.modules if name.startswith('refnet.lectures')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_each_module_names_its_source_and_entries_first():
    for module, entries in (
        (multilayer, "1, 2, 4, 5 and 6"),
        (sys.modules["refnet.lectures.backpropagation_002"], "7 and 8"),
        (deep, "12 to 16"),
        (sys.modules["refnet.lectures.training_001"], "17 and 18"),
        (descent, "25"),
    ):
        first_lines = " ".join(module.__doc__.split("\n")[:4])
        assert module.lecture.source in first_lines
        assert re.search(rf"Golden entr(y|ies) {entries}\b", first_lines)
