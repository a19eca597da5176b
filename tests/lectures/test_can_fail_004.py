"""Would lecture 004's numbers and statements show a mistake? Each breaks what a statement is about."""

import pytest
from test_lectures_can_fail import OneKernelWrong

import refnet as rn
from refnet.lectures import deep_networks_004, representation_004, training_004


def failed(example):
    """The quantities of an example that do not agree, on the faster backend: both have the same bits."""
    return {result.quantity for result in example("auto") if not result.agrees}


@pytest.mark.parametrize("kernel, example", [
    ("affine", representation_004.linear_layers), ("half_squared_error", training_004.rate_on_a_parabola),
    ("sgd_update", training_004.rate_on_a_parabola), ("dropout", training_004.dropout),
    ("scale", training_004.dropout), ("sigmoid", training_004.derivation_of_the_gradient),
    ("sigmoid_backward", training_004.derivation_of_the_gradient),
])
def test_a_wrong_kernel_shows(kernel, example):
    assert not all(result.agrees for result in example(OneKernelWrong(kernel)))


# --- 16: symmetry ---


def test_random_weights_break_the_symmetry(monkeypatch):
    """Random weights for all: hidden units differ, the error reaches them, and no start is worse than the others."""
    monkeypatch.setattr(rn, "Zeros", lambda: rn.Normal(0.5))
    monkeypatch.setattr(rn, "Constant", lambda value: rn.Normal(0.5))
    wrong = failed(deep_networks_004.broken_symmetry)
    assert len(wrong) == 5
    assert {"Θ(1)_10 − Θ(1)_20 after 20 epochs from equal weights", "Θ(1)_11 − Θ(1)_21", "Θ(1)_12 − Θ(1)_22",
            "Θ(2)_11 − Θ(2)_12", "Θ(2)_21 − Θ(2)_22"} == failed(deep_networks_004.symmetry)


def test_equal_weights_break_no_symmetry(monkeypatch):
    monkeypatch.setattr(rn, "Normal", lambda sigma: rn.Constant(sigma))
    assert failed(deep_networks_004.broken_symmetry) == {
        "XNOR: loss from random weights, not zero ones", "XNOR: loss from random weights, not equal ones"}


# --- 35: features, shapes, linear layers ---


def test_products_without_squares_are_fewer(monkeypatch):
    monkeypatch.setattr(representation_004, "products", lambda n: n * (n - 1) / 2.0)
    assert failed(representation_004.feature_counts) == {"products x_i x_j of 100 features"}
    monkeypatch.setattr(representation_004, "products", float)  # only the features themselves
    assert failed(representation_004.feature_counts) == {
        "products x_i x_j of 100 features", "the same, about", "parameters of 2500-25-1, not of logistic regression"}


def test_layers_without_biases_show(monkeypatch):
    original = rn.Dense
    monkeypatch.setattr(rn, "Dense", lambda units, **settings: original(units - 1 if units > 3 else units, **settings))
    assert "parameters of 2500-25-1" in failed(representation_004.feature_counts)
    wrong = failed(representation_004.dimensions_of_theta)
    assert {"3-5-5-4: Θ1, rows", "3-5-5-4: Θ2, columns with the bias", "3-5-5-4: Θ3, rows"} <= wrong
    monkeypatch.setattr(rn, "Input", lambda units, original=rn.Input: original(units - 1))
    monkeypatch.setattr(rn, "Dense", lambda units, **settings: original(units + 1, **settings))
    assert len(failed(representation_004.dimensions_of_theta)) == 10


def test_xnor_needs_the_product_or_hidden_units(monkeypatch):
    """On AND a line is enough. Hidden units without an activation function are not, on XNOR."""
    monkeypatch.setattr(rn, "Tanh", rn.Linear)
    assert failed(representation_004.learnt_features) == {"XNOR, accuracy with x1, x2 and four hidden units"}
    monkeypatch.setattr(representation_004, "XNOR_TARGETS", [0.0, 0.0, 0.0, 1.0])
    assert failed(representation_004.learnt_features) == {"XNOR, accuracy with x1, x2"}


