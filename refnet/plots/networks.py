"""What does a network look like with its numbers? Units with activations and δ, and the weights between them.

The numbers are those of a trace, made on a copy of the network; their names are the lectures': w13, o3, δ5.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Optional

from refnet import checks
from refnet.exchange.describing import names_of
from refnet.layers import Dense, Input
from refnet.model import check_network
from refnet.plots.canvas import BLUE, LARGE, MIDDLE, RED, SMALL, axes_or_new, plain
from refnet.trace import Step, traced
from refnet.trace.explained.digits import printed
from refnet.trace.explained.names import Names

MOST_UNITS = 16  # of a layer that are all drawn
FEW_UNITS = 10  # that take the place of more, with dots between the last two
LONGEST = 20  # characters of the name of an input or an output
MOST_LINES = 12  # of numbers at the weights between two layers, of which there are none if they need more
FACES = ("#DCEBF7", "#FFFFFF", "#FCE4D0")  # of inputs, hidden units, outputs
LETTERS = {"bias": "b", "delta": "δ"}
WIDE, NARROW = 2.6, 1.6  # inches that a column takes with numbers at its weights, and without
MOST_INCHES = 40.0  # of height
UNIT, LABEL = 0.25, 0.18  # inches that a line of text takes in a unit, at an edge
SHARES = (0.5, 0.47, 0.53, 0.44, 0.56, 0.41, 0.59, 0.38, 0.62, 0.35, 0.65)  # how far along its line a number may stand


def network(network: Any, inputs: Any = None, targets: Any = None, loss: Any = None, optimizer: Any = None,
            digits: int = 4, axes: Any = None) -> Any:
    """The network with its numbers: weights at the edges, biases, activations and δ in the units; returns the Axes.

    inputs, targets, loss, optimizer  as refnet.traced takes them. Without inputs there are weights alone, with them
                                      activations, with targets also δ, with an optimizer also the new weights. Of
                                      several rows those of the first are drawn
    digits                            significant digits, 1 to 17

    Blue lines are weights above 0, red dashed ones below; the thicker, the larger. Between layers with more than 12
    weights (6 with new ones), and where they would cover each other or a unit, the numbers are left out, of a layer
    with more than 16 units those in the middle. Inputs and outputs have the names that the network's notes have for
    them ("columns", "classes"). Several layers with numbers between them make a picture wider than 800
    pixels, many units a higher one. For a chain of layers with Dense ones;
    refnet.draw_graph draws a scalar graph. Raises TypeError or ValueError for another network, and as `traced` does.
    """
    check_network(network)
    digits = checks.count("digits", digits, most=17)
    is_chain = all(parents == (i - 1,)[:i] for i, parents in enumerate(network.parents))
    columns = [layer for layer in network.layers if isinstance(layer, (Input, Dense))]
    if not is_chain or len(columns) < 2:
        raise ValueError(f"network: {network!r}; allowed: a chain of layers with a Dense one")
    if inputs is None and (targets is not None or loss is not None or optimizer is not None):
        raise TypeError("inputs: None; expected the rows that targets, loss and optimizer belong to")
    if targets is None and (loss is not None or optimizer is not None):
        raise TypeError("targets: None; expected those of the rows, without which there is no loss and no update")
    step = None if inputs is None else traced(network, inputs, targets, loss=loss, optimizer=optimizer).only()
    return _Drawing(network, columns, step, digits).on(axes)


class _Drawing:
    """The columns of a chain, from left to right: inputs, then the units of each Dense layer."""

    def __init__(self, network: Any, columns: list[Any], step: Optional[Step], digits: int) -> None:
        self.network, self.columns, self.step, self.digits = network, columns, step, digits
        self.names = Names(network, 1)
        self.places = [_places(layer.units) for layer in columns]
        titles = names_of(network)
        self.titles = {0: titles.get("inputs", []), len(columns) - 1: titles.get("outputs", [])}

    def on(self, axes: Any) -> Any:
        inches = max(self._inches(c) for c in range(len(self.columns)))
        has_numbers = any(self._labels(c) for c in range(len(self.columns)))
        across = (WIDE + 0.6 * bool(self.names.joint)) if has_numbers else NARROW  # w13, or w12→13
        is_own, height = axes is None, 1.6 + inches
        axes = axes_or_new(axes, max(8.0, across * len(self.columns)), height)
        axes.set(xlim=(-0.45, len(self.columns) - 0.55), ylim=(-0.6, 0.5))
        axes.set_axis_off()
        edges: dict[int, list[Any]] = {c: [] for c in range(1, len(self.columns))}
        numbers = [self._edges(axes, c, inches, edges[c]) for c in edges]
        units = []
        drawn = [(c, unit) for c in range(len(self.columns)) for unit in self.places[c]]
        for c, layer in enumerate(self.columns):
            axes.annotate(self._heading(c), (c, 0.5), (0.0, 4.0), textcoords="offset points", ha="center", va="bottom",
                          fontsize=MIDDLE)
            for unit, y in self.places[c].items():
                face = FACES[0 if c == 0 else 2 if c == len(self.columns) - 1 else 1]
                units.append(axes.text(c, y, "\n".join(self._of_unit(c, unit)), ha="center", va="center", zorder=3,
                                       fontsize=SMALL, bbox={"boxstyle": "round", "facecolor": face,
                                                             "edgecolor": "#333333"}))
            if len(self.places[c]) < layer.units:
                *_, above, below = self.places[c].values()
                axes.text(c, 0.5 * (above + below), "⋮", ha="center", va="center", fontsize=LARGE)
        for is_positive, label in ((True, "weight > 0"), (False, "weight < 0")):
            axes.plot([], [], label=label, **_line(is_positive), linewidth=2.0)
        axes.legend(loc="lower center", ncols=2, fontsize=SMALL, frameon=False)
        axes.set_title(self._title(), fontsize=LARGE, pad=46.0)
        while is_own and _cover(_boxes(axes, units)) and height < MOST_INCHES:
            height *= 1.15
            axes.figure.set_figheight(height)
        boxes = _boxes(axes, units)
        for c, labels in enumerate(numbers, 1):
            if not labels:
                self._cut(axes, edges[c], dict(zip(drawn, boxes)))
            if _cover([*(label.get_window_extent() for label in labels), *boxes]):
                for label in labels:
                    label.remove()
        return axes

    def _inches(self, c: int) -> float:
        """How high a column has to be for its units with their lines of text, and for the numbers at its weights."""
        units = self.columns[c].units if self.columns[c].units <= MOST_UNITS else FEW_UNITS
        units *= (len(list(self._of_unit(c, 0))) + 0.6) * UNIT
        labels = self._labels(c)
        return max(units, 2.2 * labels * self._lines(c) * LABEL if labels > 1 else 0.0)

    def _labels(self, c: int) -> int:
        """How many weights that lead to a column have their numbers."""
        weights = len(self.places[c]) * len(self.places[c - 1]) if c else 0
        return weights if weights * self._lines(c) <= MOST_LINES else 0

    def _lines(self, c: int) -> int:
        """How many lines the number at a weight takes: two with its new value."""
        return 2 if self.step and f"{self.columns[c].name}.weights.new" in self.step else 1

    def _cut(self, axes: Any, edges: list[Any], boxes: dict[tuple[int, int], Any]) -> None:
        """Let edges end at the sides of their units, so that they do not run behind others."""
        across = axes.transData.inverted().transform
        for line, start, end in edges:
            line.set_xdata([across((boxes[start].x1, 0.0))[0], across((boxes[end].x0, 0.0))[0]])

    def _edges(self, axes: Any, c: int, inches: float, edges: list[Any]) -> list[Any]:
        """The weights that lead to column c, which are added to edges; returns the texts of their numbers."""
        name = f"{self.columns[c].name}.weights"
        weights, before, after = self.network.get(name), self.places[c - 1], self.places[c]
        largest = max((abs(w) for row in weights for w in row if math.isfinite(w)), default=0.0) or 1.0
        labels = []
        share = _share(list(before.values()), list(after.values()), 1.2 * self._lines(c) * LABEL / inches)
        for j, y in after.items():
            for i, start in before.items():
                w = weights[j][i]
                width = 0.4 + 2.6 * min(abs(w) / largest, 1.0)
                (line,) = axes.plot([c - 1, c], [start, y], zorder=1, linewidth=width, **_line(w > 0.0))
                edges.append((line, (c - 1, i), (c, j)))
                if self._labels(c):
                    labels.append(axes.text(
                        c - 1 + share, start + share * (y - start), self._number(name, j, i, w, "\n→ "), zorder=2,
                        ha="center", va="center", fontsize=SMALL,
                        bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}))
        return labels

    def _of_unit(self, c: int, unit: int) -> Iterator[str]:
        """What stands in a unit: its name; its number, or its activation and δ; its bias."""
        layer = self.columns[c]
        if self.titles.get(c):
            name = " ".join(self.titles[c][unit].split())
            yield plain(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")
        if self.step:
            yield self._number(_last_output(self.network, layer, self.step), 0, unit)
            if f"{layer.name}.delta" in self.step and c > 0:
                yield self._number(f"{layer.name}.delta", 0, unit)
        else:
            yield str(unit + (self.names.first[layer.name] if self.names.is_numbered else 1))
        if "bias" in layer.parameters:
            yield self._number(f"{layer.name}.bias", 0, unit, self.network.get(f"{layer.name}.bias")[unit])

    def _number(self, name: str, row: int, unit: int, value: Optional[float] = None, arrow: str = " → ") -> str:
        """w13 = 0.1, or with its new value w13 = 0.1 → 0.10005; in a large network its letter alone."""
        if value is None:
            value = self.step.numbers(name).at(row, unit)  # type: ignore[union-attr]
        text = self._printed(value)
        if self.step and f"{name}.new" in self.step:
            text += arrow + self._printed(self.step.numbers(f"{name}.new").at(row, unit))
        if not self.names.is_numbered:
            role = name.rpartition(".")[2]
            return f"{LETTERS.get(role, role)} = {text}"
        symbol = self.names.symbol(name, row, unit)
        return f"{symbol.letter.rpartition('.')[2]}{self.names.joint.join(map(str, symbol.places))} = {text}"

    def _printed(self, value: float) -> str:
        return printed(value, self.digits).replace("-", "−")

    def _heading(self, c: int) -> str:
        """The names of a column's layers, and how many units they have."""
        at = self.network.layers.index(self.columns[c])
        end = self.network.layers.index(self.columns[c + 1]) if c + 1 < len(self.columns) else len(self.network.layers)
        own = [layer.name for layer in self.network.layers[at:end]]
        return f"{', '.join(own) if len(own) < 4 else f'{own[0]}, …, {own[-1]}'}\n" + checks.counted(
            self.columns[c].units, "unit")

    def _title(self) -> str:
        if self.step is None:
            return "Network"
        if self.step.loss is None:
            return "Forward pass"
        return f"Training step, loss {self._printed(self.step.loss)}"


