"""Do the optimizers agree with hand, with exact arithmetic, and with PyTorch's recorded weights?"""

import json
import math
from pathlib import Path

import mpmath
import pytest
from kernel_helpers import same
from refusals import refused_with

import refnet as rn

RECORDED = json.loads((Path(__file__).parent / "recorded" / "trajectories.json").read_text(encoding="ascii"))
NAN, INF = math.nan, math.inf


def numbers(rows):
    return [[float.fromhex(value) for value in row] for row in rows]


START = numbers(RECORDED["start"])
GRADIENTS = [numbers(rows) for rows in RECORDED["gradients"]]


def network(backend, weights, bias=None, **settings):
    net = rn.Network([rn.Input(len(weights[0])), rn.Dense(len(weights), bias is not None, **settings)], backend)
    net.weights = [weights]
    if bias is not None:
        net.biases = [bias]
    return net


def step(net, optimizer, gradients, bias=None):
    """The weights after one update by these gradients, wherever they were measured."""
    optimizer.before_forward(net)
    net.parameters["dense1.weights"].gradient = net.k.matrix(gradients)
    if bias is not None:
        net.parameters["dense1.bias"].gradient = net.k.matrix([bias])
    optimizer.update(net)
    return net.weights[0]


def path(backend, optimizer, gradients, start=1.0):
    """A single weight after each of these gradients."""
    net = network(backend, [[start]])
    return [step(net, optimizer, [[g]])[0][0] for g in gradients]


# --- By hand: numbers that binary64 holds exactly ---------------------------------------------------------------

BY_HAND = [
    # v = 1, 0, 2 and w − v/2
    (lambda: rn.Momentum(0.5, 0.5, form="average"), [2.0, -1.0, 4.0], [0.5, 0.5, -0.5]),
    # v = 2, 0, 4 and w − v/4
    (lambda: rn.Momentum(0.25, 0.5, form="sum"), [2.0, -1.0, 4.0], [0.5, 0.5, -0.5]),
    # the same v; g + v/2 = 3, −1, 6
    (lambda: rn.Nesterov(0.25, 0.5, form="sum"), [2.0, -1.0, 4.0], [0.25, 0.5, -1.0]),
    # v = −½, ½·−½ + ¼ = 0, −1: lecture 000's
    (lambda: rn.Momentum(0.25, 0.5), [2.0, -1.0, 4.0], [0.5, 0.5, -0.5]),
    # √s = 3, 5: 1.25·3/3 and 1.25·4/5
    (lambda: rn.AdaGrad(1.25, epsilon=0), [3.0, 4.0], [-0.25, -1.25]),
    # √s = √(16 + 9), √(25 + 0): 1.25·3/5, 0
    (lambda: rn.AdaGrad(1.25, epsilon=0, initial=16), [3.0, 0.0], [0.25, 0.25]),
    # √s + ε = 4, 6: 1.25·3/4 = 0.9375, 1.25·4/6 less 0.0625
    (lambda: rn.AdaGrad(1.5, epsilon=1), [3.0, 4.0], [-0.125, -1.125]),
    # s = 4; √2.25/√6.25 = 0.6, times 4
    (lambda: rn.Adadelta(1.0, rho=0.75, epsilon=2.25), [4.0], [1.0 - 2.4]),
    (lambda: rn.Adadelta(0.5, rho=0.75, epsilon=2.25), [4.0], [1.0 - 1.2]),
    # s = 16/4 = 4, ¾·4 + ¼·4 = 4: ½·4/(2 + 2), ½·2/(2 + 2)
    (lambda: rn.RMSprop(0.5, beta=0.75, epsilon=2.0), [4.0, 2.0], [0.5, 0.25]),
    # √(4 + 12) = 4
    (lambda: rn.RMSprop(0.5, beta=0.75, epsilon=12.0, inside=True), [4.0, 2.0], [0.5, 0.25]),
    # s = 4, m = 1, √(4 − 1 + 1) = 2; s = 3 + 9/4, m = 0, √6.25 = 2.5: 1 − 2/2, 0 + 1.5/2.5
    (lambda: rn.RMSprop(0.5, beta=0.75, epsilon=1.0, inside=True, centred=True), [4.0, -3.0], [0.0, 0.6]),
    # a gradient that stays the same is its own mean, and g² that of its squares: 2/(2 + 2), 2/√(4 + 12)
    (lambda: rn.Adam(1.0, 0.5, 0.75, epsilon=2.0), [2.0, 2.0, 2.0], [0.5, 0.0, -0.5]),
    (lambda: rn.Adam(1.0, 0.5, 0.75, epsilon=12.0, inside=True), [2.0, 2.0, 2.0], [0.5, 0.0, -0.5]),
    # w·(1 − ¼·1) first: 0.75 − 0.25·1, 0.375 − 0.125·…
    (lambda: rn.AdamW(0.5, 0.5, 0.75, epsilon=2.0, weight_decay=0.5), [2.0, 2.0], [0.5, 0.125]),
    (lambda: rn.AdamW(0.5, 0.5, 0.75, epsilon=2.0, weight_decay=0), [2.0, 2.0], [0.75, 0.5]),
    # m = 2, 1, 1.5; s = 4, 3, 3.25, of which the largest stays 4
    (lambda: rn.AMSGrad(1.0, 0.5, 0.75, epsilon=2.0, corrected=False), [4.0, 0.0, 2.0], [0.5, 0.25, -0.125]),
    # w·(1 − ½·½), then −½·2
    (lambda: rn.SGD(0.5, weight_decay=0.5), [2.0, 0.0], [-0.25, -0.1875]),
    # v = −1, −½ (and gradient 0): ¾ − 1, ¾·−¼ − ½
    (lambda: rn.Momentum(0.5, 0.5, weight_decay=0.5), [2.0, 0.0], [-0.25, -0.6875]),
    (lambda: rn.Nesterov(0.5, 0.5, weight_decay=0.5), [2.0, 0.0], [-0.25, -0.6875]),
]


