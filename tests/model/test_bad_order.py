"""Are passes in the wrong order refused, and layers that do not make a network?"""

import math

import pytest
from unchanged import Unchanged, X, Y

import refnet as rn

INF, NAN = math.inf, math.nan


# --- Passes in the wrong order ---


def test_backward_without_a_loss(backend):
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend)
    with Unchanged(net, ValueError, "no loss yet", "net.loss("):
        net.backward()
    with Unchanged(net, ValueError, "no forward pass yet", "net.forward("):
        net.loss([[1.0]])
    with Unchanged(net, ValueError, "no forward pass yet"):
        net.backward([[1.0]])
    net.forward(X)
    with Unchanged(net, ValueError, "no loss yet"):
        net.backward()


def test_a_failed_loss_does_not_become_the_networks(net):
    """Otherwise the next fit would go on with it."""
    with Unchanged(net, ValueError, "no forward pass yet"):
        net.loss(Y, rn.HalfSquaredError())
    net.forward(X)
    with Unchanged(net, ValueError, "targets", "label 3"):
        net.loss([0, 1, 2, 3], rn.HalfSquaredError())


def test_a_failed_update_attaches_no_optimizer(backend):
    net, optimizer = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend), rn.SGD(0.1)
    with pytest.raises(ValueError, match=r"dense1\.weights has no gradient"):
        optimizer.update(net)
    assert net.optimizer is None and optimizer.network is None


@pytest.mark.parametrize("gradient, words", [
    ([[1.0]] * 3, ["gradient", "3 rows", "4"]), ([[1.0, 2.0]] * 4, ["gradient", "has 2", "expected 1"]),
    ([[1.0], [1.0], [1.0], ["x"]], ["gradient", "'x'", "row 3"]), ([], ["gradient", "no rows"]),
    ("x", ["gradient", "str"]),
])  # fmt: skip
def test_a_gradient_that_does_not_fit(backend, gradient, words):
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend)
    net.forward(X)
    with Unchanged(net, (TypeError, ValueError), *words):
        net.backward(gradient)


def test_nesterov_in_a_loop_of_ones_own(backend):
    net, optimizer = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend), rn.Nesterov(0.1)
    with Unchanged(net, ValueError, "Nesterov", "before_forward(net)"):
        optimizer.update(net)
    optimizer.before_forward(net)
    with Unchanged(net, ValueError, "before_forward", "twice"):
        optimizer.before_forward(net)
    with Unchanged(net, ValueError, "no gradient"):
        optimizer.update(net)
    net.forward(X)
    net.loss([0.0] * 4)
    net.backward()
    optimizer.update(net)


# --- Networks ---


@pytest.mark.parametrize("make, kind, words", [
    (lambda: [], TypeError, ["layers", "[]", "Input(features)"]),
    (lambda: None, TypeError, ["layers", "None", "list of layers"]),
    (lambda: "input", TypeError, ["layers", "'input'", "list of layers"]),
    (lambda: rn.Input(2), TypeError, ["layers", "list of layers"]),
    (lambda: [rn.Dense(2)], ValueError, ["layers", "Dense at 0", "allowed: Input(features)"]),
    (lambda: [rn.Input(2), rn.Input(2)], ValueError, ["layers", "Input at 1", "only there"]),
    (lambda: [rn.Input(2), rn.Dense], TypeError, ["layers", "Dense", "at 1", "allowed: layers"]),
    (lambda: [rn.Input(2), "relux"], ValueError, ["layers", "'relux'", "did you mean ReLU?", "Tanh"]),
    (lambda: [rn.Input(2), "dense"], ValueError, ["layers", "'dense'", "allowed names"]),
    (lambda: ["input", "relu"], ValueError, ["layers", "'input'", "allowed names"]),
    (lambda: [rn.Input(2), "add"], ValueError, ["layers", "Add at 1", "several inputs"]),
    (lambda: [rn.Input(2), None], TypeError, ["layers", "None", "at 1", "allowed: layers"]),
    (lambda: [rn.Input(2)] + [rn.ReLU()] * 2, ValueError, ["layers", "ReLU at 2", "in use"]),
    (lambda: [rn.Input(2), rn.Standardize([0.0] * 3, [1.0] * 3)], ValueError, ["standardize1", "3", "2 units"]),
])  # fmt: skip
def test_layers_that_make_no_network(backend, make, kind, words):
    with pytest.raises(kind) as error:
        rn.Network(make(), backend=backend)
    for word in words:
        assert word in str(error.value)


def test_a_layer_serves_one_network(net, backend):
    with Unchanged(net, ValueError, "layers", "Dense at 1", "in use"):
        rn.Network([rn.Input(2), net.layers[1]], backend=backend)


def test_layers_of_a_network_that_failed_are_free_again(backend):
    """An error changes nothing, not even the layers' names."""
    dense = rn.Dense(3)
    with pytest.raises(ValueError, match="2"):
        rn.Network([rn.Input(2), dense, rn.Standardize([0.0] * 2, [1.0] * 2)], backend=backend)
    assert rn.Network([rn.Input(2), dense], backend=backend).layers[1].name == "dense1"


@pytest.mark.parametrize("seed", [1.5, "1", None, True, NAN])
def test_the_seed_of_a_network(backend, seed):
    with pytest.raises(TypeError, match=r"seed.*whole numbers") as error:
        rn.Network([rn.Input(2), rn.Dense(2)], backend=backend, seed=seed)
    assert repr(seed) in str(error.value)
