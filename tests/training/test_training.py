"""fit, predict, evaluate: which rows in which step, what the history says, and how training stops and goes on."""

import _thread
import math
import signal
import threading
import time

import pytest

import refnet as rn
from refnet.arithmetic.elementary import log
from refnet.arithmetic.random import SHUFFLE_STREAM, permutation, stream_key
from refnet.kernels import choose
from refnet.kernels.seam import SEAM
from refnet.verify.compare import first_difference

X = [[math.sin(1.7 * i + j) for j in range(3)] for i in range(11)]
CLASSES = [i * 7 % 3 for i in range(11)]
ONE_HOT = [[float(c == j) for j in range(3)] for c in CLASSES]
SOFT = [[0.25, 0.5, 0.25] if c else [0.125, 0.125, 0.75] for c in CLASSES]


def same(found, expected):
    assert first_difference(found, expected) == ""


class Spy:
    """A backend of nothing but another's kernels (so that no step is recorded); it notes and can interrupt.

    calls    (kernel, arguments) of every call
    before   called with the kernel's name before each call
    """

    def __init__(self, k, before=None):
        self.name, self.calls, self.before = k.name, [], before or (lambda name: None)
        for name in ("matrix", "zeros", "shape", "tolist", "assign"):
            setattr(self, name, getattr(k, name))
        for name in SEAM:
            setattr(self, name, self._noting(name, getattr(k, name)))

    def _noting(self, name, kernel):
        def noted(*arguments):
            self.before(name)
            self.calls.append((name, arguments))
            return kernel(*arguments)

        return noted

    def batches(self):
        """The row numbers of every minibatch that was gathered (inputs and targets: each twice)."""
        return [self.tolist(arguments[1])[0] for name, arguments in self.calls if name == "take_rows"]


def softmax_net(backend, seed=3, penalty=None):
    layers = [rn.Input(3), rn.Dense(4, penalty=penalty), rn.Tanh(), rn.Dense(3), rn.Softmax()]
    return rn.Network(layers, backend=backend, seed=seed)


def state(net):
    """Everything that training goes on from, as numbers."""
    optimizer = net.optimizer
    velocities = {} if optimizer is None else {
        f"{name}.{matrix}": net.k.tolist(values)
        for name, matrices in optimizer.state.items() for matrix, values in matrices.items()}
    progress = net.progress
    return net.fingerprint(), velocities, progress.epoch, progress.step, progress.position, progress.loss_sum


def by_hand(net, inputs, targets, optimizer, loss, epochs, size, steps=None):
    """The loop of fit written out with the network's public parts; stops after `steps` steps. Returns the losses."""
    history, done = [], 0
    for epoch in range(epochs):
        optimizer.attach(net)
        optimizer.set_rate(epoch)
        order = permutation(stream_key(net.seed, SHUFFLE_STREAM + epoch), len(inputs))
        total = 0.0
        for start in range(0, len(order), size):
            if done == steps:
                return history
            batch = order[start : start + size]
            optimizer.before_forward(net)
            net.forward([inputs[i] for i in batch], training=True)
            net.loss([targets[i] for i in batch], loss)
            total += net.k.tolist(net.loss_matrix(*net._targets))[0][0]
            net.backward()
            optimizer.update(net)
            done += 1
        history.append(total / len(inputs))
    return history


# --- Minibatches ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size, sizes", [(1, [1] * 11), (4, [4, 4, 3]), (5, [5, 5, 1]), (11, [11]), (100, [11])])
def test_minibatches(k, size, sizes):
    """Every row once an epoch, in the epoch's own order; the last batch is what is left."""
    spy = Spy(k)
    net = softmax_net(spy, seed=9)
    net.fit(X, ONE_HOT, epochs=3, batch_size=size)
    batches = spy.batches()
    assert batches[0::2] == batches[1::2]  # inputs and targets of the same rows
    batches = batches[0::2]
    assert [len(batch) for batch in batches] == sizes * 3
    steps = len(sizes)
    orders = [[i for batch in batches[e * steps : (e + 1) * steps] for i in batch] for e in range(3)]
    assert orders == [permutation(stream_key(9, SHUFFLE_STREAM + epoch), 11) for epoch in range(3)]
    assert sorted(orders[0]) == list(range(11)) and orders[0] != orders[1] != orders[2]
    assert net.progress.step == 3 * steps and net.epoch == 3


