"""Can the statements about a training that fails be false? Each is seen to, with its subject broken."""

import functools

import pytest
from failing import failing, statements
from test_lectures_can_fail import OneKernelWrong

import refnet as rn
from refnet.kernels import REFERENCE
from refnet.lectures import debugging_002 as debugging


def other_rates(factor):
    def broken(patch):
        own = debugging._after
        patch.setattr(debugging, "_after", lambda net, rate: own(net, rate * factor))

    broken.__name__ = f"rates_times_{factor}"
    return broken


def wrong_tanh(patch):
    patch.setattr(REFERENCE, "tanh_backward", lambda o, d: d)


def no_mistake(patch):
    patch.setattr(debugging.TanhWithAMistake, "backward", rn.Tanh.backward)


def no_penalty(patch):
    patch.setattr(rn.L2, "gradient", lambda self, k, gradient, weights: gradient)


def leaky_units(patch):
    patch.setattr(rn, "ReLU", rn.LeakyReLU)


def gradients_through_dead_units(patch):
    patch.setattr(REFERENCE, "relu_backward", lambda z, d, at_zero: d)


def no_gradient_at_all(patch):
    patch.setattr(REFERENCE, "relu_backward", lambda z, d, at_zero: [[0.0] * len(row) for row in d])


def random_weights(patch):
    patch.setattr(rn, "Constant", lambda value: rn.Normal(value))


def usual_weights(patch):
    patch.setattr(rn, "Normal", lambda std: rn.Glorot())


def weights_of_zero(patch):
    patch.setattr(rn, "Normal", lambda std: rn.Constant(0.0))


def no_biases(patch):
    patch.setattr(rn, "Dense", functools.partial(rn.Dense, bias=False))


def computed_twice(patch):
    own = rn.Dense.forward
    patch.setattr(rn.Dense, "forward", lambda self, x, training=False: (own(self, x), own(self, x))[1])


def linear_units(patch):
    patch.setattr(rn, "Tanh", rn.Linear)


BROKEN = [
    (debugging.learning_rate, other_rates(1000.0), {
        "change of the loss in 20 steps, η = 0.0001", "loss after 20 steps, η = 2"}),
    (debugging.learning_rate, other_rates(0.001), {"loss after 20 steps, η = 2", "loss after 20 steps, η = 100"}),
    (debugging.numerical_gradient_checking, wrong_tanh, {"diff, tanh' = 1 − o²"}),
    (debugging.numerical_gradient_checking, no_mistake, {"diff, tanh' = 1 − o"}),
    (debugging.degenerate_solutions, no_penalty, {"spread of the outputs, weights held at 0"}),
    (debugging.hidden_units, leaky_units, {"units of 4 that are 0 for all rows"}),
    (debugging.hidden_units, gradients_through_dead_units, {"Σ |∂L/∂w| of these"}),
    (debugging.hidden_units, no_gradient_at_all, {"Σ |∂L/∂w| of the others"}),
    (debugging.hidden_units, random_weights, {"outputs in which equal units differ, 20 steps"}),
    (debugging.hidden_units, usual_weights, {"spread of units with weights of 0.001"}),
    (debugging.hidden_units, weights_of_zero, {"spread of units with weights of 1"}),
    (debugging.size_of_the_network, no_biases, {"parameters of 784-30-10"}),
    (debugging.size_of_the_network, computed_twice, {"multiplications, forward, 784-30-10"}),
    (debugging.size_of_the_network, linear_units, {"loss of XOR, 1 hidden unit", "accuracy of XOR, 1 hidden unit"}),
]


@pytest.mark.parametrize("example, broken, fails", BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_statement_fails_where_it_is_false(example, broken, fails, monkeypatch):
    broken(monkeypatch)
    assert fails <= failing(example)


def test_every_statement_is_broken_once():
    assert statements(debugging) == {quantity for _, _, fails in BROKEN for quantity in fails}


@pytest.mark.parametrize("kernel, fails", [
    ("cross_entropy_from_logits", {"loss of the shares ¼, ¾"}),
    ("affine", {"loss of the shares ¼, ¾", "loss of the mean of 1, 2, 3, 4"}),
    ("squared_error", {"loss of the mean of 1, 2, 3, 4"}),
])
def test_a_wrong_kernel_shows(kernel, fails):
    assert fails <= failing(debugging.degenerate_solutions, OneKernelWrong(kernel))
