"""What is done between two epochs: stop at a loss, stop early, keep checkpoints, look at the layers. By hand."""

import math

import pytest

import refnet as rn
from refnet.callbacks import layer_statistics


def falling(backend):
    """One weight that halves in each epoch: w ← w − ½·(wx − 0)x with x = 1. Losses ½w²: 2, ½, ⅛, …"""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[2.0]]]
    return net


def fit(net, epochs=9, **settings):
    return net.fit([[1.0]], [0.0], loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.5), epochs=epochs, **settings)


@pytest.mark.parametrize("threshold, epochs", [(2.0, 1), (1.9, 2), (0.5, 2), (0.125, 3), (0.0, 9)])
def test_training_stops_at_a_loss(backend, threshold, epochs):
    net = falling(backend)
    history = fit(net, callbacks=rn.StopAtLoss(threshold))
    assert history["loss"] == [2.0 * 0.25**i for i in range(epochs)] and net.epoch == epochs
    assert net.weights == [[[2.0 * 0.5**epochs]]]


# Validation wants ŷ = ½ of x = 1: the weight after the epochs is 1, ½, ¼, ⅛, …, the losses ⅛, 0, 1/32, 9/128, …
WANTED = ([[1.0]], [0.5])


@pytest.mark.parametrize("patience, restore, epochs, weight", [
    (1, True, 3, 0.5), (2, True, 4, 0.5), (2, False, 4, 0.125), (9, True, 9, 2.0**-8)])
def test_early_stopping_goes_back_to_the_best_weights(backend, patience, restore, epochs, weight):
    net, callback = falling(backend), rn.EarlyStopping(patience=patience, restore=restore)
    history = fit(net, validation=WANTED, callbacks=callback)
    assert history["validation_loss"][:4] == [0.125, 0.0, 0.03125, 0.0703125][:epochs]
    assert (net.epoch, net.weights, callback.best, callback.best_epoch) == (epochs, [[[weight]]], 0.0, 2)


def test_early_stopping_wants_an_improvement_of_its_size(backend):
    """From ⅛ to 0 is not more than ⅛, so the first epoch stays the best."""
    net = falling(backend)
    fit(net, validation=WANTED, callbacks=rn.EarlyStopping(patience=2, min_delta=0.125))
    assert (net.epoch, net.weights) == (3, [[[1.0]]])


@pytest.mark.parametrize("make", [lambda: rn.EarlyStopping(), lambda: rn.StopAtLoss(1, monitor="validation_loss")])
def test_what_watches_the_validation_needs_one(backend, make):
    net = falling(backend)
    with pytest.raises(ValueError, match=r"validation_loss.*needs validation="):
        fit(net, callbacks=make())
    assert net.epoch == 0 and net.weights == [[[2.0]]]


