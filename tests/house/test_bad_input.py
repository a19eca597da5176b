"""Bad input gets an error that names the argument, the value and what is allowed, and changes nothing.

On both backends alike. Files, data and the command line have their own tests.
"""

import math
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import refnet as rn
from refnet.kernels import BackendError, choose
from refnet.optimizers.schedules import as_schedule

INF, NAN = math.inf, math.nan
X = [[0.5, -1.0], [1.5, 2.0], [-0.25, 0.75], [1.0, 1.0]]
Y = [0, 2, 1, 2]


@pytest.fixture
def net(backend):
    """A classifier in the midst of training: 2-3-3, softmax, with momentum."""
    network = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(3), rn.Softmax()], backend=backend, seed=4)
    network.fit(X, Y, loss=rn.CrossEntropy(), optimizer=rn.Momentum(0.1), epochs=2, batch_size=3, penalty=rn.L2(0.01))
    return network


def state(network):
    """Everything that an error must not change."""
    optimizer, progress = network.optimizer, network.progress
    matrices = {} if optimizer is None else {
        f"{name}.{key}": network.k.tolist(values)
        for name, each in optimizer.state.items() for key, values in each.items()}
    objective = network.objective
    loss = objective and (type(objective), [getattr(objective, name) for name in objective.settings])
    return (network.fingerprint(), matrices, vars(progress).copy(), id(optimizer), loss, network.penalties,
            network.gradients, network.backend)


class Unchanged:
    """with Unchanged(net, ErrorType, "words"): the call inside raises, says so, and leaves the network as it was."""

    def __init__(self, network, kind, *words):
        self.network, self.kind, self.words = network, kind, words

    def __enter__(self):
        self.before = state(self.network)

    def __exit__(self, kind, error, trace):
        assert kind is not None, f"no error; expected {self.kind} with {self.words}"
        if not issubclass(kind, self.kind):
            return False  # another error: let pytest show it
        for word in self.words:
            assert word in str(error), f"{str(error)!r} does not say {word!r}"
        assert state(self.network) == self.before, "something has changed"
        return True


# --- Rows of inputs ---------------------------------------------------------------------------------------------

ROWS = [
    ("ragged", [[0.5, -1.0], [1.5]], ValueError, ["inputs", "row 1", "has 1", "expected 2"]),
    ("ragged, longer", [[0.5, -1.0], [1.5, 2.0, 3.0]], ValueError, ["inputs", "row 1", "has 3", "expected 2"]),
    ("too wide", [[0.5, -1.0, 3.0]] * 4, ValueError, ["inputs", "row 0", "has 3", "expected 2"]),
    ("too narrow", [[0.5]] * 4, ValueError, ["inputs", "row 0", "has 1", "expected 2"]),
    ("no rows", [], ValueError, ["inputs", "no rows", "at least one"]),
    ("an empty row", [[]], ValueError, ["inputs", "row 0", "has 0", "expected 2"]),
    ("one flat row", [0.5, -1.0], TypeError, ["inputs", "row 0", "0.5", "rows of numbers"]),
    ("a number", 3.0, TypeError, ["inputs", "float", "rows of numbers"]),
    ("None", None, TypeError, ["inputs", "None", "rows of numbers"]),
    ("a string", "0.5,-1.0", TypeError, ["inputs", "str", "rows of numbers"]),
    ("bytes", b"\x01\x02", TypeError, ["inputs", "bytes", "rows of numbers"]),
    ("a dictionary", {"x": [0.5, -1.0]}, TypeError, ["inputs", "dict", "rows of numbers"]),
    ("a set", {0.5, -1.0}, TypeError, ["inputs", "set", "rows of numbers"]),
    ("a generator", (row for row in X), TypeError, ["inputs", "generator", "rows of numbers"]),
    ("rows of strings", ["ab", "cd"], TypeError, ["inputs", "row 0", "'ab'", "rows of numbers"]),
    ("a row None", [[0.5, -1.0], None], TypeError, ["inputs", "row 1", "None", "rows of numbers"]),
    ("a row that is a set", [[0.5, -1.0], {0.5, -1.0}], TypeError, ["inputs", "row 1"]),
    ("a row that is a dictionary", [[0.5, -1.0], {0: 1.0, 1: 2.0}], TypeError, ["inputs", "row 1"]),
    ("a string", [[0.5, -1.0], [1.5, "2.0"]], TypeError, ["inputs", "'2.0'", "row 1, column 1", "str"]),
    ("a None", [[0.5, None]], TypeError, ["inputs", "None", "row 0, column 1", "expected a number"]),
    ("a list", [[0.5, [1.0]]], TypeError, ["inputs", "[1.0]", "row 0, column 1", "list"]),
    ("a number too large", [[0.5, 10**400]], ValueError, ["inputs", "row 0, column 1", "too large"]),
    ("bytes of another width", rn.data.ByteMatrix(bytes(12), 4, 3), ValueError, ["inputs", "3", "expected 2"]),
    ("bytes without rows", rn.data.ByteMatrix(b"", 0, 2), ValueError, ["inputs", "no rows"]),
]


