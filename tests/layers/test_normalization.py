"""Is batch normalisation right by hand and against mpmath, and which statistics do predictions use?"""

import math
from fractions import Fraction

import pytest
from kernel_helpers import same
from refusals import refused_with

import refnet as rn

INF, NAN = math.inf, math.nan

# Columns with mean 2 and variance 1, mean 10 and variance 13; with ε = 3 the roots are 2 and 4 and all is exact.
X = [[1.0, 5.0], [3.0, 15.0], [1.0, 11.0], [3.0, 9.0]]
GAMMA, BETA = [2.0, 4.0], [1.0, -1.0]
D = [[1.0, 4.0], [3.0, 0.0], [1.0, 0.0], [3.0, 0.0]]


def network(backend, **settings):
    settings = {"eps": 3.0, "momentum": 0.75, **settings}
    net = rn.Network([rn.Input(2), rn.BatchNorm(**settings)], backend=backend)
    net.set("batchnorm1.gamma", GAMMA)
    net.set("batchnorm1.beta", BETA)
    return net


def running(net):
    return {name: net.k.tolist(matrix)[0] for name, matrix in net.layers[1].buffers.items()}


def test_it_starts_with_gamma_1_beta_0_and_running_numbers_0_and_1(backend):
    net = rn.Network([rn.Input(3), rn.BatchNorm()], backend=backend)
    assert net.get("batchnorm1.gamma") == [1.0] * 3
    assert net.get("batchnorm1.beta") == [0.0] * 3
    assert running(net) == {"mean": [0.0] * 3, "variance": [1.0] * 3}
    layer = net.layers[1]
    assert (layer.momentum, layer.eps) == (0.9, 1e-5)


def test_algorithm_1_by_hand(backend):
    net = network(backend)
    # x̂ = (x − 2)/2 and (x − 10)/4
    assert net.forward(X, training=True) == [[0.0, -6.0], [2.0, 4.0], [0.0, 0.0], [2.0, -2.0]]


def test_backward_by_hand(backend):
    """First column: d − 2 = ∓1, slope ½, so 2(∓1 ± ¼)/2. Second: d − 1 = 3, −1, −1, −1, slope −5/4, and 4/4 = 1."""
    net = network(backend)
    net.forward(X, training=True)
    d = net.backward(D, input_gradient=True)
    assert net.gradients == {"batchnorm1.gamma": [2.0, -5.0], "batchnorm1.beta": [8.0, 4.0]}
    assert d == [[-0.75, 1.4375], [0.75, 0.5625], [-0.75, -0.6875], [0.75, -1.3125]]


def test_a_step_moves_the_running_numbers_and_predictions_use_them(backend):
    net = network(backend)
    net.forward(X, training=True)
    assert running(net) == {"mean": [0.0, 0.0], "variance": [1.0, 1.0]}
    net.layers[1].commit()
    # ¾·0 + ¼·μ, ¾·1 + ¼·σ²
    assert running(net) == {"mean": [0.5, 2.5], "variance": [1.0, 4.0]}
    net.forward(X)
    net.layers[1].commit()  # the last forward pass was a prediction
    assert running(net) == {"mean": [0.5, 2.5], "variance": [1.0, 4.0]}
    # first column: 2(x − ½)/√4 + 1
    assert [row[0] for row in net.forward(X)] == [1.5, 3.5, 1.5, 3.5]
    assert net.predict(X) == net.forward(X)
    net.forward(X, training=True)
    net.layers[1].commit()
    assert running(net) == {"mean": [0.875, 4.375], "variance": [1.0, 6.25]}


def test_after_a_prediction_the_running_numbers_are_constants(backend):
    net = network(backend, momentum=0.0)  # the running statistics are those of the last batch
    net.forward(X, training=True)
    net.layers[1].commit()
    assert running(net) == {"mean": [2.0, 10.0], "variance": [1.0, 13.0]}
    assert net.forward([[5.0, -2.0]]) == [[4.0, -13.0]]
    # γ·d/√(σ² + ε) = 2d/2 and 4d/4; x̂ = 3/2 and −3
    assert net.backward([[6.0, 7.0]], input_gradient=True) == [[6.0, 7.0]]
    assert net.gradients == {"batchnorm1.gamma": [9.0, -21.0], "batchnorm1.beta": [6.0, 7.0]}


def test_a_batch_of_one_row_stays_finite(backend):
    """Its variance is 0 and so is x̂: the output is β, the gradient 0. It says nothing of the running numbers."""
    net = network(backend)
    assert net.forward([[5.0, -7.0]], training=True) == [BETA]
    assert net.backward([[3.0, 4.0]], input_gradient=True) == [[0.0, 0.0]]
    net.layers[1].commit()
    assert running(net) == {"mean": [0.0, 0.0], "variance": [1.0, 1.0]}
    net.forward(X, training=True)
    net.layers[1].commit()
    assert running(net) == {"mean": [0.5, 2.5], "variance": [1.0, 4.0]}