def test_checkpoints_go_on_to_the_same_bits(backend, tmp_path):
    net = falling(backend)
    fit(net, epochs=5, callbacks=rn.Checkpoint(tmp_path / "net-{epoch}.refnet", every=2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net-2.refnet", "net-4.refnet"]
    other = rn.load(tmp_path / "net-2.refnet", backend=backend)
    assert other.epoch == 2 and other.weights == [[[0.5]]]
    other.fit([[1.0]], [0.0], epochs=3)
    assert other.fingerprint() == net.fingerprint()


def test_early_stopping_goes_on_from_a_checkpoint(backend, tmp_path):
    """Saved after epoch 3, where it has waited once; the best weights are in the file."""
    net = falling(backend)
    callbacks = [rn.EarlyStopping(patience=2), rn.Checkpoint(tmp_path / "{epoch}.refnet")]
    fit(net, validation=WANTED, callbacks=callbacks)
    other = rn.load(tmp_path / "3.refnet", backend=backend)
    assert (other.callbacks[0].waited, other.callbacks[0].best_epoch) == (1, 2)
    other.fit([[1.0]], [0.0], epochs=6, validation=WANTED)
    assert (other.epoch, other.weights) == (net.epoch, net.weights) == (4, [[[0.5]]])


def test_annealing_by_hand(backend):
    """η = ½ until two epochs bring no improvement, then ¼: after the third and the fourth epoch."""
    net = falling(backend)
    rate = rn.Plateau(0.5, factor=0.5, patience=2)
    history = net.fit([[1.0]], [0.0], loss=rn.HalfSquaredError(), optimizer=rn.SGD(rate), epochs=5, validation=WANTED)
    assert history["rate"] == [0.5, 0.5, 0.5, 0.5, 0.25]
    assert net.weights == [[[0.125 * 0.75]]]


def test_metrics_are_in_the_history(backend):
    net = falling(backend)
    history = fit(net, epochs=2, validation=([[1.0], [2.0]], [0.0, 1.0]), metrics=[rn.metrics.r2, rn.metrics.auc])
    # w = 1: outputs 1 and 2, Σ(y − o)² = 2, Σ(y − ½)² = ½; w = ½: outputs ½ and 1, ¼
    assert history["validation_r2"] == [1.0 - 2.0 / 0.5, 1.0 - 0.25 / 0.5]
    assert history["validation_auc"] == [1.0, 1.0]


def test_the_statistics_of_layers_by_hand(backend):
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.ReLU(), rn.Dense(1), rn.Tanh()], backend=backend)
    net.weights, net.biases = [[[1.0, 0.0], [-1.0, 0.0]], [[10.0, 1.0]]], [[0.0, -1.0], [0.0]]
    x, y = [[1.0, 0.0], [2.0, 0.0]], [0.0, 0.0]
    callback = rn.LayerStatistics(x, y)
    # A rate so small that no weight changes: after the epoch, the numbers are those of these weights.
    net.fit(x, y, loss=rn.HalfSquaredError(), optimizer=rn.SGD(1e-300), callbacks=callback, epochs=1)
    (line,) = callback.lines
    assert set(line) == {"dense1", "relu1", "dense2", "tanh1"}
    assert line["dense1"]["mean"] == (1.0 + 2.0 + 2.0 + 3.0) / 4 and line["dense1"]["dead"] == 0.0
    assert line["relu1"]["mean"] == (1.0 + 2.0) / 4 and line["relu1"]["dead"] == 0.5  # the second unit is 0 for both
    assert line["dense2"]["mean"] == 15.0 and "gradient" not in line["relu1"]
    assert line["tanh1"]["saturated"] == 1.0 and "saturated" not in line["relu1"]  # tanh(10) > 0.99
    o = [row[0] for row in net.predict(x)]
    assert line["tanh1"]["delta"] == (o[0] / 2 + o[1] / 2) / 2
    d = [o[0] / 2 * (1.0 - o[0] * o[0]), o[1] / 2 * (1.0 - o[1] * o[1])]
    weights, bias = d[0] * 1.0 + d[1] * 2.0, d[0] + d[1]  # the second hidden unit is 0, and so is its gradient
    # 1e-14: the same sums and products in another order
    assert line["dense2"]["gradient"] == pytest.approx(math.hypot(weights, bias), rel=1e-14)


def test_looking_at_layers_leaves_the_gradients_of_training(backend):
    nets = falling(backend), falling(backend)
    for net, callbacks in zip(nets, ([], [rn.LayerStatistics([[3.0]], [1.0])])):
        fit(net, epochs=3, callbacks=callbacks)
    assert nets[0].gradients == nets[1].gradients == {"dense1.weights": [[0.5]]}
    nets[0].forward([[1.0]])
    nets[0].loss([0.0])
    nets[0].backward(input_gradient=True)
    assert layer_statistics(nets[0])["dense1"] == {"mean": 0.25, "dead": 0.0, "delta": 0.25, "gradient": 0.25}
