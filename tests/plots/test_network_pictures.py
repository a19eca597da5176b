"""Does the picture of a network have its numbers in the right places, and the lecture's names?"""

import copy

import pictures
import pytest

import refnet as rn
from refnet import plots

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")


def words(axes):
    """text → place"""
    return {text.get_text().replace("−", "-"): text.get_position() for text in axes.texts}


def edges(axes):
    """((column, height), (column, height)) → line"""
    return {tuple(zip(line.get_xdata(), line.get_ydata())): line for line in axes.get_lines() if len(line.get_xdata())}


@pytest.mark.parametrize("backend", ["python", "c"])
def test_the_worked_step_of_lecture_003(backend, request):
    if backend == "c":
        request.getfixturevalue("native")
    net = copy.deepcopy(pictures.golden()).to(backend)
    axes = plots.network(net, *pictures.STEP, digits=5)
    found = words(axes)
    assert {"o3 = 0.5\nδ3 = -0.0025", "o4 = 0.5\nδ4 = 0.0025", "o5 = 0.5\nδ5 = 0.1", "x1 = 0.1", "x2 = 0.1",
            "w13 = 0.1\n→ 0.10005", "w23 = -0.1\n→ -0.09995", "w14 = -0.1\n→ -0.10005", "w24 = 0.1\n→ 0.09995",
            "w35 = -0.1\n→ -0.11", "w45 = 0.1\n→ 0.09", "input\n2 units", "dense1, sigmoid1\n2 units",
            "dense2, sigmoid2\n1 unit"} == set(found)
    assert axes.get_title() == "Training step, loss 0.08"
    assert found["x1 = 0.1"] == (0, 0.25) and found["x2 = 0.1"] == (0, -0.25)
    assert found["o4 = 0.5\nδ4 = 0.0025"] == (1, -0.25) and found["o5 = 0.5\nδ5 = 0.1"] == (2, 0.0)
    for name, start, end in (("w14 = -0.1\n→ -0.10005", (0, 0.25), (1, -0.25)),
                             ("w45 = 0.1\n→ 0.09", (1, -0.25), (2, 0.0))):
        x, y = found[name]  # on its line
        assert y == pytest.approx(start[1] + (x - start[0]) * (end[1] - start[1]), abs=1e-12) and start[0] < x < end[0]
    assert net.fingerprint() == pictures.golden().fingerprint()  # a copy was trained


def test_a_line_shows_sign_and_size():
    net = rn.Network([rn.Input(2), rn.Dense(1, weights=[[0.5, -0.25]], biases=[0.125])])
    axes = plots.network(net)
    positive, negative = edges(axes)[(0, 0.25), (1, 0.0)], edges(axes)[(0, -0.25), (1, 0.0)]
    assert (positive.get_linestyle(), negative.get_linestyle()) == ("-", "--")
    assert positive.get_color() != negative.get_color() and positive.get_linewidth() > negative.get_linewidth() + 1.0
    assert {"1", "2", "3\nb3 = 0.125", "w13 = 0.5", "w23 = -0.25", "dense1\n1 unit"} <= set(words(axes))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["weight > 0", "weight < 0"]
    assert axes.get_title() == "Network"


def test_a_forward_pass_has_activations_alone():
    axes = plots.network(pictures.golden(), [0.1, 0.1])
    assert {"o3 = 0.5", "o5 = 0.5", "w13 = 0.1"} <= set(words(axes)) and axes.get_title() == "Forward pass"


def test_biases_have_their_new_values():
    net = rn.Network([rn.Input(1), rn.Dense(1, weights=[[0.0]], biases=[0.5]), rn.Linear()])
    axes = plots.network(net, [[2.0]], [[0.0]], rn.HalfSquaredError(), rn.SGD(0.5))
    assert "o2 = 0.5\nδ2 = 0.5\nb2 = 0.5 → 0.25" in words(axes) and "w12 = 0\n→ -0.5" in words(axes)


def test_large_layers_have_dots_and_their_last_unit():
    net = rn.Network([rn.Input(784), rn.Dense(30), rn.ReLU(), rn.Dropout(0.2), rn.Linear(), rn.Dense(10), rn.Softmax()])
    axes = plots.network(net)
    found = [text.get_text() for text in axes.texts]
    assert found.count("⋮") == 2 and "784" in found and "783" not in found and "30\nb = 0" in found
    assert "dense1, …, linear1\n30 units" in found and "input\n784 units" in found
    places = words(axes)  # ten rows, the dots in the last but one
    assert places["⋮"][1] == pytest.approx(-0.35, rel=1e-12) and places["784"][1] == pytest.approx(-0.45)
    assert len(edges(axes)) == 9 * 9 + 9 * 10  # and no number at a weight
    assert not any("w" in text and "=" in text for text in found)
    shown = [text.get_text() for text in plots.network(net, [0.5] * 784, [3]).texts]
    assert shown.count("o = 0.5000") == 0 and shown.count("o = 0.5") == 9