def test_the_order_has_a_seed(k):
    def order(**settings):
        spy = Spy(k)
        softmax_net(spy, seed=9).fit(X, ONE_HOT, batch_size=11, **settings)
        return spy.batches()[0]

    assert order(seed=4) == permutation(stream_key(4, SHUFFLE_STREAM), 11) != order()
    assert order(seed=0) == permutation(stream_key(0, SHUFFLE_STREAM), 11)
    assert order(shuffle=False) == list(range(11))


def test_a_second_fit_goes_on_with_the_next_epochs_order(k):
    spy = Spy(k)
    net = softmax_net(spy, seed=9)
    net.fit(X, ONE_HOT, batch_size=11)
    net.fit(X, ONE_HOT, batch_size=11)
    assert spy.batches()[::2] == [permutation(stream_key(9, SHUFFLE_STREAM + epoch), 11) for epoch in range(2)]


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
def test_fit_is_the_loop_written_out(backend, optimizer):
    fitted, looped = softmax_net(backend), softmax_net(backend)
    history = fitted.fit(X, CLASSES, optimizer=optimizer(0.3), epochs=4, batch_size=4)
    losses = by_hand(looped, X, CLASSES, optimizer(0.3), rn.CrossEntropy(), 4, 4)
    assert fitted.fingerprint() == looped.fingerprint() != softmax_net(backend).fingerprint()
    assert history["loss"] == losses
    assert state(fitted)[1] == state(looped)[1]


# --- The history ------------------------------------------------------------------------------------------------

STILL = 5e-324  # a rate so small that a weight of 1.0 stays exactly 1.0


def test_the_loss_of_an_epoch(backend):
    """The undivided sums of the batches, added in order, over the rows. Squares 1e16, 1 | 1, 1 | 1 in batches of two:
    1e16 (a tie), + 2, + 1 (a tie, to even). Summed row by row it would stay 1e16; batch means would differ too.
    """
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[1.0]]]
    history = net.fit([[1e8], [1.0], [1.0], [1.0], [1.0]], [0.0] * 5, loss=rn.MeanSquaredError(), batch_size=2,
                      optimizer=rn.SGD(STILL), shuffle=False, epochs=2)
    assert net.weights == [[[1.0]]]
    total = (1e16 + 2.0) + 1.0
    assert total != 1e16
    assert history == {"loss": [total / 5.0] * 2, "rate": [STILL] * 2}


@pytest.mark.parametrize("loss, divisor", [
    (rn.MeanSquaredError(), 5.0), (rn.MeanSquaredError("elements"), 10.0), (rn.MeanSquaredError("sum"), 1.0),
    (rn.HalfSquaredError(), 10.0),
])  # fmt: skip
def test_what_the_loss_of_an_epoch_is_divided_by(backend, loss, divisor):
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False)], backend=backend)
    net.weights = [[[1.0, 0.0], [0.0, 1.0]]]
    history = net.fit([[1.0, 2.0]] * 5, [[0.0, 0.0]] * 5, loss=loss, batch_size=2, optimizer=rn.SGD(STILL))
    assert history["loss"] == [25.0 / divisor]


def test_learning_rates_of_lecture_001(backend):
    """Golden 17: α0/(1 + decay·epoch) with α0 = 0.2, decay = 1: 0.2, 0.1, 0.0667, 0.05; a second fit goes on."""
    def run(*epochs):
        net = softmax_net(backend)
        rates = []
        for n in epochs:
            settings = {} if rates else {"optimizer": rn.SGD(rn.InverseTimeDecay(0.2, 1.0))}
            rates += net.fit(X, CLASSES, epochs=n, batch_size=4, **settings)["rate"]
        return rates, net.fingerprint()

    rates, bits = run(4)
    assert rates == [0.2, 0.1, 0.2 / 3.0, 0.05]
    assert run(1, 2, 1) == (rates, bits)
    assert [f"{rate:.4f}" for rate in rates] == ["0.2000", "0.1000", "0.0667", "0.0500"]


