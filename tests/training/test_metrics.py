"""Do the metrics agree with hand and with scikit-learn, also where there is nothing to divide by?"""

import math
import random
import subprocess
import sys
import warnings
from fractions import Fraction

import mpmath
import pytest

import refnet as rn
from refnet.training import metrics

INF, NAN = math.inf, math.nan


def rows_for(decided, classes):
    """Outputs with these decisions."""
    return [[0.7 if j == d else 0.1 * (j + 1) / classes for j in range(classes)] for d in decided]


# --- By hand ---

# Class 0: two right, one taken for 1. Class 1: two right. Class 2: three right, one taken for 0, one for 1.
TRUE = [0, 0, 0, 1, 1, 2, 2, 2, 2, 2]
DECIDED = [0, 1, 0, 1, 1, 2, 0, 2, 2, 1]
MATRIX = [[2, 1, 0], [0, 2, 0], [1, 1, 3]]


@pytest.mark.parametrize("targets", [TRUE, rn.data.one_hot(TRUE), [float(t) for t in TRUE], tuple(TRUE)])
@pytest.mark.parametrize("outputs", [DECIDED, rows_for(DECIDED, 3), [float(d) for d in DECIDED]])
def test_three_classes_by_hand(targets, outputs):
    assert metrics.confusion_matrix(targets, outputs) == MATRIX
    assert metrics.accuracy(targets, outputs) == 7 / 10
    assert metrics.precision(targets, outputs, average=None) == [2 / 3, 2 / 4, 3 / 3]
    assert metrics.recall(targets, outputs, average=None) == [2 / 3, 2 / 2, 3 / 5]
    assert metrics.f1(targets, outputs, average=None) == [4 / 6, 4 / 6, 6 / 8]
    assert metrics.precision(targets, outputs) == (2 / 3 + 1 / 2 + 1) / 3 == 0.7222222222222222
    assert metrics.recall(targets, outputs, average="macro") == (2 / 3 + 1 + 3 / 5) / 3
    assert metrics.f1(targets, outputs, average="weighted") == (3 * (4 / 6) + 2 * (4 / 6) + 5 * 0.75) / 10
    for metric in (metrics.precision, metrics.recall, metrics.f1):
        assert metric(targets, outputs, average="micro") == 7 / 10


@pytest.mark.parametrize("outputs", [
    [[0.9], [0.5], [0.2], [0.4], [0.6], [0.1]],  # ½ decides for class 1
    [[0.1, 0.9], [0.4, 0.6], [0.8, 0.2], [0.5, 0.5], [0.3, 0.7], [0.9, 0.1]],  # the first among equals
    [1, 1, 0, 0, 1, 0],
])
@pytest.mark.parametrize("targets", [[1, 0, 0, 1, 1, 0], [True, False, False, True, True, False]])
def test_two_classes_by_hand(targets, outputs):
    """TP 2, FP 1, FN 1, TN 2."""
    assert metrics.confusion_matrix(targets, outputs) == [[2, 1], [1, 2]]
    for metric in (metrics.precision, metrics.recall, metrics.f1, metrics.accuracy):
        assert metric(targets, outputs) == 2 / 3
    assert metrics.f1(targets, outputs, average="binary") == metrics.f1(targets, outputs, average=None)[1]
    assert metrics.precision([1, 1, 0, 0], [[0.9], [0.1], [0.1], [0.1]]) == 1.0  # that of class 1; of class 0, 2/3
    assert metrics.precision([1, 1, 0, 0], [[0.9], [0.1], [0.1], [0.1]], average="macro") == (2 / 3 + 1) / 2


def test_more_classes_than_occur():
    assert metrics.confusion_matrix([0, 1], [1, 1], classes=3) == [[0, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert metrics.confusion_matrix([0, 0], [0, 0]) == [[2, 0], [0, 0]]
    assert metrics.confusion_matrix([0, 1], [2, 0]) == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]
    assert metrics.confusion_matrix([2], [0]) == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]


