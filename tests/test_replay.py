"""Is a replayed epoch the reference's epoch? Whole runs, bit by bit, and what cannot be recorded is noticed."""

import gc
import os
import signal
import threading
import warnings

import pytest

import refnet as rn
from refnet.arithmetic.random import uniform
from refnet.epochs import Replay

pytestmark = pytest.mark.filterwarnings("error")


def rows(count, width, key=7):
    return [[uniform(key, i * width + j) * 2.0 - 1.0 for j in range(width)] for i in range(count)]


X = rows(23, 5)
CLASSES = [int(uniform(99, i) * 3) for i in range(23)]


def layers():
    return [rn.Input(5), rn.Dense(6, weights=rn.He()), rn.ReLU(), rn.Dense(4, penalty=rn.L1(0.01)), rn.Tanh(),
            rn.Dense(3), rn.Softmax()]


def trained(backend, make=layers, y=CLASSES, epochs=7, batch_size=4, **settings):
    net = rn.Network(make(), backend=backend, seed=3)
    history = net.fit(X, y, epochs=epochs, batch_size=batch_size, **settings)
    return net, history


def replayed(**settings):
    """The C network, after making sure that it was replayed and did not fall back (warnings are errors)."""
    calls = []
    original = Replay.advance
    try:
        Replay.advance = lambda self, *a: (original(self, *a), calls.append(self.c.steps))[0]
        net, history = trained("c", **settings)
    finally:
        Replay.advance = original
    assert max(b - a for a, b in zip([0, *calls], calls)) > 1, "no call of C ran more than one step"
    return net, history


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
    """A user's own layer made of kernels: o = z·z + z/2, with a matrix made of numbers in between."""

    def forward(self, x, training=False):
        self.x = x
        halves = self.k.matrix([[0.5] * self.inputs])
        ones = self.k.zeros(*self.k.shape(x))
        self.k.accumulate(ones, x)  # updates a matrix that every step has to find zero again
        self.halves = halves
        return self.k.add(self.k.multiply(x, ones), self.k.scale(x, 0.5))

    def backward(self, d, input_gradient=True):
        return self.k.multiply(d, self.k.add(self.k.scale(self.x, 2.0), self.k.scale(self.k.copy(d), 0.0)))


def test_a_layer_made_of_kernels_replays():
    def make():
        return [rn.Input(5), rn.Dense(4), Scaled(), rn.Dense(3), rn.Softmax()]

    assert replayed(make=make)[0].fingerprint() == trained("python", make=make)[0].fingerprint()


class Looks(rn.Layer):
    """Branches on a value: must not be recorded."""

    def forward(self, x, training=False):
        self.factor = 2.0 if self.k.tolist(x)[0][0] > 0.0 else 0.5
        return self.k.scale(x, self.factor)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, self.factor)


class Counts(rn.Layer):
    """Keeps a number of its own between steps."""

    calls = 0

    def forward(self, x, training=False):
        self.calls += 1
        return self.k.scale(x, 1.0 + 1.0 / self.calls)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, 1.0 + 1.0 / self.calls)


class Remembers(rn.Layer):
    """Keeps a matrix of its own between steps, outside `buffers`."""

    def forward(self, x, training=False):
        before = getattr(self, "sums", None)
        self.sums = self.k.column_sums(x) if before is None else self.k.add(before, self.k.column_sums(x))
        nothing = self.k.zeros(self.k.shape(x)[0], 1)
        return self.k.add(x, self.k.affine(nothing, self.k.zeros(self.inputs, 1), self.sums))

    def backward(self, d, input_gradient=True):
        return d


@pytest.mark.parametrize("layer", [Looks, Counts, Remembers])
def test_what_cannot_be_recorded_is_trained_step_by_step_and_says_so(layer):
    def make():
        return [rn.Input(5), rn.Dense(4), layer(), rn.Dense(3), rn.Softmax()]

    with pytest.warns(UserWarning, match="step by step"):
        c, c_history = trained("c", make=make)
    python, python_history = trained("python", make=make)
    assert (c.fingerprint(), c_history) == (python.fingerprint(), python_history)


class Fails(rn.Layer):
    """Raises at its nth call."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def forward(self, x, training=False):
        self.at -= 1
        if self.at == 0:
            raise RuntimeError("the layer's own trouble")
        return self.k.copy(x)

    def backward(self, d, input_gradient=True):
        return d


def test_an_error_in_a_recorded_step_arrives_and_leaves_the_network_as_it_was():
    net = rn.Network([rn.Input(5), rn.Dense(4), Fails(at=1), rn.Dense(3), rn.Softmax()], backend="c")
    before = net.fingerprint()
    net.layers[2].at = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(X, CLASSES, optimizer=rn.Nesterov(0.1))  # the first try fails, the second goes through unrecorded
    assert net.fingerprint() != before

    class FailsForGood(Fails):
        def forward(self, x, training=False):
            raise RuntimeError("the layer's own trouble")

    net = rn.Network([rn.Input(5), rn.Dense(4), FailsForGood(0), rn.Dense(3), rn.Softmax()], backend="c")
    before = net.fingerprint()
    with warnings.catch_warnings(), pytest.raises(RuntimeError, match="own trouble"):
        warnings.simplefilter("ignore")
        net.fit(X, CLASSES, optimizer=rn.Nesterov(0.1))
    assert net.fingerprint() == before and net.progress.step == 0


def test_interrupted_runs_stand_between_two_steps_and_go_on():
    """Ctrl-C somewhere in a long run of tiny steps; the reference after as many steps has the same bits."""
    net = rn.Network(layers(), backend="c", seed=3)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, CLASSES, optimizer=rn.Momentum(0.01), epochs=10_000_000 // 6, batch_size=4)
    steps, epoch = net.progress.step, net.progress.epoch
    assert steps > 100 and steps == epoch * 6 + net.progress.position // 4
    again = rn.Network(layers(), backend="c", seed=3)
    again.fit(X, CLASSES, optimizer=rn.Momentum(0.01), epochs=epoch + 1, batch_size=4)
    net.fit(X, CLASSES, epochs=1, batch_size=4)  # finishes the epoch under way
    if net.progress.epoch == epoch + 1:
        assert net.fingerprint() == again.fingerprint()


def test_settings_changed_between_epochs_are_recorded_anew():
    def run(backend):
        net = rn.Network(layers(), backend=backend, seed=3)

        def report(message):
            if message.finished and message.epoch == 3:
                net.optimizer.mu = 0.1
                net.optimizer.schedule = rn.InverseTimeDecay(0.3, 0.1)
            if message.finished and message.epoch == 5:
                net.weights = [[[0.25] * len(row) for row in matrix] for matrix in net.weights]

        # A validation makes every epoch end in Python, so that the change comes at the same place on both backends.
        net.fit(X, CLASSES, optimizer=rn.Momentum(0.1), epochs=8, batch_size=4, report=report, validation=(X, CLASSES))
        return net.fingerprint()

    assert run("c") == run("python")


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
    for _ in range(20):
        trained("c", epochs=3)
        gc.collect()
