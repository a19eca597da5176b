"""Are MLPClassifier and MLPRegressor scikit-learn's twins? The same weights, order and arguments: the same losses."""

import copy
import inspect

import numpy as np
import pytest

import refnet as rn

pytest.importorskip("sklearn", minversion="1.6", reason="the extra `test` brings scikit-learn")
from sklearn import neural_network
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning

from refnet.estimators import MLPClassifier, MLPRegressor

TWINS = {MLPClassifier: neural_network.MLPClassifier, MLPRegressor: neural_network.MLPRegressor}
IRIS, (ROWS, NUMBERS) = load_iris(return_X_y=True), load_diabetes(return_X_y=True)
X, ROWS, NUMBERS = (IRIS[0] - 3.5) / 2.0, ROWS[:150] * 20.0, (NUMBERS[:150] - 150.0) / 77.0
# What is learnt: a twin, rows and targets. A last batch of 32 has 22 of 150 rows, and 4 of 100.
TASKS = {
    "two classes": (MLPClassifier, X[:100], IRIS[1][:100]),
    "three classes": (MLPClassifier, X, np.array(["a", "b", "c"])[IRIS[1]]),
    "two labels a row": (MLPClassifier, X, np.c_[IRIS[1] > 0, IRIS[1] > 1].astype(int)),
    "a number": (MLPRegressor, ROWS, NUMBERS),
    "two numbers": (MLPRegressor, ROWS, np.c_[NUMBERS, NUMBERS[::-1] ** 2]),
}
TRAININGS = {
    "sgd": {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.02},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.02, "momentum": 0.8},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.05, "tol": 0.01,
                 "n_iter_no_change": 2},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.05, "power_t": 0.2},
    "adam": {},
    "adam with a large epsilon": {"learning_rate_init": 0.01, "epsilon": 0.001, "beta_1": 0.8, "beta_2": 0.9},
}
# Errors of rounding, 2⁻⁵³ of each sum of up to 150 terms, grow over some hundred steps of training. In 560 trainings
# like these the largest difference of two losses was 1e-12 of the loss.
NEARLY = {"rtol": 1e-9, "atol": 1e-12}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def both(task, **arguments):
    """refnet's and scikit-learn's, fitted; the rows in their order."""
    twin, x, y = TASKS[task]
    given = {"hidden_layer_sizes": (6, 5), "random_state": 3, "shuffle": False, "max_iter": 30, **arguments}
    return twin(**given).fit(x, y), TWINS[twin](**given).fit(x, y)


def assert_same(ours, theirs):
    assert (ours.n_iter_, ours.n_layers_, ours.n_outputs_) == (theirs.n_iter_, theirs.n_layers_, theirs.n_outputs_)
    assert ours.t_ == theirs.t_
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, **NEARLY)
    np.testing.assert_allclose([ours.loss_, ours.best_loss_], [theirs.loss_, theirs.best_loss_], **NEARLY)
    for name in ("coefs_", "intercepts_"):
        for mine, other in zip(getattr(ours, name), getattr(theirs, name)):
            np.testing.assert_allclose(mine, other, rtol=1e-7, atol=1e-9)  # a weight may be near 0


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("training", TRAININGS)
def test_the_losses_are_scikit_learn_s(task, training, native):
    """scikit-learn's first weights follow from random_state, and so do these."""
    for activation, batch_size, alpha in (("relu", "auto", 0.0), ("tanh", 32, 1e-4), ("logistic", 32, 0.5),
                                          ("identity", 50, 0.1)):
        given = {"activation": activation, "batch_size": batch_size, "alpha": alpha, **TRAININGS[training]}
        assert_same(*both(task, **given))


@pytest.mark.parametrize("task", TASKS)
def test_from_weights_of_one_s_own(task, native):
    ours, theirs = both(task, max_iter=1, warm_start=True)
    theirs.coefs_ = [0.5 * np.cos(np.arange(w.size)).reshape(w.shape) for w in theirs.coefs_]
    ours.network_.weights = [w.T for w in theirs.coefs_]
    _, x, y = TASKS[task]
    for model in (ours, theirs):
        model.set_params(max_iter=20).fit(x, y)
    assert 10 < ours.n_iter_ == len(ours.loss_curve_) - 1
    assert_same(ours, theirs)


@pytest.mark.parametrize("task", TASKS)
def test_parts(task, native):
    twin, x, y = TASKS[task]
    classes = {"classes": np.unique(y)} if twin is MLPClassifier else {}
    ours, theirs = (kind(random_state=3, shuffle=False, batch_size=32) for kind in (twin, TWINS[twin]))
    for _ in range(5):
        for rows in (slice(0, 60), slice(60, None)):
            for model in (ours, theirs):
                model.partial_fit(x[rows], y[rows], **classes)
    assert len(ours.loss_curve_) == 10
    assert_same(ours, theirs)


def test_it_stops_when_scikit_learn_does(native):
    ours, theirs = both("three classes", max_iter=500, learning_rate_init=0.02, tol=1e-3)
    assert 20 < ours.n_iter_ < 500
    assert_same(ours, theirs)


