"""What does the user read of gradients of which a step keeps a block only? The reference's, whenever C comes back."""

import signal
from contextlib import nullcontext
from functools import cache

import pytest
from blocks import in_blocks
from training_helpers import by_hand, state

import refnet as rn
from refnet.kernels.native.recording import Recording
from refnet.parameters import Parameter
from refnet.training.callbacks import Callback
from refnet.training.replay import Replay

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("native")]
BATCH = 7  # of 22 rows: an epoch ends with a batch of 1
X = [[((7 * i + 3 * j) % 11 - 5) / 4 for j in range(5)] for i in range(22)]
Y = [[i % 3 / 2, i % 5 / 4] for i in range(22)]
BLOCKS = [(1, 1, "binary64"), (2, 3, "binary64"), (7, 2, "binary64"), (2, 2, "binary32")]  # rows of weights, threads


@pytest.fixture
def groups(monkeypatch):
    """Of each recording: how many calls its groups over rows of weights have, and by how many parts they are shared."""
    found, lay_out = [], Recording._lay_out

    def noting(self, *given):
        lay_out(self, *given)
        found.append([(group.operations, group.parts) for group in self.groups if group.parts])

    monkeypatch.setattr(Recording, "_lay_out", noting)
    return found


def by_weights(rows, threads, number="binary64"):
    """Blocks of so many rows of weights, and none of the minibatch."""
    return in_blocks(rows, threads, number, least_rows=BATCH)


class OwnPenalty(rn.Dense, public=False):
    """Its gradient gets a part of the weights, and a part of its products with all of them."""

    def backward(self, d, input_gradient=True):
        below, k, own = super().backward(d, input_gradient), self.k, self.parameters["weights"]
        pulled = k.add_scaled(own.gradient, own.value, 0.1)
        own.gradient = k.add_scaled(pulled, k.affine(pulled, own.value), 0.05)
        return below


class OneGradientForTwo(rn.Dense, public=False):
    """Weights and others that add up have the very same gradient."""

    def __init__(self, units):
        super().__init__(units)
        self.parameters["more"] = Parameter(0.25)

    def forward(self, x, training=False):
        return self.k.add(super().forward(x), self.k.affine(x, self.parameters["more"].value))

    def backward(self, d, input_gradient=True):
        super().backward(d, False)
        self.parameters["more"].gradient = self.parameters["weights"].gradient


