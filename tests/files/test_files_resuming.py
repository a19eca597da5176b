"""Does training that was broken off go on from its file as if it had never stopped, on either backend?"""

from __future__ import annotations

import copy
import signal
from contextlib import contextmanager

import pytest
from file_helpers import everything, points, small

import refnet as rn
from refnet import FileError, load, save
from refnet.training import loop, steps


@contextmanager
def interrupted_in_step(number):
    """Press Ctrl-C during this training step, on either backend. (Step by step: a replay in C stops where it can.)"""
    left, step = [number], steps.train_step

    def counted(*arguments):
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(signal.SIGINT)
        return step(*arguments)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(steps, "train_step", counted)
        patch.setattr(loop, "Replay", steps.StepByStep)
        yield


OPTIMIZERS = {
    "sgd": lambda: rn.SGD(0.1),
    "momentum": lambda: rn.Momentum(rn.InverseTimeDecay(0.2, 0.5), mu=0.8),
    "nesterov": lambda: rn.Nesterov(rn.InverseTimeDecay(0.2, 0.5), mu=0.8),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("steps", [1, 3, 5, 7, 11])  # an epoch has 4 steps, the last one with fewer rows
def test_training_broken_off_anywhere_goes_on_from_the_file(journey, optimizer, steps, path):
    start, end = journey
    inputs, classes = points(11)
    validation = points(4)

    def fit(net, epochs, **more):
        return net.fit(inputs, classes, epochs=epochs, batch_size=3, validation=validation, seed=8, **more)

    def begin(backend):
        layers = [rn.Input(2), rn.Dense(5, penalty=rn.L1(0.01)), rn.Sigmoid(), rn.Dense(3), rn.Softmax()]
        return rn.Network(layers, backend, seed=4)

    whole = begin(start)
    history = fit(whole, 4, optimizer=OPTIMIZERS[optimizer](), penalty=rn.L2(0.02))

    net = begin(start)
    with interrupted_in_step(steps):
        fit(net, 4, optimizer=OPTIMIZERS[optimizer](), penalty=rn.L2(0.02))
    epoch, into = divmod(steps, 4)
    assert (net.epoch, net.progress.position, net.progress.step) == (epoch, into * 3, steps)
    save(net, path)
    del net
    back = load(path, end)
    assert fit(back, 4 - epoch) == {name: values[epoch:] for name, values in history.items()}
    assert back.fingerprint() == whole.fingerprint()
    assert everything(back) == everything(whole)


def test_a_file_can_be_saved_between_epochs_and_from_a_report(journey, path):
    start, end = journey
    inputs, classes = points(11)
    layers = [rn.Input(2), rn.Dense(3), rn.Softmax()]
    whole = rn.Network(copy.deepcopy(layers), start, seed=4)
    history = whole.fit(inputs, classes, optimizer=rn.Nesterov(0.2), epochs=4, batch_size=4)
    net = rn.Network(layers, start, seed=4)
    net.fit(inputs, classes, optimizer=rn.Nesterov(0.2), epochs=3, batch_size=4, report=lambda _: save(net, path))
    early = load(path, end)
    assert early.epoch == 3
    assert early.fit(inputs, classes, batch_size=4) == {name: values[3:] for name, values in history.items()}
    save(net, path)
    late = load(path, end)
    assert late.fit(inputs, classes, batch_size=4) == {name: values[3:] for name, values in history.items()}
    assert early.fingerprint() == late.fingerprint() == whole.fingerprint()


def test_the_middle_of_a_training_step_is_not_saved(path):
    net = small()
    optimizer = rn.Nesterov(0.1)
    optimizer.before_forward(net)
    with pytest.raises(FileError, match="optimizer: in the middle of a training step"):
        save(net, path)
    assert not path.exists()
    optimizer.abandon(net)
    save(net, path)


def test_a_network_whose_rate_has_come_to_its_end_is_kept(backend, path):
    """CosineDecay ends with epoch 2. The file has the last step's rate, and more epochs are refused as before."""
    inputs, classes = points(5)
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Softmax()], backend=backend)
    net.fit(inputs, classes, optimizer=rn.Momentum(rn.CosineDecay(0.5, 2)), epochs=2)
    net.save(path)
    again = load(path, backend=backend)
    assert everything(again) == everything(net)
    assert again.k.tolist(again.optimizer.rate_matrix) == [[rn.CosineDecay(0.5, 2)(1)]]
    with pytest.raises(ValueError, match=r"rate of epoch 2: 0\.0; allowed: finite numbers > 0"):
        again.fit(inputs, classes)