UPDATE = ([[0.5, 0.25]], [[0.25]], rn.HalfSquaredError(), rn.SGD(0.1))


@pytest.mark.parametrize(("sizes", "step", "numbers"), [
    ((2, 3, 1), UPDATE, 9), ((2, 2, 2, 1), UPDATE[:2], 10), ((3, 4, 2), (), 20), ((2, 6, 4, 2), UPDATE[:1], 20),
    ((2, 8, 8, 2, 1), UPDATE, 2), ((2, 10, 1), UPDATE, 0),
])  # fmt: skip
def test_nothing_covers_a_number(sizes, step, numbers):
    """Boxes of units stay apart; numbers at weights that would be covered are left out."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    net = rn.Network([rn.Input(sizes[0]), *(rn.Dense(units) for units in sizes[1:])], seed=3)
    axes = plots.network(net, *step)
    FigureCanvasAgg(axes.figure).draw()
    boxes = []
    for text in axes.texts:
        has_frame = text.get_bbox_patch() and text.get_bbox_patch().get_edgecolor()[3]
        boxes.append((text.get_bbox_patch() if has_frame else text).get_window_extent())
    for i, box in enumerate(boxes):
        for other in boxes[:i]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            assert across <= 1.0 or min(box.y1, other.y1) - max(box.y0, other.y0) <= 1.0, axes.texts[i]
    assert len([text for text in axes.texts if text.get_text().startswith("w")]) == numbers


def test_on_small_axes_the_units_alone_have_numbers():
    axes = plots.new_figure().subplots(2, 3)[0, 0]
    assert not any("w" in text.get_text() for text in plots.network(pictures.golden(), *pictures.STEP, axes=axes).texts)


def test_a_deep_network_makes_a_wider_picture():
    net = rn.Network([rn.Input(1), *(rn.Dense(1) for _ in range(6))])
    axes = plots.network(net)
    assert axes.figure.get_size_inches()[0] == pytest.approx(2.6 * 7)
    assert len([text for text in axes.texts if "w" in text.get_text()]) == 6


def test_other_layers_between():
    net = rn.Network([rn.Input(1), rn.Standardize([1.0], [2.0]), rn.Dense(1), rn.BatchNorm(), rn.Tanh(), rn.Scale(0.5)])
    found = words(plots.network(net, [[3.0]]))
    assert "o1 = 1" in found and "input, standardize1\n1 unit" in found
    assert "dense1, …, scale1\n1 unit" in found


def test_of_several_rows_the_first_is_drawn():
    axes = plots.network(pictures.golden(), [[0.1, 0.1], [0.9, 0.9]])
    assert "x1 = 0.1" in words(axes) and "x1 = 0.9" not in words(axes)


A = rn.Input(2)


@pytest.mark.parametrize(("net", "arguments", "error", "said"), [
    (rn.Network(rn.Add()(rn.Dense(2)(A), A)), {}, ValueError, "network.*allowed: a chain"),
    (rn.Network([rn.Input(2), rn.Tanh()]), {}, ValueError, "allowed: a chain of layers with a Dense one"),
    (None, {}, TypeError, "network: None; expected a Network"),
    (pictures.golden(), {"targets": [0.1]}, TypeError, "inputs: None"),
    (pictures.golden(), {"optimizer": rn.SGD(0.1)}, TypeError, "inputs: None"),
    (pictures.golden(), {"inputs": [0.1, 0.1], "optimizer": rn.SGD(0.1)}, TypeError, "targets: None"),
    (pictures.golden(), {"inputs": [0.1]}, ValueError, "inputs: row 0 has 1 number"),
    (pictures.golden(), {"digits": 0}, ValueError, "digits: 0"),
])  # fmt: skip
def test_what_is_refused(net, arguments, error, said):
    with pytest.raises(error, match=said):
        plots.network(net, **arguments)


def test_names_of_columns_and_classes_and_edges_that_end_at_their_units():
    net = rn.Network([rn.Input(3), rn.Dense(16), rn.Tanh(), rn.Dense(2), rn.Softmax()], seed=2)
    net.notes = {"columns": ["size", "price in $ or $", "tool=averylongword\ninacell"], "classes": ["no", "yes"]}
    axes = plots.network(net)
    found = words(axes)
    assert {"size\n1", "price in \\$ or \\$\n2", "tool=averylongword …\n3"} <= set(found)
    assert {"no\n20\nb20 = 0", "yes\n21\nb21 = 0"} <= set(found)
    assert "⋮" not in found and len(edges(axes)) == 3 * 16 + 16 * 2  # sixteen units are all drawn
    boxes = {tuple(text.get_position()): text.get_bbox_patch() for text in axes.texts}
    across = axes.transData.inverted().transform
    for (start, y), (end, height) in edges(axes):
        left, right = (boxes[round(x), at].get_window_extent() for x, at in ((start - 0.2, y), (end + 0.2, height)))
        assert start == across((left.x1, 0.0))[0] < end == across((right.x0, 0.0))[0]
