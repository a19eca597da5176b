"""Does what is frozen stay as it is, and does everything else train as before, with the same bits on both backends?"""

import copy
import pickle
import warnings

import pytest
from file_helpers import contents, refused, rewrite
from spies import Spy

import refnet as rn
from refnet import load, save

X = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5], [1.0, 1.0]]
Y = [[0.5, 1.0], [1.0, -0.5], [-0.25, 0.0], [0.75, 2.0], [0.0, 1.0]]


def network(backend, **dense):
    """2-3-3-2 with a layer of every class that has parameters; the second Dense gets the settings."""
    return rn.Network([rn.Input(2), rn.Dense(3), rn.BatchNorm(), rn.PReLU(), rn.Dense(3, **dense), rn.Tanh(),
                       rn.Dense(2)], backend=backend, seed=3)


def numbers(net):
    return {name: net.get(name) for name in net.parameters}


def changed(net, before):
    return [name for name, values in numbers(net).items() if values != before[name]]


def train(net, epochs=3, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "trained step by step, not replayed" above all
        return net.fit(X, Y, epochs=epochs, batch_size=2, **{"loss": rn.HalfSquaredError(), **settings})


def test_by_hand(backend):
    """o = w·x + b = 2·3 + 1, y = 5: δ = 2, so b ← 1 − ¼·2 while w stays."""
    net = rn.Network([rn.Input(1), rn.Dense(1, weights=[[2.0]], biases=[1.0])], backend=backend)
    net.parameters["dense1.weights"].trainable = False
    assert net.forward([[3.0]], training=True) == [[7.0]] and net.loss([[5.0]], rn.HalfSquaredError()) == 2.0
    net.backward()
    assert net.gradients == {"dense1.bias": [2.0]}
    rn.SGD(0.25).update(net)
    assert numbers(net) == {"dense1.weights": [[2.0]], "dense1.bias": [0.5]}
    net.layers[1].trainable = True
    net.forward([[3.0]], training=True)
    net.loss([[6.0]])
    net.backward()
    assert net.gradients == {"dense1.weights": [[1.5]], "dense1.bias": [0.5]}


WAYS = {
    "a layer": (["dense2.weights", "dense2.bias"], lambda net: setattr(net.layers[4], "trainable", False)),
    "a bias": (["dense2.bias"], lambda net: setattr(net.parameters["dense2.bias"], "trainable", False)),
    "weights": (["dense1.weights"], lambda net: setattr(net.parameters["dense1.weights"], "trainable", False)),
    "slopes": (["prelu1.slope"], lambda net: setattr(net.layers[3], "trainable", False)),
    "a batch normalisation": (["batchnorm1.gamma", "batchnorm1.beta"],
                              lambda net: setattr(net.layers[2], "trainable", False)),
    "the first layers": (["dense1.weights", "dense1.bias", "batchnorm1.gamma", "batchnorm1.beta", "prelu1.slope"],
                         lambda net: [setattr(layer, "trainable", False) for layer in net.layers[:4]]),
    "everything": (["dense1.weights", "dense1.bias", "batchnorm1.gamma", "batchnorm1.beta", "prelu1.slope",
                    "dense2.weights", "dense2.bias", "dense3.weights", "dense3.bias"],
                   lambda net: [setattr(layer, "trainable", False) for layer in net.layers]),
}
OPTIMIZERS = {
    "SGD": lambda: rn.SGD(0.1, weight_decay=0.1), "Nesterov": lambda: rn.Nesterov(0.1, weight_decay=0.1),
    "AdamW": lambda: rn.AdamW(0.1), "clip": lambda: rn.Momentum(0.1, clip=rn.ClipNorm(0.1)),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_frozen_stays_and_the_rest_trains(way, optimizer, native, tmp_path):
    """Also replayed in C, and with a file in the middle."""
    frozen, freeze = WAYS[way]
    prints = []
    for backend in ("python", "c"):
        net = network(backend, constraint=rn.MaxNorm(0.1), penalty=rn.L1(0.1))
        before = numbers(net)
        freeze(net)
        assert sorted(net.trainable_parameters) == sorted(set(net.parameters) - set(frozen))
        history = train(net, optimizer=OPTIMIZERS[optimizer](), penalty=rn.L2(0.1))
        save(net, tmp_path / "net")
        loaded = load(tmp_path / "net", backend)
        assert list(loaded.trainable_parameters) == list(net.trainable_parameters)
        for each in (net, loaded):
            train(each)
        assert net.fingerprint() == loaded.fingerprint()
        assert sorted(changed(net, before)) == sorted(net.trainable_parameters)
        assert set(net.gradients) == set(net.trainable_parameters)
        prints.append((history, net.fingerprint()))
    assert prints[0] == prints[1]


def test_the_constructors_say_it(backend):
    net = rn.Network([rn.Input(2), rn.Dense(3, trainable=False), rn.BatchNorm(trainable=False),
                      rn.PReLU(trainable=False), rn.Dense(2)], backend=backend)
    assert list(net.trainable_parameters) == ["dense2.weights", "dense2.bias"]
    assert [layer.trainable for layer in net.layers] == [False, False, False, False, True]


@pytest.mark.parametrize("make", [
    lambda value: rn.Dense(2, trainable=value), lambda value: rn.PReLU(trainable=value),
    lambda value: rn.BatchNorm(trainable=value), lambda value: rn.Parameter(trainable=value),
    lambda value: setattr(rn.Dense(2), "trainable", value),
    lambda value: setattr(rn.Dense(2).parameters["bias"], "trainable", value),
])
@pytest.mark.parametrize("value", [1, None, "no", 0.0])
def test_it_is_true_or_false(make, value):
    with pytest.raises(ValueError, match=r"trainable: .*; allowed: True, False"):
        make(value)


def test_nothing_is_computed_before_the_first_layer_that_trains(k):
    spy = Spy(k)
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(3), rn.Tanh(), rn.Dense(2)], backend=spy)
    for first, weights, inputs in ((0, 3, 2), (2, 2, 1), (4, 1, 0)):
        for layer in net.layers[:first]:
            layer.trainable = False
        net.forward(X)
        net.loss(Y)
        spy.calls.clear()
        net.backward()
        assert spy.called.count("affine_backward_weights") == weights
        assert spy.called.count("affine_backward_input") == spy.called.count("tanh_backward") == inputs


