"""Do weights of rows and classes count as they should, and what do metrics see?"""

import functools

import pytest
from callback_helpers import VALIDATION, X, Y, fit, network
from unchanged import Unchanged

import refnet as rn


def test_a_row_of_weight_2_counts_twice_and_one_of_weight_0_not_at_all(backend):
    """With the sum as loss the gradient is that of the row given twice, or left out."""
    loss = rn.CrossEntropy(over="sum")

    def after(inputs, targets, **weights):
        net = rn.Network([rn.Input(2), rn.Dense(2), rn.Softmax()], backend=backend, seed=1)
        history = net.fit(inputs, targets, loss=loss, batch_size=100, shuffle=False, optimizer=rn.SGD(0.5), **weights)
        return net.weights, history["loss"]

    assert after(X[:1], Y[:1], sample_weight=[2.0]) == after(X[:1] * 2, Y[:1] * 2)
    assert after(X[:2], Y[:2], sample_weight=[1.0, 0.0]) == after(X[:1], Y[:1])
    assert after(X, Y, class_weight={0: 0.5}) == after(X, Y, sample_weight=[1.0, 0.5, 0.5, 1.0, 0.5])
    assert after(X, Y, class_weight={0: 0.5, 1: 4.0}, sample_weight=[1, 2, 3, 4, 5]) == after(
        X, Y, sample_weight=[4.0, 1.0, 1.5, 16.0, 2.5]
    )


@pytest.mark.parametrize(
    ("targets", "outputs"),
    [([1, 0, 0, 1, 0], 2), ([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]], 2), ([1, 0, 0, 1, 0], 1)],
)
def test_class_weights_for_indices_one_hot_rows_and_yes_or_no(backend, targets, outputs):
    nets = [rn.Network([rn.Input(2), rn.Dense(outputs)], backend=backend, seed=1) for _ in range(2)]
    for net, weights in zip(nets, ({"class_weight": {1: 3.0}}, {"sample_weight": [3.0, 1.0, 1.0, 3.0, 1.0]})):
        net.fit(X, targets, loss=rn.MeanSquaredError(), **weights)
    assert nets[0].fingerprint() == nets[1].fingerprint()


@pytest.mark.parametrize("targets", [Y, [[float(y == 0), float(y == 1)] for y in Y], ["no" if y else "yes" for y in Y]])
def test_balanced_classes(backend, targets):
    """n/(classes·count): three rows of class 0 and two of class 1; the names are in alphabetical order."""
    nets = [network(backend), network(backend)]
    weights = [5 / (2 * 2), 5 / (2 * 3), 5 / (2 * 3), 5 / (2 * 2), 5 / (2 * 3)]
    for net, given in zip(nets, ({"class_weight": "balanced"}, {"sample_weight": weights})):
        net.fit(X, targets, batch_size=2, epochs=2, **given)
    assert nets[0].fingerprint() == nets[1].fingerprint()


def test_balanced_classes_as_scikit_learn_has_them(backend):
    sklearn = pytest.importorskip("sklearn.utils.class_weight", reason="the extra `test` brings scikit-learn")
    labels = [0, 2, 2, 0, 2, 2, 0]  # class 1 does not occur
    expected = sklearn.compute_sample_weight("balanced", labels)
    nets = [rn.Network([rn.Input(1), rn.Dense(3), rn.Softmax()], backend=backend, seed=1) for _ in range(2)]
    for net, given in zip(nets, ({"class_weight": "balanced"}, {"sample_weight": expected})):
        net.fit([[0.5 * i] for i in range(7)], labels, **given)
    assert nets[0].fingerprint() == nets[1].fingerprint()


def test_class_weights_by_name(backend):
    nets = [network(backend), network(backend)]
    names = ["no" if y else "yes" for y in Y]
    for net, weights in zip(nets, ({"yes": 3.0}, {1: 3.0})):
        net.fit(X, names, class_weight=weights)
    assert nets[0].fingerprint() == nets[1].fingerprint()
    with Unchanged(nets[0], ValueError, "class_weight: class 'maybe'", "allowed: 0 to 1, 'no', 'yes'"):
        nets[0].fit(X, names, class_weight={"maybe": 1.0})
    with Unchanged(nets[0], TypeError, "class_weight: 'balance'; expected a dict {class: weight}, or 'balanced'"):
        nets[0].fit(X, names, class_weight="balance")
    with Unchanged(nets[0], ValueError, "class_weight: the targets are not classes"):
        nets[0].fit(X, [[0.5, 0.5]] * 5, class_weight="balanced")


def test_weights_are_the_same_bits_and_replayed(native, recwarn):
    nets = [network(backend) for backend in ("python", "c")]
    histories = [fit(net, 4, sample_weight=[0.1, 2.0, 0.0, 1.0, 3.0], class_weight={1: 0.7}) for net in nets]
    assert histories[0] == histories[1] and nets[0].fingerprint() == nets[1].fingerprint()
    assert not recwarn.list


def test_metrics_in_the_history(backend):
    def first(targets, outputs):
        assert targets == VALIDATION[1] and len(outputs) == 3 and len(outputs[0]) == 2
        return outputs[0][0]

    net = network(backend)
    history = fit(net, 2, metrics=[rn.metrics.f1, first])
    assert history["validation_first"][-1] == net.predict(VALIDATION[0])[0][0]
    decided = [row.index(max(row)) for row in net.predict(VALIDATION[0])]
    assert history["validation_f1"][-1] == rn.metrics.f1(VALIDATION[1], decided)
    assert net.evaluate(*VALIDATION, metrics=rn.metrics.log_loss)["log_loss"] > 0.0
    fit(net, 1, metrics=rn.metrics.accuracy, callbacks=rn.EarlyStopping(monitor="validation_accuracy"))


def test_a_metric_with_arguments_filled_in(backend):
    history = fit(network(backend), 1, metrics=functools.partial(rn.metrics.f1, average="macro"))
    assert len(history["validation_f1"]) == 1
