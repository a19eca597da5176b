"""In practice: learning rates, overfitting, dropout, and the sigmoid's gradient: lecture file 004_fb3d458fd167ea13.txt.

Golden entry 35. In the derivation of σ' two minus signs cancel, of d/dx 1/u = −1/u² du/dx and of d/dx e⁻ˣ = −e⁻ˣ; the
slide has only the second, so its last line has not the sign of the line before.
"""

from collections.abc import Iterator
from typing import Any

import refnet as rn
from refnet.arithmetic import elementary, random
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("004_fb3d458fd167ea13.txt", {
    35: "Learning rate; Overfitting and regularization; Dropout; Early Stopping; Deriving Sigmoid Gradient",
})


def rate_on_a_parabola(backend: Any) -> Iterator[Result]:
    """35. "Learning rate": small ones converge slowly, large ones overshoot and might diverge, stable ones converge.

    J = ½(2θ − 1)² from θ = 1.5: a step multiplies 2θ − 1 by 1 − 4α, and J by its square.
    """
    for alpha, digits in ((0.01, "0.884004867759"), (0.15, "0.000000021990"), (0.625, "6650.513460159302")):
        net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend)
        net.weights = [[[1.5]]]
        optimizer = rn.SGD(alpha)
        net.fit([[2.0]], [[1.0]], loss=rn.HalfSquaredError(), optimizer=optimizer)
        if alpha == 0.625:
            yield lecture.is_less(35, "θ after a step, α = 0.625", net.weights[0][0][0], "the minimum", 0.5)
        net.fit([[2.0]], [[1.0]], optimizer=optimizer, epochs=9)
        j = net.evaluate([[2.0]], [[1.0]])["loss"]
        yield lecture.follows(35, f"J after 10 steps, α = {alpha}", "2(1 − 4α)²⁰", digits, j)


def rate_of_a_network(backend: Any) -> Iterator[Result]:
    """35. The same for a network, 2-6-1 on the two moons. Lecture 000: "Monitoring the learning rate"."""
    data = rn.data.two_moons(24, noise=0.1, seed=1)
    losses = {}
    for alpha in (0.01, 3.0, 100.0):
        net = rn.Network([rn.Input(2), rn.Dense(6), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], backend, seed=1)
        before = net.evaluate(data.inputs, data.targets)["loss"]
        net.fit(data.inputs, data.targets, optimizer=rn.SGD(alpha), epochs=40)
        losses[alpha] = net.evaluate(data.inputs, data.targets)["loss"]
    small, right, large = losses.values()
    yield lecture.is_less(35, "loss after 40 epochs, α = 3", right, "half of that of α = 0.01", 0.5 * small)
    yield lecture.is_less(35, "loss after 40 epochs, α = 0.01", small, "before", before)
    yield lecture.is_more(35, "loss after 40 epochs, α = 100", large, "before", before)


# A weight whose J = 1/2m Σ (tanh(θx) − y)² has a local minimum near θ = 0 and its lowest point near −15.
LOCAL_X, LOCAL_Y = [[1.0], [0.12], [0.1], [0.08]], [0.3, -0.95, -0.9, -0.85]


def rate_and_local_minimum(backend: Any) -> Iterator[Result]:
    """35. Small learning rates "get stuck in local minimas", which a larger one leaves: from θ = 2, h = tanh(θx)."""
    found = {}
    for alpha in (1.0, 40.0):
        net = rn.Network([rn.Input(1), rn.Dense(1, bias=False), rn.Tanh()], backend)
        net.weights = [[[2.0]]]
        net.fit(LOCAL_X, LOCAL_Y, loss=rn.HalfSquaredError(), optimizer=rn.SGD(alpha), epochs=60, shuffle=False)
        net.forward(LOCAL_X, training=True)
        j = net.loss(LOCAL_Y)
        net.backward()
        found[alpha] = j, abs(net.gradients["dense1.weights"][0][0])
    yield lecture.stays_below(35, "local minimum, α = 1: |dJ/dθ| after 60 steps", "1e-6", found[1.0][1])
    yield lecture.is_less(35, "local minimum, α = 40: J after 60 steps", found[40.0][0], "J where α = 1 is stuck",
                          found[1.0][0])


def noisy_points(m: int, seed: int) -> tuple[list[list[float]], list[float]]:
    """m points of y = sin 3x with noise."""
    x = [2.0 * (i + 0.5) / m - 1.0 for i in range(m)]
    return [[each] for each in x], [elementary.sin(3.0 * each) + 0.6 * random.normal(seed, i)
                                    for i, each in enumerate(x)]


