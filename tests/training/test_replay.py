"""Is a replayed epoch the reference's epoch? Whole runs, bit by bit, and what cannot be recorded is noticed."""

import gc
import os
import signal
import threading
import warnings

import pytest

import refnet as rn
from refnet.arithmetic.random import uniform
from refnet.optimizers.schedules import Fixed
from refnet.training.epochs import Replay

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


# --- What a recorded step must not be trusted with ------------------------------------------------------------------


class Embeds(rn.Layer):
    """Turns a feature into a class of its own: numbers that nobody has checked."""

    def output_units(self, inputs):
        return 3

    def forward(self, x, training=False):
        return self.k.one_hot(self.k.copy(x), 3)

    def backward(self, d, input_gradient=True):
        return self.k.zeros(self.k.shape(d)[0], self.inputs)


def test_indices_that_a_step_computes_are_checked_in_every_step(backend):
    """Replay would write wherever an index points."""
    inputs = [[float(i % 3)] for i in range(20)]
    net = rn.Network([rn.Input(1), Embeds(), rn.Dense(2), rn.Softmax()], backend=backend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(inputs, [i % 2 for i in range(20)], epochs=2, batch_size=4, shuffle=False)
        inputs[17] = [40.0]
        before = net.progress.step
        with pytest.raises(ValueError, match=r"one_hot: classes holds 40\.0"):
            net.fit(inputs, [i % 2 for i in range(20)], batch_size=4, shuffle=False)
    assert net.progress.step == before + 4


class Measures(rn.Layer):
    """Replaces a matrix of its own in each training step, and uses it in prediction."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.buffers["mean"] = k.zeros(1, inputs)

    def forward(self, x, training=False):
        if training:
            self.buffers["mean"] = self.k.column_sums(x)
            return self.k.copy(x)
        return self.k.add(x, self.k.affine(self.k.zeros(self.k.shape(x)[0], 1), self.k.zeros(self.inputs, 1),
                                           self.buffers["mean"]))

    def backward(self, d, input_gradient=True):
        return d


class CountsToTen(rn.Layer):
    """Like the others for nine steps, then otherwise."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x, training=False):
        self.calls += 1
        self.factor = 1.0 if self.calls < 10 else 0.5
        return self.k.scale(x, self.factor)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, self.factor)


class LooksAtItsOwn(rn.Layer):
    """Branches on a matrix that stands in no list."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.sums = k.zeros(1, inputs)

    def forward(self, x, training=False):
        self.k.accumulate(self.sums, self.k.column_sums(x))
        self.factors = [0.5 if self.k.tolist(self.sums)[0][0] > 0.0 else 1.0]  # in a list: no plain attribute
        return self.k.scale(x, self.factors[0])

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, self.factors[0])


@pytest.mark.parametrize("layer", [Measures, CountsToTen, LooksAtItsOwn])
def test_what_changes_behind_the_recording_is_noticed(layer):
    def run(backend):
        net = rn.Network([rn.Input(5), rn.Dense(4), layer(), rn.Dense(3), rn.Softmax()], backend=backend, seed=3)
        net.fit(X, CLASSES, epochs=5, batch_size=4)
        return net.fingerprint(), net.predict(X)

    with pytest.warns(UserWarning, match="step by step"):
        c = run("c")
    assert c == run("python")


class AccumulatesThenFails(rn.Layer):
    """Changes a buffer, then does what only a recorded matrix refuses."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.buffers["sums"] = k.zeros(1, inputs)

    def forward(self, x, training=False):
        self.k.accumulate(self.buffers["sums"], self.k.column_sums(x))
        if self.k.name == "c":
            assert x.strides
        return self.k.copy(x)

    def backward(self, d, input_gradient=True):
        return d


