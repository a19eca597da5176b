"""What do activity penalties add to the loss and to the gradient of the hidden units' outputs?"""

import math
import warnings

import pytest
from refusals import refused_with

import refnet as rn
from refnet import load, save

INF, NAN = math.inf, math.nan
OUTPUTS = [[0.5, -2.0], [0.0, 1.5]]
D = [[1.0, 2.0], [-0.5, 0.25]]


def network(layer, backend):
    return rn.Network([rn.Input(2), layer], backend=backend)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind, cost, gradient", [
    # λ/m = 1/4: the sum of magnitudes is 4; a sign each, none at 0
    ("L1", 1.0, [[1.25, 1.75], [-0.5, 0.5]]),
    # the sum of squares is 0.25 + 4 + 0 + 2.25 = 6.5; 2λ/m · o = o/2
    ("L2", 1.625, [[1.25, 1.0], [-0.5, 1.0]]),
])  # fmt: skip
def test_an_activity_penalty_by_hand(backend, training, kind, cost, gradient):
    net = network(rn.ActivityPenalty(0.5, kind), backend)
    assert net.forward(OUTPUTS, training) == OUTPUTS
    assert net.layers[1].cost() == cost
    assert net.backward(D, input_gradient=True) == gradient


def test_a_sparsity_target_by_hand(backend):
    """Mean activities ½ and ¼ for a target of ¼: KL = ¼ ln ½ + ¾ ln 3/2 for the first unit, 0 for the second."""
    net = network(rn.KLSparsity(target=0.25, weight=3.0), backend)
    outputs = [[0.25, 0.125], [0.75, 0.375]]
    assert net.forward(outputs, training=True) == outputs
    divergence = 0.13081203594113694  # by mpmath, to double precision
    # 1e-15: two logarithms of at most 1 ulp, two products and a sum
    assert net.layers[1].cost() == pytest.approx(3.0 * divergence, rel=1e-15)
    # β/m = 3/2 times (¾/½ − ¼/½) = 1 and (¾/¾ − ¼/¼) = 0
    assert net.backward(D, input_gradient=True) == [[2.5, 2.0], [1.0, 0.25]]


def test_the_divergence_against_mpmath(k):
    mpmath = pytest.importorskip("mpmath")
    rho, means = 0.05, [0.01, 0.05, 0.3, 0.9]
    with mpmath.workprec(200):
        exact = mpmath.mpf(0)
        for mean in means:
            p, q = mpmath.mpf(rho), mpmath.mpf(mean)
            exact += p * mpmath.log(p / q) + (1 - p) * mpmath.log((1 - p) / (1 - q))
    # 1e-14: each quotient is rounded before its logarithm, which near 1 is off by as much as its argument
    assert k.tolist(k.kl_divergence(k.matrix([means]), rho))[0][0] == pytest.approx(float(exact), rel=1e-14)


def test_a_mean_activity_of_0_or_1_costs_infinitely_much(k):
    for mean in (0.0, 1.0):
        assert k.tolist(k.kl_divergence(k.matrix([[mean]]), 0.25)) == [[INF]]
    pulls = k.tolist(k.kl_divergence_backward(k.matrix([[0.0, 0.0]]), k.matrix([[0.0, 1.0]]), 0.25, 1.0))
    assert pulls == [[-INF, INF]]


@pytest.mark.parametrize("make", [
    lambda: rn.ActivityPenalty(0.25), lambda: rn.ActivityPenalty(0.25, "L2"), lambda: rn.KLSparsity(0.1, 0.25),
])  # fmt: skip
def test_the_loss_includes_the_cost_of_the_last_forward_pass(backend, make):
    layer = make()
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Sigmoid(), layer, rn.Dense(2)], backend=backend, seed=3)
    plain = rn.Network([rn.Input(2), rn.Dense(3), rn.Sigmoid(), rn.Dense(2)], backend=backend, seed=3)
    plain.weights, plain.biases = net.weights, net.biases
    assert layer.cost() == 0.0  # no forward pass yet
    for each in (net, plain):
        each.forward(OUTPUTS, training=True)
    cost = layer.cost()
    assert cost > 0.0
    assert net.loss(D, rn.HalfSquaredError()) == plain.loss(D, rn.HalfSquaredError()) + cost
    net.forward(OUTPUTS[:1])
    assert layer.cost() not in (cost, 0.0)  # also after another batch, and after a prediction
    net.forget()
    assert layer.cost() == 0.0


# KLSparsity needs the outputs of a Sigmoid, so the list of features cannot try it after Dense.


def sparse(backend):
    layers = [rn.Input(2), rn.Dense(3), rn.Sigmoid(), rn.KLSparsity(0.1, 0.5), rn.Dense(2)]
    return rn.Network(layers, backend=backend, seed=5)


def train(net, epochs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "trained step by step, not replayed"
        inputs, targets = OUTPUTS + D[:1], D + OUTPUTS[:1]
        net.fit(inputs, targets, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.1), epochs=epochs, batch_size=2)
    return net


def test_both_backends_train_with_a_sparsity_target_to_the_same_bits(both):
    python, c = (train(sparse(name), 6) for name in ("python", "c"))
    assert python.fingerprint() == c.fingerprint() != sparse("c").fingerprint()


def test_the_gradient_of_a_sparsity_target(backend):
    for training in (True, False):
        # 1e-6: the two-sided difference is wrong by about ε² = 1e-10 times the third derivative
        assert rn.gradient_check(sparse(backend), OUTPUTS, D, rn.HalfSquaredError(), training=training) < 1e-6


def test_a_sparsity_target_is_kept_in_files(backend, path):
    half = train(sparse(backend), 2)
    save(half, path)
    assert train(load(path, backend=backend), 3).fingerprint() == train(sparse(backend), 5).fingerprint()


def test_training_brings_the_mean_activity_to_its_target(backend):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Sigmoid(), rn.KLSparsity(0.1, 10.0)], backend=backend, seed=5)

    def activities():
        return [math.fsum(column) / 2.0 for column in zip(*net.forward(OUTPUTS))]

    before = activities()
    net.fit(OUTPUTS, [[0.5] * 3] * 2, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.1), epochs=300)
    # the squared error still pulls towards ½, by a few hundredths
    assert all(abs(mean - 0.1) < 0.05 < abs(first - 0.1) for mean, first in zip(activities(), before))


BAD = [
    (lambda: rn.ActivityPenalty(-1.0), ValueError, "lam: -1.0; allowed: finite numbers >= 0"),
    (lambda: rn.ActivityPenalty(NAN), ValueError, "lam: nan; allowed: finite numbers >= 0"),
    (lambda: rn.ActivityPenalty("1"), TypeError, "lam: '1' is a str; allowed: numbers >= 0"),
    (lambda: rn.ActivityPenalty(0.1, "L3"), ValueError, "kind: 'L3'; allowed: 'L1', 'L2'"),
    (lambda: rn.KLSparsity(0.0), ValueError, "target: 0.0; allowed: finite numbers > 0 and < 1"),
    (lambda: rn.KLSparsity(1.0), ValueError, "target: 1.0; allowed: finite numbers > 0 and < 1"),
    (lambda: rn.KLSparsity(0.1, -1.0), ValueError, "weight: -1.0; allowed: finite numbers >= 0"),
]  # fmt: skip


@pytest.mark.parametrize("make, kind, message", BAD)
def test_bad_settings_are_refused(make, kind, message):
    refused_with(make, kind, message.split("; allowed: "))