def _places(units: int) -> dict[int, float]:
    """unit → height, between −0.5 and 0.5, of the units that are drawn."""
    drawn = list(range(units)) if units <= MOST_UNITS else [*range(FEW_UNITS - 2), units - 1]
    slots = len(drawn) + (units > MOST_UNITS)
    heights = [0.5 - (i + 0.5) / slots for i in range(slots)]  # from above
    if units > MOST_UNITS:
        del heights[-2]
    return dict(zip(drawn, heights))


def _last_output(network: Any, layer: Any, step: Step) -> str:
    """The name of what a column hands on: the output of the last of its layers."""
    last = f"{layer.name}.{'z' if isinstance(layer, Dense) else 'o'}"
    for each in network.layers[network.layers.index(layer) + 1 :]:
        if isinstance(each, Dense):
            break
        last = f"{each.name}.o" if f"{each.name}.o" in step else last
    return last


def _line(is_positive: bool) -> dict[str, Any]:
    return {"color": BLUE if is_positive else RED, "linestyle": "-" if is_positive else "--"}


def _boxes(axes: Any, texts: list[Any]) -> list[Any]:
    """Where the texts are, in pixels, with their frames."""
    axes.figure.canvas.figure.draw_without_rendering()  # of the whole figure, which has the layout
    return [text.get_bbox_patch().get_window_extent() for text in texts]


def _cover(boxes: list[Any]) -> bool:
    """Whether two of the boxes overlap, by more than their frames."""
    return any(min(a.x1, b.x1) - max(a.x0, b.x0) > 1.0 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1.0
               for i, a in enumerate(boxes) for b in boxes[:i])


def _share(before: list[float], after: list[float], enough: float) -> float:
    """How far along their lines the weights' numbers stand: near the middle, and none on another one."""

    def distance(share: float) -> float:
        heights = sorted((1.0 - share) * start + share * end for start in before for end in after)
        return min((high - low for low, high in zip(heights, heights[1:])), default=enough)

    return max(SHARES, key=lambda share: min(distance(share), enough))
