"""What does the page show of a network? Its units with their weights, and what each answers all over the plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import refnet as rn
from refnet.data.playground import FEATURES
from refnet.files import finite
from refnet.play.problem import Problem
from refnet.play.settings import TABLE
from refnet.plots.grid import limits_of, plane_around
from refnet.trace.explained.names import Names
from refnet.trace.explained.writing import Style

DECIMALS = 3  # of a picture's numbers, which become colours
SMALL, FEW = 12, 80  # points of a button's picture in each direction; examples on it


class Shown(NamedTuple):
    """A layer of the page: units with weights, or the inputs.

    layer   that has the weights; its name is the page's
    output  the layer that has the units' output: the activation
    """

    layer: Any
    output: Any
    label: str
    kind: str


def shown_layers(network: Any) -> list[Shown]:
    """Inputs, hidden layers and output."""
    first, *others = network.layers
    pairs = list(zip(others[::2], others[1::2]))
    hidden = [Shown(*pair, f"hidden {i}", "hidden") for i, pair in enumerate(pairs[:-1], 1)]
    return [Shown(first, first, "input", "input"), *hidden, Shown(*pairs[-1], "output", "output")]


def unit_names(network: Any, layer: Any) -> list[str]:
    """What an explanation calls the outputs of a layer: o3, o4."""
    names, style = Names(network, 1), Style()
    return [style.symbol(names.symbol(f"{layer.name}.o", 0, unit), names) for unit in range(layer.units)]


def layers_document(network: Any, problem: Problem) -> list[dict[str, Any]]:
    """The layers with all their weights."""
    found = []
    for each in shown_layers(network):
        is_input = each.kind == "input"
        parameters = [] if is_input else [network.get(f"{each.layer.name}.{what}") for what in ("weights", "bias")]
        weights, bias = parameters or ([], [])
        found.append({
            "name": each.layer.name, "label": each.label, "kind": each.kind, "units": each.layer.units,
            "names": list(problem.features) if is_input else unit_names(network, each.output),
            "weights": finite(weights), "bias": finite(bias), "activation": each.output.name,
        })
    return found


def pictures_document(network: Any, problem: Problem) -> dict[str, Any]:
    """What each unit answers to the points of the grid, row by row from below; NaN and infinity are None.

    limits: from which value to which the colours of a layer run, the same as in plots.hidden_units.
    """
    network.forward(problem.grid)
    outputs = network.activations
    shown = shown_layers(network)
    pictures = {each.layer.name: [_rounded(column) for column in zip(*outputs[each.output.name])] for each in shown}
    limits = {each.layer.name: list(limits_of(each.output, outputs[each.output.name])) for each in shown}
    output = pictures.pop(shown[-1].layer.name)[0]
    return {"size": len(problem.plane.columns), "edges": list(problem.plane.edges), "layers": pictures,
            "output": output, "limits": limits}


def thumbnails(problem: Problem) -> dict[str, Any]:
    """What the page's buttons show: a few points of each set, and each feature over the plane of the problem."""
    plane = plane_around(problem.points, SMALL)
    columns = zip(*rn.data.plane_features(plane.points, list(FEATURES)))
    return {"size": SMALL, "data": _sets(), "features": {name: _rounded(each) for name, each in zip(FEATURES, columns)}}


@cache
def _sets() -> dict[str, dict[str, list[Any]]]:
    found = {}
    for name in TABLE["data"].values:
        points = getattr(rn.data, name)(FEW)
        xs, ys = zip(*points.inputs)
        found[name] = {"x": _rounded(xs), "y": _rounded(ys), "class": list(points.targets)}
    return found


def _rounded(values: Sequence[float]) -> list[Any]:
    return [round(value, DECIMALS) if math.isfinite(value) else None for value in values]
