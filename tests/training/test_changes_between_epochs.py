"""Does a change between two epochs count from then on, also where C has recorded the step?"""

import pytest
from replay_helpers import CLASSES, X, layers, trained

import refnet as rn
from refnet.optimizers.schedules import Fixed

pytestmark = pytest.mark.filterwarnings("error")


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
    net.fit(X, CLASSES)  # training can go on afterwards


class Warm(Fixed):
    """A subclass of Fixed whose rate changes all the same."""

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
    """Each optimizer keeps its own state, also when the network moves."""
    net = rn.Network(layers(), backend=backend, seed=3)
    first, second = rn.Momentum(0.1), rn.SGD(0.5)
    assert net.fit(X, CLASSES, optimizer=first)["rate"] == [0.1]
    assert net.fit(X, CLASSES, optimizer=second)["rate"] == [0.5]
    net.to("python" if backend == "c" else "c")
    assert net.fit(X, CLASSES, optimizer=first)["rate"] == [0.1]
    assert net.optimizer is first


@pytest.mark.parametrize("batch_size", [1, 4, 22, 23])
def test_gradients_are_those_of_the_last_step(batch_size):
    """Whichever recording ran last, also if none was replayed."""

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
