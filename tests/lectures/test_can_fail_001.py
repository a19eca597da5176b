"""Would lecture 001's numbers and statements show a mistake? Each breaks what a statement is about."""

from types import SimpleNamespace

import pytest
from test_lectures_can_fail import OneKernelWrong

import refnet as rn
from refnet import selection
from refnet.lectures import activations_001, model_selection_001, optimizers_001, regression_001


def failed(example):
    """The quantities of an example that do not agree, on the faster backend: both have the same bits."""
    return {result.quantity for result in example("auto") if not result.agrees}


@pytest.mark.parametrize("kernel, modules", {
    "average_update": (optimizers_001,), "momentum_update": (optimizers_001, regression_001),
    "rmsprop_update": (optimizers_001,), "adam_update": (optimizers_001,), "advance_power": (optimizers_001,),
    "half_squared_error": (regression_001,), "half_squared_error_backward": (optimizers_001, regression_001),
    "affine": (optimizers_001, regression_001), "affine_backward_weights": (optimizers_001, regression_001),
    "column_sums": (optimizers_001, regression_001), "add_scaled": (regression_001,),
    **dict.fromkeys(("tanh", "tanh_backward", "sigmoid", "relu_backward", "column_means", "column_variances",
                     "deviations", "standardize", "scale_and_shift"), (activations_001,)),
}.items())
def test_a_wrong_kernel_shows(kernel, modules):
    for module in modules:
        wrong = OneKernelWrong(kernel)
        assert not all(result.agrees for example in module.WORKED_EXAMPLES for result in example(wrong)), module


# --- 19: the slides' forms of the optimizers ---


def replaced(monkeypatch, name, **settings):
    """An optimizer that optimizers_001 makes gets other settings."""
    original = getattr(rn, name)
    monkeypatch.setattr(rn, name, lambda *args, **given: original(*args, **{**given, **settings}))


def test_momentum_of_the_papers_is_not_the_slides(monkeypatch):
    replaced(monkeypatch, "Momentum", form="velocity")
    wrong = failed(optimizers_001.momentum)
    assert {"momentum: θ, step 1", "first step of 002's form / first step − 1/(1 − β)"} <= wrong
    assert "form of 002, η = α(1 − β): largest distance" in wrong and "form of 002, η = α: θ, step 1" not in wrong


@pytest.mark.parametrize("name, example", [("RMSprop", optimizers_001.rmsprop), ("Adam", optimizers_001.adam)])
def test_epsilon_outside_the_root_shows(monkeypatch, name, example):
    """In the slide's own numbers, although ε is only 1e-8, and where the gradient is small."""
    replaced(monkeypatch, name, inside=False)
    wrong = failed(example)
    assert {f"{name}: θ, step 1", f"{name}: b, step 3", f"{name}, dθ = 1e-6: first step, ε inside the root",
            f"{name}, dθ = 1e-6: step with ε outside / step with ε inside"} <= wrong
    assert f"{name}, dθ = 1e-6: first step, ε outside the root" not in wrong


def test_another_beta_shows(monkeypatch):
    replaced(monkeypatch, "RMSprop", beta=0.9)
    assert "RMSprop: S_dθ, step 1" in failed(optimizers_001.rmsprop)


# --- 20: the choice of λ, learning curves ---


def test_a_penalty_that_is_ignored_shows(monkeypatch):
    monkeypatch.setattr(rn, "L2", lambda lam, half: None)
    wrong = failed(model_selection_001.choice_of_lambda)
    assert {"J_cv of the chosen λ, not the first", "J_cv of the chosen λ, not the last",
            "λ = 10.24: J_train, bias"} <= wrong


def test_a_negative_penalty_shows(monkeypatch):
    original = model_selection_001._linear
    monkeypatch.setattr(model_selection_001, "_linear", lambda n, lam, backend: original(n, 1.28 - lam, backend))
    assert "doublings of λ that make J_train smaller" in failed(model_selection_001.choice_of_lambda)


def test_another_grid_shows(monkeypatch):
    monkeypatch.setattr(selection, "doubling", lambda first, last: [0.01 + 0.02 * i for i in range(11)])
    assert {"λ 2", "λ 3", "λ 11", "λ 11, on the slide"} <= failed(model_selection_001.choice_of_lambda)


def test_the_worst_lambda_shows(monkeypatch):
    original = selection.grid

    def grid(*args, **settings):
        found = original(*args, **settings)
        return found._replace(best=max(found.table, key=lambda line: line.score))

    monkeypatch.setattr(selection, "grid", grid)
    assert {"J_cv of the chosen λ − smallest J_cv", "J_cv of the chosen λ, not the last"} <= failed(
        model_selection_001.choice_of_lambda)


