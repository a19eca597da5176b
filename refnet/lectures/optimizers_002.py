"""Momentum, Nesterov, AdaGrad, step by step; the learning rate: lecture file 002_f454bcaa3b381492.txt.

Golden entries 11 and 33.

Misprints in entry 33: updates are written θ + η∇, which descends only with a negative η, as in entry 7; annealing is to
"divide η by 0.3", which would raise it: multiply.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import divide, sqrt
from refnet.lectures.agreement import Lecture, Result, differences

lecture = Lecture("002_f454bcaa3b381492.txt", {
    11: "Training; AdaGrad; Nesterov Momentum", 33: "Momentum; Stochastic Gradient Descent; Annealing of Learning Rate",
})

# A quadratic bowl, steep along w1 and flat along w2: L = ½(2w1 − 1)² + ½(½w2 − 1)², its gradient ⟨4w1 − 2, ¼w2 − ½⟩.
X, Y, START = [[2.0, 0.0], [0.0, 0.5]], [[1.0], [1.0]], [1.0, -1.0]
RATE, MU, ADAGRAD_RATE = 0.1, 0.9, 0.4


def bowl(backend: Any) -> rn.Network:
    """A linear unit without bias: its two weights are the two parameters of the bowl."""
    net = rn.Network([rn.Input(2), rn.Dense(1, bias=False)], backend)
    net.weights = [[START]]
    return net


def measure(net: rn.Network) -> float:
    """L at the weights, ready for backward."""
    net.forward(X)
    return net.loss(Y, rn.HalfSquaredError(over="sum"))


def steps(net: rn.Network, optimizer: rn.Optimizer, number: int) -> Iterator[list[float]]:
    """The weights after each step."""
    for _ in range(number):
        optimizer.before_forward(net)
        measure(net)
        net.backward()
        optimizer.update(net)
        [[weights]] = net.weights
        yield weights


STEPS = {
    "momentum, Δ_1(w1)": ("μΔ_0 − η∇L", "-0.200000000000"), "momentum, Δ_1(w2)": ("μΔ_0 − η∇L", "0.075000000000"),
    "momentum, w1 after step 1": ("w1 + Δ_1", "0.800000000000"),
    "momentum, w2 after step 1": ("w2 + Δ_1", "-0.925000000000"),
    "momentum, Δ_2(w1)": ("μΔ_1 − η∇L", "-0.300000000000"), "momentum, Δ_2(w2)": ("μΔ_1 − η∇L", "0.140625000000"),
    "momentum, w1 after step 2": ("w1 + Δ_2", "0.500000000000"),
    "momentum, w2 after step 2": ("w2 + Δ_2", "-0.784375000000"),
    "momentum, Δ_3(w1)": ("μΔ_2 − η∇L", "-0.270000000000"), "momentum, Δ_3(w2)": ("μΔ_2 − η∇L", "0.196171875000"),
    "momentum, w1 after step 3": ("w1 + Δ_3", "0.230000000000"),
    "momentum, w2 after step 3": ("w2 + Δ_3", "-0.588203125000"),
    "Nesterov, w1 after step 1": ("w1 + μΔ_0 − η∇L(w + μΔ_0)", "0.800000000000"),
    "Nesterov, w2 after step 1": ("w2 + μΔ_0 − η∇L(w + μΔ_0)", "-0.925000000000"),
    "Nesterov, w1 after step 2": ("w1 + μΔ_1 − η∇L(w + μΔ_1)", "0.572000000000"),
    "Nesterov, w2 after step 2": ("w2 + μΔ_1 − η∇L(w + μΔ_1)", "-0.786062500000"),
    "Nesterov, w1 after step 3": ("w1 + μΔ_2 − η∇L(w + μΔ_2)", "0.420080000000"),
    "Nesterov, w2 after step 3": ("w2 + μΔ_2 − η∇L(w + μΔ_2)", "-0.594493281250"),
    "AdaGrad, w1 after step 1": ("w1 − η∇L/√Σ∇L²", "0.600000000000"),
    "AdaGrad, w2 after step 1": ("w2 − η∇L/√Σ∇L²", "-0.600000000000"),
    "AdaGrad, w1 after step 2": ("w1 − η∇L/√Σ∇L²", "0.521553545945"),
    "AdaGrad, w2 after step 2": ("w2 − η∇L/√Σ∇L²", "-0.338027784633"),
    "AdaGrad, w1 after step 3": ("w1 − η∇L/√Σ∇L²", "0.504660638405"),
    "AdaGrad, w2 after step 3": ("w2 − η∇L/√Σ∇L²", "-0.135039135207"),
}


def three_steps(backend: Any) -> Iterator[Result]:
    """11. Three steps on the bowl: momentum Δ_t = μΔ_{t−1} − η∇L, Nesterov, AdaGrad without ε."""
    computed = {}
    rates = []
    for name, optimizer in (("momentum", rn.Momentum(RATE, mu=MU)), ("Nesterov", rn.Nesterov(RATE, mu=MU)),
                            ("AdaGrad", rn.AdaGrad(ADAGRAD_RATE, epsilon=0))):
        net = bowl(backend)
        for t, weights in enumerate(steps(net, optimizer, 3), 1):
            state = optimizer.state["dense1.weights"]
            for i, w in enumerate(weights):
                computed[f"{name}, w{i + 1} after step {t}"] = w
            if name == "momentum":
                [[computed[f"momentum, Δ_{t}(w1)"], computed[f"momentum, Δ_{t}(w2)"]]] = net.k.tolist(state["velocity"])
            if name == "AdaGrad":
                [[squares, _]] = net.k.tolist(state["squares"])
                rates.append(divide(ADAGRAD_RATE, sqrt(squares)))
    for quantity, (formula, digits) in STEPS.items():
        yield lecture.follows(11, quantity, formula, digits, computed[quantity])

    # AdaGrad's first step is η, whatever the gradient; then its rate can only fall.
    for i, name in enumerate(("w1", "w2")):
        moved = abs(computed[f"AdaGrad, {name} after step 1"] - START[i])
        yield lecture.follows(11, f"AdaGrad, how far {name} moves in step 1", "η", "0.400000000000", moved)
    for t in (2, 3):
        yield lecture.is_less(11, f"AdaGrad, η/√Σ∇L² of w1 in step {t}", rates[t - 1], f"in step {t - 1}", rates[t - 2])

    # The flat direction is what momentum is for.
    losses = {}
    for name, optimizer in (("with", rn.Momentum(RATE, mu=MU)), ("without", rn.SGD(RATE))):
        net = bowl(backend)
        for _ in steps(net, optimizer, 60):
            pass
        losses[name] = measure(net)
    yield lecture.is_less(11, "loss after 60 steps with momentum", losses["with"], "a tenth of that without",
                          losses["without"] / 10.0)


def momentum_as_one_sum(backend: Any) -> Iterator[Result]:
    """33. "Momentum": θ + α(Δθ) − η∇, with the last change of θ instead of a Δ that is kept: the same steps."""
    net, distance = bowl(backend), 0.0
    before, now = START, START
    for weights in steps(bowl(backend), rn.Momentum(RATE, mu=MU), 5):
        net.weights = [[now]]
        measure(net)
        net.backward()
        [gradient] = net.gradients["dense1.weights"]
        before, now = now, [w + MU * (w - b) - RATE * g for w, b, g in zip(now, before, gradient)]
        distance = max(distance, *(abs(p - q) for p, q in zip(now, weights)))
    yield lecture.stays_below(33, "distance from θ + αΔθ − η∇ in 5 steps of momentum", "1e-15", distance)


def sign_of_the_update(backend: Any) -> Iterator[Result]:
    """33. θ + η∇ climbs; with a negative η it is θ − |η|∇, to the last bit."""
    net = bowl(backend)
    k, weights = net.k, net.parameters["dense1.weights"]
    before = measure(net)
    net.backward()
    printed = k.tolist(k.add_scaled(weights.value, weights.gradient, RATE))
    negative = k.tolist(k.add_scaled(weights.value, weights.gradient, -RATE))
    rn.SGD(RATE).update(net)
    yield lecture.is_less(33, "loss after θ − η∇", measure(net), "loss before", before)
    yield lecture.equals(33, "numbers of θ + (−η)∇ that differ from θ − η∇", 0, differences(negative, net.weights[0]))
    net.weights = [printed]
    yield lecture.is_more(33, "loss after θ + η∇, as printed", measure(net), "loss before", before)


def annealing(backend: Any) -> Iterator[Result]:
    """33. "Annealing of Learning Rate": η = 0.1 until the validation error flattens out, then times 0.3, and again.

    The weights are at the minimum from the start, so the error is flat; the first epoch counts as an improvement.
    """
    net = bowl(backend)
    net.weights = [[[0.5, 2.0]]]
    history = net.fit(X, Y, loss=rn.HalfSquaredError(), optimizer=rn.SGD(rn.Plateau(0.1, factor=0.3, patience=1)),
                      epochs=4, validation=(X, Y))
    rates = history["rate"]
    for epoch, (formula, digits) in enumerate([("η", "0.100000000000"), ("η", "0.100000000000"),
                                               ("0.3η", "0.030000000000"), ("0.3²η", "0.009000000000")], 1):
        yield lecture.follows(33, f"η in epoch {epoch}, flat from the start", formula, digits, rates[epoch - 1])
    yield lecture.is_less(33, "η after the error has flattened out", rates[2], "η before", rates[1])
    yield lecture.is_more(33, "η/0.3, as printed", rates[0] / 0.3, "the largest η of the training", max(rates))


WORKED_EXAMPLES = (three_steps, momentum_as_one_sum, sign_of_the_update, annealing)