@pytest.mark.parametrize("place", range(len(BY_HAND)))
def test_by_hand(backend, place):
    make, gradients, expected = BY_HAND[place]
    assert path(backend, make(), gradients) == expected


def test_the_forms_of_momentum_differ_where_the_rate_falls(backend):
    """v = −1, then ½·−1: half of it at the old rate of ½. PyTorch's sum, 2 then 1, is taken at the new rate."""
    found = []
    for form in ("velocity", "sum", "average"):
        net, optimizer = network(backend, [[1.0]]), rn.Momentum(rn.PiecewiseConstant([0.5, 0.25], [1]), 0.5, form)
        found.append([step(net, optimizer, [[2.0]])[0][0]])
        optimizer.set_rate(1)
        found[-1].append(step(net, optimizer, [[0.0]])[0][0])
    assert found == [[0.0, -0.5], [0.0, -0.25], [0.5, 0.375]]


def test_velocity_and_sum_are_not_one_in_bits(backend):
    gradients = [g[0][0] for g in GRADIENTS]
    velocity, summed = (path(backend, rn.Momentum(0.1, 0.9, form), gradients, 0.7) for form in ("velocity", "sum"))
    assert velocity != summed
    # 1e-14: the same method, each step rounded differently; 20 steps of half an ulp of 4 are 9e-15
    assert all(abs(a - b) < 1e-14 for a, b in zip(velocity, summed))


# --- Against PyTorch ----------------------------------------------------------------------------------------------

# The same operations in the same order: equal.
EQUAL = ["SGD(0.1)", "Momentum(0.1, 0.9, 'sum')", "Nesterov(0.1, 0.9, 'sum')", "AdaGrad(0.01, 1e-10)",
         "AdaGrad(0.3, 0)"]  # fmt: skip
# Rounded differently. All of these: PyTorch's mean of squares adds ((1−β)g)g, refnet (1−β)(g·g).
# Also, centred and from Adam on: its mean is m + (1−β)(g − m), refnet's βm + (1−β)g.
# Also, from Adam on: βᵗ comes from pow, refnet's is a running product.
# Also, Adam, AdamW, AMSGrad: PyTorch divides √s by √(1−β₂ᵗ) and η by 1−β₁ᵗ, refnet s and m themselves.
# Also, Nadam: PyTorch subtracts the shares of g and of m one after the other.
NEAR = ["Adadelta(1.0, 0.9, 1e-6)", "RMSprop(0.01, 0.99, 1e-8)", "RMSprop(0.01, 0.99, 1e-8, centred=True)",
        "Adam(0.001)", "Adam(0.1, 0.8, 0.9, 1e-4)", "AdamW(0.01)", "AdamW(0.1, weight_decay=0.5)", "AMSGrad(0.01)",
        "Nadam(0.002)", "Nadam(0.1, 0.8, 0.9, 1e-4, 0.02)"]  # fmt: skip
ULP = 2.0**-52


def ours(name, backend):
    """refnet's weights after each of the recorded gradients. The name is the code that makes the optimizer."""
    net, optimizer = network(backend, START), eval(f"rn.{name}")
    return [step(net, optimizer, gradient) for gradient in GRADIENTS]