def test_the_rate_of_each_epoch_is_used(backend):
    """w ← w − η·g with g = w·x² = w: 1 → ½ → ½·¾ → …, with η = ½, ¼, all exact."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[1.0]]]
    net.fit([[1.0]], [0.0], loss=rn.HalfSquaredError(), optimizer=rn.SGD(rn.InverseTimeDecay(0.5, 1.0)), epochs=2)
    assert net.weights == [[[0.5 * 0.75]]]


def test_a_plain_number_is_the_same_rate_throughout(backend):
    assert softmax_net(backend).fit(X, CLASSES, optimizer=rn.SGD(0.3), epochs=3)["rate"] == [0.3] * 3
    assert softmax_net(backend).fit(X, CLASSES, epochs=2)["rate"] == [0.01] * 2


# --- Going on ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
def test_a_second_fit_goes_on_as_one_long_one(backend, optimizer):
    whole, parts = softmax_net(backend), softmax_net(backend)
    schedule = rn.InverseTimeDecay(0.4, 0.25)
    expected = whole.fit(X, CLASSES, loss=rn.CrossEntropy(fused=False), optimizer=optimizer(schedule), epochs=7,
                         batch_size=4, penalty=rn.L2(0.01))
    found = {"loss": [], "rate": []}
    for n in (1, 4, 2):
        settings = {} if found["loss"] else {
            "loss": rn.CrossEntropy(fused=False), "optimizer": optimizer(schedule), "penalty": rn.L2(0.01)}
        for name, values in parts.fit(X, CLASSES, epochs=n, batch_size=4, **settings).items():
            found[name] += values
    assert state(parts) == state(whole)
    assert found == expected
    assert parts.objective.fused is False and len(parts.penalties) == 1


def test_a_penalty_can_be_taken_off_again(backend):
    net, other = softmax_net(backend), softmax_net(backend)
    net.fit(X, CLASSES, penalty=rn.L2(0.5), batch_size=4)
    other.fit(X, CLASSES, penalty=rn.L2(0.5), batch_size=4)
    net.fit(X, CLASSES, penalty=[], batch_size=4)
    other.fit(X, CLASSES, batch_size=4)
    assert net.penalties == () and net.fingerprint() != other.fingerprint()


def test_another_optimizer_takes_over(backend):
    net = softmax_net(backend)
    net.fit(X, CLASSES, optimizer=rn.Momentum(0.1), batch_size=4)
    weights = net.weights, net.biases
    net.fit(X, CLASSES, optimizer=rn.SGD(0.25), batch_size=4)
    assert type(net.optimizer) is rn.SGD and net.optimizer.state == {name: {} for name in net.parameters}
    again = softmax_net(backend)
    again.weights, again.biases = weights
    again.progress.epoch = 1
    again.fit(X, CLASSES, optimizer=rn.SGD(0.25), batch_size=4)
    assert again.fingerprint() == net.fingerprint()


# --- The same bits, whatever the backend and the form of the data -------------------------------------------------

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
    """Nobody may turn the 60,000 images of MNIST into doubles at once: each kernel sees a minibatch of them at most."""
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


# --- Validation, evaluate, predict --------------------------------------------------------------------------------


def test_validation_is_evaluated_after_each_epoch(backend):
    net, step_by_step = softmax_net(backend), softmax_net(backend)
    found = net.fit(X[:8], CLASSES[:8], epochs=3, batch_size=3, optimizer=rn.SGD(0.5),
                    validation=(X[8:], CLASSES[8:]))
    plain = softmax_net(backend)
    plain.fit(X[:8], CLASSES[:8], epochs=3, batch_size=3, optimizer=rn.SGD(0.5))
    assert net.fingerprint() == plain.fingerprint()  # it is looked at, not learnt from
    results = []
    for epoch in range(3):
        settings = {} if epoch else {"optimizer": rn.SGD(0.5)}
        step_by_step.fit(X[:8], CLASSES[:8], batch_size=3, **settings)
        results.append(step_by_step.evaluate(X[8:], CLASSES[8:]))
    assert found["validation_loss"] == [r["loss"] for r in results]
    assert found["validation_accuracy"] == [r["accuracy"] for r in results]
    assert set(found) == {"loss", "rate", "validation_loss", "validation_accuracy"}


def test_validation_of_a_regression_has_no_accuracy(backend):
    net = rn.Network([rn.Input(3), rn.Dense(1)], backend=backend)
    history = net.fit(X, [0.5] * 11, validation=(X, [0.5] * 11))
    assert set(history) == {"loss", "rate", "validation_loss"}


def test_evaluate_by_hand(backend):
    """On outputs that are the inputs. The class decided for is the largest output's, of equals the first."""
    net = rn.Network([rn.Input(2)], backend=backend)
    rows, targets = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.25, 0.5]], [0, 1, 0, 0]
    result = net.evaluate(rows, targets, rn.MeanSquaredError())
    # squares: 0, 0, ¼ + ¼, 9/16 + ¼; decided: 0, 1, 0 (the first of equals), 1 (wrong)
    assert result == {"loss": (0.5 + 0.8125) / 4.0, "accuracy": 0.75}
    assert net.evaluate(rows, [[1.0, 0.0]] * 4, rn.MeanSquaredError()) == {"loss": (0.0 + 2.0 + 0.5 + 0.8125) / 4.0}
    assert net.evaluate(rows[3:], targets[3:], rn.HalfSquaredError("sum")) == {"loss": 0.40625, "accuracy": 0.0}


