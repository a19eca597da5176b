"""Is the distance from the truth the true one? Exact sums by hand, numbers that are exact, a known error."""

import math
import sys
from fractions import Fraction

import pytest

import refnet as rn
from refnet.kernels import REFERENCE
from refnet.trace import tolerance

pytest.importorskip("mpmath")
X = [[0.1, -0.7, 0.3], [0.9, 0.2, -0.4]]
WEIGHTS, BIASES = [[0.3, 0.11, -0.7], [0.5, -0.9, 0.01]], [0.7, -0.3]


def of(table, name, step=1):
    return next(each for each in table if (each.step, each.name) == (step, name))


def test_a_net_input_against_fractions(backend):
    net = rn.Network([rn.Input(3), rn.Dense(2), rn.ReLU()], backend=backend)
    net.weights, net.biases = [WEIGHTS], [BIASES]
    errors = []
    for row, zs in zip(X, REFERENCE.affine(X, WEIGHTS, [BIASES])):
        for unit, bias, z in zip(WEIGHTS, BIASES, zs):
            truth = Fraction(bias)
            for w, x in zip(unit, row):
                truth += Fraction(w) * Fraction(x)
            errors.append(float(abs(truth - Fraction(z)) / Fraction(math.ulp(float(truth)))))
    errors.sort()
    found = of(tolerance(net, X), "dense1.z")
    assert found.numbers == 4 and found.largest == pytest.approx(errors[-1], rel=1e-12)  # mpmath has 60 digits
    assert found.median == pytest.approx(errors[2], rel=1e-12) and errors[-1] > 0.3
    assert (found.own, found.own_median) == (found.largest, found.median)  # its operands were given
    assert of(tolerance(net, X), "input.o") == (1, "input.o", 6, 0.0, 0.0, None, None)


def test_exact_numbers_have_no_error():
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python")
    net.weights, net.biases = [[[0.5, -0.25]]], [[1.0]]
    table = tolerance(net, [[2.0, 4.0], [1.0, 3.0]], [[0.0], [1.0]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.5))
    assert {each.largest for each in table} == {0.0}
    net.weights = [[[0.5, 1.0 / 3.0]]]
    table = tolerance(net, [[2.0, 4.0]], [[0.0]], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.5))
    assert 0.0 < of(table, "dense1.z").largest <= 0.5  # 4 times this third is exact, and 2 more is not


def test_errors_add_up_along_the_run(backend):
    """A kernel's own error is that of one call; the run has those of all before, and steps make it larger."""
    layers = [rn.Input(3), rn.Dense(8), rn.Sigmoid(), rn.Dense(8), rn.Tanh(), rn.Dense(3), rn.Softmax()]
    net = rn.Network(layers, backend=backend, seed=1)
    table = tolerance(net, X, [0, 2], optimizer=rn.SGD(0.5), steps=8)
    for name in ("sigmoid1.o", "tanh1.o", "softmax1.o"):
        assert of(table, name).own <= 2.5 + 1.0 and of(table, name, 8).own <= 2.5 + 1.0  # refnet's functions: 2.5 ulp
    assert of(table, "dense1.weights.new").own <= 1.5  # a product and a difference; the weight may lose a binade
    assert of(table, "dense2.weights.new", 8).largest > of(table, "dense2.weights.new").largest
    assert of(table, "dense2.weights.new", 8).largest > 4.0 * of(table, "dense2.weights.new", 8).own


def test_every_layer_and_optimizer_can_be_measured():
    x = rn.Input(3)
    h = rn.GELU()(rn.BatchNorm()(rn.Dense(4, bias=False, penalty=rn.L2(0.1))(x)))
    joined = rn.Add()(h, rn.Dropout(0.5)(h), rn.Softplus()(rn.Dense(4)(x)), rn.ELU()(rn.Dense(4)(x)))
    net = rn.Network(rn.Softmax()(rn.Dense(3, constraint=rn.MaxNorm(1.0))(joined)), seed=4)
    for optimizer in (rn.Adam(0.1, clip=rn.ClipNorm(0.1)), rn.Nadam(0.1), rn.Adadelta(1.0), rn.Nesterov(0.1)):
        table = tolerance(net, [*X, [0.0, 1.0, -2.0]], [0, 1, 2], optimizer=optimizer, steps=2)
        assert [each for each in table if not math.inf > each.largest >= each.median >= 0.0] == []
        assert of(table, "softmax1.o").own < 4.0


def test_edges():
    """Beyond the range of binary64 the truth is infinite or no number, as refnet's is."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid()], "python")
    net.weights = [[[1e308, 1e308], [1.0, 0.0]]]
    table = tolerance(net, [[10.0, 10.0], [-740.0, 0.0], [math.nan, 1.0]])
    assert of(table, "dense1.z").largest == 0.0
    assert 80.0 < of(table, "sigmoid1.o").largest < 90.0  # 1/(1 + e^740) is 0 in refnet; the truth is subnormal


def test_the_table():
    net = rn.Network([rn.Input(3), rn.Dense(2)], seed=1)
    head, *lines = str(tolerance(net, X)).splitlines()
    assert head.split() == ["step", "name", "numbers", "largest", "ulp", "median", "of", "its", "own", "call", "median"]
    assert [line.split()[1] for line in lines] == ["dense1.weights", "dense1.bias", "input.o", "dense1.z"]
    assert lines[2].endswith(" 6            0       0") and lines[2].index(" 6") + 2 == head.index("numbers") + 7


def test_bad_input(monkeypatch):
    net = rn.Network([rn.Input(3), rn.Dense(2)])
    with pytest.raises(ValueError, match="digits: 10; allowed"):
        tolerance(net, X, digits=10)
    with pytest.raises(ValueError, match="inputs: "):
        tolerance(net, [[1.0]])
    with pytest.raises(TypeError, match="speed"):
        tolerance(net, X, speed=3)
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(ImportError, match=r"pip install 'refnet\[mpmath\]'"):
        tolerance(net, X)


def test_of_another_format_the_ulp_is_its_own():
    """One rounding an operation: half an ulp for each."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid()], number="binary32", backend="python", seed=1)
    found = {each.name: each for each in tolerance(net, [[0.5, 0.25]], [[1.0, 0.0]], optimizer=rn.SGD(0.125))}
    assert 0.0 < found["dense1.z"].own <= 2.5 and 0.0 < found["sigmoid1.o"].own <= 0.51
    assert found["loss"].largest < 10.0
