"""Is a network as a graph of units the network, bit for bit? Random ones, the lectures', and what they can do."""

import copy

import pytest
import random_networks

import refnet as rn
from refnet.graph import Unit, expand

X, Y = [[0.5, -1.0], [0.25, 2.0], [-0.75, 0.0]], [0, 2, 1]
PENALTY = rn.L2(0.1)


@pytest.mark.parametrize("seed", range(60))
def test_graph_reference_and_c_agree_to_the_last_bit(seed, native):
    wrong, numbers, what = random_networks.differences(seed)
    assert numbers > 30 and wrong == [], what


def test_the_random_networks_have_all_sorts_of_layers():
    kinds = set()
    for seed in range(60):
        make, *_ = random_networks.case(seed)
        kinds |= {type(layer).__name__ for layer in make("python").layers}
    assert kinds >= {"Dense", "Sigmoid", "Tanh", "ReLU", "GELU", "Softmax", "LogSoftmax", "Dropout", "BatchNorm",
                     "PReLU", "Add", "Subtract", "Multiply", "Maximum", "Concatenate"}


def classifier(backend="python", penalty=PENALTY):
    layers = [rn.Input(2), rn.Dense(3, penalty=penalty), rn.BatchNorm(), rn.Tanh(), rn.Dense(3), rn.Softmax()]
    return rn.Network(layers, backend, seed=4)


def of_a_step(net, x=X, y=Y, loss=None, training=True):
    """The loss and the gradients, as lists of rows, that the network itself gives."""
    net.forward(x, training=training)
    total = net.loss(y, loss)
    d = net.backward(input_gradient=True)
    rows = {name: value if isinstance(value[0], list) else [value] for name, value in net.gradients.items()}
    return total, {**rows, "input.o": d}


def test_golden_6(backend):
    """Lecture 003, the two-layer network."""
    layers = [rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()]
    net = rn.Network(layers, backend)
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    g = expand(net, [0.1, 0.1], [0.1], loss=rn.HalfSquaredError())
    g.loss.backward()
    assert g.values("sigmoid1.o") == [[0.5, 0.5]] and g.values("sigmoid2.o") == [[0.5]]
    assert g.gradients("dense2.z") == [[0.1]] and g.gradients("dense1.z") == [[-0.0025000000000000005,
                                                                             0.0025000000000000005]]
    assert g.loss.value == 0.5 * (0.4 * 0.4)
    assert len(g.loss.units()) == 15  # 2 inputs, 6 weights, 3 net inputs, 3 outputs, the loss


def test_names_are_those_of_a_trace():
    g = expand(classifier(), X, Y)
    assert list(g.units) == ["dense1.weights", "dense1.bias", "batchnorm1.gamma", "batchnorm1.beta", "dense2.weights",
                             "dense2.bias", "input.o", "dense1.z", "batchnorm1.o", "tanh1.o", "dense2.z", "softmax1.o"]
    assert set(g.units) <= set(rn.traced(classifier(), X, Y).only().values)
    assert g["dense1.z"][1][2].name == "dense1.z[1][2]" and g["dense1.weights"][2][0].label == "dense1.weights[2][0]"
    assert g.outputs is g["softmax1.o"] and all(isinstance(each, Unit) for row in g.outputs for each in row)


def test_it_is_the_step_that_a_trace_writes_down(backend):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Dropout(0.4), rn.Dense(3), rn.Softmax()], backend, seed=3)
    trace, g = rn.traced(net, X, Y), expand(net, X, Y)
    g.loss.backward()
    assert trace["loss"] == [[g.loss.value]] and g.values("dropout1.o") == trace["dropout1.o"] != trace["dense1.z"]
    for name in ("dense1.weights", "dense2.weights", "dense2.bias"):
        assert g.gradients(name) == trace[f"{name}.gradient"]
    assert expand(net, X).values("dropout1.o") == rn.traced(net, X)["dense1.z"]


def test_before_backward_there_are_no_gradients():
    g = expand(classifier(), X, Y)
    assert g.gradients("dense2.bias") == [[None] * 3]
    g.loss.backward()
    assert g.gradients("softmax1.o") == [[None] * 3] * 3  # the loss is fused with it: as in net.deltas
    assert g.gradients("dense2.z") != [[None] * 3] * 3


def test_the_network_stays_as_it_is(backend):
    net = classifier(backend)
    net.fit(X, Y, epochs=2, batch_size=3, optimizer=rn.Adam(0.1))
    net.forward(X)
    before = net.fingerprint(), net.activations, net.objective
    g = expand(net, X, Y, loss=rn.CrossEntropy(over="sum"), training=True)
    g.loss.backward()
    g["dense1.weights"][0][0].value = 9.0
    g.loss.forward()
    assert (net.fingerprint(), net.activations, net.objective) == before and net.backend == backend