@pytest.mark.parametrize("what, rows, kind, words", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("use", ["forward", "predict", "fit", "evaluate", "validation"])
def test_rows(net, use, what, rows, kind, words):
    targets = Y[: len(rows)] if hasattr(rows, "__len__") else Y
    words = [f"validation {word}" if use == "validation" and word == "inputs" else word for word in words]
    with Unchanged(net, kind, *words):
        if use == "fit":
            net.fit(rows, targets)
        elif use == "evaluate":
            net.evaluate(rows, targets)
        elif use == "validation":
            net.fit(X, Y, validation=(rows, targets))
        else:
            getattr(net, use)(rows)


@pytest.mark.parametrize("dtype, values", [
    ("object", [[None, 1.0]]), ("U3", [["0.5", "1.0"]]), ("S3", [[b"0.5", b"1.0"]]), ("float64", 3.0),
    ("float64", [1.0, 2.0]), ("float64", [[[1.0, 2.0]]]), ("complex128", [[1.0, 2.0]]), ("float64", [[1.0, 2.0, 3.0]]),
])  # fmt: skip
def test_arrays_of_numpy_that_are_no_rows_of_numbers(net, dtype, values):
    numpy = pytest.importorskip("numpy")
    with Unchanged(net, (TypeError, ValueError), "inputs: "):
        net.forward(numpy.array(values, dtype=dtype))


@pytest.mark.parametrize("dtype", ["float16", "float32", ">f8", "<i2", ">u4", "bool", "float64"])
def test_arrays_of_numpy_with_numbers_of_other_kinds(net, dtype):
    """Taken for the numbers they hold, or refused as clearly as anything else."""
    numpy = pytest.importorskip("numpy")
    expected = net.forward([[1.0, 0.0]])
    try:
        assert net.forward(numpy.array([[1.0, 0.0]], dtype=dtype)) == expected
    except (TypeError, ValueError) as error:
        assert str(error).startswith("inputs: ") and dtype not in ("float32", "float64", "bool")


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_not_finite_is_for_forward_alone(net, value):
    rows = [[0.5, -1.0], [1.5, value], [-0.25, 0.75], [1.0, 1.0]]
    assert len(net.forward(rows)) == len(net.predict(rows)) == 4  # they may look
    net.evaluate(rows, Y)
    net.fit(X, Y)
    with Unchanged(net, ValueError, "inputs", repr(value), "row 1, column 1", "finite", "allow_nonfinite=True"):
        net.fit(rows, Y)
    with Unchanged(net, ValueError, "validation inputs", repr(value), "row 1, column 1", "finite"):
        net.fit(X, Y, validation=(rows, Y))
    soft = [[0.5, 0.25, 0.25]] * 3 + [[0.5, 0.5, value]]
    with Unchanged(net, ValueError, "targets", repr(value), "row 3, column 2", "finite"):
        net.fit(X, soft, loss=rn.HalfSquaredError())
    before = net.fingerprint()
    net.fit(rows, Y, allow_nonfinite=True)
    assert net.fingerprint() != before


def test_a_flat_target_that_is_not_finite(backend):
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend, seed=1)
    with Unchanged(net, ValueError, "targets", "nan", "at 2", "finite"):
        net.fit(X, [0.0, 1.0, NAN, 2.0])
    with Unchanged(net, ValueError, "validation targets", "inf", "at 0", "finite"):
        net.fit(X, [0.0] * 4, validation=(X[:1], [INF]))


# --- Targets ----------------------------------------------------------------------------------------------------