def test_a_frozen_layer_between_others_lets_the_gradient_through(backend):
    net, plain = network(backend), network(backend)
    net.layers[4].trainable = False
    for each in (net, plain):
        each.forward(X, training=True)
        each.loss(Y, rn.HalfSquaredError())
        each.backward()
    assert net.gradients == {name: g for name, g in plain.gradients.items() if not name.startswith("dense2.")}


def test_penalties_leave_it_alone(backend):
    net = network(backend, penalty=rn.L2(0.5))
    net.forward(X)
    net.loss(Y, rn.HalfSquaredError())
    assert net.penalty_cost() > 0.0
    net.layers[4].trainable = False
    assert net.penalty_cost() == 0.0


def test_the_norm_of_the_gradient_is_that_of_the_others(backend):
    """‖(3, 4)‖ = 5 is cut to 1; the frozen bias with its gradient of 1 is not in it."""
    net = rn.Network([rn.Input(2), rn.Dense(1, weights=[[0.0, 0.0]], biases=[1.0])], backend=backend)
    net.parameters["dense1.bias"].trainable = False
    net.forward([[3.0, 4.0]], training=True)
    net.loss([[0.0]], rn.HalfSquaredError())
    net.backward()
    rn.SGD(1.0, clip=rn.ClipNorm(1.0)).update(net)
    assert net.weights == [[[0.0 - 3.0 * (1.0 / 5.0), 0.0 - 4.0 * (1.0 / 5.0)]]]


def running(net):
    return [net.k.tolist(matrix) for matrix in net.layers[2].buffers.values()]


def test_a_frozen_batch_normalisation_is_a_fixed_function(backend):
    net = network(backend)
    train(net)
    before = running(net)
    net.layers[2].trainable = False
    trained, predicted = (net.forward(X, training) for training in (True, False))
    assert trained == predicted
    train(net)
    assert running(net) == before
    net.layers[2].trainable = True
    net.parameters["batchnorm1.gamma"].trainable = False  # one of two: the layer is not frozen
    assert net.forward(X, training=True) != net.forward(X)
    train(net)
    assert running(net) != before


@pytest.mark.parametrize("use", [2, 4])
def test_shared_weights_are_frozen_in_all_their_uses(use, native):
    prints = []
    for backend in ("python", "c"):
        layer, a = rn.Dense(2, penalty=rn.L2(0.1)), rn.Input(2)
        net = rn.Network(rn.Dense(2)(layer(rn.Tanh()(layer(rn.Dense(2)(a))))), backend=backend, seed=1)
        before = numbers(net)
        assert [each.name for each in net.layers] == ["input", "dense1", "dense2", "tanh1", "dense3", "dense4"]
        net.layers[use].trainable = False
        twin = pickle.loads(pickle.dumps(copy.deepcopy(net)))
        for each in (net, twin):
            assert not net.layers[2].trainable and not net.layers[4].trainable
            train(each)
            assert changed(each, before) == ["dense1.weights", "dense1.bias", "dense4.weights", "dense4.bias"]
        assert net.fingerprint() == twin.fingerprint()
        twin.layers[6 - use].trainable = True
        assert list(twin.trainable_parameters) == list(twin.parameters)
        prints.append(net.fingerprint())
    assert prints[0] == prints[1]


