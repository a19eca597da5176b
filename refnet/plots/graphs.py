"""What does a scalar graph look like? Its units with values and gradients, drawn by Graphviz or by matplotlib.

Graphviz is the program `dot` (package graphviz of Linux distributions and Homebrew); without it matplotlib draws.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from refnet import checks
from refnet.files import replace
from refnet.graph import Unit
from refnet.plots.canvas import plain, save

FORMATS = (".svg", ".png", ".pdf", ".dot")
MOST_UNITS = 1000  # more can neither be laid out in reasonable time nor read
LINES, GAP = 5.5, 9.0  # of matplotlib's picture: height of a unit in lines, space between columns in characters
LEAF, MADE, RESULT, WHOLE = "#DCEBF7", "#FFFFFF", "#FCE4D0", "#EEEEEE"
DOT_NODE = 'node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=10, margin="0.08,0.04"]'


def draw_graph(units: Any, path: Any, digits: int = 4) -> None:
    """Draw a unit, or several in a list, and all that they depend on, from left to right, into a file.

    path    its name ends in .svg, .png, .pdf, or .dot for the description that Graphviz reads
    digits  significant digits of values and gradients

    Each unit has its name, its operation, its value and below it ∂, the gradient of the last backward; a number in an
    expression has its value alone. Raises TypeError or ValueError for other arguments or more than 1,000 units,
    ImportError where neither Graphviz nor matplotlib is installed, OSError if the file cannot be written.
    """
    ends = list(units) if isinstance(units, (list, tuple)) else [units]
    if not ends or not all(isinstance(each, Unit) for each in ends):
        raise TypeError(f"units: {checks.shown(units)}; allowed: a Unit, or a list of them")
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path: {checks.shown(path)}; allowed: the name of a file")
    digits, path = checks.count("digits", digits, most=17), Path(path)
    if path.suffix not in FORMATS:
        raise ValueError(f"path: {str(path)!r}; allowed: names that end in {', '.join(FORMATS)}")
    found = {unit.number: unit for end in ends for unit in end.units()}
    if len(found) > MOST_UNITS:
        raise ValueError(f"units: {checks.counted(len(found), 'unit')} to draw; allowed: at most {MOST_UNITS:,}")
    nodes = [_Node(found[number], digits, found[number] in ends) for number in sorted(found)]
    dot = shutil.which("dot")
    if path.suffix == ".dot":
        replace(path, _description(nodes).encode())
    elif dot:
        done = subprocess.run([dot, f"-T{path.suffix[1:]}"], input=_description(nodes).encode(), capture_output=True)
        if done.returncode:
            raise OSError(f"dot: {done.stderr.decode(errors='replace').strip()}")
        replace(path, done.stdout)
    else:
        _by_matplotlib(nodes, path)


class _Node:
    """How a unit is drawn: its lines of text and its colour."""

    def __init__(self, unit: Unit, digits: int, is_end: bool) -> None:
        self.unit = unit
        is_whole, operation = not isinstance(unit.value, float), unit.operation
        self.color = WHOLE if is_whole else RESULT if is_end else MADE if operation else LEAF if unit.name else WHOLE
        self.lines = [unit.name] if unit.name else []
        if operation and not operation.sign.startswith("[") and not is_whole:
            self.lines.append(operation.sign)
        if not is_whole:
            self.lines.append(f"{unit.value:.{digits}g}")
            if unit.gradient is not None and (operation or unit.name):
                self.lines.append(f"∂ {unit.gradient:.{digits}g}")


def _description(nodes: list[_Node]) -> str:
    """The graph in Graphviz's language."""
    lines = ["digraph units {", "rankdir=LR; nodesep=0.12; ranksep=0.45", DOT_NODE, 'edge [arrowsize=0.6]']
    for node in nodes:
        text = "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in node.lines)
        lines.append(f'u{node.unit.number} [label="{text}", fillcolor="{node.color}"]')
        lines += [f"u{operand.number} -> u{node.unit.number}" for operand in dict.fromkeys(node.unit.operands)]
    return "\n".join([*lines, "}\n"])


def _by_matplotlib(nodes: list[_Node], path: Path) -> None:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("draw_graph needs Graphviz's program dot, or matplotlib, the extra plot: "
                          "pip install 'refnet[plot]'") from None
    columns = _columns(nodes)
    tallest = max(map(len, columns))
    places, left = {}, 0.0  # a unit's number → (left, right, height); one character is 1 wide
    for column in columns:
        widths = [max(map(len, node.lines)) + 1.0 for node in column]
        middle = left + 0.5 * max(widths)
        for i, (node, width) in enumerate(zip(column, widths)):
            height = LINES * (0.5 * (tallest - len(column)) + i + 0.5)
            places[node.unit.number] = middle - 0.5 * width, middle + 0.5 * width, height
        left += max(widths) + GAP
    figure = Figure(figsize=(min(0.085 * left, 200.0), min(0.5 + 0.16 * LINES * tallest, 200.0)), dpi=120)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(-0.4 * GAP, left - 0.6 * GAP), ylim=(LINES * tallest + 1.0, -1.0))
    axes.axis("off")
    for node in nodes:
        start, end, height = places[node.unit.number]
        axes.text(0.5 * (start + end), height, plain("\n".join(node.lines)), ha="center", va="center", fontsize=9,
                  zorder=2, bbox={"boxstyle": "round", "facecolor": node.color, "edgecolor": "#333333"})
        for operand in dict.fromkeys(node.unit.operands):
            _, right, other = places[operand.number]
            axes.annotate("", (start, height), (right, other), zorder=1,
                          arrowprops={"arrowstyle": "->", "color": "#777777", "shrinkA": 0.0, "shrinkB": 0.0})
    save(figure, path)


def _columns(nodes: list[_Node]) -> list[list[_Node]]:
    """The nodes in columns, each to the right of its operands and a leaf just before its first consumer. A few times
    over each column is sorted by the mean height of its nodes' neighbours, so that few edges cross."""
    depth: dict[int, int] = {}
    for node in nodes:
        depth[node.unit.number] = max((depth[each.number] + 1 for each in node.unit.operands), default=0)
    for node in reversed(nodes):
        for operand in node.unit.operands:
            if not operand.operands:
                nearest = depth[node.unit.number] - 1
                depth[operand.number] = nearest if depth[operand.number] == 0 else min(depth[operand.number], nearest)
    columns: list[list[_Node]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in nodes:
        columns[depth[node.unit.number]].append(node)
    columns = [column for column in columns if column]
    neighbours = {node.unit.number: [each.number for each in node.unit.operands] for node in nodes}
    for node in nodes:
        for operand in node.unit.operands:
            neighbours[operand.number].append(node.unit.number)
    heights = {node.unit.number: i - 0.5 * len(column) for column in columns for i, node in enumerate(column)}

    def middle(node: _Node) -> float:
        near = neighbours[node.unit.number]
        return sum(heights[each] for each in near) / max(len(near), 1)

    for column in [*columns, *reversed(columns)] * 4:
        column.sort(key=middle)
        heights.update({node.unit.number: i - 0.5 * len(column) for i, node in enumerate(column)})
    return columns
