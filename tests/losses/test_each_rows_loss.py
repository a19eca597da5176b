"""What does each row cost, and each output? The numbers that `loss` and `evaluate` add up."""

import pytest
from unchanged import Unchanged

import refnet as rn

X, CLASSES = [[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]], [1, 0, 1]


def linear(backend):
    """o = 2x"""
    return rn.Network([rn.Input(1), rn.Dense(1, weights=[[2.0]], penalty=rn.L2(0.5))], backend=backend)


@pytest.mark.parametrize("loss, each, divisor", [
    (rn.HalfSquaredError(), [0.5, 2.0, 0.0], 3.0), (rn.MeanSquaredError(), [1.0, 4.0, 0.0], 3.0),
    (rn.HalfSquaredError(over="sum"), [0.5, 2.0, 0.0], 1.0), (rn.MeanAbsoluteError(), [1.0, 2.0, 0.0], 3.0),
    (rn.Huber(1.0), [0.5, 1.5, 0.0], 3.0),
])
def test_by_hand(backend, loss, each, divisor):
    """o = 2, 4, 6; y = 1, 2, 6. The penalty, ½·2², is in the loss of the batch alone."""
    net = linear(backend)
    net.forward([[1.0], [2.0], [3.0]])
    assert net.losses([1.0, 2.0, 6.0], loss) == each
    assert net.loss([1.0, 2.0, 6.0], loss) == (each[0] + each[1] + each[2]) / divisor + 2.0


def softmax(backend):
    return rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(2), rn.Softmax()], backend=backend, seed=1)


@pytest.mark.parametrize("loss", [rn.CrossEntropy(), rn.CrossEntropy(fused=False), rn.MeanSquaredError("elements")])
def test_they_add_up_to_the_loss_in_order(backend, loss):
    net = softmax(backend)
    net.forward(X)
    total = 0.0
    for each in net.losses(CLASSES, loss):
        total += each
    assert total / loss.divisor(3, 2) == net.loss(CLASSES, loss) == net.evaluate(X, CLASSES, loss)["loss"]


def test_a_row_has_its_loss_in_any_batch_on_either_backend(both):
    found = []
    for backend in ("python", "c"):
        net = softmax(backend)
        net.forward(X)
        whole = net.losses(CLASSES)
        for row, label, loss in zip(X, CLASSES, whole):
            net.forward([row])
            assert net.losses([label]) == [loss]
        found.append(whole)
    assert found[0] == found[1] and len(set(found[0])) == 3


def test_backward_starts_from_the_loss_and_not_from_these(backend):
    net, plain = softmax(backend), softmax(backend)
    for each in (net, plain):
        for _ in range(3):  # the third is replayed in C
            each.forward(X, training=True)
            each.loss(CLASSES, rn.CrossEntropy())
            if each is net:
                assert net.losses([[0.5, 0.25]] * 3, rn.MeanSquaredError()) != net.losses(CLASSES)
            each.backward()
    assert net.gradients == plain.gradients and type(net.objective) is rn.CrossEntropy


def test_targets_of_every_kind(backend):
    numpy = pytest.importorskip("numpy")
    net = softmax(backend)
    net.forward(X)
    whole = net.losses(CLASSES)
    assert type(whole) is list and net.losses([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]) == whole
    found = net.losses(numpy.array(CLASSES))
    assert isinstance(found, numpy.ndarray) and found.shape == (3,) and found.tolist() == whole


def two_outputs(backend):
    h = rn.Tanh()(rn.Dense(3)(rn.Input(2)))
    return rn.Network([rn.Dense(2)(h), rn.Softmax()(rn.Dense(2)(h))], backend=backend, seed=2)


def test_each_output_has_its_own(backend):
    """Without the weights of the outputs; the loss of all has them."""
    net, numbers = two_outputs(backend), [[0.5, 1.0], [0.0, -1.0], [2.0, 0.25]]
    loss = rn.MultiTask([rn.HalfSquaredError(), rn.CrossEntropy()], weights=[0.5, 3.0])
    net.forward(X)
    first, second = net.losses([numbers, CLASSES], loss)
    total, sums = 0.0, [0.0, 0.0]
    for a, b in zip(first, second):
        total += 0.5 * a + 3.0 * b
        sums = [sums[0] + a, sums[1] + b]
    assert net.loss([numbers, CLASSES], loss) == total / 3.0
    results = net.evaluate(X, [numbers, CLASSES], loss)
    assert list(results) == ["loss", "dense2_loss", "softmax1_loss", "softmax1_accuracy"]
    assert results["loss"] == total / 3.0
    assert [results["dense2_loss"], results["softmax1_loss"]] == [sums[0] / 3.0, sums[1] / 3.0]


def test_they_can_be_watched(native):
    """The history of each output's loss, the same on both backends."""
    histories = []
    for backend in ("python", "c"):
        net, targets = two_outputs(backend), [[[0.5, 1.0], [0.0, -1.0], [2.0, 0.25]], CLASSES]
        stopping = rn.EarlyStopping(patience=50, monitor="validation_softmax1_loss")
        histories.append(net.fit(X, targets, epochs=3, validation=(X, targets), callbacks=stopping))
        assert stopping.best == min(histories[-1]["validation_softmax1_loss"])
    assert histories[0] == histories[1]


def test_weights_of_rows_count_in_each_output(backend):
    net, targets = two_outputs(backend), [[[0.5, 1.0], [0.0, -1.0], [2.0, 0.25]], CLASSES]
    net.forward(X)
    first, _ = net.losses(targets)
    found = net.evaluate(X, targets, sample_weight=[2.0, 0.0, 1.0])["dense2_loss"]
    assert found == (2.0 * first[0] + 0.0 * first[1] + first[2]) / 3.0


def test_what_is_refused(backend):
    net = softmax(backend)
    with Unchanged(net, ValueError, "no forward pass yet"):
        net.losses(CLASSES)
    net.forward(X)
    with Unchanged(net, ValueError, "targets", "2 targets for 3 rows"):
        net.losses([0, 1])
    with Unchanged(net, ValueError, "loss", "'hingle'"):
        net.losses(CLASSES, "hingle")
    with Unchanged(net, TypeError, "loss", "allowed: losses"):
        net.losses(CLASSES, 3)
    net.set("dense1.bias", [0.0] * 3)
    with pytest.raises(ValueError, match="losses: weights have changed since the forward pass"):
        net.losses(CLASSES)
