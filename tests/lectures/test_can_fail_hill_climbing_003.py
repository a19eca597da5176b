"""Can the statements of the computational graph and of hill climbing fail? Each is seen to, with its subject broken."""

import pytest
from failing import climbing, failing, statements
from test_lectures_can_fail import OneKernelWrong

import refnet as rn
from refnet.graph import Unit
from refnet.kernels import REFERENCE
from refnet.lectures import computational_graph_003 as graph
from refnet.lectures import hill_climbing_003 as hill
from refnet.selection import searching


def the_sum_is_a_product(patch):
    patch.setattr(Unit, "__add__", Unit.__mul__)


def the_sum_is_a_difference(patch):
    patch.setattr(Unit, "__add__", Unit.__sub__)


def the_product_is_a_sum(patch):
    patch.setattr(Unit, "__mul__", Unit.__add__)


def layers_the_other_way_round(patch):
    add, multiply = (rn.Add.forward, rn.Add.backward), (rn.Multiply.forward, rn.Multiply.backward)
    for layer, (forward, backward) in ((rn.Add, multiply), (rn.Multiply, add)):
        patch.setattr(layer, "forward", forward)
        patch.setattr(layer, "backward", backward)


def only_larger_weights(patch):
    own = hill.neighbours
    patch.setattr(hill, "neighbours", lambda weights, step: list(own(weights, step))[::2])


def neighbours_that_are_no_others(patch):
    own = hill.neighbours
    patch.setattr(hill, "neighbours", lambda weights, step: own(weights, 0.0))


def gradient_upwards(patch):
    patch.setattr(REFERENCE, "sigmoid_backward", climbing(REFERENCE.sigmoid_backward))


def recap_downwards(patch):
    """The gradient that arrives is ŷ − y, whatever is handed in."""
    own = rn.Network.backward
    patch.setattr(rn.Network, "backward", lambda net, gradient=None, **more: own(net, None if gradient is None else [
        [o - y for o, y in zip(net.activations["sigmoid3"][0], hill.Y_TWO_OUTPUTS)]], **more))


def never_enough(patch):
    patch.setattr(rn.StopAtLoss, "epoch_end", lambda self, network, line: False)


def all_trials_from_the_same_weights(patch):
    patch.setattr(searching, "seeds", lambda times, first: [0] * times)


LAYERS = {"q by layers", "f by layers", "∂L/∂q by layers", "∂L/∂x by layers", "∂L/∂y by layers", "∂L/∂z by layers"}
BROKEN = [
    (graph.graph_of_units, the_sum_is_a_product, {"q = x + y", "∂q/∂x", "∂f/∂z = q", "f = q·z", "∂L/∂x = 2·2·1",
                                                  "∂L/∂z = 2·(1 + 2)"}),
    (graph.graph_of_units, the_sum_is_a_difference, {"q = x + y", "∂q/∂y", "∂L/∂y = 2·2·1"}),
    (graph.graph_of_units, the_product_is_a_sum, {"f = q·z", "∂f/∂q = z", "∂f/∂z = q", "∂L/∂q = 2·2"}),
    (graph.graph_of_layers, layers_the_other_way_round, LAYERS - {"∂L/∂x by layers"}),
    (hill.trying_neighbours, only_larger_weights, {"neighbours of 16 weights"}),
    (hill.trying_neighbours, neighbours_that_are_no_others, {
        "loss at the best neighbour", "loss that trying neighbours reaches", "evaluations by gradient descent"}),
    (hill.trying_neighbours, gradient_upwards, {
        "loss at the same distance along −∇", "loss that gradient descent reaches"}),
    (hill.start_a_new_epoch, gradient_upwards, {"loss of the last epoch", "epochs it took"}),
    (hill.start_a_new_epoch, never_enough, {"earlier epochs whose loss was not above θ", "epochs it took"}),
    (hill.hidden_unit_of_two_outputs, gradient_upwards, {"loss after a step with ŷ − y"}),
    (hill.hidden_unit_of_two_outputs, recap_downwards, {"loss after the recap's step"}),
    (hill.random_restarts, all_trials_from_the_same_weights, {
        "loss of the best of 4 trials", "loss of the worst after three times as many epochs"}),
]


@pytest.mark.parametrize("example, broken, fails", BROKEN, ids=lambda value: getattr(value, "__name__", ""))
def test_a_statement_fails_where_it_is_false(example, broken, fails, monkeypatch):
    broken(monkeypatch)
    assert fails <= failing(example)


def test_every_statement_is_broken_once():
    covered = {quantity for _, _, fails in BROKEN for quantity in fails}
    assert statements(graph) - covered == {"∂L/∂x by layers"}  # which a wrong kernel breaks
    assert statements(hill) <= covered


@pytest.mark.parametrize("kernel, example, fails", [
    ("add", graph.graph_of_layers, {"q by layers", "f by layers", "∂L/∂z by layers"}),
    ("multiply", graph.graph_of_layers, LAYERS - {"q by layers"}),
    ("affine", hill.hidden_unit_of_two_outputs, {"δ[3]_1", "δ[1]_3"}),
    ("affine_backward_input", hill.hidden_unit_of_two_outputs, {"∂L/∂o[2]_1", "δ[2]_1", "δ[1]_1"}),
    ("sigmoid_backward", hill.hidden_unit_of_two_outputs, {"δ[3]_1", "∂L/∂o[2]_2", "δ[1]_2"}),
])
def test_a_wrong_kernel_shows(kernel, example, fails):
    assert fails <= failing(example, OneKernelWrong(kernel))