def test_a_step_that_fails_only_while_recorded_takes_place_once():
    def run(backend):
        net = rn.Network([rn.Input(5), rn.Dense(4), AccumulatesThenFails(), rn.Dense(3), rn.Softmax()],
                         backend=backend, seed=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            net.fit(X, CLASSES, epochs=2, batch_size=4, optimizer=rn.Momentum(0.1))
        return net.fingerprint(), net.k.tolist(net.layers[2].buffers["sums"]), net.progress.step

    assert run("c") == run("python")


def reported(backend, act, **settings):
    """Train with a report that calls act(net, epoch) at the end of each epoch."""
    net = rn.Network(layers(), backend=backend, seed=3)
    seen = []

    def report(message):
        if message.finished:
            seen.append((message.epoch, message.finished, act(net, message.epoch)))

    net.fit(X, CLASSES, epochs=8, batch_size=4, report=report, **settings)
    return net.fingerprint(), seen, net.gradients


def set_weights(net, epoch):
    if epoch == 3:
        net.weights = [[[0.25] * len(row) for row in matrix] for matrix in net.weights]


def replace_matrix(net, epoch):
    if epoch == 3:
        parameter = net.parameters["dense1.weights"]
        parameter.value = net.k.scale(parameter.value, 0.5)


def new_optimizer(net, epoch):
    if epoch == 3:
        rn.Momentum(net.optimizer.schedule).attach(net)


def assigned_optimizer(net, epoch):
    if epoch == 3:
        net.optimizer = rn.Momentum(net.optimizer.schedule)  # not attached: C has no matrices of it yet


def slower(net, epoch):
    if epoch == 3:
        net.optimizer.schedule.rate = 0.001


@pytest.mark.parametrize("act", [
    lambda net, epoch: net.evaluate(X, CLASSES), lambda net, epoch: net.predict(X), set_weights, replace_matrix,
    new_optimizer, assigned_optimizer, slower,
])  # fmt: skip
def test_a_report_sees_and_changes_the_same_on_both_backends(act):
    assert reported("c", act, optimizer=rn.Momentum(0.1)) == reported("python", act, optimizer=rn.Momentum(0.1))


@pytest.mark.parametrize("act", [
    lambda net, epoch: net.fit(X, CLASSES), lambda net, epoch: net.to("python" if net.backend == "c" else "c"),
])  # fmt: skip
def test_a_network_in_training_is_neither_moved_nor_trained(backend, act):
    net = rn.Network(layers(), backend=backend, seed=3)
    with pytest.raises(ValueError, match="being trained"):
        net.fit(X, CLASSES, epochs=3, report=lambda message: act(net, message.epoch))
    net.fit(X, CLASSES)  # and goes on


class Warm(Fixed):
    """A rate of its own in spite of its name."""

    def __call__(self, epoch):
        return self.rate * (1 + epoch)


class Listed(rn.Schedule):
    """Has rates for three epochs."""

    def __call__(self, epoch):
        return [0.1, 0.2, 0.3][epoch]


def test_schedules_of_ones_own():
    assert trained("c", optimizer=rn.SGD(Warm(0.02)))[0].fingerprint() == \
        trained("python", optimizer=rn.SGD(Warm(0.02)))[0].fingerprint()
    ends = []
    for backend in ("c", "python"):
        net = rn.Network(layers(), backend=backend, seed=3)
        with pytest.raises(IndexError):
            net.fit(X, CLASSES, epochs=5, batch_size=4, optimizer=rn.SGD(Listed()))
        ends.append((net.epoch, net.progress.step, net.fingerprint()))
    assert ends[0] == ends[1] and ends[0][0] == 3


def test_optimizers_by_turns(backend):
    """Each keeps its own state, also across a move."""
    net = rn.Network(layers(), backend=backend, seed=3)
    first, second = rn.Momentum(0.1), rn.SGD(0.5)
    assert net.fit(X, CLASSES, optimizer=first)["rate"] == [0.1]
    assert net.fit(X, CLASSES, optimizer=second)["rate"] == [0.5]
    net.to("python" if backend == "c" else "c")
    assert net.fit(X, CLASSES, optimizer=first)["rate"] == [0.1]
    assert net.optimizer is first


@pytest.mark.parametrize("batch_size", [1, 4, 22, 23])
def test_gradients_are_those_of_the_last_step(batch_size):
    """Whichever recording ran last, and also where none was replayed."""

    def run(backend):
        net = rn.Network(layers(), backend=backend, seed=3)
        gradients = []
        for epochs in (1, 2, 3):
            net.fit(X, CLASSES, epochs=epochs, batch_size=batch_size)
            gradients.append(net.gradients)
        return gradients

    assert run("c") == run("python")


def test_after_fit_the_last_step_is_forgotten(backend):
    net, _ = trained(backend)
    with pytest.raises(ValueError, match="no forward pass"):
        net.backward([[0.0] * 3])
    assert not [name for layer in net.layers for name in vars(layer) if name in ("x", "z", "o")]


def test_a_wrapped_backend_sees_every_kernel():
    class Counting:
        def __init__(self, kernels):
            self.kernels, self.calls = kernels, 0

        def __getattr__(self, name):
            self.calls += name == "sgd_update"
            return getattr(self.kernels, name)

    from refnet.kernels import choose

    wrapped = Counting(choose("c"))
    net = rn.Network(layers(), backend=wrapped, seed=3)
    net.fit(X, CLASSES, epochs=2, batch_size=4)
    assert wrapped.calls == 2 * 6 * 6  # epochs, steps, parameters