class TwoShapes(rn.Dense, public=False):
    """Sums of its gradients lie in the first rows of a matrix, which is read with as many rows, twice as long."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k, keys)
        self.double = k.wide([[0.0] * (2 * inputs) for _ in range(self.units)])
        size = self.double.nbytes // 2
        self.sums = self.double.cast("B")[:size].cast("d", (self.units, inputs))

    def backward(self, d, input_gradient=True):
        super().backward(d, False)
        k, own = self.k, self.parameters["weights"]
        k.accumulate(self.sums, own.gradient)
        own.gradient = k.add(own.gradient, k.left_columns(self.inputs, self.inputs, k.narrow(self.double)))


def plain(x):
    return rn.Dense(9)(x)


def used_twice(x):
    dense = rn.Dense(5)
    return dense(rn.Tanh()(dense(x)))


def frozen(x):
    return rn.Dense(6)(rn.Dense(9, trainable=False)(x))


def limited(x):
    return rn.Dense(9, penalty=[rn.L2(0.1), rn.L1(0.01)], constraint=[rn.MaxNorm(0.8), rn.Clamp(-0.4, 0.4)])(x)


def users_own(x):
    return OwnPenalty(5)(x)


def in_common(x):
    return OneGradientForTwo(4)(x)


NETWORKS = [plain, used_twice, frozen, limited, users_own, in_common]
OPTIMIZERS = {
    "SGD": lambda: rn.SGD(0.1), "momentum": lambda: rn.Momentum(0.05, 0.9), "Nesterov": lambda: rn.Nesterov(0.05, 0.5),
    "Adam": lambda: rn.Adam(0.01), "AMSGrad": lambda: rn.AMSGrad(0.01), "decay": lambda: rn.SGD(0.1, weight_decay=0.1),
    "values": lambda: rn.SGD(0.1, clip=rn.ClipValue(0.05)), "norm": lambda: rn.SGD(0.1, clip=rn.ClipNorm(0.1)),
    "norms": lambda: rn.SGD(0.1, clip=rn.ClipNorm(0.1, per_parameter=True)),
}  # fmt: skip


class Reads(Callback, public=False):
    """Notes all gradients after each epoch, sets the number of threads, and ends the training after the ninth."""

    def __init__(self, threads=None):
        self.seen, self.threads = [], threads

    def epoch_end(self, network, line):
        self.seen.append(network.gradients)
        if self.threads:
            network.k.threads = self.threads[len(self.seen) % len(self.threads)]
        return len(self.seen) == 9


def network(backend, number="binary64", made=plain):
    x = rn.Input(5)
    out = rn.Dense(2, constraint=rn.NonNegative())(rn.Tanh()(made(x)))
    return rn.Network(out, backend=backend, seed=3, number=number)


def trained(backend, number="binary64", made=plain, optimizer=rn.SGD, **settings):
    net = network(backend, number, made)
    settings = {"epochs": 3, "batch_size": BATCH, **settings}
    net.fit(X, Y, loss=rn.HalfSquaredError(), optimizer=optimizer(), **settings)
    return net


def noted(net):
    return net.gradients, state(net), net.history


@pytest.mark.parametrize("rows, threads, number", BLOCKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("made", NETWORKS)
def test_after_fit(made, optimizer, rows, threads, number, groups):
    with by_weights(rows, threads, number):
        net = trained("c", number, made, OPTIMIZERS[optimizer])
    assert noted(net) == noted(trained("python", number, made, OPTIMIZERS[optimizer]))
    assert len(groups) == 2  # for batches of 7 and of 1
    if not optimizer.startswith("norm"):
        assert all(groups)
        assert made is not plain or max([parts for _, parts in groups[0]]) == min(threads, -(-9 // rows))


@pytest.mark.parametrize("rows, threads, number", BLOCKS)
def test_after_each_epoch(rows, threads, number, groups):
    """While the callback changes the number of threads, which the recordings outlast."""
    reads, expected = Reads([1, 3, 2]), Reads()
    with by_weights(rows, threads, number):
        net = trained("c", number, callbacks=reads, epochs=20)
    assert noted(net) == noted(trained("python", number, callbacks=expected, epochs=20))
    assert reads.seen == expected.seen and len(reads.seen) == 9
    assert len(groups) == 2 and all(groups)


def test_after_early_stopping():
    def run(backend):
        return trained(backend, optimizer=lambda: rn.SGD(2.0), epochs=50, callbacks=rn.EarlyStopping(2, "loss"))

    with by_weights(2, 2):
        net = run("c")
    assert noted(net) == noted(run("python")) and net.epoch < 50


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Nesterov])
def test_further_fits_with_other_threads_and_batches(optimizer, native, groups):
    def run(backend):
        net, seen = trained(backend, optimizer=optimizer, epochs=1), []
        for threads, batch in ((3, 7), (1, 5), (2, 22), (3, 1), (2, 7)):
            native.threads = threads
            net.fit(X, Y, epochs=2, batch_size=batch)
            seen.append(noted(net))
        rn.gradient_check(net, X, Y)
        return seen, noted(net)

    with in_blocks(2, 2, least_rows=22):
        assert run("c") == run("python")
    assert len(groups) >= 5 and all(groups)


class Calls:
    """The C core, whose calls of training last this long."""

    def __init__(self, lib, seconds):
        self.lib, self.seconds = lib, seconds

    def __getattr__(self, name):
        return getattr(self.lib, name)

    def refnet_train(self, training, seconds):
        self.lib.refnet_train(training, self.seconds)


@cache
def gradients_after(steps):
    net = network("python")
    by_hand(net, X, Y, rn.SGD(), rn.HalfSquaredError(), 9, BATCH, steps=steps)
    return net.gradients


@pytest.mark.parametrize("seconds, stop", [(0.0, None), (0.0, 9), (0.0, 12), (3e-6, None), (1e-5, None), (1.0, None)])
def test_whenever_c_comes_back(seconds, stop, native, monkeypatch, groups):
    """After one step, after some, at the end of an epoch, and after Ctrl-C in one of these calls."""
    seen, advance = [], Replay.advance

    def reading(self, *given):
        finished = advance(self, *given)
        seen.append((self.network.progress.step, self.network.gradients))
        if len(seen) == stop:
            signal.raise_signal(signal.SIGINT)
        return finished

    monkeypatch.setattr(Replay, "advance", reading)
    monkeypatch.setattr(native, "lib", Calls(native.lib, seconds))
    with by_weights(2, 2), pytest.raises(KeyboardInterrupt) if stop else nullcontext():
        trained("c", epochs=8)
    assert len(groups) == 2 and all(groups)
    assert len(seen) > 5 and (seconds > 0.0 or [step for step, _ in seen] == [*range(1, (stop or 32) + 1)])
    for step, gradients in seen:
        assert gradients == gradients_after(step), step


def test_one_memory_as_two_matrices_of_as_many_rows(groups):
    """No call may change places with another, as the rows of one are not those of the other."""
    def run():
        net = rn.Network([rn.Input(5), TwoShapes(6)], backend="c", seed=3)
        net.fit(X, [[0.5] * 6] * 22, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.01), epochs=5, batch_size=11)
        return noted(net)

    expected = run()
    with in_blocks(1, least_rows=11):
        assert run() == expected
