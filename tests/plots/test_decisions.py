"""Do the confusion matrix and the ROC curve show the numbers of refnet.metrics?"""

import pictures
import pytest

import refnet as rn
from refnet import plots

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
TRUE = [0, 0, 0, 1, 1, 2, 2, 2, 2]
ROWS = [[0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.5, 0.4, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.0, 0.1, 0.9],
        [0.1, 0.1, 0.8], [0.9, 0.0, 0.1], [0.2, 0.3, 0.5]]


def cells(axes):
    """(row, column) → text"""
    return {(int(text.get_position()[1]), int(text.get_position()[0])): text.get_text() for text in axes.texts}


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_each_cell_has_its_count_and_its_share_as_colour():
    axes = plots.confusion_matrix(TRUE, ROWS)
    counts = rn.metrics.confusion_matrix(TRUE, ROWS)
    assert counts == [[2, 1, 0], [0, 1, 1], [1, 0, 3]]
    assert cells(axes) == {(t, d): str(count) for t, row in enumerate(counts) for d, count in enumerate(row)}
    (image,) = axes.get_images()
    assert image.get_array().tolist() == [[2 / 3, 1 / 3, 0.0], [0.0, 0.5, 0.5], [0.25, 0.0, 0.75]]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted class")
    assert axes.get_title() == "Confusion matrix, accuracy 66.7 %" and image.get_clim() == (0.0, 1.0)
    colors = {cells(axes)[place]: text.get_color() for place, text in zip(cells(axes), axes.texts)}
    assert colors["3"] == "white" and colors["0"] == "black"


def test_classes_by_name():
    axes = plots.confusion_matrix(*pictures.NAMES)
    assert ticks(axes.xaxis) == ticks(axes.yaxis) == ["left", "right", "top"] and cells(axes)[0, 1] == "1"
    assert ticks(plots.confusion_matrix(TRUE, ROWS, ["a", "b", "c"]).xaxis) == ["a", "b", "c"]
    assert ticks(plots.confusion_matrix(TRUE, ROWS).xaxis) == ["0", "1", "2"]


@pytest.mark.parametrize("names", [
    ["Iris-setosa", "Iris-versicolor", "Iris-virginica"], ["a long name of a class", "another long name of it", "x"],
    ["an eight-legged animal of the sea", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "ccccccccccccccccccccc"],
])  # fmt: skip
@pytest.mark.parametrize("copies", [1, 4])
def test_long_names_of_classes_are_inside_and_apart(names, copies):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    names = [f"{name}{i or ''}" for i in range(copies) for name in names]
    rows = [[float(i == j) for j in range(len(names))] for i in range(len(names))]
    axes = plots.confusion_matrix(range(len(names)), rows, names)
    FigureCanvasAgg(axes.figure).draw()
    words = [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label, axes.title]
    for text in words:
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= 800 and box.y0 >= 0 and box.y1 <= 650, text
    boxes = [text.get_window_extent() for text in axes.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:]))


def test_a_class_without_examples():
    axes = plots.confusion_matrix([0, 0, 2], ROWS[:3])
    assert axes.get_images()[0].get_array().tolist()[1] == [0.0, 0.0, 0.0] and cells(axes)[1, 1] == "0"


def test_many_classes_have_colours_alone():
    labels = list(range(50))
    axes = plots.confusion_matrix(labels, labels)
    assert not axes.texts and axes.get_images()[0].get_array().shape == (50, 50)


def lines(axes):
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()}


def test_the_curve_of_roc():
    true, scores = [0, 1, 0, 1, 1], [0.1, 0.9, 0.6, 0.4, 0.75]
    false_rates, true_rates, thresholds = rn.metrics.roc_curve(true, scores)
    drawn = lines(plots.roc(true, scores))
    assert drawn[f"AUC {rn.metrics.auc(true, scores):.4f}"] == (false_rates, true_rates)
    assert thresholds[3] == 0.6 and drawn["threshold ½"] == ([false_rates[3]], [true_rates[3]])
    assert drawn["guessing"] == ([0.0, 1.0], [0.0, 1.0])


def test_the_positive_class_is_named():
    assert plots.roc([0, 1], [0.25, 0.75]).get_title() == "ROC curve, positive class: 1"
    assert plots.roc([0, 1], [0.25, 0.75], ["no", "yes"]).get_title() == "ROC curve, positive class: yes"


def test_several_curves():
    true = [0, 1, 0, 1]
    axes = plots.roc(true, {"small": [0.1, 0.2, 0.3, 0.4], "logits": [-1.0, 2.0, 0.0, 3.0]})
    drawn = lines(axes)
    assert drawn["small, AUC 0.7500"] == rn.metrics.roc_curve(true, [0.1, 0.2, 0.3, 0.4])[:2]
    assert "logits, AUC 1.0000" in drawn and len(axes.get_lines()) == 4  # no threshold ½ for logits
    small = next(line for line in axes.get_lines() if line.get_marker() == "o")
    assert (list(small.get_xdata()), list(small.get_ydata())) == ([0.0], [0.0])  # nothing reaches ½


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: plots.confusion_matrix([0, 1], [[0.5, 0.5]]), ValueError, "targets: 2 for 1 output"),
    (lambda: plots.confusion_matrix([], []), ValueError, "targets: no examples"),
    (lambda: plots.confusion_matrix(TRUE, ROWS, ["a", "b"]), ValueError, "classes: .*; allowed: a list of 3"),
    (lambda: plots.confusion_matrix(TRUE, ROWS, "abc"), ValueError, "classes: 'abc'"),
    (lambda: plots.confusion_matrix(["a"], [[0.5, 0.5]]), TypeError, "targets: 'a'"),
    (lambda: plots.roc(TRUE, ROWS), ValueError, "rows have 3 numbers"),
    (lambda: plots.roc([0, 1], {}), ValueError, "outputs: {}"),
    (lambda: plots.roc([0, 1], [0.1, 0.9], ["yes"]), ValueError, "classes: .*; allowed: a list of 2"),
    (lambda: plots.roc([1, 1], [0.5, 0.6]), ValueError, "targets: all of one class"),
    (lambda: plots.roc([0, 1], [float("nan"), 0.5]), ValueError, "outputs: nan at 0"),
])  # fmt: skip
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