def early_stopping(backend: Any) -> Iterator[Result]:
    """35. "Overfitting": the training error falls while the validation error rises. "Early Stopping": stop before that.

    1-10-1 with tanh learns ten points with noise. In lecture 000: "good performance in training and poor performance
    in testing/validation is a sign of overfitting".
    """
    (x, y), validation = noisy_points(10, seed=4), noisy_points(25, seed=104)
    errors = {}
    for name, stopping in (("stopped", [rn.EarlyStopping(patience=20)]), ("after 200 epochs", [])):
        net = rn.Network([rn.Input(1), rn.Dense(10), rn.Tanh(), rn.Dense(1)], backend, seed=4)
        net.fit(x, y, loss=rn.HalfSquaredError(), optimizer=rn.Adam(0.1), epochs=200, callbacks=stopping,
                validation=validation if stopping else None)
        errors[name] = net.evaluate(x, y)["loss"], net.evaluate(*validation)["loss"], float(net.epoch)
    (train_then, test_then, epochs), (train_end, test_end, _) = errors.values()
    yield lecture.is_less(35, "epochs with early stopping", epochs, "without", 200.0)
    yield lecture.is_less(35, "training error after 200 epochs", train_end, "half of that when stopped",
                          0.5 * train_then)
    yield lecture.is_more(35, "validation error after 200 epochs", test_end, "1.2 of that when stopped",
                          1.2 * test_then)


def dropout(backend: Any) -> Iterator[Result]:
    """35. "Dropout": "setting activation = 0"; nothing is scaled in training. So each unit counts 1 − p at prediction.

    p = 0.4. Mean of a sum of units over 1600 draws, and the sum at prediction with and without the factor.
    """
    activations, p = [0.5, -1.5, 2.0], 0.4
    net = rn.Network([rn.Input(3), rn.Dropout(p, scaling="prediction")], backend, seed=1)
    drawn = net.forward([activations] * 1600, training=True)
    others = [o for row in drawn for o, a in zip(row, activations) if o not in (0.0, a)]
    yield lecture.equals(35, "activations in training that are neither 0 nor as they were", 0, float(len(others)))
    [predicted] = net.forward([activations])
    for a, digits, o in zip(activations, ("0.300000000000", "-0.900000000000", "1.200000000000"), predicted):
        yield lecture.follows(35, f"at prediction: {a}·(1 − p)", "x(1 − p)", digits, o)
    mean = total_of([total_of(row) for row in drawn]) / 1600.0
    yield lecture.is_less(35, "mean of the sum in training − sum times 1 − p", abs(mean - total_of(predicted)),
                          "a fifth of the distance without 1 − p", 0.2 * abs(mean - total_of(activations)))


def derivation_of_the_gradient(backend: Any) -> Iterator[Result]:
    """35. "Deriving the Sigmoid Gradient Function", line by line at x = 0.5, and by the library."""
    net = rn.Network([rn.Input(1), rn.Sigmoid()], backend)
    [[sigma]], [[slope]] = net.forward([[0.5]]), net.backward([[1.0]], input_gradient=True)
    e = elementary.exp(-0.5)
    lines = {
        "third line": ("(1/(1 + e⁻ˣ))² e⁻ˣ(−1)", "-0.235003712202", sigma * sigma * e * -1.0),
        "fourth line": ("(1/(1 + e⁻ˣ))(1/(1 + e⁻ˣ))(−e⁻ˣ)", "-0.235003712202", sigma * sigma * -e),
        "fifth line": ("(1/(1 + e⁻ˣ))(−e⁻ˣ/(1 + e⁻ˣ))", "-0.235003712202", sigma * (-e / (1.0 + e))),
        "last line": ("σ(x)(1 − σ(x))", "0.235003712202", sigma * (1.0 - sigma)),
    }
    for name, (formula, digits, value) in lines.items():
        yield lecture.follows(35, f"{name} at x = 0.5", formula, digits, value)
    yield lecture.follows(35, "refnet's σ'(0.5)", "(1/(1 + e⁻ˣ))² e⁻ˣ", "0.235003712202", slope)


WORKED_EXAMPLES = (
    rate_on_a_parabola, rate_of_a_network, rate_and_local_minimum, early_stopping, dropout, derivation_of_the_gradient,
)
