"""Does every feature have a right gradient, survive a file, replay in C, and give the same bits on both backends?

The features are listed in features.py. A new feature needs one line there. The numbers of its formula are tested in
its own room.
"""

import warnings
from typing import Any, NamedTuple

import features
import pytest

import refnet as rn
from refnet import load, save
from refnet.training.replay import Replay

CASES = [
    *(("layer", name) for name in features.LAYERS),
    *(("loss", name) for name in features.LOSSES),
    *(("optimizer", name) for name in features.OPTIMIZERS),
    *(("schedule", name) for name in features.SCHEDULES),
    *(("penalty", name) for name in features.PENALTIES),
    *(("initializer", name) for name in features.INITIALIZERS),
    *(("graph", name) for name in features.GRAPHS),
    *(("fitting", name) for name in features.FITTING),
]


class Case(NamedTuple):
    """A network with the feature in it, inputs and targets, and the settings of fit."""

    network: rn.Network
    inputs: Any
    targets: Any
    settings: dict

    def train(self, epochs, network=None, without=()):
        """Minibatches of three rows and of one, so two recordings, unless the settings say otherwise."""
        settings = {name: value for name, value in self.settings.items() if name not in without}
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # "trained step by step, not replayed" above all
            network = network or self.network
            return network.fit(self.inputs, self.targets, **{"batch_size": 3, "epochs": epochs, **settings})


def made(kind, name, backend, folder=None, number=None):
    """The feature within a network 2-3-2. A graph is a whole network."""
    middle, last, penalty, weights = [rn.Tanh()], [], None, None
    inputs, targets = features.INPUTS, features.NUMBERS
    settings = {"loss": rn.HalfSquaredError(), "optimizer": rn.SGD(0.1)}
    if kind == "layer":
        middle = [features.LAYERS[name]()]
    elif kind == "loss":
        make, activations, targets = features.LOSSES[name]
        settings["loss"], last = make(), [activation() for activation in activations]
    elif kind == "optimizer":
        settings["optimizer"] = features.OPTIMIZERS[name]()
    elif kind == "schedule":
        settings["optimizer"] = rn.SGD(features.SCHEDULES[name]())
    elif kind == "penalty":
        penalty = features.PENALTIES[name]()
    elif kind == "initializer":
        weights = features.INITIALIZERS[name]()
    elif kind == "fitting":
        targets = features.CLASSES
        settings.update({"loss": rn.CrossEntropy(), **features.FITTING[name](folder)})
        last = [settings.pop("last", rn.Softmax())]
    layers: Any = [rn.Input(2), rn.Dense(3, weights=weights, penalty=penalty), *middle, rn.Dense(2), *last]
    if kind == "graph":
        make, inputs, loss, targets = features.GRAPHS[name]
        layers, settings["loss"] = make(), loss()
    return Case(rn.Network(layers, backend=backend, seed=5, number=number), inputs, targets, settings)


@pytest.mark.parametrize("number", ["binary64", "binary32"])
@pytest.mark.parametrize("kind, name", CASES)
def test_both_backends_train_to_the_same_bits_and_c_replays(kind, name, number, native, tmp_path, monkeypatch):
    recorded, record = [], Replay._record
    monkeypatch.setattr(Replay, "_record", lambda self, recording: recorded.append(record(self, recording)))
    python, c = (made(kind, name, backend, tmp_path, number) for backend in ("python", "c"))
    before = python.network.fingerprint()
    assert python.train(5) == c.train(5)
    assert python.network.fingerprint() == c.network.fingerprint() != before
    assert python.network.predict(python.inputs) == c.network.predict(c.inputs)
    assert 0 < len(recorded) < c.network.progress.step == python.network.progress.step


@pytest.mark.parametrize("kind, name", CASES)
def test_backpropagation_agrees_with_the_two_sided_difference(kind, name, backend, tmp_path):
    case = made(kind, name, backend, tmp_path)
    for training in (True, False):
        loss = case.settings["loss"]
        difference = rn.gradient_check(case.network, case.inputs, case.targets, loss, training=training)
        # 1e-6: the two-sided difference is wrong by about ε² = 1e-10 times the third derivative
        assert difference < 1e-6


@pytest.mark.parametrize("number", ["binary64", "binary32"])
@pytest.mark.parametrize("kind, name", CASES)
def test_a_file_in_the_middle_changes_nothing(kind, name, number, backend, tmp_path):
    straight, broken = (made(kind, name, backend, tmp_path, number) for _ in range(2))
    straight.train(epochs=5)
    broken.train(epochs=2)
    save(broken.network, tmp_path / "half.refnet")
    network = load(tmp_path / "half.refnet", backend=backend)
    # Rows, their weights, validation and metrics are given again; everything else is in the file.
    broken.train(3, network, without=("loss", "optimizer", "penalty", "callbacks"))
    assert network.fingerprint() == straight.network.fingerprint()


@pytest.mark.parametrize("name", ["sample_weight", "class_weight", "sample_weight, class_weight"])
def test_weights_of_rows_are_in_the_loss_and_in_its_gradient(name, backend, tmp_path):
    """Against the two-sided difference of fit's loss, because gradient_check does not know weights of rows."""

    def fitted(parameter=None, shift=0.0):
        case = made("fitting", name, backend, tmp_path)
        if parameter:
            values = case.network.get(parameter)
            (values[0] if isinstance(values[0], list) else values)[0] += shift
            case.network.set(parameter, values)
        case.settings["batch_size"] = 4  # one step: its loss and its gradients are those of the weights before it
        return case.train(1)["loss"][0], case.network

    _, network = fitted()
    plain = made("loss", "CrossEntropy", backend)
    plain.settings["batch_size"] = 4
    plain.train(1)
    for parameter, gradient in network.gradients.items():
        first = gradient[0][0] if isinstance(gradient[0], list) else gradient[0]
        other = plain.network.gradients[parameter]
        assert first != (other[0][0] if isinstance(other[0], list) else other[0])
        difference = (fitted(parameter, 1e-5)[0] - fitted(parameter, -1e-5)[0]) / 2e-5
        # 1e-9: ε² = 1e-10 times the third derivative, and two losses near 1 that are rounded to 1e-16
        assert difference == pytest.approx(first, rel=1e-6, abs=1e-9)