def test_weights_of_rows_in_one_batch(native):
    """scikit-learn divides by the weights of each batch, refnet by those of all rows: in one batch that is the same."""
    if "sample_weight" not in inspect.signature(neural_network.MLPClassifier.fit).parameters:
        pytest.skip("scikit-learn has weights of rows since 1.7")
    for task in ("three classes", "a number"):
        twin, x, y = TASKS[task]
        given = {"hidden_layer_sizes": (6, 5), "random_state": 3, "shuffle": False, "max_iter": 30, "alpha": 0.5}
        weights = 0.5 + np.arange(len(x)) % 7
        assert_same(*(kind(**given).fit(x, y, sample_weight=weights) for kind in (twin, TWINS[twin])))


@pytest.mark.parametrize("task", ["three classes", "two labels a row", "a number"])
def test_early_stopping(task, native):
    """The rows held out are others, so it is held against the rule alone."""
    twin, x, y = TASKS[task]
    given = {"random_state": 3, "learning_rate_init": 0.02, "max_iter": 300, "n_iter_no_change": 5}
    model = twin(early_stopping=True, validation_fraction=0.2, **given).fit(x, y)
    scores = model.validation_scores_
    assert 5 < model.n_iter_ == len(scores) == len(model.loss_curve_) < 300
    assert model.best_validation_score_ == max(scores) and model.best_loss_ is None
    failures = 0
    for i, score in enumerate(scores):
        failures = failures + 1 if score < max(scores[:i], default=-np.inf) + model.tol else 0
        assert (failures > 5) == (i == len(scores) - 1)
    best = scores.index(max(scores)) + 1  # the weights are those of the best epoch
    until = twin(early_stopping=True, validation_fraction=0.2, **{**given, "max_iter": best}).fit(x, y)
    assert until.network_.fingerprint() == model.network_.fingerprint()


def test_both_backends_have_the_same_bits(both, monkeypatch):
    found = []
    for backend in ("python", "c"):
        monkeypatch.setenv("REFNET_BACKEND", backend)
        for training in TRAININGS.values():
            model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, batch_size=8, random_state=1, **training)
            model.fit(ROWS[:20], TASKS["two numbers"][2][:20])
            assert model.network_.backend == backend
            found.append((model.network_.fingerprint(), model.loss_curve_))
    assert found[: len(TRAININGS)] == found[len(TRAININGS) :]
    assert len({each for each, _ in found}) == len(TRAININGS)


def test_its_gradient_is_that_of_its_loss(native):
    """The penalty belongs to both: the two-sided difference of net.loss is net.gradients."""
    network = MLPRegressor(activation="tanh", alpha=0.5, max_iter=1, random_state=1).fit(ROWS[:7], NUMBERS[:7]).network_
    found = rn.gradient_check(network, ROWS[:7], NUMBERS[:7])
    assert found < 1e-8
    network.forward(ROWS[:7])
    with_penalty = network.loss(NUMBERS[:7])
    without = copy.deepcopy(network)
    without.alpha = 0.0
    without.forward(ROWS[:7])
    squares = sum(float((np.array(weights) ** 2).sum()) for weights in network.weights)
    assert with_penalty - without.loss(NUMBERS[:7]) == pytest.approx(0.5 * 0.5 * squares / 7.0, rel=1e-12)


# --- Arguments ---


@pytest.mark.parametrize("twin", TWINS)
def test_the_arguments_are_scikit_learn_s(twin):
    assert inspect.signature(twin) == inspect.signature(TWINS[twin])
    assert twin().get_params() == TWINS[twin]().get_params()
    with pytest.raises(ValueError, match="'alpha' parameter"):
        twin(alpha=-1.0).fit(X, IRIS[1])
    with pytest.raises(ValueError, match=r"solver: 'lbfgs'; allowed: 'adam', 'sgd'"):
        twin(solver="lbfgs").fit(X, IRIS[1])
    classes = {"classes": [0, 1, 2]} if twin is MLPClassifier else {}
    for refused in ({"solver": "lbfgs"}, {"solver": "adamw"}, {"activation": "gelu"}):
        with pytest.raises(ValueError, match=next(iter(refused))):
            twin(**refused).partial_fit(X, IRIS[1], **classes)


def test_what_refnet_has_not(native):
    if "loss" in MLPRegressor().get_params():
        with pytest.raises(ValueError, match="loss: 'poisson'; allowed: 'squared_error'"):
            MLPRegressor(loss="poisson").fit(X, IRIS[1])
        with pytest.raises(ValueError, match="loss: 'poisson'; allowed: 'squared_error'"):
            MLPRegressor(loss="poisson").partial_fit(X, IRIS[1])
    with pytest.raises(TypeError, match="dense data is required"):
        MLPClassifier().fit(pytest.importorskip("scipy.sparse").csr_matrix(X), IRIS[1])
    with pytest.raises(ValueError, match=r"mu: 1\.0; allowed"):
        MLPClassifier(solver="sgd", momentum=1.0).fit(X, IRIS[1])


def test_it_says_that_the_epochs_were_not_enough(native):
    with pytest.warns(ConvergenceWarning, match="max_iter=3 epochs have not been enough"):
        MLPClassifier(max_iter=3).fit(X, IRIS[1])


def test_progress_is_shown_if_it_is_verbose(native, capsys):
    MLPClassifier((2,), max_iter=2, verbose=True).fit(X, IRIS[1])
    assert "2" in capsys.readouterr().err
