"""What do the layers do? Activation functions with their derivatives, first weights as images, sizes over time."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any, Optional

from refnet import checks
from refnet.checks.settings import named, subclasses
from refnet.layers import Input, Layer, activations
from refnet.model import Network, check_network
from refnet.plots import canvas
from refnet.plots.canvas import GRAYS, LARGE, MARKERS, MIDDLE, SMALL, style

POINTS = 401  # of an activation function
SIZES = {"activation": "activation (rms)", "gradient": "gradient (rms)", "weight": "weight (rms)",
         "update": "update / weight"}


def activation_functions(functions: Optional[Sequence[Any]] = None, limit: float = 4.0, figure: Any = None) -> Any:
    """Activation functions o(z), solid, and their derivatives do/dz, dashed, from −limit to limit; returns the Figure.

    functions  names and layers, ["tanh", LeakyReLU(0.1)]; default: all that refnet has but Linear. A layer of a network
               will do; its settings count, not what training has made of its parameters

    Both are computed by the layers' own forward and backward pass. Raises TypeError or ValueError for anything else.
    """
    limit = checks.number("limit", limit, above=0)
    given = _all_activations() if functions is None else functions
    if not isinstance(given, (list, tuple)) or not given:
        raise TypeError(f"functions: {checks.shown(given)}; expected a list of names and layers")
    layers = [_activation(each) for each in given]
    z = [limit * (2.0 * i / (POINTS - 1) - 1.0) for i in range(POINTS)]
    curves = []
    for layer in layers:
        net = Network([Input(1), layer], backend="python")
        o = net.forward([[each] for each in z])
        curves.append((o, net.backward([[1.0]] * POINTS, input_gradient=True)))
    across = min(3, len(layers))
    down = -(-len(layers) // across)
    figure = canvas.figure_or_new(figure, 1.0 + 2.1 * down)
    panels = figure.subplots(down, across, squeeze=False)
    for axes in list(panels.flat)[len(layers):]:
        axes.remove()
    for i, (axes, layer, (o, derivative)) in enumerate(zip(panels.flat, layers, curves)):
        axes.plot(z, [value for (value,) in o], label="o(z)", **style(0))
        axes.plot(z, [value for (value,) in derivative], label="do/dz", **style(1))
        canvas.finish(axes, "", "z" if i + across >= len(layers) else "", "o(z), do/dz" if i % across == 0 else "")
        axes.set_title(canvas.plain(given[i] if isinstance(given[i], str) else repr(layer)), fontsize=SMALL)
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False,
                  fontsize=MIDDLE)
    return figure


def first_layer(network: Any, shape: Optional[tuple[int, int]] = None, most: int = 32, figure: Any = None) -> Any:
    """The weights of each unit of the first layer as an image, dark below 0 and bright above; returns the Figure.

    shape  rows and columns of the images; default: a square, (28, 28) for 784 inputs
    most   how many units are drawn, the first ones

    Structured images of different kinds are a sign of good training, noise is not (lecture 002, "Debugging Training").
    Raises TypeError or ValueError if the layer after the first Input has no weights or the shape does not fit them.
    """
    check_network(network)
    name = next((name for name in network.parameters if name.endswith(".weights")), "")
    if not name:
        raise ValueError("network: no layer with weights; allowed: a network with a Dense layer")
    weights = network.get(name)
    inputs, most = len(weights[0]), checks.count("most", most)
    side = math.isqrt(inputs)
    rows, columns = _shape(shape, inputs) if shape is not None else (side, side)
    if rows * columns != inputs:
        found = f"{inputs} inputs are no square" if shape is None else f"{checks.shown(shape)} for {inputs} inputs"
        raise ValueError(f"shape: {found}; allowed: (rows, columns) with rows · columns = {inputs}")
    drawn = weights[:most]
    largest = max((abs(w) for row in drawn for w in row if math.isfinite(w)), default=0.0) or 1.0
    tables = [[row[start : start + columns] for start in range(0, inputs, columns)] for row in drawn]
    some = "" if len(drawn) == len(weights) else f"first {len(drawn)} of "
    title = f"{name}: {some}{checks.counted(len(weights), 'unit')}"
    figure = canvas.figure_or_new(figure, canvas.images_height(len(drawn), rows / columns))
    canvas.images(figure, tables, title, (-largest, largest), GRAYS, "weight")
    return figure


def layer_sizes(records: Sequence[dict[str, Any]], kinds: Any = None, figure: Any = None) -> Any:
    """How large are activations, gradients, weights and updates of each layer, epoch by epoch? Returns the Figure.

    records  what the callback refnet.LayerSizes has noted, a dict for each epoch: {"epoch": 1, "activation": {"tanh1":
             root of the mean square, …}, "gradient": {…}, "weight": {…}, "update": {…}}
    kinds    which of the four get a panel, ["gradient"]; default: all that the records have

    The scale is logarithmic; a layer whose numbers are all 0 has no point on it. Gradients that shrink from layer to
    layer are the vanishing gradients of lecture 000. Raises TypeError or ValueError for anything else.
    """
    found = list(records) if isinstance(records, (list, tuple)) else []
    if not found or not all(isinstance(record, dict) and "epoch" in record for record in found):
        raise TypeError(f"records: {checks.shown(records)}; expected a dict for each epoch, {{\"epoch\": 1, …}}")
    known = [kind for kind in SIZES if all(kind in record for record in found)]
    chosen = [kinds] if isinstance(kinds, str) else known if kinds is None else kinds
    kinds = [checks.choice("kinds", kind, known) for kind in chosen]
    if not kinds:
        raise ValueError(f"records: {', '.join(found[0])}; allowed beside the epoch, in all alike: {', '.join(SIZES)}")
    figure = canvas.figure_or_new(figure, 1.0 + 2.1 * len(kinds))
    panels = figure.subplots(len(kinds), 1, squeeze=False, sharex=True)[:, 0]
    for axes, kind in zip(panels, kinds):
        for i, layer in enumerate(found[0][kind]):
            sizes = [record[kind].get(layer, math.nan) for record in found]
            epochs = [record["epoch"] for record in found]
            every = -(-len(found) // 12)  # markers: lines that cross stay apart in grey
            axes.plot(epochs, [size if size > 0.0 else math.nan for size in sizes], label=canvas.plain(layer),
                      marker=MARKERS[i % len(MARKERS)], markevery=(i % every, every),
                      markersize=5, **style(i))
        canvas.log_scale(axes, "y")
        axes.xaxis.get_major_locator().set_params(integer=True)
        canvas.finish(axes, "", "epoch" if kind == kinds[-1] else "", SIZES[kind])
        axes.legend(fontsize=SMALL, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    panels[0].set_title("Size of each layer's numbers", fontsize=LARGE)
    return figure


# --- Inside ---


def _all_activations() -> list[str]:
    kinds = subclasses(Layer).items()
    return [name for name, cls in kinds if cls.__module__ == activations.__name__ and cls is not activations.Linear]


def _activation(given: Any) -> Layer:
    """A layer of its own for a name, or like a layer that may be in use."""
    layer = named("functions", Layer, given) if isinstance(given, str) else given
    allowed = "names of activations such as 'tanh', and layers such as LeakyReLU(0.1), which take each unit by itself"
    if not isinstance(layer, Layer):
        raise TypeError(f"functions: {checks.shown(given)}; allowed: {allowed}")
    if not layer.is_users_own and type(layer).__module__ != activations.__name__:
        raise ValueError(f"functions: {checks.shown(given)}; allowed: {allowed}")
    layer = copy.deepcopy(layer)
    layer.name, layer.original, layer.is_called = "", None, False
    return layer


def _shape(shape: Any, inputs: int) -> tuple[int, int]:
    if not isinstance(shape, (list, tuple)) or len(shape) != 2:
        raise TypeError(f"shape: {checks.shown(shape)}; allowed: (rows, columns) with rows · columns = {inputs}")
    return checks.count("shape", shape[0]), checks.count("shape", shape[1])
