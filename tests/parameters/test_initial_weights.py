"""Are initial weights the initializers' formulas, draw by draw, on both backends?"""

import copy
import math
import pickle

import pytest
from kernel_helpers import same

import refnet as rn
from refnet.arithmetic.random import normal as standard_normal
from refnet.arithmetic.random import stream_key, uniform
from refnet.arithmetic.streams import INITIALIZE_STREAM

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]

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


# --- Numbers in place of an initializer ---


class Gain(rn.Layer):
    """A user's own layer: o = z·gain, with one gain for all."""

    def __init__(self, initial, penalties=()):
        super().__init__()
        self.parameters["gain"] = rn.Parameter(initial, is_row=True, penalties=penalties)

    def parameter_shape(self, name):
        return (1, 1)

    def forward(self, x, training=False):
        self.x = x
        return self.k.scale(x, self.k.tolist(self.parameters["gain"].value)[0][0])


class Late(Gain):
    """The same, with a parameter that is made of a matrix when the layer is built."""

    def build(self, inputs, k, keys=None):
        self.parameters = {"gain": rn.Parameter(k.matrix([[2.0]]), is_row=True)}
        super().build(inputs, k)


def arrays():
    numpy = pytest.importorskip("numpy")
    return [numpy.array([2.0]), numpy.array([[2.0]]), numpy.array([2.0], dtype="float32")]


@pytest.mark.parametrize("how", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))], ids=["copy", "pickle"])
def test_a_network_that_starts_from_arrays_is_copied(backend, how):
    """Also one whose parameter was made of a backend's own matrix."""
    for layer in (Late(0.0), *map(Gain, arrays())):
        net = rn.Network([rn.Input(2), layer], backend=backend)
        assert how(net).forward([[1.0, -3.0]]) == net.forward([[1.0, -3.0]]) == [[2.0, -6.0]]


def test_an_array_that_changes_later_changes_no_weight(backend):
    (_, array, _) = arrays()
    layer = Gain(array)
    array[0, 0] = 5.0
    assert rn.Network([rn.Input(1), layer], backend=backend).get("gain1.gain") == [2.0]


@pytest.mark.parametrize("initial", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]]])
def test_numbers_of_another_shape_are_refused(backend, initial):
    with pytest.raises(ValueError, match=r"^(gain1\.gain: .*; expected \(1, 1\)|initial: )"):
        rn.Network([rn.Input(2), Gain(initial)], backend=backend)


def test_a_penalty_of_another_shape_is_refused_whatever_the_start(backend):
    for initial in (2.0, [2.0], rn.Normal()):
        with pytest.raises(ValueError, match=r"lam: .*\(1, 2\); expected \(1, 1\)"):
            rn.Network([rn.Input(2), Gain(initial, (rn.L2([[0.1, 0.2]]),))], backend=backend)


@pytest.mark.parametrize("initial", ["x", None, {"a": 1.0}, [], [[]], [None]])
def test_what_is_not_numbers_is_refused(initial):
    with pytest.raises((TypeError, ValueError), match=r"^initial: "):
        rn.Parameter(initial, is_row=True)


def test_a_lack_of_memory_names_the_parameter(backend):
    class Greedy(rn.Initializer):
        def __call__(self, k, key, units, inputs):
            raise MemoryError

    with pytest.raises(MemoryError, match=r"dense2\.weights: not enough memory for 4,000 × 3 numbers"):
        rn.Network([rn.Input(2), rn.Dense(3), rn.Dense(4000, weights=Greedy())], backend=backend)


def test_a_matrix_without_memory_says_how_large_it_is(native):
    with pytest.raises(MemoryError, match="1,000,000,000,000,000 numbers, 8,000,000,000,000,000 bytes"):
        native.zeros(10**6, 10**9)