def test_every_recorded_path_is_compared():
    assert sorted(EQUAL + NEAR) == sorted(RECORDED["weights"]) and len(GRADIENTS) == 20


@pytest.mark.parametrize("name", EQUAL)
def test_the_same_weights_as_pytorch(backend, name):
    for found, expected in zip(ours(name, backend), RECORDED["weights"][name]):
        same(found, numbers(expected))


@pytest.mark.parametrize("name", NEAR)
def test_nearly_the_weights_of_pytorch(backend, name):
    """8 ulp of 1, the weights' size: half a one for each of 20 weights rounded, less where they are small, and as much
    for the roundings of steps of at most 0.1. (The other ε, or a step too many in a power, is off by 1e-9 and more.)"""
    for found, expected in zip(ours(name, backend), RECORDED["weights"][name]):
        for row, theirs in zip(found, numbers(expected)):
            assert all(abs(a - b) <= 8 * ULP for a, b in zip(row, theirs)), (found, numbers(expected))


# --- Against the formulas in exact arithmetic ---------------------------------------------------------------------

mp = mpmath.mp.clone()
mp.dps = 40


def average(g, t, kept):
    kept["v"] = 0.9 * kept["v"] + (1 - mp.mpf(0.9)) * g
    return mp.mpf(0.1) * kept["v"]


def means(g, kept, beta1, beta2):
    kept["m"] = beta1 * kept["m"] + (1 - mp.mpf(beta1)) * g
    kept["s"] = beta2 * kept["s"] + (1 - mp.mpf(beta2)) * g * g
    return kept["m"], kept["s"]


def rmsprop_inside(g, t, kept):
    return mp.mpf(0.1) * g / mp.sqrt(means(g, kept, 0, 0.999)[1] + mp.mpf(1e-8))


def rmsprop_centred(g, t, kept):
    m, s = means(g, kept, 0.9, 0.9)
    return mp.mpf(0.1) * g / (mp.sqrt(s - m * m) + mp.mpf(1e-8))


def adam_inside(g, t, kept):
    m, s = means(g, kept, 0.9, 0.999)
    return mp.mpf(0.1) * m / (1 - mp.mpf(0.9) ** t) / mp.sqrt(s / (1 - mp.mpf(0.999) ** t) + mp.mpf(1e-8))


def amsgrad_of_the_paper(g, t, kept):
    m, s = means(g, kept, 0.9, 0.999)
    kept["largest"] = max(kept["largest"], s)
    return mp.mpf(0.1) * m / (mp.sqrt(kept["largest"]) + mp.mpf(1e-8))


def nadam(g, t, kept):
    m, s = means(g, kept, 0.9, 0.999)
    mu, following = (mp.mpf(0.9) * (1 - mp.mpf(0.96) ** (mp.mpf(0.004) * i) / 2) for i in (t, t + 1))
    kept["product"] = mu * (kept["product"] or 1)
    mean = (1 - mu) / (1 - kept["product"]) * g + following / (1 - kept["product"] * following) * m
    return mp.mpf(0.1) * mean / (mp.sqrt(s / (1 - mp.mpf(0.999) ** t)) + mp.mpf(1e-8))


FORMULAS = [
    (lambda: rn.Momentum(0.1, form="average"), average),
    (lambda: rn.RMSprop(0.1, beta=0.999, inside=True), rmsprop_inside),
    (lambda: rn.RMSprop(0.1, centred=True), rmsprop_centred),
    (lambda: rn.Adam(0.1, inside=True), adam_inside),
    (lambda: rn.AMSGrad(0.1, corrected=False), amsgrad_of_the_paper),
    (lambda: rn.Nadam(0.1), nadam),
]


@pytest.mark.parametrize("make, formula", FORMULAS, ids=[formula.__name__ for _, formula in FORMULAS])
def test_the_formula_in_exact_arithmetic(backend, make, formula):
    """2e-14: a step near its largest, 3 where s is young, rounded some ten times, is off by 3e-15; 1 − β₂ᵗ of a βᵗ
    rounded t times by 1e-16/(1 − β₂) = 1e-13 of itself, and with it a step of 0.1 by half of 1e-14."""
    gradients = [g[1][2] for g in GRADIENTS]
    w, kept = mp.mpf(0.75), dict.fromkeys(("v", "m", "s", "largest", "product"), 0)
    for t, (g, found) in enumerate(zip(gradients, path(backend, make(), gradients, 0.75)), 1):
        w -= formula(mp.mpf(g), t, kept)
        assert abs(found - w) < 2e-14, (t, found, w)