def test_evaluate_with_one_output(backend):
    """Right when output and target are on the same side of ½, which itself counts as yes."""
    net = rn.Network([rn.Input(1), rn.ReLU()], backend=backend)
    result = net.evaluate([[0.5], [0.25], [0.75], [0.25]], [1.0, 0.0, 0.0, 1.0], rn.BinaryCrossEntropy())
    assert result["accuracy"] == 0.5
    losses = [-log(0.5), -log(0.75), -log(0.25), -log(0.25)]
    assert result["loss"] == (((losses[0] + losses[1]) + losses[2]) + losses[3]) / 4.0


def test_evaluate_counts_soft_rows_by_their_largest(backend):
    net = softmax_net(backend)
    decided = [max(range(3), key=lambda j: row[j]) for row in net.predict(X)]
    wanted = [max(range(3), key=lambda j: row[j]) for row in SOFT]
    right = len([1 for d, w in zip(decided, wanted) if d == w])
    assert 0 < right < 11
    assert net.evaluate(X, SOFT)["accuracy"] == right / 11


def test_evaluate_does_not_depend_on_batches(backend):
    """700 rows, more than any batch inside: the losses are added row after row from the first to the last."""
    net = softmax_net(backend)
    rows = [[math.sin(0.3 * i), math.cos(0.7 * i), 0.1] for i in range(700)]
    targets = [i * 5 % 3 for i in range(700)]
    total, right = 0.0, 0
    for row, target in zip(rows, targets):
        net.forward([row])
        total += net.loss([target], rn.CrossEntropy())
        (o,) = net.forward([row])
        right += o.index(max(o)) == target
    assert net.evaluate(rows, targets) == {"loss": total / 700.0, "accuracy": right / 700}
    assert 0 < right < 700


def test_predict_does_not_depend_on_batches(backend):
    net = softmax_net(backend)
    rows = [[math.sin(0.3 * i), math.cos(0.7 * i), 0.1] for i in range(300)]
    whole = net.forward(rows)
    for size in (1, 7, 256, 1000):
        same(net.predict(rows, batch_size=size), whole)
    same(net.predict(rows), whole)


def test_looking_changes_nothing(backend):
    """predict, evaluate, forward and a loss of one's own leave the path of training as it is."""
    plain, looked_at = softmax_net(backend), softmax_net(backend)
    for net in (plain, looked_at):
        net.fit(X, CLASSES, optimizer=rn.Nesterov(0.2), epochs=2, batch_size=4)
    objective = looked_at.objective
    looked_at.predict(X)
    looked_at.evaluate(X, SOFT, rn.MeanSquaredError())
    looked_at.forward(X)
    assert looked_at.objective is objective
    for net in (plain, looked_at):
        net.fit(X, CLASSES, epochs=2, batch_size=4)
    assert state(plain) == state(looked_at)


# --- Reports ------------------------------------------------------------------------------------------------------


def test_reports_of_finished_epochs(backend):
    told = []
    net = softmax_net(backend)
    net.fit(X, CLASSES, batch_size=4)
    history = net.fit(X, CLASSES, epochs=3, batch_size=4, validation=(X, CLASSES), report=told.append)
    ends = [report for report in told if report.finished]
    assert [(r.epoch, r.epochs, r.row, r.rows) for r in ends] == [(2, 4, 11, 11), (3, 4, 11, 11), (4, 4, 11, 11)]
    assert [r.loss for r in ends] == history["loss"]
    for i, report in enumerate(ends):
        assert report.finished == {name: values[i] for name, values in history.items()}


