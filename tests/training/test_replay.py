"""Is a replayed epoch the reference's epoch? Whole runs, bit by bit."""

import gc
import os
import signal
import threading

import pytest
from replay_helpers import CLASSES, X, layers, replayed, trained

import refnet as rn

pytestmark = pytest.mark.filterwarnings("error")

OPTIMIZERS = [
    lambda: rn.SGD(0.1), lambda: rn.Momentum(0.05, 0.9), lambda: rn.Nesterov(0.05, 0.8),
    lambda: rn.Momentum(rn.InverseTimeDecay(0.2, 0.5), 0.5),
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [1, 4, 23, 50])
def test_whole_runs_have_the_same_bits(optimizer, batch_size):
    settings = {"batch_size": batch_size, "penalty": [rn.L2(0.01), rn.L1(0.001)], "epochs": 9}
    c, c_history = replayed(optimizer=optimizer(), **settings)
    python, python_history = trained("python", optimizer=optimizer(), **settings)
    assert c.fingerprint() == python.fingerprint()
    assert c_history == python_history
    assert c.gradients == python.gradients
    assert (c.progress.epoch, c.progress.step) == (python.progress.epoch, python.progress.step)


LAST = {
    "half": ([rn.Sigmoid], rn.HalfSquaredError), "mse": ([], rn.MeanSquaredError),
    "bce": ([rn.Sigmoid], rn.BinaryCrossEntropy), "ce": ([rn.Softmax], rn.CrossEntropy),
    "ce apart": ([rn.Softmax], lambda: rn.CrossEntropy(fused=False)),
    "bce apart": ([rn.Sigmoid], lambda: rn.BinaryCrossEntropy(fused=False)),
    "ce logits": ([], lambda: rn.CrossEntropy(from_logits=True)),
    "bce logits": ([], lambda: rn.BinaryCrossEntropy(from_logits=True)),
}


@pytest.mark.parametrize("name", LAST)
def test_every_loss_replays(name):
    last, loss = LAST[name]

    def make():
        return [rn.Input(5), rn.Standardize([0.1] * 5, [0.9] * 5), rn.Dense(4), rn.LeakyReLU(0.02), rn.Dense(3),
                *(layer() for layer in last)]

    c, c_history = replayed(make=make, loss=loss(), optimizer=rn.SGD(0.1))
    python, python_history = trained("python", make=make, loss=loss(), optimizer=rn.SGD(0.1))
    assert (c.fingerprint(), c_history) == (python.fingerprint(), python_history)


def test_validation_between_epochs_changes_nothing():
    settings = {"validation": (X[:7], CLASSES[:7])}
    c, c_history = replayed(**settings)
    assert c_history == trained("python", **settings)[1]
    assert c.fingerprint() == trained("c")[0].fingerprint()


def test_no_shuffle_and_bytes():
    data = rn.data.ByteMatrix(bytes(i * 37 % 256 for i in range(23 * 5)), 23, 5)
    nets = []
    for backend in ("python", "c"):
        net = rn.Network(layers(), backend=backend, seed=1)
        net.fit(data, CLASSES, epochs=5, batch_size=6, shuffle=False)
        nets.append(net.fingerprint())
    assert nets[0] == nets[1]


class Scaled(rn.Layer):
    """A user's own layer made of kernels: o = z·z + z/2. It also makes a matrix from numbers."""

    def forward(self, x, training=False):
        self.x = x
        halves = self.k.matrix([[0.5] * self.inputs])
        ones = self.k.zeros(*self.k.shape(x))
        self.k.accumulate(ones, x)  # updates a matrix that has to be zero again in every step
        self.halves = halves
        return self.k.add(self.k.multiply(x, ones), self.k.scale(x, 0.5))

    def backward(self, d, input_gradient=True):
        return self.k.multiply(d, self.k.add(self.k.scale(self.x, 2.0), self.k.scale(self.k.copy(d), 0.0)))


def test_a_layer_made_of_kernels_replays():
    def make():
        return [rn.Input(5), rn.Dense(4), Scaled(), rn.Dense(3), rn.Softmax()]

    assert replayed(make=make)[0].fingerprint() == trained("python", make=make)[0].fingerprint()


def test_interrupted_runs_stand_between_two_steps_and_go_on():
    """Ctrl-C somewhere in a long run of tiny steps; after as many steps another run has the same bits."""
    net = rn.Network(layers(), backend="c", seed=3)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, CLASSES, optimizer=rn.Momentum(0.01), epochs=10_000_000 // 6, batch_size=4)
    steps, epoch = net.progress.step, net.progress.epoch
    assert steps > 100 and steps == epoch * 6 + net.progress.position // 4
    again = rn.Network(layers(), backend="c", seed=3)
    again.fit(X, CLASSES, optimizer=rn.Momentum(0.01), epochs=epoch + 1, batch_size=4)
    net.fit(X, CLASSES, epochs=1, batch_size=4)  # finishes the interrupted epoch
    if net.progress.epoch == epoch + 1:
        assert net.fingerprint() == again.fingerprint()


def test_two_threads_train_two_networks_at_once():
    fingerprints = {}

    def run(name, seed):
        net = rn.Network(layers(), backend="c", seed=seed)
        net.fit(X, CLASSES, optimizer=rn.Momentum(0.05), epochs=300, batch_size=4)
        fingerprints[name] = net.fingerprint()

    threads = [threading.Thread(target=run, args=(i, i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        run("alone", i)
        assert fingerprints[i] == fingerprints["alone"]


def test_garbage_collection_of_trained_networks():
    """Networks and optimizers refer to each other; collecting them must not touch memory that C still points to."""
    for _ in range(6):
        trained("c", epochs=3)
        gc.collect()
