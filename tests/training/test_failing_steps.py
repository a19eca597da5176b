"""Does a step that fails leave the network as it was before that step?"""

import time

import pytest
from spies import Spy
from training_helpers import CLASSES, X, by_hand, softmax_net, state

import refnet as rn


class Fragile(rn.Layer):
    """Passes everything on until its n-th forward or backward call; that one and all later ones raise."""

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

    (Without a spy, C calls the layer's Python at least in the first two steps of an epoch; later it may replay.)
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
    """As after Ctrl-C: otherwise half of the epoch would use other rows unnoticed."""
    net = fragile_net(Spy(k), "forward", 2)
    with pytest.raises(ArithmeticError):
        net.fit(X, CLASSES, batch_size=4)
    net.layers[3].call = None
    with pytest.raises(ValueError, match="broken off"):
        net.fit(X[:6], CLASSES[:6], batch_size=2)


def test_a_report_that_fails_leaves_a_step_boundary(k):
    """If the user's report function raises, training can go on from there to the same bits."""
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
    """A trained scale whose gradient is missing if `forget` is set."""

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
    """Also Nesterov's weights, which have looked ahead by then."""
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