# --- Nothing, too much, and no number -----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [
    lambda: rn.AdaGrad(0.1, epsilon=0), lambda: rn.RMSprop(0.1, epsilon=0),
    lambda: rn.RMSprop(0.1, epsilon=0, inside=True), lambda: rn.RMSprop(0.1, epsilon=0, centred=True),
    lambda: rn.Adam(0.1, epsilon=0), lambda: rn.AMSGrad(0.1, epsilon=0), lambda: rn.Nadam(0.1, epsilon=0),
])  # fmt: skip
def test_a_weight_without_any_gradient_stays(backend, make):
    """0/0 by the formula, with ε = 0. Its neighbour moves as usual, and NaN is not 0."""
    net = network(backend, [[0.5, -0.0, 0.5, 0.5]])
    optimizer = make()
    for _ in range(2):
        (stays, zero, moves, lost), = step(net, optimizer, [[0.0, -0.0, 2.0, NAN]])
        assert stays == 0.5 and (zero, math.copysign(1.0, zero)) == (0.0, -1.0)
        assert moves < 0.5 and math.isnan(lost)


def test_a_variance_that_rounding_makes_negative_is_none(backend):
    """With a constant gradient s − m² ends within some ulp of 0: no root of a negative number is taken."""
    net, optimizer = network(backend, [[0.0]]), rn.RMSprop(0.001, beta=0.5, epsilon=1.0, centred=True)
    variances = []
    for _ in range(60):
        (w,), = step(net, optimizer, [[0.7]])
        state = {name: net.k.tolist(values)[0][0] for name, values in optimizer.state["dense1.weights"].items()}
        variances.append(state["squares"] - state["mean"] * state["mean"])
        assert math.isfinite(w)
    assert min(variances) < 0.0  # it does happen here


def test_the_powers_are_running_products(backend):
    net, optimizer = network(backend, [[1.0]]), rn.Adam(0.1, 0.3, 0.7)
    expected = [1.0, 1.0]
    for _ in range(5):
        step(net, optimizer, [[1.0]])
        expected = [expected[0] * 0.3, expected[1] * 0.7]
        assert [net.k.tolist(optimizer.state["step"][name]) for name in ("power1", "power2")] == [
            [[expected[0]]], [[expected[1]]]]
    assert expected[0] != 0.3**5  # pow would be another number


def test_what_an_optimizer_keeps(backend):
    net = network(backend, [[1.0]], [0.0])
    kept = []
    for optimizer in (rn.RMSprop(), rn.RMSprop(centred=True), rn.AMSGrad(), rn.Nadam()):
        optimizer.attach(net)
        kept.append([sorted(optimizer.state["dense1.weights"]), sorted(optimizer.state.get("step", ()))])
    assert kept == [
        [["squares"], []], [["mean", "squares"], []], [["largest", "mean", "squares"], ["power1", "power2"]],
        [["mean", "squares"], ["decay", "g_share", "m_share", "power2", "product"]],
    ]


# --- Weight decay ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [rn.SGD, rn.Momentum, rn.Nesterov, rn.AdaGrad, rn.Adadelta, rn.RMSprop, rn.Adam,
                                  rn.AdamW, rn.AMSGrad, rn.Nadam])  # fmt: skip
def test_weights_decay_and_biases_do_not(backend, make):
    """With no gradient the decay is all that happens: w(1 − ½·½)."""
    net, optimizer = network(backend, [[1.0, -2.0]], [4.0]), make(0.5, weight_decay=0.5)
    assert step(net, optimizer, [[0.0, 0.0]], [0.0]) == [[0.75, -1.5]]
    assert net.biases == [[4.0]]


def test_the_decay_follows_the_rate_and_its_own_setting(backend):
    """Both are read again: a step is recorded anew when weight_decay changes."""
    nets = {}
    for change in (False, True):
        net, optimizer = network(backend, [[1.0]]), rn.SGD(rn.PiecewiseConstant([0.5, 0.25], [1]), weight_decay=0.5)
        optimizer.attach(net)

        def report(standing, optimizer=optimizer, change=change):
            if change and standing.finished and standing.epoch == 2:
                optimizer.weight_decay = 2.0

        # inputs of 0: every gradient is 0
        net.fit([[0.0]] * 3, [0.0] * 3, optimizer=optimizer, epochs=4, batch_size=1, report=report)
        nets[change] = net.weights[0][0][0]
    first = 1.0
    for factor in [0.75] * 3 + [0.875] * 3:
        first *= factor
    slow = fast = first
    for _ in range(6):
        slow, fast = slow * 0.875, fast * 0.5
    assert nets == {False: slow, True: fast}