def test_frozen_and_thawed_between_epochs(native):
    """A recorded step is recorded anew. Momentum goes on from where it stood."""
    prints = []
    for backend in ("python", "c"):
        net = network(backend)

        def change(report, net=net):
            if report.finished:
                net.layers[4].trainable = report.epoch not in (2, 3)
                net.parameters["dense1.bias"].trainable = report.epoch != 4

        train(net, epochs=7, optimizer=rn.Momentum(0.05), report=change)
        prints.append(net.fingerprint())
    assert prints[0] == prints[1]


def test_frozen_between_the_steps_of_a_loop_of_ones_own(native):
    prints = []
    for backend in ("python", "c"):
        net, optimizer = network(backend), rn.Adam(0.05)
        for step in range(12):
            net.layers[1].trainable = step % 4 < 2
            net.parameters["dense3.bias"].trainable = step % 3 > 0
            net.forward(X, training=True)
            net.loss(Y, rn.HalfSquaredError())
            net.backward()
            optimizer.update(net)
        prints.append(net.fingerprint())
    assert prints[0] == prints[1]


def test_nesterov_refuses_a_change_in_the_middle_of_a_step(backend):
    """It has moved weights ahead, and would leave those that are frozen now there."""
    net, optimizer = network(backend), rn.Nesterov(0.1)
    train(net, optimizer=optimizer)
    before = numbers(net)
    optimizer.before_forward(net)
    net.forward(X, training=True)
    net.loss(Y)
    net.backward()
    net.layers[1].trainable = False
    with pytest.raises(ValueError, match=r"trainable has changed since before_forward.*abandon"):
        optimizer.update(net)
    optimizer.abandon(net)
    assert numbers(net) == before


@rn.register
class Stretch(rn.Layer):
    """A user's own layer, one of whose parameters starts frozen: o = x·gain + shift."""

    def __init__(self):
        super().__init__()
        self.parameters = {"gain": rn.Parameter(2.0, is_row=True, trainable=False),
                           "shift": rn.Parameter(0.0, is_row=True)}

    def forward(self, x, training=False):
        self.x = x
        return self.k.scale_and_shift(x, self.parameters["gain"].value, self.parameters["shift"].value)

    def backward(self, d, input_gradient=True):
        self.parameters["gain"].gradient = self.k.column_sums(self.k.multiply(d, self.x))
        self.parameters["shift"].gradient = self.k.column_sums(d)
        return self.k.scale_and_shift(d, self.parameters["gain"].value)


def test_a_parameter_of_a_users_own_layer(backend, path):
    net = rn.Network([rn.Input(2), Stretch(), rn.Dense(2)], backend=backend)
    train(net)
    assert net.get("stretch1.gain") == [2.0, 2.0] != net.get("stretch1.shift") and "stretch1.gain" not in net.gradients
    net.layers[1].trainable = True
    save(net, path)
    assert list(load(path, backend).trainable_parameters) == list(net.parameters)


@pytest.mark.parametrize("frozen, message", [
    (["dense9.bias"], r"^frozen\[0\]: 'dense9.bias'; expected the name of a parameter"),
    (["dense1.bias", "dense1.bias"], r"^frozen\[1\]: 'dense1.bias'; expected the name of a parameter, once"),
    ([1], r"^frozen\[0\]: 1; expected"), (None, "^frozen: None; expected a list"), ({}, "^frozen: {}; expected a list"),
])
def test_a_file_with_other_names_is_refused(path, frozen, message):
    save(network("python"), path)
    rewrite(path, {**contents(path), "frozen": frozen})
    refused(path, message)


def test_checks_and_initial_weights_leave_it_out(backend):
    net = network(backend)
    for name in ("dense1.weights", "dense2.weights"):
        net.parameters[name].trainable = False
    before = numbers(net)
    assert rn.gradient_check(net, X, Y, rn.HalfSquaredError()) < 1e-6  # for the reason see test_gradient_check
    assert list(rn.lsuv(net, X)) == ["dense3"] and changed(net, before) == ["dense3.weights"]
    statistics = rn.LayerStatistics(X, Y)
    train(net, callbacks=statistics)
    net.layers[4].trainable = False
    train(net, callbacks=statistics)
    assert "gradient" in statistics.lines[0]["dense2"] and "gradient" not in statistics.lines[-1]["dense2"]
    for layer in net.layers:
        layer.trainable = False
    with pytest.raises(ValueError, match="gradient_check: all parameters are frozen"):
        rn.gradient_check(net, X, Y)