TARGETS = [
    ("too few", [0, 1], ValueError, ["targets", "2 targets", "4 rows"]),
    ("too many", [0, 1, 2, 0, 1], ValueError, ["targets", "5 targets", "4 rows"]),
    ("none", [], ValueError, ["targets", "0 targets", "4 rows"]),
    ("more classes than outputs", [0, 1, 2, 3], ValueError, ["targets", "label 3", "at 3", "3 outputs", "0 to 2"]),
    ("a negative label", [0, -1, 2, 0], ValueError, ["targets", "label -1", "at 1", "0 to 2"]),
    ("a fractional label", [0, 1, 1.5, 0], ValueError, ["targets", "label 1.5", "at 2", "class indices"]),
    ("a label NaN", [0, 1, NAN, 0], ValueError, ["targets", "label nan", "at 2", "0 to 2"]),
    ("a label inf", [0, 1, INF, 0], ValueError, ["targets", "label inf", "at 2", "0 to 2"]),
    ("a label of text", [0, 1, "setosa", 0], TypeError, ["targets", "'setosa'", "str", "number"]),
    ("labels of text", ["a", "b", "c", "a"], TypeError, ["targets", "'a'", "str", "number"]),
    ("a label None", [0, 1, None, 0], TypeError, ["targets", "None", "number"]),
    ("None", None, TypeError, ["targets", "None"]),
    ("text", "0120", TypeError, ["targets", "str"]),
    ("a dictionary", {0: 1}, TypeError, ["targets", "dict"]),
    ("a number", 1, TypeError, ["targets", "int"]),
    ("rows too narrow", [[1.0, 0.0]] * 4, ValueError, ["targets", "row 0", "has 2", "expected 3"]),
    ("rows too wide", [[1.0, 0.0, 0.0, 0.0]] * 4, ValueError, ["targets", "row 0", "has 4", "expected 3"]),
    ("ragged rows", [[1.0, 0.0, 0.0]] * 3 + [[1.0]], ValueError, ["targets", "row 3", "has 1", "expected 3"]),
    ("a row among labels", [0, 1, [1.0], 0], TypeError, ["targets", "[1.0]", "2"]),
    ("a label among rows", [[1.0, 0.0, 0.0]] * 3 + [2], TypeError, ["targets", "row 3", "2"]),
    ("not a distribution", [[1.0, 0.0, 0.0]] * 3 + [[1.0, 1.0, 0.0]], ValueError,
     ["targets", "row 3", "[1.0, 1.0, 0.0]", "distributions", "sum 1"]),
    ("negative parts", [[2.0, -1.0, 0.0]] * 4, ValueError, ["targets", "row 0", "no negative number"]),
    ("all zero", [[0.0, 0.0, 0.0]] * 4, ValueError, ["targets", "row 0", "sum 1"]),
]


@pytest.mark.parametrize("what, targets, kind, words", TARGETS, ids=[row[0] for row in TARGETS])
@pytest.mark.parametrize("use", ["fit", "evaluate", "validation", "loss", "gradient_check"])
def test_targets(net, use, what, targets, kind, words):
    if use == "validation":
        words = ["validation targets" if word == "targets" and what not in DISTRIBUTIONS else word for word in words]
    net.forward(X)
    with Unchanged(net, kind, *words):
        if use == "fit":
            net.fit(X, targets)
        elif use == "evaluate":
            net.evaluate(X, targets)
        elif use == "validation":
            net.fit(X, Y, validation=(X, targets))
        elif use == "loss":
            net.loss(targets)
        else:
            rn.gradient_check(net, X, targets)


DISTRIBUTIONS = ("not a distribution", "negative parts", "all zero")  # found by the loss, which knows no other name


@pytest.mark.parametrize("value", [-0.1, 1.1, -INF, INF, 2])
def test_targets_of_the_binary_cross_entropy(backend, value):
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend=backend)
    with Unchanged(net, ValueError, "targets", repr(float(value)), "row 2", "0 to 1"):
        net.fit(X, [0.0, 1.0, value, 0.5], allow_nonfinite=True)
    with Unchanged(net, ValueError, "targets", "row 2", "0 to 1"):
        net.evaluate(X, [0.0, 1.0, value, 0.5])
    net.fit(X, [0.0, 1.0, 0.5, 0.25])


def test_thirds_are_a_distribution(net):
    """Rows that were rounded are no mistake: 1/3 three times, and six decimals."""
    net.fit(X, [[1 / 3, 1 / 3, 1 / 3], [0.333333, 0.333333, 0.333334], [0.1, 0.2, 0.7], [1, 0, 0]])


def test_a_label_above_a_single_output_is_a_number(backend):
    """With one output a flat list is a column of numbers; squares have no classes."""
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend)
    net.fit(X, [0.5, -7.0, 12.0, 3])


# --- Settings of fit --------------------------------------------------------------------------------------------

