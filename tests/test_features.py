"""What every feature of the toolbox has to show: one gradient, one file, one recording, and the same bits twice.

The features are listed in features.py. For a new one a line there is enough; its formula's numbers are tested where
it belongs.
"""

import warnings

import features
import pytest

import refnet as rn
from refnet.files import load, save

INPUTS = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0], [0.125, -0.5]]
TARGETS = features.NUMBERS

CASES = [
    *(("layer", name) for name in features.LAYERS),
    *(("loss", name) for name in features.LOSSES),
    *(("optimizer", name) for name in features.OPTIMIZERS),
    *(("schedule", name) for name in features.SCHEDULES),
    *(("penalty", name) for name in features.PENALTIES),
]


def made(kind, name, backend):
    """A network 2-3-2 with the feature in it, its targets, and the settings of fit."""
    middle, last, penalty, targets = [rn.Tanh()], [], None, TARGETS
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
    else:
        penalty = features.PENALTIES[name]()
    layers = [rn.Input(2), rn.Dense(3, penalty=penalty), *middle, rn.Dense(2), *last]
    return rn.Network(layers, backend=backend, seed=5), targets, settings


def train(network, targets, settings, epochs=4):
    """Batches of three rows and of one: two recordings."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "trained step by step, not replayed" above all
        return network.fit(INPUTS, targets, epochs=epochs, batch_size=3, **settings)


@pytest.mark.parametrize("kind, name", CASES)
def test_both_backends_train_to_the_same_bits_and_c_replays(kind, name, native):
    python, c = (made(kind, name, backend) for backend in ("python", "c"))
    before = python[0].fingerprint()
    assert train(*python) == train(*c)
    assert python[0].fingerprint() == c[0].fingerprint() != before
    assert python[0].predict(INPUTS) == c[0].predict(INPUTS)


@pytest.mark.parametrize("kind, name", CASES)
def test_backpropagation_agrees_with_the_two_sided_difference(kind, name, backend):
    network, targets, settings = made(kind, name, backend)
    for training in (True, False):
        # 1e-6: the two-sided difference is wrong by some ε² = 1e-10 times the third derivative
        assert rn.gradient_check(network, INPUTS, targets, settings["loss"], training=training) < 1e-6


@pytest.mark.parametrize("kind, name", CASES)
def test_a_file_in_the_middle_changes_nothing(kind, name, backend, tmp_path):
    straight, broken = (made(kind, name, backend) for _ in range(2))
    train(*straight, epochs=5)
    train(*broken, epochs=2)
    save(broken[0], tmp_path / "half.refnet")
    network = load(tmp_path / "half.refnet", backend=backend)
    train(network, broken[1], {}, epochs=3)
    assert network.fingerprint() == straight[0].fingerprint()