def test_a_straight_line_has_no_bias_on_a_straight_line(monkeypatch):
    monkeypatch.setattr(model_selection_001, "NOISE", 0.0)
    monkeypatch.setattr(model_selection_001, "elementary", SimpleNamespace(sin=lambda z: z))
    assert "straight line: J_train, m = 48" in failed(model_selection_001.learning_curves)


def test_without_more_examples_no_gap_closes(monkeypatch):
    original = selection.learning_curve
    monkeypatch.setattr(selection, "learning_curve", lambda make, sizes, *args, **settings: original(
        make, [48, 48], *args, **settings))
    assert {f"θ0 … θ7: {each}" for each in (
        "J_validation − J_train, m = 8", "J_validation − J_train, m = 48", "J_train, m = 48", "J_validation, m = 48",
    )} <= failed(model_selection_001.learning_curves)


def test_a_straight_line_has_no_variance_and_a_polynomial_no_bias(monkeypatch):
    """The two models exchanged: every statement about one is false for the other, or has no gap to close."""
    original = model_selection_001._linear
    rows = selection.learning_curve

    def other(n, lam, backend):
        return original(8 - n, lam, backend)

    def curve(make, sizes, x, y, validation, **settings):
        columns = 8 - len(x[0])
        x, y = model_selection_001.examples(48, seed=5)
        xv, yv = model_selection_001.examples(40, seed=105)
        return rows(make, sizes, [row[:columns] for row in x], y,
                    validation=([row[:columns] for row in xv], yv), **settings)

    monkeypatch.setattr(model_selection_001, "_linear", other)
    monkeypatch.setattr(selection, "learning_curve", curve)
    wrong = failed(model_selection_001.learning_curves)
    assert {"straight line: |J_validation − J_train|, m = 48", "J_validation of θ0 … θ7, m = 48"} <= wrong


# --- 32: regression, activations, batch normalisation ---


def test_descent_that_ends_early_shows(monkeypatch):
    fit = rn.Network.fit
    monkeypatch.setattr(rn.Network, "fit", lambda net, *args, **settings: fit(net, *args, **{**settings, "epochs": 9}))
    assert {"line: θ0 where descent ends", "line: J where descent ends"} <= failed(regression_001.linear_regression)


def test_a_penalty_without_the_half_shows(monkeypatch):
    original = rn.L2
    monkeypatch.setattr(rn, "L2", lambda lam, half: original(lam))
    wrong = failed(regression_001.polynomial_regression)
    assert "polynomial: θ1 where descent ends" in wrong and "polynomial: ∂J/∂θ1 at θ = 0" not in wrong


def test_another_verdict_shows(monkeypatch):
    original = selection.bias_or_variance
    monkeypatch.setattr(selection, "bias_or_variance", lambda training, test: original(test, training))
    assert failed(regression_001.bias_or_variance) >= {
        "test error − training error", "1 %, 10 %: variance", "1 %, 10 %: the verdict is variance (1: yes)"}
    monkeypatch.setattr(selection, "bias_or_variance", lambda training, test: original(0.0, test))
    assert failed(regression_001.bias_or_variance) >= {
        "15 %, 16 %: bias", "15 %, 16 %: the verdict is bias (1: yes)"}


def test_derivatives_at_zero_are_told_apart(monkeypatch):
    original = rn.ReLU
    monkeypatch.setattr(rn, "ReLU", lambda gradient_at_zero=1: original(1 - gradient_at_zero))
    assert failed(activations_001.derivative_at_zero) == {"ReLU of lecture 001: g'(0)"}
    monkeypatch.setattr(rn, "ReLU", lambda gradient_at_zero=0: original(1))
    assert failed(activations_001.derivative_at_zero) == {"ReLU of lectures 002 and 004, the default: g'(0)"}
    monkeypatch.setattr(rn, "ReLU", lambda gradient_at_zero=0: rn.Tanh())
    names = ("ReLU of lecture 001", "ReLU of lectures 002 and 004, the default")
    assert {f"{name}: g'({z})" for name in names for z in ("−1", "1")} <= failed(activations_001.derivative_at_zero)
    monkeypatch.setattr(rn, "ReLU", original)
    monkeypatch.setattr(rn, "LeakyReLU", original)
    assert failed(activations_001.derivative_at_zero) == {"leaky ReLU: g'(−1)", "leaky ReLU: g'(0)"}


def test_z_fluctuates_where_it_is_not_normalised(monkeypatch):
    monkeypatch.setattr(rn, "BatchNorm", rn.Linear)
    assert len(failed(activations_001.fluctuation_of_z)) == 1


def test_a_row_more_in_the_batch_shows(monkeypatch):
    original = rn.Network.forward
    monkeypatch.setattr(rn.Network, "forward", lambda net, x, training: original(net, [[0.0], *x], training))
    assert {"z: mean", "z: variance", "normalised z, example 1"} <= failed(activations_001.normalised_z)