SETTINGS = [
    ("batch_size", 0, ValueError, ["batch_size", "0", "whole numbers >= 1"]),
    ("batch_size", -3, ValueError, ["batch_size", "-3", ">= 1"]),
    ("batch_size", 2.5, TypeError, ["batch_size", "2.5", "float", "whole numbers"]),
    ("batch_size", 2.0, TypeError, ["batch_size", "2.0", "whole numbers"]),
    ("batch_size", NAN, TypeError, ["batch_size", "nan", "whole numbers"]),
    ("batch_size", "10", TypeError, ["batch_size", "'10'", "str", "whole numbers"]),
    ("batch_size", None, TypeError, ["batch_size", "None", "whole numbers"]),
    ("batch_size", True, TypeError, ["batch_size", "True", "whole numbers"]),
    ("epochs", 0, ValueError, ["epochs", "0", "whole numbers >= 1"]),
    ("epochs", -1, ValueError, ["epochs", "-1", ">= 1"]),
    ("epochs", 1.5, TypeError, ["epochs", "1.5", "whole numbers"]),
    ("epochs", NAN, TypeError, ["epochs", "nan", "whole numbers"]),
    ("epochs", "3", TypeError, ["epochs", "'3'", "whole numbers"]),
    ("epochs", None, TypeError, ["epochs", "None", "whole numbers"]),
    ("seed", 1.5, TypeError, ["seed", "1.5", "whole numbers"]),
    ("seed", "1", TypeError, ["seed", "'1'", "whole numbers"]),
    ("shuffle", "yes", ValueError, ["shuffle", "'yes'", "True, False"]),
    ("shuffle", None, ValueError, ["shuffle", "None", "True, False"]),
    ("loss", "mse", TypeError, ["loss", "'mse'", "HalfSquaredError()"]),
    ("loss", rn.CrossEntropy, TypeError, ["loss", "CrossEntropy", "losses such as"]),
    ("loss", 1, TypeError, ["loss", "1", "losses such as"]),
    ("loss", 0, TypeError, ["loss", "0", "losses such as"]),
    ("loss", "", TypeError, ["loss", "''", "losses such as"]),
    ("loss", rn.CrossEntropy(from_logits=True), ValueError, ["loss", "from_logits=True", "after a Softmax"]),
    ("optimizer", "sgd", TypeError, ["optimizer", "'sgd'", "SGD(0.1)"]),
    ("optimizer", rn.SGD, TypeError, ["optimizer", "SGD", "optimizers such as"]),
    ("optimizer", 0.1, TypeError, ["optimizer", "0.1", "optimizers such as"]),
    ("optimizer", 0, TypeError, ["optimizer", "0", "optimizers such as"]),
    ("penalty", 0.01, TypeError, ["penalty", "0.01", "L2"]),
    ("penalty", rn.L2, TypeError, ["penalty", "L2", "allowed"]),
    ("penalty", [rn.L2(0.1), "L1"], TypeError, ["penalty", "'L1'", "allowed"]),
    ("validation", X, TypeError, ["validation", "list", "(inputs, targets)"]),
    ("validation", (X,), TypeError, ["validation", "(inputs, targets)"]),
    ("validation", "X", TypeError, ["validation", "str", "(inputs, targets)"]),
    ("validation", (X, Y[:3]), ValueError, ["validation targets", "3 targets", "4 rows"]),
    ("report", "print", TypeError, ["report", "'print'"]),
    ("momentum", 0.9, TypeError, ["momentum"]),
]


@pytest.mark.parametrize("name, value, kind, words", SETTINGS, ids=[f"{row[0]} {row[1]!r:.20}" for row in SETTINGS])
def test_settings_of_fit(net, name, value, kind, words):
    with Unchanged(net, kind, *words):
        net.fit(X, Y, **{name: value})


def test_an_optimizer_belongs_to_one_network(net, backend):
    other = rn.Network([rn.Input(2), rn.Dense(3)], backend=backend)
    before = state(net)
    with Unchanged(other, ValueError, "optimizer", "Momentum", "another network"):
        other.fit(X, Y, loss=rn.MeanSquaredError(), optimizer=net.optimizer)
    assert other.optimizer is None
    with Unchanged(other, ValueError, "optimizer", "another network"):
        net.optimizer.update(other)
    with Unchanged(other, ValueError, "optimizer", "another network"):
        net.optimizer.before_forward(other)
    assert state(net) == before


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", None, NAN])
def test_the_batch_size_of_predict(net, size):
    with Unchanged(net, (TypeError, ValueError), "batch_size", repr(size), "whole numbers >= 1"):
        net.predict(X, batch_size=size)


