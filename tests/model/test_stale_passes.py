"""Are outputs of old weights kept apart from new weights? Loss and backward refuse what would be no function's."""

import pytest

import refnet as rn

X, Y = [[0.5, -1.0], [1.5, 2.0]], [[1.0], [0.5]]
INITIAL = [[[0.5, -1.0], [2.0, 0.25]], [[2.0, -4.0]]]


def network(backend, **more):
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(1, **more)], backend=backend)
    net.weights = INITIAL
    return net


def passed(net):
    net.forward(X, training=True)
    net.loss(Y, rn.HalfSquaredError())
    net.backward()
    return net


class Failing(rn.SGD):
    """It changes the first parameter, then fails."""

    def update_parameter(self, k, w, g, state):
        super().update_parameter(k, w, g, state)
        raise OverflowError("in the middle")


class Own(rn.SGD):
    """An optimizer with an update of its own, which may fail after it has changed a weight."""

    def __init__(self, fails=False):
        super().__init__(0.5)
        self.fails = fails

    def update(self, network):
        for parameter in network.parameters.values():
            network.k.sgd_update(parameter.value, parameter.gradient, network.k.matrix([[0.5]]))
            if self.fails:
                raise OverflowError("in the middle")


def failed(net, optimizer):
    with pytest.raises(OverflowError, match="in the middle"):
        optimizer.update(net)


def restored(net):
    stopping = rn.EarlyStopping()
    stopping.kept = {name: net.k.tolist(parameter.value) for name, parameter in net.parameters.items()}
    stopping.restore_best(net)


def ahead(net, given_up):
    optimizer = rn.Nesterov(0.1)
    if not given_up:
        optimizer.before_forward(net)
        return
    optimizer.before_forward(net)
    passed(net)
    optimizer.abandon(net)


CHANGES = {
    "set": lambda net: net.set("dense2.bias", [0.25]),
    "weights": lambda net: setattr(net, "weights", INITIAL),
    "biases": lambda net: setattr(net, "biases", [[0.0, 1.0], [2.0]]),
    "update": lambda net: rn.Adam().update(net),
    "an update with a constraint and weight decay": lambda net: rn.SGD(0.1, weight_decay=0.5).update(net),
    "an update that fails": lambda net: failed(net, Failing(0.1)),
    "an update of one's own": lambda net: Own().update(net),
    "an update of one's own that fails": lambda net: failed(net, Own(fails=True)),
    "the weights moved ahead": lambda net: ahead(net, given_up=False),
    "the weights moved back": lambda net: ahead(net, given_up=True),
    "the best weights restored": restored,
    "a gradient check": lambda net: rn.gradient_check(net, X, Y),
}


@pytest.mark.parametrize("how", CHANGES)
def test_after_a_change_of_weights_a_forward_pass_has_to_come_first(how, backend):
    net = passed(network(backend, constraint=rn.MaxNorm(1.0)))
    CHANGES[how](net)
    gradients = net.gradients
    for call in (lambda: net.loss(Y), lambda: net.backward(), lambda: net.backward([[1.0], [1.0]])):
        with pytest.raises(ValueError, match=r"(loss|backward): weights have changed since the forward pass"):
            call()
    assert net.gradients == gradients and list(net.activations) == ["input", "dense1", "tanh1", "dense2"]
    passed(net)


@pytest.mark.parametrize("values, names", [([], ["weights"]), ([[1.0]], ["set"]), ("x", ["biases"])])
def test_a_change_that_is_refused_changes_nothing(values, names, backend):
    net = passed(network(backend))
    for name in names:
        with pytest.raises((TypeError, ValueError)):
            net.set("dense1.bias", values) if name == "set" else setattr(net, name, values)
    net.backward()


def test_what_has_not_changed_a_weight_is_no_obstacle(backend):
    net = passed(network(backend))
    first = net.gradients
    net.backward()
    assert net.gradients == first
    assert net.loss(Y) == passed(net).loss(Y)
    rn.EarlyStopping().restore_best(net)  # it has kept none
    net.backward()
    assert net.gradients == first


def test_the_gradient_is_that_of_the_present_weights(backend):
    """Of w·x for x = 3, y = 0 and half the squared error: 9w. The second forward pass is what makes it so."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    for w in (2.0, -1.0):
        net.weights = [[[w]]]
        net.forward([[3.0]])
        assert net.loss([[0.0]], rn.HalfSquaredError()) == 4.5 * w * w
        net.backward()
        assert net.gradients == {"dense1.weights": [[9.0 * w]]}


def test_a_forward_pass_that_fails_leaves_none(backend):
    """Else a loss would be that of the pass before, and backward would meet layers of both."""

    class Refuses(rn.Layer):
        def forward(self, x, training=False):
            if training:
                raise OverflowError("no training")
            return x

        def backward(self, d, input_gradient=True):
            return d

    net = rn.Network([rn.Input(2), rn.Dense(1), Refuses()], backend=backend)
    net.forward(X)
    with pytest.raises(OverflowError, match="no training"):
        net.forward(X[::-1], training=True)
    with pytest.raises(ValueError, match="no forward pass yet"):
        net.loss(Y)
