"""Is a neuron a network of one unit? Its outputs and numbers, and what it refuses."""

import copy

import pytest

import refnet as rn
from refnet.arithmetic import elementary
from refnet.neurons import Neuron


@pytest.mark.parametrize(("activation", "f"), [
    ("sigmoid", elementary.sigmoid), ("tanh", elementary.tanh), ("linear", lambda z: z),
    ("relu", lambda z: max(z, 0.0)), (rn.LeakyReLU(0.5), lambda z: z if z >= 0.0 else 0.5 * z),
])  # fmt: skip
def test_the_formula(activation, f, backend):
    neuron = Neuron([0.5, -0.25], 0.1, copy.copy(activation), backend)
    for x1, x2 in [(1.0, 2.0), (-3.0, 0.5), (0.0, 0.0)]:
        z = 0.1 + 0.5 * x1 + -0.25 * x2
        assert neuron.net_input([x1, x2]) == z and neuron([x1, x2]) == f(z)
        assert neuron.network.forward([[x1, x2]]) == [[f(z)]]


def test_its_numbers_can_be_set(backend):
    neuron = Neuron([1, 2], backend=backend)
    assert (neuron.weights, neuron.bias) == ([1.0, 2.0], 0.0)
    neuron.weights, neuron.bias = [0.5, -1.0], 3
    assert neuron.net_input([2.0, 1.0]) == 3.0 and neuron.network.weights == [[[0.5, -1.0]]]
    assert repr(neuron) == "Neuron(weights=[0.5, -1.0], bias=3.0)"


def test_the_first_lines_of_the_room():
    known = {}
    _, *rest = rn.neurons.__doc__.splitlines()  # whose indentation Python 3.13 takes away
    lines = [line.strip() for line in rest if line.strip()]
    exec(lines[0], known)
    found = [eval(line, known) for line in lines[1:]]
    assert found[0] == elementary.tanh(0.1 + 0.5 * 1.0 + -0.25 * 2.0)
    assert [round(o) for _, o in found[1]] == [1, 0, 0, 1] and found[2].converged and 72.1 < found[3] < 72.2


@pytest.mark.parametrize(("arguments", "error", "names"), [
    (([],), TypeError, r"weights: \[\]; allowed: a list"), ((3.0,), TypeError, "weights: 3.0"),
    (("ab",), TypeError, "weights: 'ab'"), (([1.0, float("nan")],), ValueError, r"weights\[1\]: nan"),
    (([[1.0]],), TypeError, r"weights\[0\]: \[1.0\]"), (([1.0], None), TypeError, "bias: None"),
    (([1.0], 0.0, "foo"), ValueError, "activation: 'foo'"),
    (([1.0], 0.0, rn.Tanh), TypeError, "activation: .*allowed: a name such as 'tanh', or a layer"),
    (([1.0], 0.0, "tanh", "cuda"), ValueError, "backend: 'cuda'"),
])  # fmt: skip
def test_what_is_refused(arguments, error, names):
    with pytest.raises(error, match=names):
        Neuron(*arguments)


def test_what_is_refused_later():
    neuron = Neuron([1.0, 2.0])
    with pytest.raises(ValueError, match="weights"):
        neuron.weights = [1.0]
    with pytest.raises(TypeError, match="bias"):
        neuron.bias = [1.0]
    with pytest.raises(ValueError, match="inputs"):
        neuron([1.0])
    assert (neuron.weights, neuron.bias) == ([1.0, 2.0], 0.0)
