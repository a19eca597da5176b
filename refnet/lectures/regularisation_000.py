"""Constraints, penalties, dropout and noise keep a network from overfitting: lecture file 000_85791a8fc5735753.txt.

Golden entry 26. Note λw² and λ|w|, without the ½ and the 1/m of other lectures. The slide's w → min(w, c) is a bound on
one side: a negative weight may be as large as it likes.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic.elementary import sqrt
from refnet.kernels.reference.sums import squares_of, total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("000_85791a8fc5735753.txt", {26: "Constraints and Regularisers"})

# Numbers chosen here.
STEP = {"w1": "1.000000000000", "w2": "1.000000000000", "w3": "-2.500000000000"}
WEIGHTS, X, Y, LAMBDA = [0.5, -0.25], [1.0, 2.0], 1.0, 0.1
PENALISED = {
    "λw²": {"E'": "0.531250000000", "∂E'/∂w1": "-0.900000000000", "∂E'/∂w2": "-2.050000000000"},
    "λ|w|": {"E'": "0.575000000000", "∂E'/∂w1": "-0.900000000000", "∂E'/∂w2": "-2.100000000000"},
}
PENALTIES = {"λw²": rn.L2, "λ|w|": rn.L1}


def constraint(backend: Any) -> Iterator[Result]:
    """26. "Max norm constraint": w → min(w, c) after each step, here with c = 1 and a step of +0.5 for each weight."""
    net = rn.Network([rn.Input(3), rn.Dense(1, bias=False, constraint=rn.Clamp(high=1.0))], backend)
    net.weights = [[[0.5, 0.9, -3.0]]]
    net.fit([[1.0, 1.0, 1.0]], [[0.4]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.25))  # ∂E/∂w = −1.6 − 0.4
    for (name, digits), w in zip(STEP.items(), net.weights[0][0]):
        yield lecture.follows(26, name, "min(w − η ∂E/∂w, c)", digits, w)


def penalties(backend: Any) -> Iterator[Result]:
    """26. E'(w) = E(w) + λw², or + λ|w|, for every weight; E = ½(w1 x1 + w2 x2 − y)² = ½ at these numbers."""
    for name, penalty in PENALTIES.items():
        net = rn.Network([rn.Input(2), rn.Dense(1, bias=False, penalty=penalty(LAMBDA))], backend)
        net.weights = [[WEIGHTS]]
        net.forward([X], training=True)
        e = net.loss([[Y]], rn.HalfSquaredError())
        net.backward()
        [[g1, g2]] = net.gradients["dense1.weights"]
        slope = "2λw" if name == "λw²" else "λ sign w"
        for (quantity, digits), value in zip(PENALISED[name].items(), (e, g1, g2)):
            formula = f"E + Σ {name}" if quantity == "E'" else f"∂E/∂w + {slope}"
            yield lecture.follows(26, f"{quantity} with {name}", formula, digits, value)


def weights_set_to_zero(backend: Any) -> Iterator[Result]:
    """26. "L1 regularisation can have the desirable effect of setting weights to zero": where |∂E/∂w| at 0 is below λ.

    E = ½(w − 0.3)², λ = 0.4: with λ|w| the minimum is at 0, with λw² at 0.3/1.8. 200 steps with η = 0.02 end near it.
    """
    found = {}
    for name, penalty in PENALTIES.items():
        net = rn.Network([rn.Input(1), rn.Dense(1, bias=False, penalty=penalty(0.4))], backend)
        net.weights = [[[0.5]]]
        net.fit([[1.0]] * 200, [[0.3]] * 200, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.02), batch_size=1)
        found[name] = abs(net.weights[0][0][0])
    yield lecture.stays_below(26, "|w| after 200 steps with λ|w|", "0.02", found["λ|w|"])
    yield lecture.is_more(26, "|w| after 200 steps with λw²", found["λw²"], "with λ|w|", found["λ|w|"])


UNITS, P, SIGMA = 1000, 0.5, 0.1


def dropout(backend: Any) -> Iterator[Result]:
    """26. "In training, units are randomly switched off", the others are divided by 1 − p; at prediction none is.

    This is a noise that multiplies: o = x·m with m = 0 or 1/(1 − p), whose mean is 1.
    """
    trained, predicted = _through(backend, rn.Dropout(P))
    share = trained.count(0.0) / UNITS
    yield lecture.is_at_least(26, f"share of {UNITS:,} units switched off, p = {P}", "0.45", share)
    yield lecture.is_less(26, "the same share", share, "p + 0.05", P + 0.05)
    others = [o for o in trained if o not in (0.0, 1.0 / (1.0 - P))]
    yield lecture.equals(26, "units neither 0 nor x/(1 − p)", 0, float(len(others)))
    yield lecture.equals(26, "units switched off at prediction", 0, float(predicted.count(0.0)))


def gaussian_noise(backend: Any) -> Iterator[Result]:
    """26. Gaussian noise on the features, or on hidden units, in training only."""
    trained, predicted = _through(backend, rn.GaussianNoise(SIGMA))
    noise = [o - 1.0 for o in trained]
    deviation = sqrt(squares_of(noise) / UNITS)
    mean = total_of(noise) / UNITS
    yield lecture.stays_below(26, f"|mean of the noise|, {UNITS:,} units, σ = {SIGMA}", "0.01", abs(mean))
    yield lecture.is_at_least(26, "standard deviation of the noise", "0.095", deviation)
    yield lecture.is_less(26, "the same deviation", deviation, "1.05 σ", 1.05 * SIGMA)
    yield lecture.equals(26, "units changed at prediction", 0, float(UNITS - predicted.count(1.0)))


def _through(backend: Any, layer: rn.layers.Layer) -> tuple[list[float], list[float]]:
    """What a layer makes of ones, in training and at prediction."""
    net = rn.Network([rn.Input(UNITS), layer], backend, seed=1)
    ones = [[1.0] * UNITS]
    return net.forward(ones, training=True)[0], net.forward(ones)[0]


WORKED_EXAMPLES = (constraint, penalties, weights_set_to_zero, dropout, gaussian_noise)