@pytest.mark.parametrize("loss, kind, words", [
    ("mse", TypeError, ["loss", "'mse'", "losses such as"]),
    (rn.MeanSquaredError, TypeError, ["loss", "losses such as"]),
    (0, TypeError, ["loss", "0", "losses such as"]),
    (rn.CrossEntropy(from_logits=True), ValueError, ["loss", "from_logits=True", "after a Softmax"]),
])  # fmt: skip
@pytest.mark.parametrize("use", ["evaluate", "loss", "gradient_check"])
def test_losses_that_are_none_or_do_not_fit(net, use, loss, kind, words):
    net.forward(X)
    with Unchanged(net, kind, *words):
        if use == "gradient_check":
            rn.gradient_check(net, X, Y, loss)
        else:
            getattr(net, use)(*([X, Y] if use == "evaluate" else [Y]), loss)


@pytest.mark.parametrize("last, loss, words", [
    (rn.Sigmoid, rn.BinaryCrossEntropy(from_logits=True), ["from_logits=True", "after a Sigmoid", "leave one"]),
    (None, rn.BinaryCrossEntropy(), ["probabilities", "Sigmoid()", "from_logits=True"]),
    (None, rn.CrossEntropy(), ["probabilities", "Softmax()", "from_logits=True"]),
])  # fmt: skip
@pytest.mark.parametrize("use", ["fit", "evaluate", "validation", "loss"])
def test_probabilities_and_logits_are_told_apart(backend, last, loss, words, use):
    net = rn.Network([rn.Input(2), rn.Dense(2), *([last()] if last else [])], backend=backend)
    targets = [[1.0, 0.0]] * 4
    net.forward(X)
    with Unchanged(net, ValueError, "loss", *words):
        if use == "fit":
            net.fit(X, targets, loss=loss)
        elif use == "validation":
            net.fit(X, targets, loss=loss, validation=(X, targets))
        elif use == "evaluate":
            net.evaluate(X, targets, loss)
        else:
            net.loss(targets, loss)


@pytest.mark.parametrize("epsilon", [0, -1e-5, NAN, INF, "1e-5", None])
def test_the_epsilon_of_a_gradient_check(net, epsilon):
    with Unchanged(net, (TypeError, ValueError), "epsilon", repr(epsilon), "> 0"):
        rn.gradient_check(net, X, Y, epsilon=epsilon)


# --- Passes in the wrong order ------------------------------------------------------------------------------------


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
    """It would be the one that the next fit goes on with."""
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


# --- Networks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make, kind, words", [
    (lambda: [], TypeError, ["layers", "[]", "Input(features)"]),
    (lambda: None, TypeError, ["layers", "None", "list of layers"]),
    (lambda: "input", TypeError, ["layers", "'input'", "list of layers"]),
    (lambda: rn.Input(2), TypeError, ["layers", "list of layers"]),
    (lambda: [rn.Dense(2)], ValueError, ["layers", "Dense at 0", "Input(features) comes first"]),
    (lambda: [rn.Input(2), rn.Input(2)], ValueError, ["layers", "Input at 1", "only there"]),
    (lambda: [rn.Input(2), rn.Dense], TypeError, ["layers", "Dense", "at 1", "no layer"]),
    (lambda: [rn.Input(2), "relu"], TypeError, ["layers", "'relu'", "at 1", "no layer"]),
    (lambda: [rn.Input(2), None], TypeError, ["layers", "None", "at 1", "no layer"]),
    (lambda: [rn.Input(2)] + [rn.ReLU()] * 2, ValueError, ["layers", "ReLU at 2", "in use already"]),
    (lambda: [rn.Input(2), rn.Standardize([0.0] * 3, [1.0] * 3)], ValueError, ["standardize1", "3", "2 units"]),
])  # fmt: skip
def test_layers_that_make_no_network(backend, make, kind, words):
    with pytest.raises(kind) as error:
        rn.Network(make(), backend=backend)
    for word in words:
        assert word in str(error.value)


def test_a_layer_serves_one_network(net, backend):
    with Unchanged(net, ValueError, "layers", "Dense at 1", "in use already"):
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


# --- Layers, initializers, losses, optimizers, penalties, schedules -------------------------------------------------