def test_a_last_batch_of_one_row_leaves_the_running_numbers(backend):
    """33 rows in batches of 32: they are those of the 32 rows before it, also where C replays the steps."""

    def fitted(rows, epochs):
        net = rn.Network([rn.Input(1), rn.BatchNorm(momentum=0.5), rn.Dense(1)], backend=backend, seed=1)
        net.fit([[x] for x in rows], [x * x for x in rows], epochs=epochs, batch_size=32, shuffle=False)
        return running(net)

    rows = [math.sqrt(3.0) * (-1.0) ** i for i in range(32)]  # mean 0, variance 3
    whole, with_one = fitted(rows, 40), fitted([*rows, 1000.0], 40)
    assert whole == with_one and with_one["mean"] == [0.0] and abs(with_one["variance"][0] - 3.0) < 1e-9
    assert fitted([*rows, 1000.0, 1000.0], 1)["mean"] == [500.0]  # two rows count like any other batch


def test_the_order_of_operations(k):
    """Every statement of the definition again, with numbers for which another order gives other bits."""
    column = [0.1, 0.7, -0.3, 1e-3, 2.9, 0.01, -4.4]
    total = 0.0
    for value in column:
        total += value
    mean = total / 7.0
    assert mean != total * (1.0 / 7.0)
    squares = 0.0
    for value in column:
        squares += (value - mean) * (value - mean)
    x = k.matrix([[value] for value in column])
    means = k.column_means(x)
    variances = k.column_variances(x, means)
    assert (k.tolist(means), k.tolist(variances)) == ([[mean]], [[squares / 7.0]])
    deviations = k.deviations(variances, 0.1)
    assert k.tolist(deviations) == [[math.sqrt(squares / 7.0 + 0.1)]]
    gammas, betas = k.matrix([[0.3]]), k.matrix([[0.7]])
    shifted = k.scale_and_shift(x, gammas, betas)
    assert k.tolist(shifted) == [[0.3 * value + 0.7] for value in column]
    assert k.tolist(k.scale_and_shift(x, gammas)) == [[0.3 * value] for value in column]
    d, (deviation,) = [0.3 * value + 0.7 for value in column], k.tolist(deviations)[0]
    back = k.batch_norm_backward(shifted, x, gammas, deviations, k.matrix([[0.9]]), k.matrix([[-3.1]]))
    expected = [[0.3 * ((g - -3.1 / 7.0) - h * (0.9 / 7.0)) / deviation] for g, h in zip(d, column)]
    assert k.tolist(back) == expected
    assert expected != [[0.3 * (g - (-3.1 / 7.0 + h * (0.9 / 7.0))) / deviation] for g, h in zip(d, column)]
    average = k.matrix([[0.3]])
    k.move_average(average, k.matrix([[0.7]]), 0.9)
    assert k.tolist(average) == [[0.9 * 0.3 + (1.0 - 0.9) * 0.7]]


def test_forward_and_backward_against_mpmath(backend):
    """The expected gradient is the derivative of y itself, not the layer's formula."""
    mpmath = pytest.importorskip("mpmath")
    column, d, gamma, beta, eps = [0.1, 0.7, -0.3, 1.25, 2.9], [0.5, -1.0, 2.0, 0.1, 0.3], 1.7, -0.6, 1e-5
    net = rn.Network([rn.Input(1), rn.BatchNorm()], backend=backend)
    net.set("batchnorm1.gamma", [gamma])
    net.set("batchnorm1.beta", [beta])
    found = [row[0] for row in net.forward([[x] for x in column], training=True)]
    back = [row[0] for row in net.backward([[g] for g in d], input_gradient=True)]
    with mpmath.workdps(60):
        def outputs(xs):
            mean = mpmath.fsum(xs) / 5
            variance = mpmath.fsum((x - mean) ** 2 for x in xs) / 5
            return [gamma * (x - mean) / mpmath.sqrt(variance + mpmath.mpf(eps)) + beta for x in xs]

        def loss(xs):
            return mpmath.fsum(g * y for g, y in zip(d, outputs(xs)))

        exact = [mpmath.mpf(x) for x in column]
        step = mpmath.mpf(10) ** -20
        slopes = []
        for i in range(5):
            up, down = ([x + (sign * step if j == i else 0) for j, x in enumerate(exact)] for sign in (1, -1))
            slopes.append((loss(up) - loss(down)) / (2 * step))
        # 1e-15: about ten roundings of 1e-16 in numbers of size 1
        assert all(abs(p - float(q)) < 1e-15 for p, q in zip(found, outputs(exact)))
        assert all(abs(p - float(q)) < 1e-15 for p, q in zip(back, slopes))