@pytest.mark.parametrize("training", [False, True])
def test_new_values_in_the_leaves(training):
    net, g = classifier(), expand(classifier(), X, Y, training=training)
    net.set("dense1.weights", [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]])
    net.set("batchnorm1.gamma", [0.5, 1.5, -1.0])
    for name in ("dense1.weights", "batchnorm1.gamma"):
        rows = net.get(name)
        for row, numbers in zip(g[name], rows if isinstance(rows[0], list) else [rows]):
            for unit, value in zip(row, numbers):
                unit.value = value
    x = [[1.0, 2.0], [0.5, -0.5], [3.0, 0.0]]
    for row, numbers in zip(g["input.o"], x):
        for unit, value in zip(row, numbers):
            unit.value = value
    total, gradients = of_a_step(net, x, training=training)
    assert g.loss.forward() == total
    g.loss.backward()
    assert {name: g.gradients(name) for name in gradients} == gradients


def test_a_copy_of_a_graph_is_apart():
    g = expand(classifier(), X, Y, training=True)
    twin = copy.deepcopy(g)
    twin["dense1.weights"][0][0].value = 2.0
    assert twin.loss.forward() != g.loss.value
    g.loss.backward()  # layers keep numbers for backward: those of the copy are in them now
    total, gradients = of_a_step(classifier(), training=True)
    assert g.loss.value == total and {name: g.gradients(name) for name in gradients} == gradients


def test_one_output_alone(backend):
    """∂o/∂w of a single output is what backward makes of a gradient that is 1 there."""
    net = classifier(backend, None)
    net.forward(X)
    d = net.backward([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], input_gradient=True)
    g = expand(net, X)
    assert g.loss is None
    g.outputs[1][1].backward()
    assert g.gradients("dense1.weights") == net.gradients["dense1.weights"] and g.gradients("input.o") == d


def test_several_inputs_and_outputs(backend):
    a, b = rn.Input(2), rn.Input(1)
    h = rn.Tanh()(rn.Dense(3)(rn.Concatenate()(a, b)))
    net = rn.Network([rn.Softmax()(rn.Dense(2)(h)), rn.Dense(1)(h)], backend, seed=2)
    x, y = [[[0.1, 0.2], [0.3, 0.4]], [[1.0], [-1.0]]], [[0, 1], [0.5, 0.25]]
    loss = rn.MultiTask([rn.CrossEntropy(), rn.HalfSquaredError()], [1.0, 0.3])
    net.forward(x)
    total = net.loss(y, loss)
    d = net.backward(input_gradient=True)
    g = expand(net, x, y, loss=loss)
    g.loss.backward()
    assert g.loss.value == total and [g.gradients("input1.o"), g.gradients("input2.o")] == d
    assert len(g.outputs) == 2 and g.gradients("dense1.weights") == net.gradients["dense1.weights"]


class Cube(rn.layers.Layer):
    """A user's own layer, o = z³, which keeps what it likes."""

    def forward(self, x, training=False):
        self.z = x
        return self.k.multiply(x, self.k.multiply(x, x))

    def backward(self, d, input_gradient=True):
        return self.k.multiply(d, self.k.scale(self.k.multiply(self.z, self.z), 3.0))


def test_a_layer_of_one_s_own(backend):
    def net(backend):
        return rn.Network([rn.Input(2), rn.Dense(3), Cube(), rn.Dense(3), rn.Softmax()], backend, seed=1)

    total, gradients = of_a_step(net(backend))
    g = expand(net(backend), X, Y)
    g.loss.backward()
    assert g.loss.value == total and {name: g.gradients(name) for name in gradients} == gradients
    element = g["cube1.o"][0][0]
    (whole,) = element.operands
    assert repr(whole).startswith("<cube1 = cube(dense1.z[0][0], ") and "[0][0] = cube1[0][0] = " in repr(element)
    with pytest.raises(TypeError, match="cube1 is a whole layer"):
        whole.backward()


@pytest.mark.parametrize(("wrong", "error", "names"), [
    (lambda net: expand(net, [[1.0]]), ValueError, "inputs"),
    (lambda net: expand(net, X, [0, 1]), ValueError, "targets"),
    (lambda net: expand(net, X, Y, loss=rn.BinaryCrossEntropy), TypeError, "loss"),
    (lambda net: expand("net", X), TypeError, "network: 'net'"),
    (lambda net: expand(net, X, Y, training=2), ValueError, "training: 2"),
    (lambda net: expand(net, X)["dense1.weigths"], KeyError, "did you mean dense1.weights"),
    (lambda net: expand(net, X).values(3), KeyError, "there are: dense1.weights"),
])  # fmt: skip
def test_what_is_refused(wrong, error, names):
    with pytest.raises(error, match=names):
        wrong(classifier())


def test_other_formats_are_refused():
    """Units compute in binary64; without a word the graph would have other bits than the network."""
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(3), rn.Softmax()], number="binary32")
    with pytest.raises(ValueError, match=r"^network: it computes in binary32, and units in binary64; copy"):
        expand(net, X, Y)
    assert expand(copy.deepcopy(net).to(number="binary64"), X, Y)
