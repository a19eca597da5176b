"""Which rows validate, with which weights, and when is it noticed that a metric does not fit them?"""

import math

import pytest
from training_helpers import CLASSES, ONE_HOT, SOFT, X, softmax_net
from unchanged import Unchanged

import refnet as rn
from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import HOLD_OUT_STREAM

# --- A share of the examples ---


def held_out(seed, labels, share=0.25):
    """The rows that validate: evenly spread over the random order, sorted by class."""
    order = permutation(stream_key(seed, HOLD_OUT_STREAM), len(labels))
    order.sort(key=labels.__getitem__)
    n, wanted = len(labels), math.floor(share * len(labels) + 0.5)
    return sorted(i for place, i in enumerate(order) if (place + 1) * wanted // n > place * wanted // n)


def apart(rows, data):
    return [row for i, row in enumerate(data) if i not in rows], [data[i] for i in rows]


@pytest.mark.parametrize("targets, labels", [(CLASSES, CLASSES), (ONE_HOT, CLASSES), (SOFT, [0] * 11)])
def test_a_share_is_held_out(backend, targets, labels):
    """As if both parts had been given: the same bits. Of classes each has its share."""
    rows = held_out(3, labels)
    assert len(rows) == 3
    (x, xv), (y, yv) = apart(rows, X), apart(rows, targets)
    shared, parted = softmax_net(backend, seed=3), softmax_net(backend, seed=3)
    history = shared.fit(X, targets, epochs=3, batch_size=3, validation=0.25)
    assert history == parted.fit(x, y, epochs=3, batch_size=3, validation=(xv, yv))
    assert shared.fingerprint() == parted.fingerprint() and len(history["validation_loss"]) == 3


def test_each_class_has_its_share():
    """Of 40, 20 and 10 rows a fifth are 8, 4 and 2, whatever the order of the rows."""
    labels, seen = [0] * 40 + [1] * 20 + [2] * 10, []

    def look(targets, outputs):
        seen.append(sorted(targets))
        return 0.0

    for seed in range(5):
        net = softmax_net("python", seed=seed)
        net.fit([[float(i), 0.0, 0.0] for i in range(70)], labels, validation=0.2, batch_size=70, metrics=[look])
        assert seen[-1] == [0] * 8 + [1] * 4 + [2] * 2


def test_a_second_fit_and_a_loaded_network_hold_out_the_same_rows(journey, path):
    start, end = journey
    whole, parts = softmax_net(start), softmax_net(start)
    expected = whole.fit(X, CLASSES, epochs=5, batch_size=4, validation=0.3)
    found = parts.fit(X, CLASSES, epochs=2, batch_size=4, validation=0.3)
    parts.save(path)
    parts = rn.load(path, end)
    for name, values in parts.fit(X, CLASSES, epochs=3, batch_size=4, validation=0.3, seed=None).items():
        found[name] += values
    assert found == expected and parts.fingerprint() == whole.fingerprint()


def test_the_seed_of_the_shuffle_holds_out_the_same_rows(backend):
    """Else a second fit with another seed would train on rows that have validated."""
    nets = [softmax_net(backend) for _ in range(2)]
    told = [net.fit(X, CLASSES, batch_size=11, validation=0.3, seed=seed, optimizer=rn.SGD(1e-300))
            for net, seed in zip(nets, (1, 2))]
    assert told[0]["validation_loss"] == told[1]["validation_loss"]


def test_what_cannot_be_held_out(net):
    x, y = [[0.5, -1.0], [1.5, 2.0], [-0.25, 0.75], [1.0, 1.0]], [0, 2, 1, 2]
    for share, words in ((0.0, ["validation", "0.0", "> 0 and < 1"]), (1, ["validation", "1", "< 1"]),
                         (math.nan, ["validation", "nan"]), (0.1, ["0.1 of 4 examples", "4 to train", "0 to validate"]),
                         (0.9, ["0.9", "0 to train", "4 to validate"])):
        with Unchanged(net, ValueError, *words):
            net.fit(x, y, validation=share)
    for validation in (True, "0.2", [0.2], (x,), (x, y, [1.0], 3)):
        with Unchanged(net, TypeError, "validation", "(inputs, targets, weights)", "0.2"):
            net.fit(x, y, validation=validation)


def test_several_inputs_and_outputs_and_bytes(backend):
    """Rows of each stay together; without a single output of classes the order alone decides."""
    def made():
        a, b = rn.Input(2), rn.Input(1)
        h = rn.Concatenate()(a, b)
        return rn.Network([rn.Softmax()(rn.Dense(2)(h)), rn.Dense(1)(h)], backend=backend, seed=4)

    data = [[[0.5 * i, 1.0 - i] for i in range(8)], [[0.25 * i] for i in range(8)]]
    targets = [[i % 2 for i in range(8)], [float(i) for i in range(8)]]
    rows = held_out(4, [0] * 8)
    nets = [made(), made()]
    parts = [[apart(rows, table) for table in tables] for tables in (data, targets)]
    (x, xv), (y, yv) = ([[pair[i] for pair in tables] for i in range(2)] for tables in parts)
    assert nets[0].fit(data, targets, validation=0.25) == nets[1].fit(x, y, validation=(xv, yv))
    images = rn.data.ByteMatrix(bytes(range(33)), 11, 3)
    rows = held_out(3, CLASSES)
    nets = [softmax_net(backend), softmax_net(backend)]
    (y, yv), left = apart(rows, CLASSES), [i for i in range(11) if i not in rows]
    history = nets[0].fit(images, CLASSES, validation=0.25, epochs=2)
    assert history == nets[1].fit(images.take(left), y, validation=(images.take(rows), yv), epochs=2)
    assert nets[0].fingerprint() == nets[1].fingerprint()


# --- Weights ---


def test_evaluate_with_weights_by_hand(backend):
    """The outputs are the inputs. Squares: 0, 0, ½, 13/16; decided: right, right, right, wrong."""
    net = rn.Network([rn.Input(2)], backend=backend)
    rows, targets = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.25, 0.5]], [0, 1, 0, 0]
    found = net.evaluate(rows, targets, rn.MeanSquaredError(), sample_weight=[1, 0.5, 3, 2])
    assert found == {"loss": (3 * 0.5 + 2 * 0.8125) / 4.0, "accuracy": 4.5 / 6.5}
    found = net.evaluate(rows, targets, rn.MeanSquaredError("sum"), sample_weight=[0.0] * 4)
    assert found["loss"] == 0.0 and math.isnan(found["accuracy"])
    assert net.evaluate(rows, targets, rn.MeanSquaredError(), sample_weight=[1.0] * 4) == net.evaluate(
        rows, targets, rn.MeanSquaredError())


