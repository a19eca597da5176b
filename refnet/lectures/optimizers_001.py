"""More optimization algorithms: momentum, RMSprop and Adam: lecture file 001_64b240ec3fb16f33.txt.

Golden entry 19. The slides' forms are not the commonest: momentum averages the gradient, ε stands inside the root.
In Adam's last line the slide has V_dV for V_dθ.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import divide
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("001_64b240ec3fb16f33.txt", {19: "Gradient Descent with Momentum; RMSprop; Adam"})

# Numbers chosen here: h = θx + b, one example x = 2, y = 1, J = ½(h − y)², from θ = 1.5 and b = −0.5.
X, Y = [[2.0]], [[1.0]]
BETA, ALPHA = 0.9, 0.1  # of momentum

MOMENTUM = ("V = βV + (1 − β)dθ, θ = θ − αV", [
    {"V_dθ": "0.300000000000", "θ": "1.470000000000", "V_db": "0.150000000000", "b": "-0.515000000000"},
    {"V_dθ": "0.555000000000", "θ": "1.414500000000", "V_db": "0.277500000000", "b": "-0.542750000000"},
    {"V_dθ": "0.756750000000", "θ": "1.338825000000", "V_db": "0.378375000000", "b": "-0.580587500000"},
])
RMSPROP = ("S = βS + (1 − β)dθ², θ = θ − α dθ/√(S + ε)", [
    {"S_dθ": "0.009000000000", "θ": "1.183772409665", "S_db": "0.002250000000", "b": "-0.816227063291"},
    {"S_dθ": "0.010206805072", "θ": "1.074631680150", "S_db": "0.002551701268", "b": "-0.925367632412"},
    {"S_dθ": "0.010397115455", "θ": "1.030716045795", "S_db": "0.002599278864", "b": "-0.969283203410"},
])
ADAM = ("θ = θ − αV/(1 − β1ᵗ)/√(S/(1 − β2ᵗ) + ε)", [
    {"V_dθ": "0.300000000000", "S_dθ": "0.009000000000", "θ": "1.400000000056",
     "V_db": "0.150000000000", "S_db": "0.002250000000", "b": "-0.599999999778"},
    {"V_dθ": "0.510000000067", "S_dθ": "0.014751000003", "θ": "1.301187419708",
     "V_db": "0.255000000033", "S_db": "0.003687750001", "b": "-0.698812579924"},
    {"V_dθ": "0.639712451958", "S_dθ": "0.018001948030", "θ": "1.204871249573",
     "V_db": "0.319856225979", "S_db": "0.004500487008", "b": "-0.795128749819"},
])
FORM_OF_002 = ("Δ = μΔ − η∇, θ = θ + Δ", [
    {"θ": "1.200000000000", "b": "-0.650000000000"},
    {"θ": "0.780000000000", "b": "-0.860000000000"},
    {"θ": "0.462000000000", "b": "-1.019000000000"},
])


def momentum(backend: Any) -> Iterator[Result]:
    """19. "Gradient Descent with Momentum": V_dθ = βV_dθ + (1 − β)dθ, from 0; θ = θ − αV_dθ. Likewise for b."""
    steps = three_steps(rn.Momentum(ALPHA, mu=BETA, form="average"), {"V": "velocity"}, backend)
    yield from as_published("momentum", MOMENTUM, steps)

    # Lectures 000 and 002 do not weigh the gradient with 1 − β: the same α goes 1/(1 − β) = 10 times as far ...
    others = three_steps(rn.Momentum(ALPHA, mu=BETA), {}, backend)
    yield from as_published("form of 002, η = α", FORM_OF_002, others)
    ratio = divide(1.5 - others[0]["θ"], 1.5 - steps[0]["θ"])
    yield lecture.stays_below(19, "first step of 002's form / first step − 1/(1 − β)", "1e-12", abs(ratio - 10.0))
    # ... and η = α(1 − β) goes the same way.
    same = three_steps(rn.Momentum(ALPHA * (1.0 - BETA), mu=BETA), {}, backend)
    distance = max(abs(one[name] - other[name]) for one, other in zip(steps, same) for name in ("θ", "b"))
    yield lecture.stays_below(19, "form of 002, η = α(1 − β): largest distance", "1e-15", distance)


def rmsprop(backend: Any) -> Iterator[Result]:
    """19. "RMSprop": S_dθ = βS_dθ + (1 − β)dθ², θ = θ − α dθ/√(S_dθ + ε); β "typically 0.999", ε = 1e-8."""
    steps = three_steps(rn.RMSprop(0.01, beta=0.999, epsilon=1e-8, inside=True), {"S": "squares"}, backend)
    yield from as_published("RMSprop", RMSPROP, steps)
    published = {True: ("α dθ/√(S + ε)", "0.000099999995"), False: ("α dθ/(√S + ε)", "0.240253073352")}
    yield from place_of_epsilon("RMSprop", rn.RMSprop, {"beta": 0.999}, published, backend)


def adam(backend: Any) -> Iterator[Result]:
    """19. "Adam": V and S as in the two before, each divided by 1 − βᵗ; β1 = 0.9, β2 = 0.999, ε = 1e-8."""
    steps = three_steps(rn.Adam(0.1, 0.9, 0.999, 1e-8, inside=True), {"V": "mean", "S": "squares"}, backend)
    yield from as_published("Adam", ADAM, steps)
    published = {True: ("αV̂/√(Ŝ + ε)", "0.000099995000"), False: ("αV̂/(√Ŝ + ε)", "0.009900990099")}
    yield from place_of_epsilon("Adam", rn.Adam, {}, published, backend)


def place_of_epsilon(name: str, optimizer: Any, settings: dict[str, float], published: dict[bool, tuple[str, str]],
                     backend: Any) -> Iterator[Result]:
    """Papers have ε outside the root. It matters where gradients are small: ε inside acts as √ε = 1e-4 outside.

    With α = 0.01 and dθ = 1e-6 a paper's first step is α (Adam) or larger (RMSprop); the slide's is nearly 0.
    """
    length = {}
    for inside, (formula, digits) in published.items():
        net = rn.Network([rn.Input(1), rn.Dense(1, weights=rn.Zeros(), bias=False)], backend)
        step(net, [[1.0]], [[-1e-6]], optimizer(0.01, epsilon=1e-8, inside=inside, **settings))
        length[inside] = -net.weights[0][0][0]
        quantity = f"{name}, dθ = 1e-6: first step, ε {'inside' if inside else 'outside'} the root"
        yield lecture.follows(19, quantity, formula, digits, length[inside])
    ratio = divide(length[False], length[True])  # in a coarse format the step is 0
    yield lecture.is_at_least(19, f"{name}, dθ = 1e-6: step with ε outside / step with ε inside", "99", ratio)


def three_steps(optimizer: Any, kept: dict[str, str], backend: Any) -> list[dict[str, float]]:
    """θ, b and what the optimizer keeps of each, after each of three steps. kept: {the slide's name: refnet's}."""
    net = rn.Network([rn.Input(1), rn.Dense(1)], backend)
    net.weights, net.biases = [[[1.5]]], [[-0.5]]
    found = []
    for _ in range(3):
        step(net, X, Y, optimizer)
        [[[theta]]], [[b]] = net.weights, net.biases
        found.append({"θ": theta, "b": b})
        for symbol, name in kept.items():
            for weight, parameter in (("θ", "dense1.weights"), ("b", "dense1.bias")):
                [[found[-1][f"{symbol}_d{weight}"]]] = net.k.tolist(optimizer.state[parameter][name])
    return found


def step(net: rn.Network, x: list[list[float]], y: list[list[float]], optimizer: Any) -> None:
    """Forward, loss, backward, update."""
    net.forward(x, training=True)
    net.loss(y, rn.HalfSquaredError())
    net.backward()
    optimizer.update(net)


def as_published(name: str, published: tuple[str, list[dict[str, str]]], steps: list[dict[str, float]]
                 ) -> Iterator[Result]:
    formula, rows = published
    for t, (digits, computed) in enumerate(zip(rows, steps), 1):
        for quantity, printed in digits.items():
            yield lecture.follows(19, f"{name}: {quantity}, step {t}", formula, printed, computed[quantity])


WORKED_EXAMPLES = (momentum, rmsprop, adam)
