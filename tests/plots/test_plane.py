"""Do the pictures of the plane have the network's own numbers, on either backend, and the right classes?"""

import copy

import pictures
import pytest

import refnet as rn
from refnet import plots

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
BACKENDS = ["python", "c"]


def image(axes):
    """The picture's numbers, row by row from below, and its edges."""
    (found,) = axes.get_images()
    assert found.origin == "lower"
    return found.get_array().tolist(), found.get_extent()


def grid(points, rows):
    """The plane reaches 5 % beyond the examples on each side."""
    axes = []
    for column in zip(*rows):
        middle, half = 0.5 * (min(column) + max(column)), 0.55 * (max(column) - min(column))
        axes.append([middle + half * (2.0 * i / (points - 1) - 1.0) for i in range(points)])
    return [[x, y] for y in axes[1] for x in axes[0]]


@pytest.fixture(params=BACKENDS)
def net(request):
    if request.param == "c":
        request.getfixturevalue("native")
    return copy.deepcopy(pictures.single()).to(request.param)


def test_the_surface_is_what_the_network_predicts(net):
    """Of a single output."""
    corners = [[-1.0, -20.0], [1.0, 20.0], [-1.0, 20.0], [1.0, -20.0]]
    axes = plots.decision_surface(net, corners, [0, 1, 1, 0], points=11)
    values, edges = image(axes)
    assert [value for row in values for value in row] == [row[0] for row in net.predict(grid(11, corners))]
    assert edges == pytest.approx((-1.21, 1.21, -24.2, 24.2), rel=1e-12)  # half a pixel more; rounded once or twice
    assert axes.get_box_aspect() == 1.0  # a square, although the second input has larger numbers
    assert axes.get_images()[0].get_clim() == (0.0, 1.0)
    (bar,) = [each for each in axes.figure.axes if each is not axes]
    assert bar.get_ylabel() == "output"


def test_the_boundary_is_where_the_output_is_one_half():
    """One unit, σ(x1 + x2): the line x2 = −x1."""
    net = rn.Network([rn.Input(2), rn.Dense(1, weights=[[1.0, 1.0]]), rn.Sigmoid()])
    axes = plots.decision_surface(net, [[-1.0, -1.0], [1.0, 1.0]], [0, 1], points=21)
    (line,) = [path for each in axes.collections if hasattr(each, "levels") for path in each.get_paths()]
    assert len(line.vertices) > 20
    for x, y in line.vertices:
        assert x + y == pytest.approx(0.0, abs=1e-12)  # interpolated by matplotlib


def test_the_boundary_is_at_the_threshold_of_the_loss():
    """Hinge decides at 0."""
    net = rn.Network([rn.Input(2), rn.Dense(1, weights=[[1.0, 0.0]], biases=[0.25])])
    net.forward([[0.0, 0.0]])
    net.loss([[1.0]], rn.Hinge())
    axes = plots.decision_surface(net, [[-1.0, -1.0], [1.0, 1.0]], [0, 1], points=21)
    (levels,) = [each for each in axes.collections if hasattr(each, "levels")]
    assert list(levels.levels) == [0.0]
    for x, _ in levels.get_paths()[0].vertices:
        assert x == pytest.approx(-0.25, abs=1e-12)


def test_the_title_has_the_accuracy_of_evaluate():
    data, net = pictures.circle(), pictures.single()
    share = net.evaluate(data.inputs, data.targets)["accuracy"]
    assert 0.0 < share < 1.0
    title = plots.decision_surface(net, data.inputs, data.targets, points=3).get_title()
    assert title == f"Decision surface, accuracy {100 * share:.1f} %"


def test_the_legend_is_below_the_plane():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    circle = pictures.circle().inputs, pictures.circle().targets
    for net, examples in ((pictures.single(), circle), (pictures.three(), pictures.three_examples())):
        axes = plots.decision_surface(net, *examples, points=5)
        FigureCanvasAgg(axes.figure).draw()
        legend = axes.get_legend().get_window_extent()
        assert legend.y0 >= 0.0 and legend.y1 < axes.xaxis.label.get_window_extent().y0


