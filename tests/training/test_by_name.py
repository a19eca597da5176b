"""Are losses, optimizers and metrics found by their names, wherever they may be given?"""

import pytest
from callback_helpers import VALIDATION, X, Y, network

import refnet as rn
from refnet import selection


@pytest.mark.parametrize("name", ["CrossEntropy", "cross_entropy", "crossentropy"])
def test_a_loss(backend, name):
    nets = [network(backend), network(backend)]
    found = [net.fit(X, Y, loss=loss, epochs=2) for net, loss in zip(nets, (name, rn.CrossEntropy()))]
    assert found[0] == found[1] and nets[0].fingerprint() == nets[1].fingerprint()
    assert type(nets[0].objective) is rn.CrossEntropy
    for net in nets:
        assert net.evaluate(*VALIDATION, loss="mean_squared_error") == net.evaluate(*VALIDATION, rn.MeanSquaredError())
        net.forward(X)
        assert net.loss(Y, "HalfSquaredError") == net.loss(Y, rn.HalfSquaredError())


def test_losses_of_several_outputs(backend):
    def made():
        x = rn.Input(2)
        return rn.Network([rn.Softmax()(rn.Dense(2)(x)), rn.Dense(1)(x)], backend=backend, seed=2)

    targets = [Y, [0.5, 1.0, 0.0, -1.0, 2.0]]
    losses = [made().fit(X, targets, loss=loss)["loss"] for loss in (
        ["cross_entropy", "huber"], [rn.CrossEntropy(), rn.Huber()], ["cross_entropy", rn.Huber()])]
    assert losses[0] == losses[1] == losses[2]


@pytest.mark.parametrize("name, kind", [("adam", rn.Adam), ("SGD", rn.SGD), ("ada_grad", rn.AdaGrad),
                                        ("amsgrad", rn.AMSGrad), ("RMSprop", rn.RMSprop)])
def test_an_optimizer(backend, name, kind):
    nets = [network(backend), network(backend)]
    for net, optimizer in zip(nets, (name, kind())):
        net.fit(X, Y, optimizer=optimizer, epochs=2)
    assert type(nets[0].optimizer) is kind and nets[0].fingerprint() == nets[1].fingerprint()
    before = nets[0].optimizer
    nets[0].fit(X, Y, optimizer=name)  # a new one, without the state of the last
    assert nets[0].optimizer is not before
    nets[0].fit(X, Y)
    assert nets[0].optimizer is not before


def test_metrics(backend):
    net = network(backend)
    history = net.fit(X, Y, epochs=2, validation=VALIDATION, metrics=["f1", rn.metrics.recall, "log_loss"])
    other = network(backend).fit(X, Y, epochs=2, validation=VALIDATION,
                                 metrics=[rn.metrics.f1, rn.metrics.recall, rn.metrics.log_loss])
    assert history == other and "validation_log_loss" in history
    assert net.evaluate(*VALIDATION, metrics="auc") == net.evaluate(*VALIDATION, metrics=rn.metrics.auc)
    with pytest.raises(ValueError, match="the name 'f1' is taken"):
        net.evaluate(*VALIDATION, metrics=["f1", rn.metrics.f1])


def test_every_name_of_a_class_of_one_s_own(backend):
    class Twice(rn.HalfSquaredError):
        """Not registered, so it has no name."""

    with pytest.raises(ValueError, match="'twice'; allowed names"):
        network(backend).fit(X, Y, loss="twice")
    rn.register(Twice)
    try:
        network(backend).fit(X, Y, loss="twice")
    finally:
        from refnet.checks.settings import CLASSES

        del CLASSES["Twice"]


def make(seed):
    return network("python", seed)


def test_in_a_search():
    arguments = {"validation": VALIDATION, "epochs": 2, "executor": "serial", "loss": "cross_entropy"}
    named = selection.grid(make, {"optimizer": ["sgd", "adam"]}, X, Y, score="f1", **arguments)
    given = selection.grid(make, {"optimizer": [rn.SGD(), rn.Adam()]}, X, Y, score=rn.metrics.f1, **arguments)
    assert [line.score for line in named.table] == [line.score for line in given.table]
    assert named.network.fingerprint() == given.network.fingerprint() and named.mode == "max"


def test_a_name_at_every_step_by_hand_is_the_same_loss(backend):
    """So that what was recorded with it can be replayed."""
    net = network(backend)
    net.forward(X)
    net.loss(Y, "cross_entropy")
    objective = net.objective
    net.loss(Y, "cross_entropy")
    assert net.objective is objective
    net.loss(Y, "mean_squared_error")
    assert type(net.objective) is rn.MeanSquaredError