def test_layers_with_an_activation_do_not_collapse(monkeypatch):
    original = rn.Network
    monkeypatch.setattr(rn, "Network", lambda layers, *args, **settings: original(
        [each for layer in layers for each in ([layer, rn.Tanh()] if isinstance(layer, rn.Dense) else [layer])],
        *args, **settings))
    wrong = failed(representation_004.linear_layers)
    assert {"three linear layers: Θ_10", "three linear layers: Θ_11", "h(0.5, -1.0) of three"} <= wrong
    assert {"2-6-4-1, linear: |h(0,0) + h(1,1) − h(1,0) − h(0,1)|", "2-6-4-1, linear: loss on XNOR"} <= failed(
        representation_004.linear_decisions)


def test_linear_layers_learn_no_xnor(monkeypatch):
    monkeypatch.setattr(rn, "Tanh", rn.Linear)
    assert failed(representation_004.linear_decisions) == {"2-6-4-1, tanh: the same", "2-6-4-1, tanh: loss on XNOR"}


# --- 35: learning rates, early stopping, dropout, σ' ---


def test_other_rates_show(monkeypatch):
    """A thousandth of each rate: nothing converges, nothing overshoots."""
    monkeypatch.setattr(rn, "SGD", lambda rate, original=rn.SGD: original(1e-3 * rate))
    assert failed(training_004.rate_on_a_parabola) == {
        "J after 10 steps, α = 0.01", "J after 10 steps, α = 0.15", "J after 10 steps, α = 0.625",
        "θ after a step, α = 0.625"}
    assert failed(training_004.rate_of_a_network) == {"loss after 40 epochs, α = 3", "loss after 40 epochs, α = 100"}
    assert failed(training_004.rate_and_local_minimum) == {"local minimum, α = 1: |dJ/dθ| after 60 steps"}


def test_a_small_rate_stays_in_the_local_minimum(monkeypatch):
    monkeypatch.setattr(rn, "SGD", lambda rate, original=rn.SGD: original(min(rate, 1.0)))
    assert failed(training_004.rate_and_local_minimum) == {"local minimum, α = 40: J after 60 steps"}


def test_a_step_upwards_shows(monkeypatch):
    """Training with the classes exchanged is away from the minimum, at any rate."""
    fit = rn.Network.fit
    monkeypatch.setattr(rn.Network, "fit", lambda net, x, y, **settings: fit(net, x, [1 - t for t in y], **settings))
    assert "loss after 40 epochs, α = 0.01" in failed(training_004.rate_of_a_network)


def test_stopping_late_is_not_early_stopping(monkeypatch):
    monkeypatch.setattr(rn, "EarlyStopping", lambda patience, original=rn.EarlyStopping: original(500, restore=False))
    assert failed(training_004.early_stopping) == {
        "epochs with early stopping", "training error after 200 epochs", "validation error after 200 epochs"}


def test_scaled_in_training_is_another_dropout(monkeypatch):
    original = rn.Dropout
    monkeypatch.setattr(rn, "Dropout", lambda p, scaling: original(p))
    assert failed(training_004.dropout) == {
        "activations in training that are neither 0 nor as they were", "at prediction: 0.5·(1 − p)",
        "at prediction: -1.5·(1 − p)", "at prediction: 2.0·(1 − p)", "mean of the sum in training − sum times 1 − p"}


def test_another_activation_function_shows(monkeypatch):
    monkeypatch.setattr(rn, "Sigmoid", rn.Tanh)
    assert failed(training_004.derivation_of_the_gradient) == {
        "third line at x = 0.5", "fourth line at x = 0.5", "fifth line at x = 0.5", "last line at x = 0.5",
        "refnet's σ'(0.5)"}