def test_reports_under_way(k):
    """A slow epoch is told of before its end: rows done so far, and their mean loss."""
    spy = Spy(k, before=lambda name: time.sleep(0.015) if name == "affine" else None)
    told = []
    net = softmax_net(spy)
    net.fit(X, CLASSES, epochs=1, batch_size=1, report=told.append)
    under_way = [report for report in told if not report.finished]
    assert under_way and told[-1].finished
    rows = [report.row for report in under_way]
    assert rows == sorted(set(rows)) and rows[0] > 0 and rows[-1] < 11
    again = softmax_net(k)
    losses = by_hand(again, X, CLASSES, rn.SGD(), rn.CrossEntropy(), 1, 1)
    assert told[-1].loss == losses[0]
    assert all(0.0 < report.loss < 5.0 and (report.epoch, report.epochs, report.rows) == (1, 1, 11)
               for report in under_way)


# --- Ctrl-C -------------------------------------------------------------------------------------------------------


def press():
    signal.raise_signal(signal.SIGINT)


def count_down(kernel, n, act):
    """A function for Spy.before: act at the n-th call of this kernel."""
    left = [n]

    def before(name):
        if name == kernel:
            left[0] -= 1
            if left[0] == 0:
                act()

    return before


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
@pytest.mark.parametrize("kernel, call, steps", [
    ("affine", 1, 1), ("affine_backward_weights", 3, 2), ("take_rows", 6, 3), ("affine", 8, 4),
])  # fmt: skip
def test_ctrl_c_stops_at_the_end_of_the_step(k, kernel, call, steps, optimizer):
    """Pressed anywhere in a step (two affine, two affine_backward_weights, two take_rows each): that step is finished,
    nothing of the next begun, and training goes on from there to the bits of a run that was never interrupted.
    """
    def fit(net, epochs, **settings):
        return net.fit(X, CLASSES, epochs=epochs, batch_size=4, **settings)

    net = softmax_net(Spy(k, count_down(kernel, call, press)))
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(net, 3, optimizer=optimizer(0.3))
    assert signal.getsignal(signal.SIGINT) is handler
    assert net.progress.step == steps
    reference, own = softmax_net(k), optimizer(0.3)
    by_hand(reference, X, CLASSES, own, rn.CrossEntropy(), 3, 4, steps=steps)
    assert (net.fingerprint(), state(net)[1]) == (reference.fingerprint(), state(reference)[1])

    whole = softmax_net(k)
    expected = fit(whole, 3, optimizer=optimizer(0.3))
    epochs_done = net.epoch
    history = fit(net, 3 - epochs_done)
    assert state(net) == state(whole)
    assert history == {name: values[epochs_done:] for name, values in expected.items()}
    assert net.progress.plan is None


def test_an_epoch_broken_off_is_finished_with_the_same_data(k):
    net = softmax_net(Spy(k, count_down("affine", 3, press)))
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, CLASSES, epochs=2, batch_size=4)
    before = state(net)
    assert before[2:5] == (0, 2, 8)
    for settings in ({"batch_size": 5}, {"batch_size": 4, "shuffle": False}, {"batch_size": 4, "seed": 1}):
        with pytest.raises(ValueError, match=r"epoch 1 was broken off with \(11, 4, True, 3\)"):
            net.fit(X, CLASSES, **settings)
    with pytest.raises(ValueError, match="broken off"):
        net.fit(X[:8], CLASSES[:8], batch_size=4)
    assert state(net) == before
    net.fit(X, CLASSES, batch_size=4)
    assert state(net)[2:5] == (1, 3, 0)


