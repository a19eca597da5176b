"""What does the network look like with its numbers? Drawn as SVG: units and weights, or layers if there are many."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, Callable, Optional

from refnet.layers import Dense, Input
from refnet.trace.explained.digits import printed
from refnet.trace.explained.worked import Worked

MOST_UNITS = 8  # of a layer that is drawn unit by unit
MOST_WEIGHTS = 60
ACROSS, DOWN, RADIUS = 240, 100, 36
NEAR = 0.28  # of an edge its weight stands at: there the crossing edges of neighbours are apart

Label = Callable[[str, int, int], str]


def drawing(worked: Worked, network: Any, digits: Optional[int], key: Label,
            blanks: Optional[dict[tuple[str, int, int], str]] = None) -> str:
    """The network as SVG.

    key     what a number (name, row, unit) is called in the page
    blanks  texts in the place of numbers; then what is computed and has none is not shown
    """
    dense = columns_of(network)
    if is_small(worked, network):
        shapes, width, height = _units(worked, network, dense, digits, key, blanks)
    else:
        shapes, width, height = _layers(worked, network)
    return (f'<div class="net"><svg viewBox="0 0 {width} {height}" style="max-width:{width}px;--width:{width}px" '
            f'role="img" aria-label="the network">{"".join(shapes)}</svg></div>')


def columns_of(network: Any) -> list[Any]:
    """The layers that have units of their own."""
    return [layer for layer in network.layers if isinstance(layer, (Dense, Input))]


def is_small(worked: Worked, network: Any) -> bool:
    """Whether a network can be drawn unit by unit, with its weights."""
    dense, weights = columns_of(network), 0
    for before, layer in zip(dense, dense[1:]):
        weights += before.units * layer.units
    return worked.names.is_numbered and weights <= MOST_WEIGHTS and max(layer.units for layer in dense) <= MOST_UNITS


def _units(worked: Worked, network: Any, columns: list[Any], digits: Optional[int], key: Label,
           blanks: Optional[dict[tuple[str, int, int], str]]) -> tuple[list[str], int, int]:
    tallest = max(layer.units for layer in columns)
    height, row = tallest * DOWN + 20, _row(worked)
    values = worked.origins.values

    def place(column: int, unit: int) -> tuple[float, float]:
        return 60.0 + column * ACROSS, 10 + (height - 20) * (unit + 0.5) / columns[column].units

    def number(name: str, at_row: int, unit: int) -> str:
        if blanks is not None and name in worked.origins.calls:
            return escape(blanks.get((name, at_row, unit), ""))
        text = printed(values[name].at(at_row, unit), digits if digits is None or digits < 5 else 5)
        return f'<tspan data-n="{escape(key(name, at_row, unit))}">{escape(text.replace("-", "−", 1))}</tspan>'

    lines, units = [], []
    for c in range(1, len(columns)):
        name = f"{columns[c].name}.weights"
        for j in range(columns[c].units):
            for i in range(columns[c - 1].units):
                (x, y), (to_x, to_y) = place(c - 1, i), place(c, j)
                lines.append(f'<line x1="{x}" y1="{y:.1f}" x2="{to_x}" y2="{to_y:.1f}"/>')
                at_x, at_y = x + (to_x - x) * NEAR, y + (to_y - y) * NEAR
                units.append(f'<text class="w" x="{at_x:.1f}" y="{at_y + 4:.1f}">{number(name, j, i)}</text>')
    for c, layer in enumerate(columns):
        for j in range(layer.units):
            x, y = place(c, j)
            units.append(f'<circle cx="{x}" cy="{y:.1f}" r="{RADIUS}"/>')
            inside = list(of_unit(worked, network, layer, row, j))
            for at, (text, name) in enumerate(inside):
                at_y, shown = y + 4 + 15 * at - 7 * (len(inside) - 1), number(name, row, j)
                units.append(f'<text x="{x}" y="{at_y:.1f}">{escape(text)} {shown}</text>')
            if f"{layer.name}.bias" in values:
                bias = f"b{worked.names.first[layer.name] + j} {number(f'{layer.name}.bias', 0, j)}"
                units.append(f'<text class="w" x="{x}" y="{y + RADIUS + 12:.1f}">{bias}</text>')
    if worked.step.rows > 1:
        units.append(f'<text class="w" x="60" y="12">example {row + 1}</text>')
    return lines + units, 120 + (len(columns) - 1) * ACROSS, height


def _row(worked: Worked) -> int:
    """The example whose numbers are drawn: the first that is worked out."""
    rows = [equation.name[1] for section in worked.sections if section.title == "forward"
            for equation in section.equations]
    return min(rows, default=0)


def of_unit(worked: Worked, network: Any, layer: Any, row: int, unit: int) -> Iterator[tuple[str, str]]:
    """What stands in a unit: its last output and, if there was a backward pass, its δ."""
    last = f"{layer.name}.{'z' if isinstance(layer, Dense) else 'o'}"
    for each in network.layers[worked.names.layers[layer.name] + 1 :]:
        if isinstance(each, Dense):
            break
        last = f"{each.name}.o" if f"{each.name}.o" in worked.origins.values else last
    symbol = worked.names.symbol(last, row, unit)
    yield f"{symbol.letter.rpartition('.')[2]}{''.join(map(str, symbol.places))}", last
    if f"{layer.name}.delta" in worked.origins.values:
        yield f"δ{symbol.places[0]}", f"{layer.name}.delta"


def _layers(worked: Worked, network: Any) -> tuple[list[str], int, int]:
    """A box for each layer, below those that it takes."""
    depth: list[int] = []
    for parents in network.parents:
        depth.append(max((depth[parent] + 1 for parent in parents), default=0))
    across = [depth[:i].count(depth[i]) for i in range(len(depth))]
    shapes = []
    for i, parents in enumerate(network.parents):
        for parent in parents:
            x, y = across[parent] * 190 + 95, depth[parent] * 62 + 42
            to_x, to_y = across[i] * 190 + 95, depth[i] * 62 + 6
            if depth[i] > depth[parent] + 1 and x != to_x:  # past the boxes in between
                shapes.append(f'<path d="M{x} {y} L{x} {to_y - 26} C{x} {to_y} {to_x} {to_y - 22} {to_x} {to_y}"/>')
            elif depth[i] > depth[parent] + 1:
                shapes.append(f'<path d="M{x + 75} {y - 16} C{x + 110} {y} {x + 110} {to_y} {x + 75} {to_y + 18}"/>')
            else:
                shapes.append(f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}"/>')
    for i, layer in enumerate(network.layers):
        x, y = across[i] * 190 + 15, depth[i] * 62 + 6
        units = f"{layer.units} unit{'s' * (layer.units != 1)}"
        shapes.append(f'<rect x="{x}" y="{y}" width="160" height="36" rx="6"/>'
                      f'<text x="{x + 80}" y="{y + 15}">{escape(layer.name)}</text>'
                      f'<text class="w" x="{x + 80}" y="{y + 29}">{units}</text>')
    return shapes, (max(across) + 1) * 190 + 40, (max(depth) + 1) * 62