def test_the_output_has_mean_beta_and_variance_near_gamma_squared(backend):
    net = rn.Network([rn.Input(2), rn.BatchNorm()], backend=backend)
    outputs = net.forward([[1e3 * i, 0.1 * i * i] for i in range(10)], training=True)
    for column in zip(*outputs):
        exact = [Fraction(value) for value in column]
        mean = math.fsum(exact) / 10.0
        assert abs(mean) < 1e-15  # ten roundings of 1e-16
        # ε lowers the variance by its own size relative to σ²: 1e-5 / 6.5 at most, and 1e-5 / 8.25e6
        assert 1.0 - 2e-6 < math.fsum((value - mean) * (value - mean) for value in column) / 10.0 < 1.0


@pytest.mark.parametrize("optimizer", [lambda: rn.SGD(0.1), lambda: rn.Nesterov(0.05, mu=0.5)])
def test_both_backends_keep_the_same_running_numbers(both, optimizer):
    """Replayed in C, with a last batch of another size; predictions use the statistics that training leaves."""
    nets = []
    for name in ("python", "c"):
        net = rn.Network([rn.Input(2), rn.Dense(3), rn.BatchNorm(), rn.ReLU(), rn.Dense(2)], backend=name, seed=5)
        net.fit(X, D, loss=rn.HalfSquaredError(), optimizer=optimizer(), epochs=20, batch_size=3)
        nets.append(net)
    kept = [{name: net.k.tolist(matrix) for name, matrix in net.layers[2].buffers.items()} for net in nets]
    assert kept[0] == kept[1]
    assert kept[0]["mean"] != [[0.0] * 3]
    same(nets[0].predict(X), nets[1].predict(X))


def test_a_loop_of_ones_own_and_fit_leave_the_same_running_numbers(backend):
    def fresh():
        return rn.Network([rn.Input(2), rn.BatchNorm(), rn.Dense(2)], backend=backend, seed=5)

    fitted, own, optimizer = fresh(), fresh(), rn.SGD(0.1)
    fitted.fit(X, D, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.1), epochs=5, shuffle=False)
    for _ in range(5):
        own.forward(X, training=True)
        own.loss(D, rn.HalfSquaredError())
        own.backward()
        optimizer.update(own)
        own.predict(X)
    assert running(own) == running(fitted)
    assert own.fingerprint() == fitted.fingerprint()


def test_checking_and_evaluating_leave_the_running_numbers(backend):
    net = network(backend)
    rn.gradient_check(net, X, D, rn.HalfSquaredError(), training=True)
    net.evaluate(X, D)
    net.predict(X)
    assert running(net) == {"mean": [0.0, 0.0], "variance": [1.0, 1.0]}


def test_nan_and_infinity_stay_in_their_column(k):
    x = k.matrix([[1.0, NAN], [3.0, 1.0]])
    means = k.tolist(k.column_means(x))
    same(means, [[2.0, NAN]])
    same(k.tolist(k.column_variances(x, k.matrix(means))), [[1.0, NAN]])
    same(k.tolist(k.deviations(k.matrix([[-1.0, 0.0, INF]]), 0.0)), [[NAN, 0.0, INF]])


BAD = [
    (lambda: rn.BatchNorm(momentum=1.0), ValueError, "momentum: 1.0; allowed: finite numbers >= 0 and < 1"),
    (lambda: rn.BatchNorm(momentum=-0.1), ValueError, "momentum: -0.1; allowed: finite numbers >= 0 and < 1"),
    (lambda: rn.BatchNorm(momentum=None), TypeError, "momentum: None is a NoneType; allowed: numbers >= 0 and < 1"),
    (lambda: rn.BatchNorm(eps=0), ValueError, "eps: 0; allowed: finite numbers > 0"),
    (lambda: rn.BatchNorm(eps=NAN), ValueError, "eps: nan; allowed: finite numbers > 0"),
]  # fmt: skip


@pytest.mark.parametrize("make, kind, message", BAD)
def test_bad_settings_are_refused(make, kind, message):
    refused_with(make, kind, message.split("; allowed: "))


def test_columns_are_standardised_with_numbers_that_are_not_trained(backend):
    net = rn.Network([rn.Input(2), rn.Standardize([1.0, 1.0], [4.0, 0.5])], backend=backend)
    assert net.forward([[3.0, -1.0], [1.0, 1.25]], training=True) == [[0.5, -4.0], [0.0, 0.5]]
    assert net.backward([[1.0, 1.0], [-2.0, 0.25]], input_gradient=True) == [[0.25, 2.0], [-0.5, 0.5]]
    assert net.parameters == {} and net.predict([[5.0, 1.0]]) == [[1.0, 0.0]]
