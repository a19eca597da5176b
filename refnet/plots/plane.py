"""What does a network do with the plane? Its decisions, and what each of its units has learnt.

For networks with two inputs. All numbers are the network's own, on whatever backend it is. As with `predict`, its last
forward pass is another one then. Callbacks may draw, between two epochs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.data import door
from refnet.kernels import REFERENCE
from refnet.layers import Input, activations, softmax
from refnet.model import check_network
from refnet.plots import canvas
from refnet.plots.canvas import COLORS, MARKERS, SMALL, UNIT
from refnet.plots.grid import Plane, limits_of, plane_around
from refnet.training.decisions import are_right, decided
from refnet.training.examples import Examples

TOGETHER = 4  # units of small layers that share a row of larger pictures
MOST_UNITS = 32  # of a layer that are drawn


class Classified(NamedTuple):
    """Examples of two numbers each, with their classes, and the names of all classes."""

    rows: list[list[float]]
    true: list[int]
    found: list[Optional[int]]
    names: list[str]
    threshold: float


def decision_surface(network: Any, inputs: Any, targets: Any, points: int = 101, axes: Any = None) -> Any:
    """For which class does the network decide where? The plane, the boundary, the examples and the accuracy on them.

    inputs   rows of two numbers
    targets  class indices, names, one-hot rows, 0 and 1, or −1 and 1
    points   of the grid, in each direction

    With a single output its value is the colour, and the boundary is where it is the threshold of the network's loss;
    with more, each class has a region. Lecture 002, "Representational Power". Returns the Axes. Raises TypeError or
    ValueError for a network without two inputs or with several outputs, and if the examples do not fit it.
    """
    examples = _classified(network, inputs, targets)
    plane = plane_around(examples.rows, checks.count("points", points, least=2, most=1000))
    outputs = network.predict(plane.points)
    axes = canvas.axes_or_new(axes, height=6.0)
    if network.outputs == 1:
        values, (lowest, highest) = [row[0] for row in outputs], limits_of(network.layers[-1], outputs)
        image = axes.imshow(plane.table(values), vmin=lowest, vmax=highest, cmap=UNIT, **plane.image)
        _line(axes, plane, values, examples.threshold, "black", 2.0)
        bar = axes.figure.colorbar(image, ax=axes, shrink=0.8)
        bar.set_label("output", fontsize=SMALL)
        bar.ax.tick_params(labelsize=SMALL)
    else:
        _regions(axes, plane, outputs)
    draw_points(axes, examples, has_regions=network.outputs > 1)
    right = are_right(examples.true, examples.found).count(True)
    share = f"{right / len(examples.true):.1%}".replace("%", " %")
    axes.set_box_aspect(1.0)
    canvas.finish(axes, f"Decision surface, accuracy {share}", "first input", "second input", grid=False)
    canvas.legend_below(axes, "class of a point" if network.outputs == 1 else "class of a point, a region")
    return axes


def hidden_units(network: Any, inputs: Any, targets: Any = None, layers: Optional[Sequence[str]] = None,
                 points: int = 61, figure: Any = None) -> Any:
    """What has each unit learnt? Its output over the plane, layer by layer; on the last layer's the examples.

    inputs   rows of two numbers; with targets (as decision_surface takes them) they are drawn, without them they only
             say where the plane ends
    layers   names such as ["tanh1"]; default: the activations, and what the network ends with
    points   of the grid, in each direction
    figure   a Figure or SubFigure to draw into

    Each layer has its colours' scale: from the smallest to the largest value that its units can have, or, without such
    limits, have in this plane. A white line is where a unit is in the middle between −1 and 1 or 0 and 1. As in the
    TensorFlow playground (D. Smilkov et al., 2016), which lecture 000 links to. Returns the Figure. Raises TypeError or
    ValueError for a network without two inputs, unknown layers, or examples that do not fit.
    """
    _check_plane(network)
    examples = None if targets is None else _classified(network, inputs, targets)
    rows = examples.rows if examples else door.rows("inputs", inputs, 2, finite=True).tolist()
    plane = plane_around(rows, checks.count("points", points, least=2, most=1000))
    known = [layer.name for layer in network.layers if not isinstance(layer, Input)]
    names = [layers] if isinstance(layers, str) else layers
    chosen = _shown_layers(network) if names is None else [checks.choice("layers", name, known) for name in names]
    network.forward(plane.points)
    outputs = network.activations
    several = _in_rows([layer for layer in network.layers if layer.name in chosen])
    heights = [_height(row) for row in several]
    figure = canvas.figure_or_new(figure, sum(heights) + 0.6 * bool(examples))
    bands = figure.subfigures(len(several), 1, height_ratios=heights, squeeze=False)[:, 0]
    for band, row in zip(bands, several):
        parts = band.subfigures(1, len(row), width_ratios=[min(each.units, MOST_UNITS) + 0.7 for each in row],
                                squeeze=False)[0]
        for part, layer in zip(parts, row):
            on_it = examples if layer is network.layers[-1] else None
            classes = on_it.names if on_it and len(on_it.names) == layer.units else ()
            last = _layer(part, plane, layer, outputs[layer.name], classes)
            if on_it:
                draw_points(last, on_it, size=10.0)
                handles, labels = last.get_legend_handles_labels()
                figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), 6), fontsize=SMALL,
                              title="class of the points", markerscale=1.6, frameon=False)
    return figure


def draw_points(axes: Any, examples: Classified, size: float = 36.0, has_regions: bool = False) -> None:
    """The examples, a colour and a marker for each class, legible on dark and on light.

    has_regions  whether the regions below have the classes' colours
    """
    for number, name in enumerate(examples.names):
        chosen = [row for row, true in zip(examples.rows, examples.true) if true == number]
        if len(examples.names) == 2 and not has_regions:  # the surface has the colours
            face, edge = ("white", "black") if number == 0 else ("black", "white")
        else:
            face, edge = COLORS[number % len(COLORS)], "black"
        if chosen:
            marker = MARKERS[(number + number // len(COLORS)) % len(MARKERS)]
            axes.scatter(*zip(*chosen), s=size, marker=marker, color=face, edgecolors=edge,
                         linewidths=0.8 if size > 20.0 else 0.4, label=canvas.plain(name))


# --- Inside ---


def _check_plane(network: Any) -> None:
    check_network(network)
    if network.inputs != 2:
        raise ValueError(f"network: its inputs are {network.inputs}; allowed: one Input(2), a point of the plane")


def _classified(network: Any, inputs: Any, targets: Any) -> Classified:
    """The examples with the class that each has, and the one that the network decides for, as `evaluate` has it."""
    _check_plane(network)
    if len(network.output_places) > 1:
        raise ValueError(f"network: {len(network.output_places)} outputs; allowed: one, which decides")
    names = network.notes.get("classes")
    given = Examples(network, inputs, targets, finite=True, names=names)
    wanted, true = given.targets[0], given.labels()
    if true is None:
        signs = [row[0] for row in wanted.rows.tolist()]  # of a margin: −1 and 1
        if network.outputs > 1 or not {-1.0, 1.0}.issuperset(signs):
            raise ValueError("targets: they are not classes; allowed: class indices, names, one-hot rows, "
                             "0 and 1, −1 and 1")
        true = [int(sign > 0.0) for sign in signs]
    names = names or wanted.names or [str(i) for i in range(max(2, network.outputs))]
    threshold = network.objective.threshold if network.objective else 0.5
    rows = door.rows("inputs", inputs, 2).tolist()
    found = decided(REFERENCE, network.predict(rows), threshold)
    return Classified(rows, true, found, names, threshold)


def _line(axes: Any, plane: Plane, values: Sequence[float], level: float, color: str, width: float) -> None:
    """Where the values have this level, if they pass it."""
    if min(values) < level < max(values):
        axes.contour(plane.columns, plane.rows, plane.table(values), [level], colors=color, linewidths=width)


def _regions(axes: Any, plane: Plane, outputs: list[list[float]]) -> None:
    """The region of each class in a light shade of its colour, and black lines between them."""
    from matplotlib.colors import ListedColormap

    classes, width = decided(REFERENCE, outputs), len(outputs[0])
    shades = ListedColormap([canvas.lighter(COLORS[i % len(COLORS)]) for i in range(width)])
    numbers = [math.nan if each is None else float(each) for each in classes]
    how = {**plane.image, "interpolation": "nearest"}
    axes.imshow(plane.table(numbers), vmin=-0.5, vmax=width - 0.5, cmap=shades, **how)
    for number in {each for each in classes if each is not None}:  # where its output equals the largest of the others
        lead = [row[number] - max(row[:number] + row[number + 1 :]) for row in outputs]
        _line(axes, plane, lead, 0.0, "black", 1.5)


def _shown_layers(network: Any) -> list[str]:
    """The activations, and the last layer whatever it is."""
    kinds = (activations.__name__, softmax.__name__)
    return [layer.name for layer in network.layers if type(layer).__module__ in kinds or layer is network.layers[-1]]


def _in_rows(layers: Sequence[Any]) -> list[list[Any]]:
    """A row for each layer; small layers in a chain share one."""
    rows: list[list[Any]] = []
    for layer in layers:
        if rows and sum(each.units for each in rows[-1]) + layer.units <= TOGETHER:
            rows[-1].append(layer)
        else:
            rows.append([layer])
    return rows


def _height(row: Sequence[Any]) -> float:
    """Inches that a row of pictures takes, of 8 across."""
    units = [min(layer.units, MOST_UNITS) for layer in row]
    if len(row) == 1 and units[0] > TOGETHER:
        return canvas.images_height(units[0])
    return 0.6 + min(7.2 / (sum(units) + 0.5 * len(row)), 2.6)


def _layer(part: Any, plane: Plane, layer: Any, outputs: list[list[float]], classes: Sequence[str]) -> Any:
    """The pictures of a layer's units below its heading, the colour bar on their right; returns the last Axes."""
    names = [f"class {name}" if name.isdigit() else name for name in classes]
    units, limits = min(layer.units, MOST_UNITS), limits_of(layer, outputs)
    some = "" if units == layer.units else f", the first {units}"
    columns = list(zip(*outputs))[:units]
    title = f"{layer.name}: {checks.counted(layer.units, 'unit')}{some}"
    panels = canvas.images(part, [plane.table(column) for column in columns], title, limits, UNIT, "output", names,
                           **plane.image)
    for axes, column in zip(panels, columns):
        axes.set_box_aspect(1.0)
        if (layer.smallest, layer.largest) == limits:
            _line(axes, plane, column, 0.5 * (limits[0] + limits[1]), "white", 1.0)
    return panels[-1]