def test_roc_curve_by_hand():
    curve = metrics.roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    assert curve == ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0], [INF, 0.8, 0.4, 0.35, 0.1])
    assert metrics.auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 3 / 4
    # A tie between the classes is one slanted step: of four pairs three are in order and one counts half.
    curve = metrics.roc_curve([0, 1, 0, 1], [[0.5], [0.5], [0.2], [0.9]])
    assert curve == ([0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0], [INF, 0.9, 0.5, 0.2])
    assert metrics.auc([0, 1, 0, 1], [[0.5], [0.5], [0.2], [0.9]]) == 3.5 / 4
    assert metrics.auc([0, 1, 0, 1], [7.0] * 4) == 0.5
    assert metrics.auc([0, 1], [INF, -INF]) == 0.0 and metrics.roc_curve([0, 1], [INF, -INF])[2] == [INF, INF, -INF]
    # The second of two columns counts.
    two = [[0.8, 0.1], [0.1, 0.4], [0.9, 0.35], [0.1, 0.8]]
    for targets in ([0, 0, 1, 1], rn.data.one_hot([0, 0, 1, 1])):
        assert metrics.auc(targets, two) == 3 / 4


def test_log_loss_by_hand():
    half, three_quarters = -mpmath.log(mpmath.mpf("0.5")), -mpmath.log(mpmath.mpf("0.75"))
    p = [[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]
    expected = float((half + three_quarters) / 2)
    for targets in ([0, 2], rn.data.one_hot([0, 2])):
        # Two logarithms to 0.55 ulp each, a sum and an exact halving: at most 2 ulp.
        assert abs(metrics.log_loss(targets, p) - expected) <= 2 * math.ulp(expected)
    for outputs in ([0.5, 0.25, 0.75], [[0.5], [0.25], [0.75]]):
        expected = float((half + 2 * three_quarters) / 3)
        assert abs(metrics.log_loss([1, 0, 1], outputs) - expected) <= 3 * math.ulp(expected)  # three of them
    assert metrics.log_loss([1, 0], [[0.0, 1.0], [1.0, 0.0]]) == 0.0
    assert metrics.log_loss([0, 0], [[0.0, 1.0], [1.0, 0.0]]) == INF  # nothing is clipped
    assert metrics.log_loss([1, 0], [0.0, 0.0]) == INF
    assert math.isnan(metrics.log_loss([1, 0], [NAN, 0.0]))


def test_regression_by_hand():
    y, o = [1, 2, 3, 4], [[1.0], [2.0], [3.0], [5.0]]
    assert metrics.r2(y, o) == 1.0 - 1 / 5 and metrics.mean_absolute_error(y, o) == 1 / 4
    assert metrics.r2(y, y) == 1.0 and metrics.r2(y, [2.5] * 4) == 0.0 and metrics.r2(y, [4, 3, 2, 1]) == 1.0 - 20 / 5
    two = [[float(t), 10.0 * t] for t in y]
    assert metrics.r2(two, [[v, 25.0] for (v,) in o]) == (0.8 + 0.0) / 2
    assert metrics.mean_absolute_error(two, [[t, 10.0 * t + 2.0] for t in y]) == 1.0
    assert metrics.r2([0.1] * 3, [0.1] * 2 + [0.2]) == -INF  # although the mean of the three rounds to another number
    assert math.isnan(metrics.r2([0.1] * 3, [0.1] * 3))
    assert math.isnan(metrics.r2([1, 2], [NAN, 1.0])) and math.isnan(metrics.mean_absolute_error([1, 2], [NAN, 1.0]))


# --- Nothing to divide by, and NaN ---


def test_zero_division():
    """Of two classes, class 1 is never predicted, or class 0 does not occur."""
    assert metrics.precision([0, 1], [0, 0]) == 0.0 and metrics.precision([0, 1], [0, 0], zero_division=1) == 1.0
    assert metrics.recall([0, 0], [0, 1]) == 0.0 and metrics.recall([0, 0], [0, 1], zero_division=1.0) == 1.0
    assert metrics.f1([0, 0], [0, 0]) == 0.0 and metrics.f1([0, 0], [0, 0], zero_division=1) == 1.0
    assert metrics.f1([1, 1], [1, 1], average=None) == [0.0, 1.0]
    # The last of four classes does not occur, and no mean counts it.
    outputs = rows_for([0, 1, 1], 4)
    assert metrics.precision([0, 1, 2], outputs, average=None) == [1.0, 0.5, 0.0, 0.0]
    assert metrics.precision([0, 1, 2], outputs) == (1.0 + 0.5 + 0.0) / 3
    assert metrics.precision([0, 1, 2], outputs, zero_division=1) == (1.0 + 0.5 + 1.0) / 3


@pytest.mark.parametrize("only", [0, 1])
def test_one_class_only(only):
    rates = metrics.roc_curve([only] * 2, [0.2, 0.7])
    assert rates[only] == [0.0, 0.5, 1.0] and all(map(math.isnan, rates[1 - only]))
    assert math.isnan(metrics.auc([only] * 2, [0.2, 0.7]))
    assert metrics.accuracy([only] * 2, [only] * 2) == 1.0


def test_a_row_with_nan_is_decided_for_no_class():
    """It is wrong, and counts among the examples of its class, not among those decided for one."""
    two, one = [[NAN, 0.9], [0.9, NAN], [0.9, 0.1], [0.1, 0.9]], [[NAN], [NAN], [0.1], [0.9]]
    for outputs in (two, one):
        for targets in ([0, 0, 0, 1], [0, 1, 0, 1]):
            assert metrics.accuracy(targets, outputs) == 2 / 4
        assert metrics.precision([0, 1, 0, 1], outputs, average=None) == [1.0, 1.0]
        assert metrics.recall([0, 1, 0, 1], outputs, average=None) == [1 / 2, 1 / 2]
        assert metrics.f1([0, 1, 0, 1], outputs) == 2 / 3
        for call in (lambda o: metrics.confusion_matrix([0, 1, 0, 1], o), metrics.decide):
            with pytest.raises(ValueError, match=r"outputs: nan in row 0; .* decides for no class"):
                call(outputs)
    assert metrics.decide([[0.2, 0.2, 0.1], [INF, 0.0, INF]]) == [0, 0]
    assert metrics.decide([[0.5], [0.4], [INF], [-INF]]) == [1, 0, 1, 0]
    assert math.isnan(metrics.auc([0, 1], [NAN, 0.5]))


def test_evaluate_decides_alike(backend):
    for outputs, last in ((3, rn.Softmax), (1, rn.Sigmoid)):
        net = rn.Network([rn.Input(1), rn.Dense(outputs), last()], backend=backend, seed=2)
        inputs, targets = [[1.0], [NAN], [-2.0], [0.3], [NAN]], [0, 0, 1 % outputs, 0, min(1, outputs)]
        found = net.predict(inputs)
        assert math.isnan(found[1][0])
        assert metrics.accuracy(targets, found) == net.evaluate(inputs, targets)["accuracy"] <= 3 / 5


@pytest.mark.parametrize("units, last, loss", [
    (2, rn.Softmax, rn.CrossEntropy()), (1, rn.Sigmoid, rn.BinaryCrossEntropy()), (1, rn.Linear, rn.Hinge()),
])  # fmt: skip
def test_a_network_of_nan_is_right_for_no_row(backend, units, last, loss):
    """Whatever the class that most rows have; NaN targets are no class either."""
    net = rn.Network([rn.Input(1), rn.Dense(units), last()], backend=backend)
    net.set("dense1.bias", [NAN] * units)
    low = -1 if isinstance(loss, rn.Hinge) else 0
    for targets in ([low] * 4 + [1], [1] * 4 + [low]):
        assert net.evaluate([[1.0]] * 5, targets, loss)["accuracy"] == 0.0
    net.set("dense1.bias", [0.0] * units)
    assert net.evaluate([[0.0]], [[NAN] * units], loss)["accuracy"] == 0.0


@pytest.mark.parametrize("outputs, last", [(4, rn.Softmax), (1, rn.Sigmoid)])
def test_what_a_network_predicts(backend, outputs, last):
    """Targets as fit takes them, outputs as predict returns them: accuracy and loss are those of `evaluate`."""
    net = rn.Network([rn.Input(2), rn.Dense(outputs), last()], backend=backend, seed=1)
    inputs = [[math.sin(i), math.cos(3.0 * i)] for i in range(60)]
    indices = [i * i % 7 % max(outputs, 2) for i in range(60)]
    one_hot = rn.data.one_hot(indices, outputs) if outputs > 1 else [[t] for t in indices]
    for targets in (indices, one_hot):
        found = net.predict(inputs)
        results = net.evaluate(inputs, targets)
        assert metrics.accuracy(targets, found) == results["accuracy"]
        # `evaluate` takes the loss from the logits, with other roundings.
        assert metrics.log_loss(targets, found) == pytest.approx(results["loss"], rel=1e-14)
        assert len(metrics.confusion_matrix(targets, found)) == max(outputs, 2)
        for metric in (metrics.precision, metrics.recall, metrics.f1):
            assert isinstance(metric(targets, found), float)


# --- Against scikit-learn ---


@pytest.fixture(scope="module")
def sklearn():
    return pytest.importorskip("sklearn.metrics", reason="the extra `test` brings scikit-learn")


def cases(classes, count=20):
    """Labels and predicted classes; in some of them a class is missing."""
    draw = random.Random(classes)
    for n in range(1, count + 1):
        among = draw.sample(range(classes), draw.randint(1, classes))
        yield [draw.choice(among) for _ in range(n)], [draw.randrange(classes) for _ in range(n)]


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_decisions_as_scikit_learn_has_them(sklearn, classes):
    """Equal to the last bit: NumPy adds fewer than eight numbers from the first to the last, as refnet does."""
    pairs = [("precision", "precision_score"), ("recall", "recall_score"), ("f1", "f1_score")]
    for true, decided in cases(classes):
        outputs, labels = rows_for(decided, classes), list(range(classes))
        assert metrics.accuracy(true, outputs) == sklearn.accuracy_score(true, decided)
        matrix = sklearn.confusion_matrix(true, decided, labels=labels)
        assert metrics.confusion_matrix(true, outputs) == matrix.tolist()
        for own, theirs in pairs:
            ours, reference = getattr(metrics, own), getattr(sklearn, theirs)
            for zero in (0.0, 1.0):
                for average in ("macro", "micro", "weighted"):
                    expected = reference(true, decided, average=average, zero_division=zero)
                    assert ours(true, outputs, average=average, zero_division=zero) == expected, (own, average)
                expected = reference(true, decided, average=None, labels=labels, zero_division=zero).tolist()
                assert ours(true, outputs, average=None, zero_division=zero) == expected
                if classes == 2:
                    binary = reference(true, decided, average="binary", zero_division=zero)
                    assert ours(true, outputs, zero_division=zero) == binary


@pytest.mark.parametrize("distinct", [3, 10, 1000])  # with few distinct scores, many ties
def test_roc_as_scikit_learn_has_it(sklearn, distinct):
    draw = random.Random(distinct)
    for n in range(2, 60):
        true = [0, 1] + [draw.randrange(2) for _ in range(n - 2)]
        scores = [draw.randrange(distinct) / distinct for _ in range(n)]
        expected = sklearn.roc_curve(true, scores, drop_intermediate=False)
        assert metrics.roc_curve(true, scores) == tuple(part.tolist() for part in expected)
        area = metrics.auc(true, scores)
        # scikit-learn rounds each of at most 60 trapezoids, refnet the quotient alone.
        assert area == pytest.approx(sklearn.roc_auc_score(true, scores), abs=60 * 2.0**-53)
        ones, zeros = ([s for s, t in zip(scores, true) if t == c] for c in (1, 0))
        ordered = [Fraction(a > b) + Fraction(a == b, 2) for a in ones for b in zeros]
        assert area == float(sum(ordered) / len(ordered))


def test_distances_as_scikit_learn_has_them(sklearn):
    """NumPy adds in pairs and has another logarithm; sums of 50 positive numbers agree to 1e-13."""
    draw = random.Random(7)
    for n in range(2, 50):
        y = [[draw.gauss(0, 1), draw.gauss(5, 3)] for _ in range(n)]
        o = [[a + draw.gauss(0, 0.5), b + draw.gauss(0, 1)] for a, b in y]
        # 1 − x cancels, so R² near 0 has the absolute error of a number near 1.
        assert metrics.r2(y, o) == pytest.approx(sklearn.r2_score(y, o), rel=1e-13, abs=1e-13)
        assert metrics.mean_absolute_error(y, o) == pytest.approx(sklearn.mean_absolute_error(y, o), rel=1e-13)
        true = [draw.randrange(3) for _ in range(n)]
        weights = [[draw.random() + 1e-3 for _ in range(3)] for _ in range(n)]
        p = [[w / math.fsum(row) for w in row] for row in weights]
        assert metrics.log_loss(true, p) == pytest.approx(sklearn.log_loss(true, p, labels=[0, 1, 2]), rel=1e-13)
        single = [row[0] for row in p]
        true = [t % 2 for t in true]
        assert metrics.log_loss(true, single) == pytest.approx(sklearn.log_loss(true, single, labels=[0, 1]), rel=1e-13)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may warn of constant targets
        assert sklearn.r2_score([1.0] * 3, [1.0, 1.0, 2.0], force_finite=False) == -INF
    assert metrics.r2([1.0] * 3, [1.0, 1.0, 2.0]) == -INF


def test_arrays_are_taken_as_lists_are():
    numpy = pytest.importorskip("numpy")
    outputs = rows_for(DECIDED, 3)
    for targets in (numpy.array(TRUE), numpy.array(rn.data.one_hot(TRUE)), numpy.array(TRUE, dtype="float32")):
        for found in (numpy.array(outputs), memoryview(numpy.array(outputs)), numpy.array(DECIDED)):
            assert metrics.confusion_matrix(targets, found) == MATRIX
    assert metrics.r2(numpy.array([[1.0], [2.0]]), numpy.array([1.0, 2.0])) == 1.0
    assert metrics.auc(numpy.array([0, 1]), numpy.array([0.2, 0.3])) == 1.0


# --- Bad input ---

EVERY = ["accuracy", "confusion_matrix", "precision", "recall", "f1", "roc_curve", "auc", "log_loss", "r2",
         "mean_absolute_error"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("targets, outputs, error, message", [
    ([], [], ValueError, "targets: no examples; at least one is needed"),
    ([0], [], ValueError, "outputs: no examples"),
    ([0, 1, 1], [[0.2], [0.7]], ValueError, "targets: 3 for 2 outputs; expected one for each"),
    ([0, 1], [0, 1, 1], ValueError, "targets: 2 for 3 outputs"),
    (5, [0.5], TypeError, "targets: int; expected"),
    ([0], "0", TypeError, "outputs: str; expected"),
    ([0], ["yes"], TypeError, "outputs: row 0 is 'yes'"),
    (["yes"], [[0.5]], TypeError, "targets: ('yes' in 0 is a str|row 0 is 'yes')"),
    ([0, 1], [[0.5], [0.5, 0.5]], ValueError, "outputs: row 1 has 2 numbers; expected 1"),
    ([[0], [0, 1]], [[0.5], [0.5]], ValueError, "targets: row 1 has 2 numbers; expected 1"),
    ([0, None], [[0.5], [0.5]], TypeError, "targets: None"),
])  # fmt: skip
def test_what_every_metric_refuses(name, targets, outputs, error, message):
    with pytest.raises(error, match=message):
        getattr(metrics, name)(targets, outputs)


@pytest.mark.parametrize("call, message", [
    (lambda: metrics.f1([0, 3], rows_for([0, 1], 3)), "label 3 at 1; .* class indices 0 to 2"),
    (lambda: metrics.f1([0, 2], [[0.5], [0.5]]), "targets: 2.0 at 1; allowed: numbers from 0 to 1"),
    (lambda: metrics.f1([0, NAN], [[0.5], [0.5]]), "targets: nan at 1; allowed: numbers from 0 to 1"),
    (lambda: metrics.f1([0, NAN], [[0.5, 0.1], [0.5, 0.2]]), "targets: label nan at 1"),
    (lambda: metrics.f1([[1, 0], [1, 1]], [[0.5, 0.1], [0.5, 0.1]]), r"targets: row 1 is \[1.0, 1.0\]; allowed: one"),
    (lambda: metrics.f1([[1, 0], [-1, 1]], [[0.5, 0.1], [0.5, 0.1]]), "targets: -1.0 at 1; allowed: numbers from 0"),
    (lambda: metrics.f1([0, 1.5], [0, 1]), "targets: 1.5 at 1; allowed: class indices 0, 1, …"),
    (lambda: metrics.f1([0, 1], [0, 0.7]), "outputs: 0.7 at 1; allowed: class indices"),
    (lambda: metrics.f1([0, 1], [-1, 0]), "outputs: -1 at 0; allowed: class indices"),
    (lambda: metrics.f1([0, 1], [INF, 0]), "outputs: inf at 0; allowed: class indices"),
    (lambda: metrics.f1([0, 1], [NAN, 0]), "outputs: nan at 0; allowed: class indices"),
    (lambda: metrics.f1(rn.data.one_hot([0, 1]), [0, 2]), "outputs: class 2; the targets have 2 classes, 0 to 1"),
    (lambda: metrics.f1(TRUE, DECIDED, average="binary"), "average: 'binary'; with 3 classes allowed: 'macro'"),
    (lambda: metrics.f1(TRUE, DECIDED, average="mean"), "average: 'mean'; allowed: 'auto', 'binary'"),
    (lambda: metrics.recall(TRUE, DECIDED, zero_division=0.5), "zero_division: 0.5; allowed: 0, 1"),
    (lambda: metrics.precision(TRUE, DECIDED, zero_division=NAN), "zero_division: nan; allowed: 0, 1"),
    (lambda: metrics.confusion_matrix(TRUE, DECIDED, classes=2), "classes: 2; allowed: whole numbers > 2"),
    (lambda: metrics.confusion_matrix(TRUE, DECIDED, classes=0), "classes: 0; allowed: whole numbers >= 1"),
    (lambda: metrics.roc_curve([0, 1], [NAN, 0.5]), "outputs: nan at 0; allowed: numbers that can be put in order"),
    (lambda: metrics.auc(TRUE, rows_for(DECIDED, 3)), "outputs: rows have 3 numbers; allowed: one score, or"),
    (lambda: metrics.auc([0, 2], [0.1, 0.5]), "targets: 2.0 at 1; allowed: numbers from 0 to 1"),
    *[(lambda metric=metric, row=row: metric([[1, 0], row], [[0.5, 0.5], [0.2, 0.8]]),
       r"targets: row 1 is .*; allowed: one class per example, or shares with the sum 1")
      for metric in (metrics.log_loss, metrics.accuracy, metrics.f1, metrics.auc)
      for row in ([0.0, 0.0], [0.25, 0.25], [0.75, 0.5])],
    (lambda: metrics.log_loss([0, 1], [0.1, 1.5]), "outputs: 1.5 at 1; allowed: numbers from 0 to 1"),
    (lambda: metrics.log_loss([0, 1], [-0.1, 0.5]), "outputs: -0.1 at 0; allowed: numbers from 0 to 1"),
    (lambda: metrics.r2([1, 2], [[1.0, 2.0], [1.0, 2.0]]), "targets: row 0 has 1 number; expected 2"),
])  # fmt: skip
def test_what_one_metric_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_import_refnet_leaves_the_metrics_alone():
    code = ("import sys, refnet as rn; assert 'refnet.selection' not in sys.modules; "
            "assert rn.metrics.accuracy([0], [0]) == 1.0; from refnet import metrics; assert metrics is rn.metrics; "
            "from refnet import *; print(metrics.__name__)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "refnet.training.metrics\n", done.stderr