def test_evaluate_measures_what_fit_minimises(backend):
    """With all rows in one batch the loss of the first epoch is that of the weights before it."""
    weights = [0.1 * i for i in range(11)]
    net = softmax_net(backend)
    before = net.evaluate(X, CLASSES, sample_weight=weights)["loss"]
    history = net.fit(X, CLASSES, sample_weight=weights, batch_size=11, shuffle=False)
    assert history["loss"] == [before]


def test_validation_with_weights(backend):
    weights = [0.5, 2.0, 0.0]
    net = softmax_net(backend)
    history = net.fit(X[:8], CLASSES[:8], validation=(X[8:], CLASSES[8:], weights))
    found = net.evaluate(X[8:], CLASSES[8:], sample_weight=weights)
    assert (history["validation_loss"], history["validation_accuracy"]) == ([found["loss"]], [found["accuracy"]])
    with Unchanged(net, ValueError, "sample_weight: 2 targets for 3 rows"):
        net.fit(X[:8], CLASSES[:8], validation=(X[8:], CLASSES[8:], [1.0, 2.0]))


def test_a_share_has_the_weights_of_its_rows(backend):
    """Those of rows; those of classes are for training."""
    weights, rows = [0.25 * i for i in range(11)], held_out(3, CLASSES)
    (x, xv), (y, yv), (w, wv) = apart(rows, X), apart(rows, CLASSES), apart(rows, weights)
    shared, parted = softmax_net(backend), softmax_net(backend)
    history = shared.fit(X, CLASSES, validation=0.25, sample_weight=weights, class_weight={0: 2.0})
    assert history == parted.fit(x, y, validation=(xv, yv, wv), sample_weight=w, class_weight={0: 2.0})
    assert shared.fingerprint() == parted.fingerprint()


def test_balanced_are_the_rows_that_train(backend):
    rows = held_out(3, CLASSES)
    (x, xv), (y, yv) = apart(rows, X), apart(rows, CLASSES)
    weights = [len(y) / (3 * y.count(label)) for label in y]
    shared, parted = softmax_net(backend), softmax_net(backend)
    history = shared.fit(X, CLASSES, validation=0.25, class_weight="balanced")
    assert history == parted.fit(x, y, validation=(xv, yv), sample_weight=weights)


# --- Metrics that do not fit ---


class Seen:
    """A metric that notes how many rows it gets, and may fail."""

    __name__ = "seen"

    def __init__(self, fails=lambda targets: False):
        self.rows, self.fails = [], fails

    def __call__(self, targets, outputs):
        assert len(targets) == len(outputs)
        self.rows.append(len(targets))
        if self.fails(targets):
            raise ArithmeticError("the metric's own trouble")
        return 0.5


LONG = [[math.sin(0.3 * i), math.cos(0.7 * i), 0.1] for i in range(700)]
SORTED = [i // 234 for i in range(700)]


def test_metrics_are_tried_on_a_few_rows_and_evaluated_once_an_epoch(backend):
    seen = Seen()
    softmax_net(backend).fit(X, CLASSES, epochs=3, validation=(LONG, SORTED), metrics=[seen])
    assert seen.rows == [32, 700, 700, 700]


def test_a_metric_that_fails_is_noticed_before_anything_has_changed(backend):
    net, seen = softmax_net(backend), Seen(lambda targets: True)
    with Unchanged(net, ArithmeticError, "own trouble"):
        net.fit(X, CLASSES, validation=(LONG, SORTED), metrics=[seen])
    assert net.history == {}


def test_the_few_rows_are_from_all_over_and_if_they_are_too_few_all_are_tried(backend):
    all_classes, many = Seen(lambda targets: len(set(targets)) < 3), Seen(lambda targets: len(targets) < 100)
    for seen, rows in ((all_classes, [32, 700]), (many, [32, 700, 700])):
        softmax_net(backend).fit(X, CLASSES, validation=(LONG, SORTED), metrics=[seen])
        assert seen.rows == rows


def test_names_of_classes_are_those_of_the_training(backend):
    """Also where the validation part does not have all of them."""
    net = softmax_net(backend)
    names = ["ant", "bee", "cat"]
    history = net.fit(X, [names[c] for c in CLASSES], validation=(X[:2], ["cat", "bee"]))
    assert history["validation_loss"] == [net.evaluate(X[:2], [2, 1])["loss"]]