MADE = [
    (lambda: rn.Input(0), ValueError, ["units", "0", ">= 1"]), (lambda: rn.Input(-2), ValueError, ["units", "-2"]),
    (lambda: rn.Input(2.0), TypeError, ["units", "2.0", "whole numbers"]),
    (lambda: rn.Input("2"), TypeError, ["units", "'2'"]), (lambda: rn.Input(None), TypeError, ["units", "None"]),
    (lambda: rn.Dense(0), ValueError, ["units", "0", ">= 1"]), (lambda: rn.Dense(True), TypeError, ["units", "True"]),
    (lambda: rn.Dense(2.5), TypeError, ["units", "2.5"]),
    (lambda: rn.Dense(2, bias="no"), ValueError, ["bias", "'no'", "True, False"]),
    (lambda: rn.Dense(2, bias=None), ValueError, ["bias", "None", "True, False"]),
    (lambda: rn.Dense(2, weights=0.1), TypeError, ["weights", "0.1", "initializers such as Glorot()"]),
    (lambda: rn.Dense(2, weights=rn.He), TypeError, ["weights", "He", "initializers"]),
    (lambda: rn.Dense(2, weights=[[1.0], [2.0]]), TypeError, ["weights", "initializers"]),
    (lambda: rn.Dense(2, weights=0), TypeError, ["weights", "0", "initializers"]),
    (lambda: rn.Dense(2, biases=0.0), TypeError, ["biases", "0.0", "initializers such as Zeros()"]),
    (lambda: rn.Dense(2, penalty=0.1), TypeError, ["penalty", "0.1", "L2"]),
    (lambda: rn.Dense(2, penalty="L2"), TypeError, ["penalty", "'L2'"]),
    (lambda: rn.Dense(2, penalty=[rn.L2(0.1), None]), TypeError, ["penalty", "None"]),
    (lambda: rn.ReLU(0.5), ValueError, ["gradient_at_zero", "0.5", "0, 1"]),
    (lambda: rn.ReLU("0"), ValueError, ["gradient_at_zero", "'0'", "0, 1"]),
    (lambda: rn.LeakyReLU(NAN), ValueError, ["slope", "nan", "finite"]),
    (lambda: rn.LeakyReLU("0.1"), TypeError, ["slope", "'0.1'", "str", "numbers"]),
    (lambda: rn.LeakyReLU(None), TypeError, ["slope", "None", "numbers"]),
    (lambda: rn.Softmax(INF), ValueError, ["beta", "inf", "finite"]),
    (lambda: rn.Softmax([1.0]), TypeError, ["beta", "[1.0]", "numbers"]),
    (lambda: rn.Standardize([0.0, 1.0], [1.0]), ValueError, ["std", "1", "2"]),
    (lambda: rn.Standardize([0.0], [0.0]), ValueError, ["std[0]", "0.0", "> 0"]),
    (lambda: rn.Standardize([0.0, 1.0], [1.0, -1.0]), ValueError, ["std[1]", "-1.0", "> 0"]),
    (lambda: rn.Standardize([NAN], [1.0]), ValueError, ["mean", "nan", "finite"]),
    (lambda: rn.Standardize([], []), ValueError, ["mean"]),
    (lambda: rn.Standardize("ab", [1.0, 2.0]), TypeError, ["mean", "'ab'"]),
    (lambda: rn.Constant(NAN), ValueError, ["value", "nan", "finite"]),
    (lambda: rn.Constant("1"), TypeError, ["value", "'1'"]), (lambda: rn.Constant(None), TypeError, ["value", "None"]),
    (lambda: rn.Constant(10**400), ValueError, ["value", "finite"]),
    (lambda: rn.Normal(-0.1), ValueError, ["sigma", "-0.1", ">= 0"]),
    (lambda: rn.Normal(INF), ValueError, ["sigma", "inf", "finite"]),
    (lambda: rn.Normal("1"), TypeError, ["sigma", "'1'"]),
    (lambda: rn.Uniform(-1), ValueError, ["alpha", "-1", ">= 0"]),
    (lambda: rn.Uniform(NAN), ValueError, ["alpha", "nan"]), (lambda: rn.Uniform(None), TypeError, ["alpha", "None"]),
    (lambda: rn.Glorot("gauss"), ValueError, ["distribution", "'gauss'", "'uniform', 'normal'"]),
    (lambda: rn.He(None), ValueError, ["distribution", "None"]),
    (lambda: rn.LeCun(1), ValueError, ["distribution", "1"]),
    (lambda: rn.HalfSquaredError("mean"), ValueError, ["over", "'mean'", "'rows', 'elements', 'sum'"]),
    (lambda: rn.CrossEntropy("elements"), ValueError, ["over", "'elements'", "'rows', 'sum'"]),
    (lambda: rn.MeanSquaredError(None), ValueError, ["over", "None", "'rows', 'elements', 'sum'"]),
    (lambda: rn.CrossEntropy(from_logits="yes"), ValueError, ["from_logits", "'yes'", "False, True"]),
    (lambda: rn.BinaryCrossEntropy(fused=None), ValueError, ["fused", "None", "False, True"]),
    (lambda: rn.BinaryCrossEntropy(2), ValueError, ["over", "2", "'rows', 'elements', 'sum'"]),
    *[(lambda rate=rate, kind=kind: kind(rate), ValueError, ["rate", repr(rate), "> 0"])
      for kind in (rn.SGD, rn.Momentum, rn.Nesterov, rn.InverseTimeDecay) for rate in (0, 0.0, -0.1, NAN, INF, -INF)],
    *[(lambda rate=rate, kind=kind: kind(rate), TypeError, ["rate", repr(rate), "> 0"])
      for kind in (rn.SGD, rn.Momentum, rn.Nesterov, rn.InverseTimeDecay)
      for rate in ("0.1", None, [0.1], True, Fraction(1, 10))],
    *[(lambda mu=mu, kind=kind: kind(0.1, mu), ValueError, ["mu", repr(mu), ">= 0", "< 1"])
      for kind in (rn.Momentum, rn.Nesterov) for mu in (-0.1, 1.0, 1.5, NAN, INF)],
    (lambda: rn.Momentum(0.1, "0.9"), TypeError, ["mu", "'0.9'"]),
    (lambda: rn.InverseTimeDecay(0.1, -1), ValueError, ["decay", "-1", ">= 0"]),
    (lambda: rn.InverseTimeDecay(0.1, NAN), ValueError, ["decay", "nan", ">= 0"]),
    (lambda: rn.InverseTimeDecay(0.1, None), TypeError, ["decay", "None"]),
    (lambda: as_schedule(0), ValueError, ["rate", "0", "> 0"]), (lambda: as_schedule("x"), TypeError, ["rate", "'x'"]),
    *[(lambda lam=lam, kind=kind: kind(lam), ValueError, ["lam", repr(lam), ">= 0"])
      for kind in (rn.L1, rn.L2) for lam in (-0.1, NAN, INF)],
    *[(lambda lam=lam, kind=kind: kind(lam), TypeError, ["lam", repr(lam), ">= 0"])
      for kind in (rn.L1, rn.L2) for lam in ("0.1", None, [0.1], True)],
    (lambda: rn.L2(0.1, half="yes"), ValueError, ["half", "'yes'", "False, True"]),
    (lambda: rn.SGD(10**400), ValueError, ["rate", "> 0"]),
]


