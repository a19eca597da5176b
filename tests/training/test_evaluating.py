"""Are evaluation, prediction and reports right, and do they change nothing?"""

import math
import time

from kernel_helpers import same
from spies import Spy
from training_helpers import CLASSES, SOFT, X, by_hand, softmax_net, state

import refnet as rn
from refnet.arithmetic.elementary import log

# --- Validation, evaluate, predict ---


def test_validation_is_evaluated_after_each_epoch(backend):
    net, step_by_step = softmax_net(backend), softmax_net(backend)
    found = net.fit(X[:8], CLASSES[:8], epochs=3, batch_size=3, optimizer=rn.SGD(0.5),
                    validation=(X[8:], CLASSES[8:]))
    plain = softmax_net(backend)
    plain.fit(X[:8], CLASSES[:8], epochs=3, batch_size=3, optimizer=rn.SGD(0.5))
    assert net.fingerprint() == plain.fingerprint()  # validation data is not trained on
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
    """The outputs are the inputs. The predicted class is the largest output, the first among equals."""
    net = rn.Network([rn.Input(2)], backend=backend)
    rows, targets = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.25, 0.5]], [0, 1, 0, 0]
    result = net.evaluate(rows, targets, rn.MeanSquaredError())
    # squares: 0, 0, ¼ + ¼, 9/16 + ¼; decided: 0, 1, 0 (the first of equals), 1 (wrong)
    assert result == {"loss": (0.5 + 0.8125) / 4.0, "accuracy": 0.75}
    assert net.evaluate(rows, [[1.0, 0.0]] * 4, rn.MeanSquaredError()) == {"loss": (0.0 + 2.0 + 0.5 + 0.8125) / 4.0}
    assert net.evaluate(rows[3:], targets[3:], rn.HalfSquaredError("sum")) == {"loss": 0.40625, "accuracy": 0.0}


def test_the_means_that_are_reported_are_binary64_in_every_format():
    """3,000 losses of 1 are 2,048 in a sum of binary16, and of weighted rows alike."""
    net = rn.Network([rn.Input(1)], "python", number="binary16")
    x, ones = [[1.0]] * 3000, [[0.0]] * 3000
    assert net.evaluate(x, ones, rn.MeanSquaredError())["loss"] == 1.0
    assert net.evaluate(x, ones, rn.MeanSquaredError("sum"))["loss"] == 3000.0
    assert net.evaluate(x, ones, rn.MeanSquaredError(), sample_weight=[0.5] * 3000)["loss"] == 0.5


def test_evaluate_with_one_output(backend):
    """Right when output and target are on the same side of ½; ½ itself counts as yes."""
    net = rn.Network([rn.Input(1)], backend=backend)
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
    """700 rows, more than any internal batch: the losses are added row by row, from the first to the last."""
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
    """predict, evaluate with another loss and forward do not change how training goes on."""
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


# --- Reports ---


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
    """A slow epoch is reported before its end: the rows done so far and their mean loss."""
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
