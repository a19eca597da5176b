"""How good are the outputs? Numbers that compare them with the targets; they do not train anything.

    rn.metrics.f1(test.targets, net.predict(test.inputs))
    rn.metrics.confusion_matrix(test.targets, net.predict(test.inputs))

targets  class indices, one-hot rows, or 0/1 numbers for a single output; numbers or rows of numbers for a regression
outputs  rows, (examples, outputs), as net.predict returns them: the largest decides, the first among equals; a single
         output decides for class 1 from ½ up. A row with NaN decides for no class, which is wrong. Or class indices

Each example has one class, or shares of several with the sum 1, as CrossEntropy has them. The definitions are
scikit-learn's (F. Pedregosa et al., JMLR 12, 2011), the arithmetic is refnet's: counts are whole numbers, sums ascend
from 0.0, and 0/0 is NaN unless `zero_division` says otherwise.
They raise TypeError if a value is not a number; ValueError if there are no examples, if the numbers of targets and
outputs differ, or if a target is not a class.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Optional

from refnet import checks
from refnet.arithmetic.elementary import divide
from refnet.data import door
from refnet.kernels import REFERENCE
from refnet.kernels.reference.sums import total_of
from refnet.losses.classification import is_distribution
from refnet.training.decisions import are_right, decided

MEASURES: dict[str, Callable] = {}
"""The metrics that are a number, by name."""


def _measure(metric: Callable) -> Callable:
    """Let fit, evaluate and selection know a metric by its name: metrics=["f1"]."""
    return MEASURES.setdefault(metric.__name__, metric)


# --- Decisions: which class? ---


@_measure
def accuracy(targets: Any, outputs: Any) -> float:
    """The share of examples that are decided right, as in `evaluate`; (TP + TN)/n for two classes."""
    true, found, _ = _decisions(targets, outputs)
    return are_right(true, found).count(True) / len(true)


def confusion_matrix(targets: Any, outputs: Any, classes: Optional[int] = None) -> list[list[int]]:
    """counts[t][d] is the number of examples of class t that were decided for class d.

    classes  the number of classes; default: as many as outputs or one-hot columns (two for a single one), or, if there
             are only class indices, the largest + 1
    Raises ValueError for a row with NaN, which decides for no class.
    """
    true, decisions, known = _decisions(targets, outputs)
    found = _certain(decisions)
    largest = max(true + found)
    if classes is None:
        classes = known
    elif checks.count("classes", classes) <= largest:
        raise ValueError(f"classes: {classes}; allowed: whole numbers > {largest}, the largest class")
    counts = _zeros(classes, classes)
    for t, d in zip(true, found):
        counts[t][d] += 1
    return counts


def _zeros(rows: int, classes: int) -> list[list[int]]:
    """Counters, a row of `classes` each: a label that is an account number asks for more than there is memory."""
    try:
        return [[0] * classes for _ in range(rows)]
    except (MemoryError, OverflowError):
        raise MemoryError(f"classes: not enough memory for {rows} × {classes} numbers") from None


@_measure
def precision(targets: Any, outputs: Any, average: Optional[str] = "auto", zero_division: float = 0.0) -> Any:
    """TP / (TP + FP): the share of right ones among those decided for a class. For the arguments see f1."""
    return _ratio(targets, outputs, average, zero_division, lambda right, true, decided: (right, decided))


@_measure
def recall(targets: Any, outputs: Any, average: Optional[str] = "auto", zero_division: float = 0.0) -> Any:
    """TP / (TP + FN): the share of a class that was decided for it. For the arguments see f1."""
    return _ratio(targets, outputs, average, zero_division, lambda right, true, decided: (right, true))


@_measure
def f1(targets: Any, outputs: Any, average: Optional[str] = "auto", zero_division: float = 0.0) -> Any:
    """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall (C. J. van Rijsbergen, 1979).

    average        "binary"    two classes: the number of class 1
                   "macro"     the mean over the classes that occur or are decided for
                   "weighted"  the same mean, weighted by how often each class occurs
                   "micro"     from the sums of the counts over the classes; equal to the accuracy
                   "auto"      binary for two classes, macro for more
                   None        no mean: a list with one number per class
    zero_division  the value of 0/0, if no example is decided for a class (precision) or has it (recall): 0 or 1
    """
    return _ratio(targets, outputs, average, zero_division, lambda right, true, decided: (2 * right, true + decided))


def decide(outputs: Any) -> list[int]:
    """The class of each row: its largest output, the first among equals. For a single output: 1 from ½ up, else 0.

    Raises ValueError for a row with NaN, which decides for no class.
    """
    return _certain(decided(REFERENCE, _rows("outputs", _listed("outputs", outputs))))


# --- Thresholds: what if a number other than ½ decided? ---


def roc_curve(targets: Any, outputs: Any) -> tuple[list[float], list[float], list[float]]:
    """The receiver operating characteristic of two classes: (false positive rates, true positive rates, thresholds).

    Point i decides for class 1 if the output ≥ thresholds[i]. The thresholds are infinity, then every distinct output,
    falling. The rates are FP / N and TP / P; without an example of class 0 (or 1) that rate is NaN.

    targets  0/1 as numbers, class indices or one-hot rows
    outputs  one score each: numbers, rows of one, or rows of two, whose second counts
    Raises ValueError for more columns, and for NaN, which has no order.
    """
    true, scores = _scores(targets, outputs)
    for i, score in enumerate(scores):
        if score != score:
            raise ValueError(f"outputs: nan at {i}; allowed: numbers that can be put in order")
    false_positives, true_positives, thresholds = _counts_by_threshold(true, scores)
    n, p = float(false_positives[-1]), float(true_positives[-1])
    return [divide(f, n) for f in false_positives], [divide(t, p) for t in true_positives], thresholds


@_measure
def auc(targets: Any, outputs: Any) -> float:
    """The area under `roc_curve`: how often an example of class 1 scores above one of class 0, ties counting half.

    That is a count of pairs over P·N (D. Bamber, 1975), so only the division rounds. It is NaN if an output is NaN or
    if a class has no example.
    """
    true, scores = _scores(targets, outputs)
    if any(score != score for score in scores):
        return math.nan
    false_positives, true_positives, _ = _counts_by_threshold(true, scores)
    twice = 0  # trapezoids between one threshold and the next
    for i in range(1, len(true_positives)):
        width = false_positives[i] - false_positives[i - 1]
        twice += width * (true_positives[i] + true_positives[i - 1])
    pairs = false_positives[-1] * true_positives[-1]
    return twice / (2 * pairs) if pairs else math.nan


# --- Distances: how far from the target? ---


@_measure
def log_loss(targets: Any, outputs: Any) -> float:
    """−1/n Σ Σ y ln p, the mean cross-entropy of probabilities; −(y ln p + (1 − y) ln(1 − p)) for a single output.

    The outputs are not clipped: a probability of 0 with y > 0 costs infinity. Raises ValueError for one outside 0 … 1.
    """
    y, o = _pair(targets, outputs)
    p = _rows("outputs", o)
    _check_between_0_and_1("outputs", p, allow_nan=True)
    cost = REFERENCE.binary_cross_entropy if len(p[0]) == 1 else REFERENCE.cross_entropy
    return _mean([row[0] for row in cost(p, _target_rows(y, len(p[0])))])


@_measure
def r2(targets: Any, outputs: Any) -> float:
    """R² = 1 − Σ(y − o)² / Σ(y − ȳ)², the share of the targets' variance that is explained; the mean over the columns.

    1 is perfect, 0 as good as always answering ȳ, negative worse. If all targets are equal it is 1 − x/0: −inf, or NaN
    if all outputs are right.
    """
    y, o = _numbers(targets, outputs)
    return _mean([_explained(wanted, found) for wanted, found in zip(zip(*y), zip(*o))])


@_measure
def mean_absolute_error(targets: Any, outputs: Any) -> float:
    """1/n Σ |y − o|, over examples and outputs, row by row."""
    y, o = _numbers(targets, outputs)
    return _mean([abs(t - v) for wanted, found in zip(y, o) for t, v in zip(wanted, found)])


# --- Inside ---


def _ratio(targets: Any, outputs: Any, average: Optional[str], zero_division: float,
           parts: Callable[[int, int, int], tuple[int, int]]) -> Any:
    """The quotient of the two counts parts(right, true, decided) of each class, averaged."""
    checks.choice("average", average, ["auto", "binary", "macro", "micro", "weighted", None])
    checks.choice("zero_division", zero_division, [0, 1])
    true, decisions, classes = _decisions(targets, outputs)
    if average == "auto":
        average = "binary" if classes == 2 else "macro"
    if average == "binary" and classes > 2:
        raise ValueError(f"average: 'binary'; with {classes} classes allowed: 'macro', 'micro', 'weighted' and None")
    right, wanted, found = _zeros(3, classes)
    for t, d in zip(true, decisions):
        wanted[t] += 1
        right[t] += t == d
        if d is not None:
            found[d] += 1
    counts = [parts(*each) for each in zip(right, wanted, found)]
    if average == "micro":
        return _quotient(total_of(above for above, _ in counts), total_of(below for _, below in counts), zero_division)
    ratios = [_quotient(above, below, zero_division) for above, below in counts]
    if average == "binary":
        return ratios[1]
    if average == "weighted":
        return total_of(times * ratio for times, ratio in zip(wanted, ratios)) / len(true)
    if average == "macro":
        return _mean([ratio for ratio, t, d in zip(ratios, wanted, found) if t + d > 0])
    return ratios


def _quotient(above: float, below: float, zero_division: float) -> float:
    return above / below if below else float(zero_division)


def _decisions(targets: Any, outputs: Any) -> tuple[list[int], list[Optional[int]], int]:
    """The true and the decided class of each example, and how many classes there are."""
    y, o = _pair(targets, outputs)
    if not _is_flat(o):
        rows = _rows("outputs", o)
        return _true(y, len(rows[0])), decided(REFERENCE, rows), max(2, len(rows[0]))
    found = _indices("outputs", o)
    if _is_flat(y):
        true = _indices("targets", y)
        return true, [*found], max(2, max(true) + 1, max(found) + 1)
    width = len(y[0])
    true, classes = _true(y, width), max(2, width)
    if max(found) >= classes:
        raise ValueError(f"outputs: class {max(found)}; the targets have {classes} classes, 0 to {classes - 1}")
    return true, [*found], classes


def _certain(decisions: list[Optional[int]]) -> list[int]:
    """The decisions, if there is one for each row."""
    found = [d for d in decisions if d is not None]
    if len(found) < len(decisions):
        raise ValueError(f"outputs: nan in row {decisions.index(None)}; allowed: numbers, NaN decides for no class")
    return found


def _true(targets: Any, units: int) -> list[int]:
    """The true class of each example."""
    return _certain(decided(REFERENCE, _target_rows(targets, units)))


def _scores(targets: Any, outputs: Any) -> tuple[list[int], list[float]]:
    """For two classes: the true class of each example and its output for class 1."""
    y, o = _pair(targets, outputs)
    rows = _rows("outputs", o)
    if len(rows[0]) > 2:
        raise ValueError(f"outputs: rows have {len(rows[0])} numbers; allowed: one score, or the two of two classes")
    return _true(y, len(rows[0])), [row[-1] for row in rows]


def _counts_by_threshold(true: list[int], scores: list[float]) -> tuple[list[int], list[int], list[float]]:
    """For each threshold, falling: how many examples of class 0 and of class 1 have at least that score."""
    zeros, ones, thresholds = [0], [0], [math.inf]
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if len(thresholds) == 1 or scores[i] != thresholds[-1]:
            zeros.append(zeros[-1])
            ones.append(ones[-1])
            thresholds.append(scores[i])
        (ones if true[i] else zeros)[-1] += 1
    return zeros, ones, thresholds


def _explained(wanted: Any, found: Any) -> float:
    """R² of one column."""
    residual = total_of((y - o) * (y - o) for y, o in zip(wanted, found))
    # The mean of equal numbers may be rounded to another number, but their variance is 0.
    mean = wanted[0] if all(y == wanted[0] for y in wanted) else _mean(wanted)
    return 1.0 - divide(residual, total_of((y - mean) * (y - mean) for y in wanted))


def _mean(values: Any) -> float:
    return total_of(values) / len(values)


def _target_rows(targets: Any, units: int) -> list[list[float]]:
    """Class indices as one-hot rows; rows, and the numbers of a single output, unchanged."""
    if isinstance(targets[0], str):
        raise TypeError(f"targets: {checks.shown(targets[0])} in 0 is a str; expected numbers, or names also as "
                        "outputs, as net.predict_class returns them")
    table, are_classes, _ = door.targets("targets", targets, len(targets), units)
    rows = table.tolist()
    if are_classes:
        return REFERENCE.one_hot(rows, units)
    _check_between_0_and_1("targets", rows)
    for i, row in enumerate(rows):
        if units > 1 and not is_distribution(row):
            allowed = "one class per example, or shares with the sum 1"
            raise ValueError(f"targets: row {i} is {checks.shown(row)}; allowed: {allowed}")
    return rows


def _indices(name: str, data: Any) -> list[int]:
    """A flat list of class indices as whole numbers."""
    for i, (value,) in enumerate(_rows(name, data)):
        if not (value >= 0.0 and value.is_integer()):
            found = f"{checks.shown(data[i])} at {i}"
            raise ValueError(f"{name}: {found}; allowed: class indices 0, 1, … (outputs also as rows)")
    return [int(value) for value in data]


def _numbers(targets: Any, outputs: Any) -> tuple[list[list[float]], list[list[float]]]:
    """Targets and outputs of a regression as rows of the same width."""
    y, o = _pair(targets, outputs)
    rows = _rows("outputs", o)
    return _rows("targets", y, len(rows[0])), rows


def _pair(targets: Any, outputs: Any) -> tuple[list[Any], list[Any]]:
    y, o = _listed("targets", targets), _listed("outputs", outputs)
    if len(y) != len(o):
        raise ValueError(f"targets: {len(y)} for {checks.counted(len(o), 'output')}; expected one for each")
    if all(isinstance(label, str) for label in y + o):
        numbers = {label: i for i, label in enumerate(sorted({*y, *o}))}
        return [numbers[label] for label in y], [numbers[label] for label in o]
    return y, o


def _listed(name: str, data: Any) -> list[Any]:
    """Any sequence or array as a list."""
    listed = door.as_list(name, data)
    if not listed:
        raise ValueError(f"{name}: no examples; at least one is needed")
    return listed


def _is_flat(data: list[Any]) -> bool:
    return not hasattr(data[0], "__len__")


def _rows(name: str, data: list[Any], width: Optional[int] = None) -> list[list[float]]:
    """Rows of floats; a flat list becomes a column."""
    return door.rows(name, [[v] for v in data] if _is_flat(data) else data, width).tolist()


def _check_between_0_and_1(name: str, rows: list[list[float]], allow_nan: bool = False) -> None:
    for i, row in enumerate(rows):
        for value in row:
            if not 0.0 <= value <= 1.0 and not (allow_nan and value != value):
                raise ValueError(f"{name}: {checks.shown(value)} at {i}; allowed: numbers from 0 to 1")