@pytest.mark.parametrize("place", range(len(MADE)))
def test_what_cannot_be_made(place):
    make, kind, words = MADE[place]
    with pytest.raises(kind) as error:
        make()
    assert type(error.value) in (TypeError, ValueError)
    for word in words:
        assert word in str(error.value), str(error.value)


class Custom(rn.Schedule):
    """A schedule of the user's own: good for an epoch, then not."""

    def __init__(self, *rates):
        self.rates = rates

    def __call__(self, epoch):
        return self.rates[min(epoch, len(self.rates) - 1)]


@pytest.mark.parametrize("rate", [0.0, -0.1, NAN, INF, "0.1", None])
def test_a_schedule_that_gives_no_rate(net, backend, rate):
    with Unchanged(net, (TypeError, ValueError), "rate", repr(rate), "> 0"):
        net.fit(X, Y, optimizer=rn.SGD(Custom(0.1, 0.1, rate)))  # two epochs are behind it


def test_a_schedule_that_gives_no_rate_later_on(backend):
    """The epochs before it are trained, the one it is asked for is not begun."""
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend, seed=1)
    with pytest.raises(ValueError, match=r"rate.*-0\.1.*> 0"):
        net.fit(X, [0.0] * 4, optimizer=rn.SGD(Custom(0.1, -0.1)), epochs=5)
    assert net.epoch <= 1
    assert all(math.isfinite(v) for v in net.biases[0])


# --- Backends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["fortran", "C", "Python", "", "numpy", None, 3, object(), ["c"]])
def test_unknown_backends(backend):
    for use in (choose, lambda b: rn.Network([rn.Input(1)], backend=b)):
        with pytest.raises(ValueError, match=r"backend: .*allowed are 'python', 'c'") as error:
            use(backend)
        assert repr(backend) in str(error.value)


def test_moving_to_an_unknown_backend(net):
    with Unchanged(net, ValueError, "backend", "'fortran'", "'python', 'c'"):
        net.to("fortran")


