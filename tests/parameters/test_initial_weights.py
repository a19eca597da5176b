"""Are initial weights the initializers' formulas, draw by draw, on both backends?"""

import math

import pytest
from kernel_helpers import same

import refnet as rn
from refnet.arithmetic.random import normal as standard_normal
from refnet.arithmetic.random import stream_key, uniform
from refnet.arithmetic.streams import INITIALIZE_STREAM

# --- From one backend to the other ---

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


# --- Initializers ---

INITIALIZERS = {
    "Constant": (rn.Constant(0.25), None), "Zeros": (rn.Zeros(), None),
    "Normal": (rn.Normal(0.3), 0.3 * 0.3), "Uniform": (rn.Uniform(0.6), 0.6 * 0.6 / 3.0),
    "Glorot": (rn.Glorot(), 2.0 / 150.0), "Glorot normal": (rn.Glorot("normal"), 2.0 / 150.0),
    "He": (rn.He(), 2.0 / 100.0), "He uniform": (rn.He("uniform"), 2.0 / 100.0),
    "LeCun": (rn.LeCun(), 1.0 / 100.0), "LeCun uniform": (rn.LeCun("uniform"), 1.0 / 100.0),
}


@pytest.mark.parametrize("name", list(INITIALIZERS))
def test_initial_weights_of_both_backends(both, name):
    initializer = INITIALIZERS[name][0]
    tables = [k.tolist(initializer(k, 12345, 50, 100)) for k in both]
    same(*tables)
    assert len(tables[0]) == 50 and len(tables[0][0]) == 100


@pytest.mark.parametrize("name", list(INITIALIZERS))
def test_initial_weights_by_formula(k, name):
    """Exact: σ·normal, or (u − ½)·2α, draw i·inputs + j of the key, with σ² or α²/3 the variance."""
    initializer, variance = INITIALIZERS[name]
    found = k.tolist(initializer(k, 7, 50, 100))
    values = [v for row in found for v in row]
    if variance is None:
        assert set(values) == {initializer.value}
        return
    if name in ("Normal", "Glorot normal", "He", "LeCun"):
        sigma = 0.3 if name == "Normal" else math.sqrt(variance)
        assert values == [sigma * standard_normal(7, n) for n in range(5000)]
    else:
        alpha = 0.6 if name == "Uniform" else math.sqrt(3.0 * variance)
        assert values == [2.0 * alpha * (uniform(7, n) - 0.5) for n in range(5000)]
        assert all(-alpha <= v < alpha for v in values)
        assert max(values) > 0.99 * alpha and min(values) < -0.99 * alpha
    # The standard deviation of the variance of 5000 draws is √(2/5000) = 2 %; five times that is allowed.
    assert math.isclose(math.fsum(v * v for v in values) / 5000, variance, rel_tol=0.1)


def test_each_parameter_has_a_stream_of_its_own(backend):
    def net(**more):
        return rn.Network([rn.Input(3), rn.Dense(3, biases=rn.Normal(1.0)), rn.Dense(3, biases=rn.Normal(1.0))],
                          backend=backend, **more)

    one = net(seed=4)
    tables = [*one.weights, [one.biases[0]], [one.biases[1]]]
    assert len({v for table in tables for row in table for v in row}) == 3 * 3 * 2 + 3 * 2
    same(net(seed=4).weights[0], one.weights[0])
    assert net(seed=5).weights != one.weights
    key = stream_key(4, INITIALIZE_STREAM + 3)
    same([one.biases[1]], [[standard_normal(key, n) for n in range(3)]])


def test_numbers_instead_of_an_initializer(backend):
    weights, biases = [[0.1, -0.1], [0.2, 0.3]], [0.5, -0.5]
    net = rn.Network([rn.Input(2), rn.Dense(2, weights=weights, biases=biases)], backend=backend)
    assert net.weights == [weights] and net.biases == [biases]
    with pytest.raises(ValueError, match=r"dense1\.weights: numbers of shape \(2, 2\); expected \(2, 3\)"):
        rn.Network([rn.Input(3), rn.Dense(2, weights=weights)], backend=backend)


def test_units_that_start_equal_stay_equal(backend):
    """Lectures 003, 004: with all weights equal a hidden layer is one unit, however long it is trained."""
    def train(weights):
        net = rn.Network([rn.Input(2), rn.Dense(3, weights=weights), rn.Sigmoid(),
                          rn.Dense(1, weights=rn.Constant(0.5)), rn.Sigmoid()], backend=backend, seed=2)
        net.fit(XOR, [0, 1, 1, 0], optimizer=rn.Momentum(0.5), epochs=20, batch_size=2)
        return net

    net = train(rn.Constant(0.5))
    first = net.weights[0][0]
    assert first != [0.5, 0.5]  # it has learnt
    same(net.weights[0], [first] * 3)
    assert len(set(net.biases[0])) == 1 and len(set(net.weights[1][0])) == 1
    rows = train(rn.Uniform(0.5)).weights[0]
    assert rows[0] != rows[1] != rows[2]