# --- What cannot be made ------------------------------------------------------------------------------------------

BAD = [
    *[(lambda kind=kind: kind(0.1, weight_decay=-0.5), ValueError, ["weight_decay", "-0.5", ">= 0"])
      for kind in (rn.SGD, rn.Momentum, rn.Nesterov, rn.AdaGrad, rn.Adadelta, rn.RMSprop, rn.Adam, rn.AdamW,
                   rn.AMSGrad, rn.Nadam)],
    *[(lambda kind=kind: kind(0.1, clip=0.5), TypeError, ["clip", "0.5", "ClipValue(…), ClipNorm(…) or None"])
      for kind in (rn.SGD, rn.Momentum, rn.Nesterov, rn.AdaGrad, rn.Adadelta, rn.RMSprop, rn.Adam, rn.AdamW,
                   rn.AMSGrad, rn.Nadam)],
    *[(lambda kind=kind: kind(0.0), ValueError, ["rate", "0.0", "> 0"])
      for kind in (rn.AdaGrad, rn.Adadelta, rn.RMSprop, rn.Adam, rn.AdamW, rn.AMSGrad, rn.Nadam)],
    *[(lambda kind=kind: kind(epsilon=-1e-8), ValueError, ["epsilon", "-1e-08", ">= 0"])
      for kind in (rn.AdaGrad, rn.RMSprop, rn.Adam, rn.AdamW, rn.AMSGrad, rn.Nadam)],
    *[(lambda kind=kind, name=name: kind(**{name: 1.0}), ValueError, [name, "1.0", ">= 0 and < 1"])
      for kind in (rn.Adam, rn.AdamW, rn.AMSGrad, rn.Nadam) for name in ("beta1", "beta2")],
    *[(lambda kind=kind: kind(inside="yes"), ValueError, ["inside", "'yes'", "False, True"])
      for kind in (rn.RMSprop, rn.Adam, rn.AdamW, rn.AMSGrad)],
    (lambda: rn.SGD(weight_decay="0.1"), TypeError, ["weight_decay", "'0.1'"]),
    (lambda: rn.SGD(weight_decay=INF), ValueError, ["weight_decay", "inf", "finite"]),
    (lambda: rn.Momentum(form="pytorch"), ValueError, ["form", "'pytorch'", "'velocity', 'average', 'sum'"]),
    (lambda: rn.Nesterov(form="average"), ValueError, ["form", "'average'", "'velocity', 'sum'"]),
    (lambda: rn.Momentum(mu=1.0, form="average"), ValueError, ["mu", "1.0", "< 1"]),
    (lambda: rn.AdaGrad(initial=-0.1), ValueError, ["initial", "-0.1", ">= 0"]),
    (lambda: rn.Adadelta(epsilon=0), ValueError, ["epsilon", "0", "> 0"]),
    (lambda: rn.Adadelta(rho=1), ValueError, ["rho", "1", ">= 0 and < 1"]),
    (lambda: rn.Adadelta(rho=-0.1), ValueError, ["rho", "-0.1", ">= 0 and < 1"]),
    (lambda: rn.RMSprop(beta=1.0), ValueError, ["beta", "1.0", ">= 0 and < 1"]),
    (lambda: rn.RMSprop(beta=None), TypeError, ["beta", "None"]),
    (lambda: rn.RMSprop(centred=1), ValueError, ["centred", "1", "False, True"]),
    (lambda: rn.AMSGrad(corrected=0), ValueError, ["corrected", "0", "True, False"]),
    (lambda: rn.Nadam(momentum_decay=-1), ValueError, ["momentum_decay", "-1", ">= 0"]),
    (lambda: rn.Adam(0.1, True), TypeError, ["beta1", "True"]),
]


@pytest.mark.parametrize("make, kind, words", BAD, ids=range(len(BAD)))
def test_what_cannot_be_made(make, kind, words):
    refused_with(make, kind, words)


def test_an_update_without_a_gradient_changes_nothing(backend):
    net, optimizer = network(backend, [[1.0]], [2.0]), rn.Adam(0.1, clip=rn.ClipNorm(1.0))
    net.parameters["dense1.weights"].gradient = net.k.matrix([[1.0]])
    with pytest.raises(ValueError, match=r"dense1\.bias has no gradient; call backward first"):
        optimizer.update(net)
    assert (net.weights, net.biases, net.optimizer) == ([[[1.0]]], [[2.0]], None)
