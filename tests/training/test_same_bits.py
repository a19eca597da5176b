"""Does training end with the same bits, whatever the backend and the form of the data?"""

import math

import pytest
from kernel_helpers import same
from spies import Spy
from training_helpers import CLASSES, ONE_HOT, SOFT, X, softmax_net, state

import refnet as rn
from refnet.kernels import choose

LAST = {
    "half squared": (rn.HalfSquaredError, [rn.Sigmoid], SOFT),
    "mean squared": (rn.MeanSquaredError, [], SOFT),
    "by elements": (lambda: rn.MeanSquaredError("elements"), [rn.LeakyReLU], SOFT),
    "binary": (rn.BinaryCrossEntropy, [rn.Sigmoid], SOFT),
    "binary apart": (lambda: rn.BinaryCrossEntropy(fused=False), [rn.Sigmoid], SOFT),
    "binary of logits": (lambda: rn.BinaryCrossEntropy(from_logits=True), [], SOFT),
    "categorical": (rn.CrossEntropy, [rn.Softmax], CLASSES),
    "categorical, β, soft rows": (rn.CrossEntropy, [lambda: rn.Softmax(0.5)], SOFT),
    "categorical apart": (lambda: rn.CrossEntropy("sum", fused=False), [rn.Softmax], ONE_HOT),
    "categorical of logits": (lambda: rn.CrossEntropy(from_logits=True), [], CLASSES),
}
PENALTIES = {"none": None, "L2": rn.L2(0.02), "half L2": rn.L2(0.02, half=True), "L1": rn.L1(0.01),
             "both": [rn.L1(0.01), rn.L2(0.02)]}


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
@pytest.mark.parametrize("penalty", list(PENALTIES))
@pytest.mark.parametrize("last", list(LAST))
def test_whole_runs_on_both_backends(both, last, penalty, optimizer):
    loss, layers, targets = LAST[last]
    runs = []
    for backend in ("python", "c"):
        hidden = [rn.Dense(4, penalty=rn.L1(0.005)), rn.ReLU(1), rn.Dense(4, bias=False), rn.Tanh()]
        net = rn.Network([rn.Input(3), *hidden, rn.Dense(3), *(layer() for layer in layers)], backend=backend, seed=12)
        history = net.fit(X, targets, loss=loss(), optimizer=optimizer(rn.InverseTimeDecay(0.1, 0.5)), epochs=4,
                          batch_size=4, penalty=PENALTIES[penalty], validation=(X[:5], targets[:5]))
        runs.append((state(net), history, net.predict(X), net.evaluate(X, targets), net.gradients))
    assert runs[0] == runs[1]
    assert len(set(runs[0][1]["loss"])) == 4  # it learns something
    assert all(math.isfinite(v) for values in runs[0][1].values() for v in values)


def test_class_indices_and_one_hot_rows_give_the_same_bits(backend):
    nets = []
    for targets in (CLASSES, [float(c) for c in CLASSES], ONE_HOT, tuple(CLASSES)):
        net = softmax_net(backend)
        nets.append((net.fit(X, targets, epochs=3, batch_size=4), net.fingerprint()))
    assert nets[0] == nets[1] == nets[2] == nets[3]


def test_bytes_and_their_numbers_give_the_same_bits(backend):
    """Bytes are converted when a minibatch is gathered, each divided by 255."""
    images = rn.data.ByteMatrix(bytes(i * 37 % 256 for i in range(33)), 11, 3)
    rows = [[byte / 255.0 for byte in images.values[3 * i : 3 * i + 3]] for i in range(11)]
    runs = []
    for inputs in (images, rows):
        net = softmax_net(backend)
        history = net.fit(inputs, CLASSES, epochs=3, batch_size=4, validation=(inputs, CLASSES))
        runs.append((net.fingerprint(), history, net.predict(inputs), net.evaluate(inputs, CLASSES)))
    assert runs[0] == runs[1]


def test_bytes_stay_bytes_until_they_are_gathered(k):
    """The 60,000 images of MNIST must not become doubles all at once: a kernel sees at most one minibatch of them."""
    spy = Spy(k)
    images = rn.data.ByteMatrix(bytes(i * 37 % 256 for i in range(33)), 11, 3)
    softmax_net(spy).fit(images, CLASSES, epochs=1, batch_size=4)
    gathered = [arguments for name, arguments in spy.calls if name == "take_byte_rows"]
    assert [len(spy.tolist(rows)[0]) for _, rows in gathered] == [4, 4, 3]
    assert all(data is images for data, _ in gathered)
    assert all(spy.shape(arguments[0])[0] <= 4 for name, arguments in spy.calls if name == "affine")


def test_numpy_arrays_give_the_same_bits(backend):
    numpy = pytest.importorskip("numpy")
    runs = []
    for inputs, targets in ((X, CLASSES), (numpy.array(X), numpy.array(CLASSES)),
                            (numpy.asfortranarray(numpy.array(X)), numpy.array(CLASSES, dtype="uint8"))):
        net = softmax_net(backend)
        runs.append((net.fit(inputs, targets, epochs=2, batch_size=4), net.fingerprint()))
    assert runs[0] == runs[1] == runs[2]


def test_training_changes_no_data_of_the_user(backend):
    inputs, targets = [list(row) for row in X], list(CLASSES)
    softmax_net(backend).fit(inputs, targets, epochs=2, batch_size=4, validation=(inputs, targets))
    assert inputs == X and targets == CLASSES


def test_mnist_on_both_backends(both, mnist_folder):
    """784-30-10, sigmoid, batch 10: 50 minibatches and a short one; every weight has the same bits."""
    mnist = rn.data.read_idx_folder(mnist_folder, which="test").take(range(507))
    nets, histories = [], []
    for backend in ("python", "c"):
        layers = [rn.Input(784), rn.Dense(30), rn.Sigmoid(), rn.Dense(10), rn.Sigmoid()]
        net = rn.Network(layers, backend=backend, seed=1)
        before = net.fingerprint()
        histories.append(net.fit(mnist.inputs, mnist.targets, loss=rn.HalfSquaredError(), optimizer=rn.SGD(3.0),
                                 batch_size=10))
        assert net.progress.step == 51 and net.fingerprint() != before
        nets.append(net)
    for one, other in zip(*(net.weights for net in nets)):
        same(one, other)
    same(*(net.biases for net in nets))
    assert histories[0] == histories[1]
    assert nets[0].fingerprint() == nets[1].fingerprint()
    assert nets[0].evaluate(mnist.inputs, mnist.targets) == nets[1].evaluate(mnist.inputs, mnist.targets)


def test_a_backend_that_differs_would_be_noticed(both):
    """Guard of the comparisons above: if one bit in one kernel of one step differs, so do the fingerprints."""
    class Off:
        def __init__(self, k):
            self._k, self.steps = k, 0
            self.name = "off"

        def __getattr__(self, name):
            if name == "trace":
                raise AttributeError(name)
            return getattr(self._k, name)

        def sgd_update(self, w, g, rate):
            self._k.sgd_update(w, g, rate)
            self.steps += 1
            if self.steps == 5:
                table = self._k.tolist(w)
                table[0][0] = math.nextafter(table[0][0], 1.0)
                self._k.assign(w, table)

    net, off = softmax_net("python"), softmax_net(Off(choose("c")))
    for each in (net, off):
        each.fit(X, CLASSES, epochs=2, batch_size=4)
    assert net.fingerprint() != off.fingerprint()
