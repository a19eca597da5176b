"""Are refnet's estimators ones of scikit-learn's? By its own checks, in its pipelines, with refnet's objects."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import refnet as rn

pytest.importorskip("sklearn", minversion="1.6", reason="the extra `test` brings scikit-learn")
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from refnet.estimators import MLPClassifier, MLPRegressor, RefnetClassifier, RefnetRegressor
from refnet.training.callbacks import Callback

IRIS, DIABETES = load_iris(), load_diabetes()
X = StandardScaler().fit_transform(IRIS.data)
NAMES = IRIS.target_names[IRIS.target]
ROWS, NUMBERS = DIABETES.data[:200] * 20.0, (DIABETES.target[:200] - 150.0) / 77.0


def quick(**more):
    return RefnetClassifier(**{"hidden": (8,), "activation": "tanh", "rate": 0.05, "epochs": 30, **more})


# --- scikit-learn's own checks, and its tools ---


@pytest.mark.parametrize("kind", [RefnetClassifier, RefnetRegressor, MLPClassifier, MLPRegressor])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_s_checks_pass_without_exceptions(kind, native):
    results = check_estimator(kind(), on_skip=None)
    assert len(results) > 50
    # The first needs an environment variable, the second a decision_function, which a classifier with probabilities
    # has no need of.
    left_out = {"check_array_api_input", "check_classifiers_multilabel_output_format_decision_function"}
    assert {each["check_name"] for each in results if each["status"] != "passed"} <= left_out


@pytest.mark.parametrize("jobs", [1, 2])
def test_in_a_pipeline_a_grid_and_cross_validation(jobs, native):
    pipeline = make_pipeline(StandardScaler(), quick())
    assert pipeline.fit(IRIS.data, NAMES).score(IRIS.data, NAMES) > 0.95
    grid = {"refnetclassifier__hidden": [(2,), (8, 8)], "refnetclassifier__optimizer": ["sgd", rn.Adam(0.1)]}
    search = GridSearchCV(pipeline, grid, n_jobs=jobs, cv=3).fit(IRIS.data, NAMES)
    assert search.best_score_ > 0.9 and search.best_params_["refnetclassifier__optimizer"] != "sgd"
    scores = cross_val_score(pipeline, IRIS.data, NAMES, n_jobs=jobs)
    assert scores.min() > 0.85
    assert scores.tolist() == cross_val_score(pipeline, IRIS.data, NAMES).tolist()


@pytest.mark.parametrize("jobs", [1, 2])
def test_calibrated(jobs, native):
    calibrated = CalibratedClassifierCV(quick(), cv=3, n_jobs=jobs).fit(X, NAMES)
    assert calibrated.score(X, NAMES) > 0.9
    assert np.allclose(calibrated.predict_proba(X).sum(axis=1), 1.0)


def test_an_ensemble_s_networks_differ_by_their_seeds(native):
    bags = BaggingClassifier(quick(epochs=1), n_estimators=3, bootstrap=False, random_state=0).fit(X, NAMES)
    assert len({each.network_.fingerprint() for each in bags.estimators_}) == 3


# --- The network inside ---


def test_it_is_the_network_that_refnet_trains_by_itself(backend):
    layers = [rn.Input(4), rn.Dense(8), rn.Tanh(), rn.Dense(3), rn.Softmax()]
    network = rn.Network(layers, backend=backend, seed=5)
    network.fit(X, IRIS.target, optimizer=rn.Adam(0.05), epochs=2, batch_size=50)
    model = quick(epochs=2, batch_size=50, random_state=5, backend=backend).fit(X, NAMES)
    assert model.network_.fingerprint() == network.fingerprint()
    assert model.loss_curve_ == network.history["loss"] == model.history_["loss"]
    assert model.predict(X).tolist() == [NAMES[50 * i] for i in network.predict_class(X)]
    assert (model.n_iter_, model.loss_) == (2, network.history["loss"][-1])


def test_both_backends_have_the_same_bits(both):
    def trained(backend):
        return quick(hidden=[4, rn.Dropout(0.5)], epochs=2, class_weight="balanced", validation=0.2, metrics="f1",
                     early_stopping=rn.EarlyStopping(3, "validation_f1"), backend=backend).fit(X, NAMES)

    python, c = trained("python"), trained("c")
    assert python.network_.fingerprint() == c.network_.fingerprint() and python.history_ == c.history_


def test_a_file_of_it_knows_the_names_of_the_classes(path, native):
    quick().fit(X, NAMES).network_.save(path)
    assert rn.load(path).predict_class(X) == quick().fit(X, NAMES).predict(X).tolist()
    MLPClassifier(max_iter=5, random_state=1, tol=10.0, n_iter_no_change=1).fit(X, NAMES).network_.save(path)
    assert rn.load(path).notes["classes"] == ["setosa", "versicolor", "virginica"]


def test_layers_losses_optimizers_and_callbacks_of_refnet(native):
    given = {
        "hidden": [rn.Dense(8, bias=False), rn.BatchNorm(), "relu", rn.Dropout(0.2), 6],
        "activation": rn.LeakyReLU(0.1), "optimizer": rn.Momentum(0.1), "rate": rn.CosineDecay(0.1, 40),
        "penalty": rn.L2(0.001), "callbacks": [rn.StopAtLoss(0.001)], "number": "binary32",
    }
    model = RefnetClassifier(epochs=40, **given)
    assert model.fit(X, NAMES).score(X, NAMES) > 0.8
    layers = [type(layer).__name__ for layer in model.network_.layers]
    assert layers[1:] == ["Dense", "BatchNorm", "ReLU", "Dropout", "Dense", "LeakyReLU", "Dense", "Softmax"]
    assert model.network_.number == "binary32" and model.predict_proba(X).dtype == np.float32
    assert model.history_["rate"] == [rn.CosineDecay(0.1, 40)(epoch) for epoch in range(40)]
    assert all(getattr(model, name) is value for name, value in given.items())
    assert not given["hidden"][0].name and given["optimizer"].is_unused  # they can be used again, as here:
    assert clone(model).fit(X, NAMES).network_.fingerprint() == model.network_.fingerprint()


@pytest.mark.parametrize(("loss", "classes", "last", "outputs"), [
    (None, 3, "Softmax", 3), (None, 2, "Sigmoid", 1), ("cross_entropy", 2, "Softmax", 2),
    ("binary_cross_entropy", 3, "Sigmoid", 3), (rn.MeanSquaredError(), 3, "Softmax", 3),
])  # fmt: skip
def test_the_last_layers_are_what_the_loss_asks_for(loss, classes, last, outputs, native):
    x, y, model = X[: 50 * classes], NAMES[: 50 * classes], quick(loss=loss)
    assert model.fit(x, y).score(x, y) > 0.9
    assert (type(model.network_.layers[-1]).__name__, model.network_.outputs) == (last, outputs)
    p = model.predict_proba(x)
    assert p.shape == (len(x), classes) and (model.classes_[p.argmax(axis=1)] == model.predict(x)).all()


def test_several_labels_a_row(native):
    y = np.array([[kind > 0, kind == 2] for kind in IRIS.target]).astype(int)
    model = quick().fit(X, y)
    assert model.score(X, y) > 0.9 and model.predict(X).shape == model.predict_proba(X).shape == (150, 2)
    assert "classes" not in model.network_.notes
    with pytest.raises(ValueError, match=r"y: one label a row; allowed: several labels a row"):
        model.partial_fit(X, IRIS.target % 2)
    with pytest.raises(ValueError, match=r"y: several labels a row; allowed: one of \[0, 1, 2\] a row"):
        quick().fit(X, IRIS.target).partial_fit(X, y)


def test_numbers_one_and_several(native):
    model = RefnetRegressor((8,), "tanh", rate=0.02, epochs=100)
    assert model.fit(ROWS, NUMBERS).score(ROWS, NUMBERS) > 0.5 and model.predict(ROWS).shape == (200,)
    with pytest.warns(DataConversionWarning):
        assert (model.fit(ROWS, NUMBERS.reshape(-1, 1)).predict(ROWS) == model.predict(ROWS)).all()
    both = np.c_[NUMBERS, -NUMBERS]
    assert clone(model).fit(ROWS, both).predict(ROWS).shape == (200, 2)
    assert clone(model).set_params(loss=rn.Huber(0.5)).fit(ROWS, NUMBERS).score(ROWS, NUMBERS) > 0.4


# --- Parts of a training ---


def test_partial_fit_goes_on(native):
    whole = quick(epochs=3, shuffle=False).fit(X, NAMES)
    parts = quick(shuffle=False).partial_fit(X, NAMES, classes=sorted(set(NAMES)))
    parts = pickle.loads(pickle.dumps(parts.partial_fit(X, NAMES))).partial_fit(X, NAMES)
    assert parts.network_.fingerprint() == whole.network_.fingerprint() and parts.loss_curve_ == whole.loss_curve_
    few = quick().partial_fit(X[:50], NAMES[:50], classes=sorted(set(NAMES)))
    assert few.predict_proba(X).shape == (150, 3)
    with pytest.raises(ValueError, match=r"y: the labels \['rose'\]; allowed: \['setosa'"):
        few.partial_fit(X[:2], ["setosa", "rose"])
    with pytest.raises(ValueError, match=r"classes: \['setosa'\]; allowed: those of the first call"):
        few.partial_fit(X[:2], NAMES[:2], classes=["setosa"])
    with pytest.raises(ValueError, match="classes: None; the first call of partial_fit needs all labels"):
        quick().partial_fit(X, NAMES)
    with pytest.raises(ValueError, match=r"early_stopping: True; allowed for partial_fit.*: False"):
        quick(early_stopping=True).partial_fit(X, NAMES, classes=sorted(set(NAMES)))
    numbers = RefnetRegressor(hidden=2).partial_fit(ROWS, NUMBERS).partial_fit(ROWS, NUMBERS)
    assert numbers.n_iter_ == 2


def test_hidden_units_as_an_array():
    for hidden in (np.array([3, 2]), np.int64(3)):
        fitted = RefnetRegressor(hidden=hidden, epochs=1).fit(ROWS, NUMBERS)
        alike = RefnetRegressor(hidden=hidden.tolist(), epochs=1).fit(ROWS, NUMBERS)
        assert fitted.network_.fingerprint() == alike.network_.fingerprint()


def test_early_stopping_ends_with_the_best_weights(native):
    model = quick(rate=0.2, epochs=500, early_stopping=True, random_state=1).fit(X, NAMES)
    losses = model.history_["validation_loss"]
    best = losses.index(min(losses))
    assert model.n_iter_ == len(losses) == best + 11 < 500
    assert quick(rate=0.2, epochs=best + 1, validation=0.1, random_state=1).fit(X, NAMES).network_.weights \
        == model.network_.weights


def test_rows_are_held_out_if_something_watches_them(native):
    for given, is_held_out in (({}, False), ({"early_stopping": rn.EarlyStopping(5, "loss")}, False),
                               ({"callbacks": [rn.StopAtLoss(0.1, "validation_loss")]}, True)):
        assert ("validation_loss" in quick(epochs=2, **given).fit(X, NAMES).history_) == is_held_out


def test_ctrl_c_leaves_the_network_and_an_error_the_one_before(native):
    class Stop(Callback):
        def epoch_end(self, network, line):
            if network.epoch == 3:
                raise KeyboardInterrupt

    model = quick(callbacks=[Stop()])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, NAMES)
    network = model.network_
    assert network.epoch == 3 and model.predict(X).shape == (150,)
    with pytest.raises(ValueError, match="batch_size: 0"):
        model.set_params(batch_size=0).fit(X, NAMES)
    assert model.network_ is network


def test_only_the_ratios_of_weights_count(native):
    weights = np.where(IRIS.target == 2, 1.0, 3.0)
    weighted = quick(shuffle=False).fit(X, NAMES, sample_weight=weights)
    assert quick(shuffle=False).fit(X, NAMES, weights * 4.0).network_.fingerprint() == weighted.network_.fingerprint()
    by_class = quick(shuffle=False, class_weight={"setosa": 3.0, "versicolor": 3.0}).fit(X, NAMES)
    assert by_class.network_.fingerprint() == weighted.network_.fingerprint()
    assert quick(shuffle=False).fit(X, NAMES).network_.fingerprint() != weighted.network_.fingerprint()
    with pytest.raises(ValueError, match="at least one non-zero number"):
        quick().fit(X, NAMES, sample_weight=np.zeros(150))


def test_any_random_state(native):
    class_of = {name: quick(epochs=1, random_state=state).fit(X, NAMES).network_.seed
                for name, state in {"int": 7, "numpy": np.int64(7), "state": np.random.RandomState(7)}.items()}
    assert class_of["int"] == class_of["numpy"] == 7
    assert class_of["state"] == np.random.RandomState(7).randint(1 << 31)
    seeds = {quick(epochs=1, random_state=None).fit(X, NAMES).network_.seed for _ in range(2)}
    assert len(seeds) == 2


def test_names_of_features(native):
    pandas = pytest.importorskip("pandas", reason="the extra `test` brings pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    model = quick().fit(frame, pandas.Series(NAMES))
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"] and model.n_features_in_ == 4
    assert model.predict(frame).tolist() == quick().fit(X, NAMES).predict(X).tolist()
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["b", "a", "c", "d"]])


# --- What is refused ---


@pytest.mark.parametrize(("given", "error", "words"), [
    ({"activation": "rellu"}, ValueError, "activation: 'rellu'; allowed names"),
    ({"activation": None}, TypeError, "activation: None; allowed: a Layer"),
    ({"hidden": (3.5,)}, TypeError, "hidden: 3.5; allowed"),
    ({"hidden": (0,)}, ValueError, "units: 0; allowed"),
    ({"loss": 3}, TypeError, "loss: 3; allowed: a Loss"),
    ({"loss": "hinge"}, ValueError, "loss: Hinge.*; allowed: losses of probabilities"),
    ({"optimizer": "adamm"}, ValueError, "optimizer: 'adamm'; .* did you mean Adam"),
    ({"batch_size": "all"}, TypeError, "batch_size: 'all'"), ({"epochs": 0}, ValueError, "epochs: 0; allowed"),
    ({"metrics": "f1"}, ValueError, "metrics: no data to measure on"),
])  # fmt: skip
def test_what_is_not_allowed_is_named(given, error, words, native):
    with pytest.raises(error, match=words):
        quick(**given).fit(X, NAMES)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_network_that_has_diverged_predicts_nothing(native):
    model = RefnetRegressor(optimizer="sgd", rate=100.0, activation="linear").fit(ROWS, NUMBERS)
    with pytest.raises(ValueError, match="its training has diverged"):
        model.predict(ROWS)


def test_scikit_learn_is_imported_when_it_is_needed_and_named_if_it_is_missing():
    code = ("import sys, refnet\n{}"
            "refnet.estimators.__doc__\n"
            "assert 'numpy' not in sys.modules and not sys.modules.get('sklearn')\n"
            "assert 'MLPClassifier' in dir(refnet.estimators) and not hasattr(refnet.estimators, 'Network')\n"
            "print(refnet.estimators.RefnetClassifier.__name__)")
    here, missing = (subprocess.run([sys.executable, "-c", code.format(before)], capture_output=True, text=True)
                     for before in ("", "sys.modules['sklearn'] = None\n"))
    assert here.stdout == "RefnetClassifier\n", here.stderr
    needs = "ImportError: refnet.estimators needs scikit-learn 1.6 or later: pip install 'refnet[sklearn]'"
    assert needs in missing.stderr


def test_a_fit_that_is_refused_changes_nothing(native):
    model = quick().fit(X, NAMES)
    before = model.predict(X).tolist()
    with pytest.raises(ValueError, match="batch_size: 0"):
        model.set_params(batch_size=0).fit(X[:, :2], [f"other {name}" for name in NAMES])
    assert model.n_features_in_ == 4 and model.predict(X).tolist() == before
    with pytest.raises(ValueError, match="the labels"):
        (new := quick()).partial_fit(X, NAMES, classes=["setosa", "virginica"])
    with pytest.raises(NotFittedError):
        new.predict(X)


def test_weights_of_rows_below_0_are_refused(native):
    for weights in ([-1.0] * len(X), [1.0, -1.0] * (len(X) // 2)):
        with pytest.raises(ValueError, match=r"[Nn]egative values"):
            quick().fit(X, NAMES, sample_weight=weights)