def test_two_softmax_outputs_have_one_key():
    """A class's points have the colour of its region, lighter there."""
    from matplotlib.colors import to_rgb

    net = rn.Network([rn.Input(2), rn.Dense(2, weights=[[-1.0, 0.0], [1.0, 0.0]]), rn.Softmax()])
    axes = plots.decision_surface(net, [[-1.0, 0.0], [1.0, 0.5]], [0, 1], points=5)
    faces = [each.get_facecolor()[0][:3] for each in axes.collections if each.get_label() in ("0", "1")]
    shades = [to_rgb(color) for color in axes.get_images()[0].get_cmap().colors]
    for face, shade in zip(faces, shades):
        assert list(shade) == pytest.approx([0.4 * part + 0.6 for part in face], abs=0.005)  # of 255 shades
    assert axes.get_legend().get_title().get_text() == "class of a point, a region"


def points_of(axes):
    return {each.get_label(): each.get_offsets().tolist() for each in axes.collections if hasattr(each, "get_sizes")
            and not hasattr(each, "levels")}


def test_three_classes_have_regions_names_and_markers():
    rows, names = pictures.three_examples()
    net = pictures.three()
    axes = plots.decision_surface(net, rows, names, points=15)
    values, _ = image(axes)
    found = net.predict_class(grid(15, rows))
    assert [["left", "right", "top"][int(value)] for row in values for value in row] == found
    assert set(found) == {"left", "right", "top"}
    assert points_of(axes) == {"left": rows[:2], "right": rows[2:4], "top": rows[4:]}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["left", "right", "top"]
    faces = {tuple(each.get_facecolor()[0]) for each in axes.collections if each.get_label() in names}
    shapes = {each.get_paths()[0].vertices.tobytes() for each in axes.collections if each.get_label() in names}
    assert len(faces) == len(shapes) == 3
    assert axes.get_title() == "Decision surface, accuracy 100.0 %"


@pytest.mark.parametrize("targets", [[0, 1, 1], [[0.0], [1.0], [1.0]], ["no", "yes", "yes"], [False, True, True],
                                     [-1, 1, 1]])
def test_targets_in_any_form(targets):
    axes = plots.decision_surface(pictures.single(), [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], targets, points=5)
    assert [*points_of(axes).values()] == [[[0.0, 1.0]], [[2.0, 3.0], [4.0, 5.0]]]


def test_arrays():
    numpy = pytest.importorskip("numpy")
    x, y = numpy.array([[0.0, 1.0], [2.0, 3.0]], dtype="float32"), numpy.array([0, 1])
    axes = plots.decision_surface(pictures.single(), x, y, points=5)
    assert [*points_of(axes).values()] == [[[0.0, 1.0]], [[2.0, 3.0]]]


def test_a_network_that_has_diverged_is_drawn_too():
    net = rn.Network([rn.Input(2), rn.Dense(2, biases=[float("nan"), 0.0]), rn.Softmax()])
    assert "0.0 %" in plots.decision_surface(net, [[0.0, 0.0], [1.0, 1.0]], [0, 1], points=5).get_title()


def test_hidden_units_have_the_activations_of_the_network(net):
    data = pictures.circle()
    figure = plots.hidden_units(net, data.inputs, data.targets, points=7)
    parts = [part for band in figure.subfigs for part in band.subfigs]
    assert [part.get_suptitle() for part in parts] == ["tanh1: 5 units", "relu1: 2 units", "sigmoid1: 1 unit"]
    assert [len(figure.subfigs), *(len(band.subfigs) for band in figure.subfigs)] == [2, 1, 2]
    net.forward(grid(7, data.inputs))
    for name, part in zip(("tanh1", "relu1", "sigmoid1"), parts):
        *units, bar = part.axes
        columns = list(zip(*net.activations[name]))
        assert len(units) == len(columns)
        for axes, column in zip(units, columns):
            assert [value for row in image(axes)[0] for value in row] == list(column)
        assert all(axes.get_images()[0].get_clim() == units[0].get_images()[0].get_clim() for axes in units)
        assert hasattr(bar, "_colorbar")
    tanh, relu, sigmoid = (part.axes[0].get_images()[0].get_clim() for part in parts)
    assert tanh == (-1.0, 1.0) and relu[0] == 0.0 < relu[1] and sigmoid == (0.0, 1.0)
    last = points_of(parts[-1].axes[0])
    assert sorted(last["0"] + last["1"]) == sorted(data.inputs)