def test_an_unknown_backend_in_the_environment(monkeypatch):
    monkeypatch.setenv("REFNET_BACKEND", "fortran")
    for use in (choose, lambda: rn.Network([rn.Input(1)])):
        with pytest.raises(ValueError, match="REFNET_BACKEND: 'fortran'; allowed are 'python', 'c' and 'auto'"):
            use()
    assert choose("python").name == "python"  # whoever says which is not asked


# --- A C core asked for where none is built -------------------------------------------------------------------------

PROGRAM = """
import sys
{before}
sys.path.insert(0, {folder!r})
import refnet as rn
assert rn.__file__.startswith({folder!r}), rn.__file__
made = []
for asked in {asked}:
    try:
        made.append(rn.Network([rn.Input(2), rn.Dense(1)], backend=asked, seed=1))
        print("made:", made[-1].backend, made[-1].fingerprint())
    except ImportError as error:
        print(type(error).__name__ + ":", error)
    except ValueError as error:
        print(type(error).__name__ + ":", error)
net = rn.Network([rn.Input(2), rn.Dense(1)], backend="python", seed=1)
before = net.fingerprint()
try:
    net.to("c")
    print("moved")
except rn.BackendError as error:
    print("to:", error)
assert net.backend == "python" and net.fingerprint() == before
net.fit([[1.0, 2.0]], [0.5])
print("trained:", net.fingerprint() != before)
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The folder refnet/ by itself, copied somewhere, without the extension."""
    folder = tmp_path_factory.mktemp("bare")
    shutil.copytree(Path(rn.__file__).parent, folder / "refnet",
                    ignore=shutil.ignore_patterns("_core*", "__pycache__"))
    return folder


def run_bare(folder, asked=("c",), before="", isolated=False, **environment):
    """What a Python of its own prints; isolated: without site-packages, so without cffi."""
    program = PROGRAM.format(folder=str(folder), asked=list(asked), before=before)
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("REFNET_", "PYTHON"))}
    command = [sys.executable, *(["-I", "-S"] if isolated else []), "-B", "-W", "error", "-c", program]
    done = subprocess.run(command, env={**settings, **environment}, capture_output=True, text=True, cwd=str(folder),
                          timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_bare_folder_says_that_c_is_not_built(bare):
    pytest.importorskip("_cffi_backend")
    expected = rn.Network([rn.Input(2), rn.Dense(1)], backend="python", seed=1).fingerprint()
    asked_for, fallen_back, moved, trained = run_bare(bare, asked=("c", "auto"))
    assert asked_for.startswith("BackendError: backend='c', but the C core is not built (a C compiler and `pip install")
    assert fallen_back == f"made: python {expected}"  # auto falls back, to the same bits
    assert moved.startswith("to: backend='c', but the C core is not built")
    assert trained == "trained: True"


def test_the_bare_folder_without_cffi(bare):
    expected = rn.Network([rn.Input(2), rn.Dense(1)], backend="python", seed=1).fingerprint()
    asked_for, fallen_back, moved, trained = run_bare(bare, asked=("c", "auto"), isolated=True)
    assert asked_for.startswith("BackendError: backend='c', but cffi is not installed (pip install cffi)")
    assert fallen_back == f"made: python {expected}"
    assert moved.startswith("to: ") and trained == "trained: True"


def test_cffi_hidden(bare):
    lines = run_bare(bare, before="sys.modules['_cffi_backend'] = None")
    assert lines[0].startswith("BackendError: backend='c', but cffi is not installed (pip install cffi)")


def test_c_asked_for_by_the_environment_where_it_is_not_built(bare):
    pytest.importorskip("_cffi_backend")
    (line, *_) = run_bare(bare, asked=("auto",), REFNET_BACKEND="c")
    assert line.startswith("BackendError: REFNET_BACKEND='c', but the C core is not built")
    required, asked, python, *_ = run_bare(bare, asked=("auto", "c", "python"), REFNET_REQUIRE_C="1")
    assert required.startswith("BackendError: REFNET_REQUIRE_C=1, but the C core is not built")
    assert asked.startswith("BackendError: backend='c', but the C core is not built")
    assert python.startswith("made: python ")
    (line, *_) = run_bare(bare, asked=("auto",), REFNET_BACKEND="python", REFNET_REQUIRE_C="1")
    assert line.startswith("made: python ")


def test_a_backend_error_is_an_import_error():
    assert issubclass(BackendError, ImportError) and rn.BackendError is BackendError