def long_run(backend):
    """A network and data with which training takes long enough to be interrupted from outside."""
    return softmax_net(backend), [row * 1 for row in X * 20], CLASSES * 20


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Nesterov])
def test_ctrl_c_from_outside(backend, optimizer):
    """At any moment of a long run, in Python or inside a long call of C: back at once, between two steps."""
    net, inputs, targets = long_run(backend)
    pressed = []
    threading.Timer(0.2, lambda: (pressed.append(time.monotonic()), _thread.interrupt_main())).start()
    with pytest.raises(KeyboardInterrupt):
        net.fit(inputs, targets, optimizer=optimizer(0.01), epochs=10**6, batch_size=7)
    assert time.monotonic() - pressed[0] < 2.0  # ten times a second is meant; a loaded machine gets twenty times that
    progress = net.progress
    per_epoch = 32  # 220 rows in batches of 7
    assert progress.step == progress.epoch * per_epoch + -(-progress.position // 7) > 1

    reference, inputs, targets = long_run(backend)
    own = optimizer(0.01)
    if progress.epoch:
        reference.fit(inputs, targets, optimizer=own, epochs=progress.epoch, batch_size=7)
    own.attach(reference)
    order = permutation(stream_key(3, SHUFFLE_STREAM + progress.epoch), 220)
    for start in range(0, progress.position, 7):
        batch = order[start : start + 7]
        own.before_forward(reference)
        reference.forward([inputs[i] for i in batch])
        reference.loss([targets[i] for i in batch])
        reference.backward()
        own.update(reference)
    assert (net.fingerprint(), state(net)[1]) == (reference.fingerprint(), state(reference)[1])

    whole, *_ = long_run(backend)
    expected = whole.fit(inputs, targets, optimizer=optimizer(0.01), epochs=progress.epoch + 1, batch_size=7)
    history = net.fit(inputs, targets, epochs=1, batch_size=7)
    assert state(net) == state(whole)
    assert history["loss"] == expected["loss"][-1:]


def test_ctrl_c_from_a_report(backend):
    """It stops at a step's end, and goes on to the bits of a run without interruption."""
    net, whole = softmax_net(backend), softmax_net(backend)
    pressed = []

    def report(told):
        if told.finished and not pressed:
            pressed.append(told)
            press()

    with pytest.raises(KeyboardInterrupt):
        net.fit(X, CLASSES, optimizer=rn.Momentum(0.05), epochs=200_000, batch_size=4, report=report)
    assert len(pressed) == 1
    epochs = net.epoch + 1
    assert epochs < 200_000
    net.fit(X, CLASSES, epochs=1, batch_size=4)
    whole.fit(X, CLASSES, optimizer=rn.Momentum(0.05), epochs=epochs, batch_size=4)
    assert state(net) == state(whole)


def test_fit_in_another_thread(backend):
    """Only the main thread may catch Ctrl-C; elsewhere training works all the same."""
    expected = softmax_net(backend)
    history = expected.fit(X, CLASSES, epochs=3, batch_size=4)
    results = []

    def work():
        net = softmax_net(backend)
        results.append((net.fit(X, CLASSES, epochs=3, batch_size=4), net.fingerprint()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [(history, expected.fingerprint())] * 4


# --- A step that fails ----------------------------------------------------------------------------------------------


class Fragile(rn.Layer):
    """Passes everything on, until its n-th forward or backward call raises, and every one after it."""

    def __init__(self, where, call):
        super().__init__()
        self.where, self.call = where, call

    def pass_on(self, where, value):
        if where == self.where and self.call is not None:
            self.call -= 1
            if self.call <= 0:
                raise ArithmeticError("the layer has had enough")
        return self.k.scale(value, 1.0)

    def forward(self, x, training=False):
        return self.pass_on("forward", x)

    def backward(self, d, input_gradient=True):
        return self.pass_on("backward", d)


def fragile_net(backend, where, call):
    layers = [rn.Input(3), rn.Dense(4), rn.Tanh(), Fragile(where, call), rn.Dense(3), rn.Softmax()]
    return rn.Network(layers, backend=backend, seed=3)


@pytest.mark.filterwarnings("ignore::UserWarning")  # C may say that it trains such a network step by step
@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
@pytest.mark.parametrize("where", ["forward", "backward"])
@pytest.mark.parametrize("spied, call", [(True, 1), (True, 3), (True, 5), (False, 1), (False, 2)])
def test_a_step_that_fails_has_not_taken_place(k, spied, call, where, optimizer):
    """Weights, velocities, counts and the loss so far are those of the steps before, and training can go on from there.

    (Not spied upon, C calls the layer's Python in the first two steps of an epoch at least; later it may replay.)
    """
    net = fragile_net(Spy(k) if spied else k, where, call)
    with pytest.raises(ArithmeticError, match="had enough"):
        net.fit(X, CLASSES, optimizer=optimizer(0.3), epochs=3, batch_size=4)
    steps = call - 1
    reference = fragile_net(k, where, None)
    by_hand(reference, X, CLASSES, optimizer(0.3), rn.CrossEntropy(), 3, 4, steps=steps)
    assert net.progress.step == steps
    assert (net.progress.epoch, net.progress.position) == (steps // 3, steps % 3 * 4)
    assert (net.fingerprint(), state(net)[1]) == (reference.fingerprint(), state(reference)[1])

    net.layers[3].call = None
    whole = fragile_net(k, where, None)
    expected = whole.fit(X, CLASSES, optimizer=optimizer(0.3), epochs=3, batch_size=4)
    history = net.fit(X, CLASSES, epochs=3 - net.epoch, batch_size=4)
    assert state(net) == state(whole)
    assert history["loss"] == expected["loss"][-len(history["loss"]):]


def test_the_epoch_of_a_failed_step_is_finished_with_the_same_data(k):
    """As after Ctrl-C: half an epoch of other rows would go unnoticed."""
    net = fragile_net(Spy(k), "forward", 2)
    with pytest.raises(ArithmeticError):
        net.fit(X, CLASSES, batch_size=4)
    net.layers[3].call = None
    with pytest.raises(ValueError, match="broken off"):
        net.fit(X[:6], CLASSES[:6], batch_size=2)


def test_a_report_that_fails_leaves_a_step_boundary(k):
    """An exception of the user's own report function: training goes on from there to the same bits."""
    def fail(told):
        raise OSError("no terminal")

    spy = Spy(k, before=lambda name: time.sleep(0.03) if name == "affine" else None)
    net, whole = softmax_net(spy), softmax_net(k)
    with pytest.raises(OSError, match="no terminal"):
        net.fit(X, CLASSES, optimizer=rn.Momentum(0.1), batch_size=1, report=fail)
    assert 0 < net.progress.step < 11
    spy.before = lambda name: None
    expected = whole.fit(X, CLASSES, optimizer=rn.Momentum(0.1), batch_size=1)
    assert net.fit(X, CLASSES, batch_size=1) == expected
    assert state(net) == state(whole)


class Forgetful(rn.Layer):
    """A scale that is trained, but whose gradient is missing when told so."""

    forget = False

    def build(self, inputs, k, keys=None):
        super().build(inputs, k)
        self.parameters["gain"] = rn.Parameter(k.matrix([[1.5]]), is_row=True)

    def forward(self, x, training=False):
        self.x = x
        return self.k.affine(x, self.parameters["gain"].value)

    def backward(self, d, input_gradient=True):
        gradient = self.k.affine_backward_weights(d, self.x)
        self.parameters["gain"].gradient = None if self.forget else gradient
        return self.k.affine_backward_input(d, self.parameters["gain"].value)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
def test_an_update_that_fails_leaves_the_weights(k, optimizer):
    """Also Nesterov's, which has gone ahead by then."""
    net = rn.Network([rn.Input(3), rn.Dense(1), Forgetful()], backend=Spy(k), seed=3)
    targets = [0.1 * i for i in range(11)]
    net.fit(X, targets, optimizer=optimizer(0.05), batch_size=4)
    before = net.fingerprint(), state(net)[1], net.progress.step
    net.layers[2].forget = True
    with pytest.raises(ValueError, match=r"forgetful1\.gain has no gradient"):
        net.fit(X, targets, batch_size=4)
    assert (net.fingerprint(), state(net)[1], net.progress.step) == before
    net.layers[2].forget = False
    net.fit(X, targets, batch_size=4)
    whole = rn.Network([rn.Input(3), rn.Dense(1), Forgetful()], backend=k, seed=3)
    whole.fit(X, targets, optimizer=optimizer(0.05), batch_size=4, epochs=2)
    assert net.fingerprint() == whole.fingerprint()


# --- Learning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [rn.SGD(1.0), rn.Momentum(0.2), rn.Nesterov(0.2)], ids=lambda o: type(o).__name__)
def test_xor_is_learnt(backend, optimizer):
    """Fixed by its seed, so it cannot flake; four of four right."""
    inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    net = rn.Network([rn.Input(2), rn.Dense(4), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], backend=backend, seed=1)
    before = net.evaluate(inputs, targets)
    net.fit(inputs, targets, optimizer=type(optimizer)(optimizer.schedule.rate), epochs=400, batch_size=2)
    after = net.evaluate(inputs, targets)
    assert after["accuracy"] == 1.0 and after["loss"] < 0.1 < 0.5 < before["loss"]


def test_mnist_on_both_backends(both, shared_data):
    """784-30-10, sigmoid, batch 10: 50 minibatches and a short one, every weight bit-equal ("What it must show", 2)."""
    if not (shared_data / "mnist").is_dir():
        pytest.skip("MNIST is not beside the project")
    mnist = rn.data.read_idx_folder(shared_data / "mnist", which="test").take(range(507))
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
    """Guard of the comparisons above: one bit in one kernel of one step, and the fingerprints differ."""
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