def test_a_callback_draws_and_no_bit_changes():
    class Draw(rn.Callback):
        def epoch_end(self, network, line):
            plots.decision_surface(network, data.inputs, data.targets, points=5)
            plots.hidden_units(network, data.inputs, data.targets, points=5)

    data, fingerprints = pictures.circle(), []
    for callbacks in ([], [Draw()]):
        net = pictures.make(seed=1)
        net.fit(data.inputs, data.targets, optimizer=rn.Adam(0.1), epochs=2, callbacks=callbacks)
        fingerprints.append(net.fingerprint())
    assert fingerprints[0] == fingerprints[1]


def test_units_of_a_softmax_have_the_names_of_their_classes():
    figure = plots.hidden_units(pictures.three(), *pictures.three_examples(), points=5)
    (part,) = figure.subfigs[0].subfigs
    assert [axes.get_title() for axes in part.axes[:3]] == ["left", "right", "top"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["left", "right", "top"]
    assert legend.get_title().get_text() == "class of the points" and part.axes[3].get_ylabel() == "output"


def test_chosen_layers_and_no_targets():
    figure = plots.hidden_units(pictures.single(), pictures.circle().inputs, layers="dense1", points=5)
    (part,) = figure.subfigs[0].subfigs
    assert part.get_suptitle() == "dense1: 5 units" and not points_of(part.axes[0])


def test_of_a_wide_layer_the_first_units_are_drawn():
    net = rn.Network([rn.Input(2), rn.Dense(100), rn.ReLU(), rn.Dense(1)])
    wide, last = (part for band in plots.hidden_units(net, [[0, 0], [1, 1]], points=3).subfigs for part in band.subfigs)
    assert wide.get_suptitle() == "relu1: 100 units, the first 32" and last.get_suptitle() == "dense2: 1 unit"
    assert len([axes for axes in wide.axes if axes.get_images()]) == 32


@pytest.mark.parametrize("draw", [plots.decision_surface, plots.hidden_units])
@pytest.mark.parametrize(("net", "rows", "targets", "error", "words"), [
    (rn.Network([rn.Input(3), rn.Dense(1)]), [[1, 2, 3]], [1], ValueError, "its inputs are 3; allowed: one Input"),
    ("net", [[1.0, 2.0]], [1], TypeError, "network: 'net'; expected a Network"),
    (pictures.single, [[1.0]], [1], ValueError, "inputs: row"),
    (pictures.single, [], [], ValueError, "inputs: no rows"),
    (pictures.single, [["a", "b"]], [1], TypeError, "inputs"),
    (pictures.single, [[1.0, float("inf")]], [1], ValueError, "inputs: inf"),
    (pictures.single, [[1.0, 2.0]], [1, 0], ValueError, "targets: 2 targets for 1 row"),
    (pictures.three, [[1.0, 2.0]], [3], ValueError, "label 3 at 0; allowed for 3 outputs"),
    (pictures.single, [[1.0, 2.0]], [0.7], ValueError, "targets: they are not classes"),
    (pictures.three, [[1.0, 2.0]], [[0.2, 0.3, 0.5]], ValueError, "targets: they are not classes"),
    (pictures.three, [[1.0, 2.0]], ["bottom"], ValueError, "bottom"),
])  # fmt: skip
def test_what_is_refused(draw, net, rows, targets, error, words):
    with pytest.raises(error, match=words):
        draw(net() if callable(net) else net, rows, targets)


def test_other_arguments_that_are_refused():
    with pytest.raises(ValueError, match="layers: 'tanh2'; allowed: 'dense1', 'tanh1'"):
        plots.hidden_units(pictures.single(), [[0.0, 0.0]], layers=["tanh2"])
    with pytest.raises(ValueError, match="points: 1"):
        plots.decision_surface(pictures.single(), [[0.0, 0.0]], [1], points=1)
    a = rn.Input(2)
    with pytest.raises(ValueError, match="2 outputs"):
        plots.decision_surface(rn.Network([rn.Dense(1)(a), rn.Dense(1)(a)]), [[0.0, 0.0]], [[1], [1]])
