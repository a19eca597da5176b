"""Are inputs and targets that cannot be used refused with their place, and is nothing changed?"""

import math

import pytest
from unchanged import Unchanged, X, Y

import refnet as rn

INF, NAN = math.inf, math.nan


# --- Rows of inputs ---

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
    numpy = pytest.importorskip("numpy")
    expected = net.forward([[1.0, 0.0]])
    assert net.forward(numpy.array([[1.0, 0.0]], dtype=dtype)).tolist() == expected


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_not_finite_is_for_forward_alone(net, value):
    rows = [[0.5, -1.0], [1.5, value], [-0.25, 0.75], [1.0, 1.0]]
    assert len(net.forward(rows)) == len(net.predict(rows)) == 4  # these do not train, so they accept it
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


# --- Targets ---

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
    ("more names of classes than outputs", ["a", "b", "c", "d"], ValueError, ["targets", "4 names", "a, b, c, d", "3"]),
    ("a number among names of classes", ["a", "b", 2, "a"], TypeError, ["targets", "2 at 2", "int", "text"]),
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


DISTRIBUTIONS = ("not a distribution", "negative parts", "all zero")  # found by the loss, which says "targets"


@pytest.mark.parametrize("value", [-0.1, 1.1, -INF, INF, 2])
def test_targets_of_the_binary_cross_entropy(backend, value):
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend=backend)
    with Unchanged(net, ValueError, "targets", repr(float(value)), "row 2", "0 to 1"):
        net.fit(X, [0.0, 1.0, value, 0.5], allow_nonfinite=True)
    with Unchanged(net, ValueError, "targets", "row 2", "0 to 1"):
        net.evaluate(X, [0.0, 1.0, value, 0.5])
    net.fit(X, [0.0, 1.0, 0.5, 0.25])


def test_thirds_are_a_distribution(net):
    """Rounded rows are fine: three times 1/3, and six decimals."""
    net.fit(X, [[1 / 3, 1 / 3, 1 / 3], [0.333333, 0.333333, 0.333334], [0.1, 0.2, 0.7], [1, 0, 0]])


def test_a_label_above_a_single_output_is_a_number(backend):
    """With one output a flat list is a column of numbers; a squared error knows no classes."""
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend)
    net.fit(X, [0.5, -7.0, 12.0, 3])
