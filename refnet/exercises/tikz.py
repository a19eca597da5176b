"""What does the network look like on a printed sheet? As refnet.trace.explained.drawing has it, in LaTeX's TikZ."""

from __future__ import annotations

from typing import Any, Optional

from refnet.trace.explained.digits import printed
from refnet.trace.explained.drawing import NEAR, columns_of, is_small, of_unit
from refnet.trace.explained.latex import TexStyle
from refnet.trace.explained.writing import Writer

ACROSS, DOWN = 46, 21  # mm


def picture(exercise: Any, blanks: Optional[dict[tuple, str]]) -> list[str]:
    """The lines of a tikzpicture, shown where TikZ is installed; none for a network that is too large.

    blanks  texts in the place of the numbers that are computed; None: the numbers
    """
    worked, network = exercise.worked, exercise.worked.network
    if not is_small(worked, network):
        return []
    writer, columns = Writer(TexStyle(), worked.names, exercise.digits), columns_of(network)
    tallest = max(layer.units for layer in columns)
    nodes, lines = [], []
    for c, layer in enumerate(columns):
        for j in range(layer.units):
            place = f"({c * ACROSS}mm,{-tallest * DOWN * (j + 0.5) / layer.units:.1f}mm)"
            rows = []
            for _, name in of_unit(worked, network, layer, 0, j):
                value = printed(worked.origins.values[name].at(0, j), exercise.digits)
                if blanks is not None and name in worked.origins.calls:
                    value = blanks.get((name, 0, j), "")
                symbol = writer.style.symbol(worked.names.symbol(name, 0, j)._replace(row=None), worked.names)
                rows.append(f"${symbol}$ {value}".replace(" -", " $-$"))
            bias = ""
            if f"{layer.name}.bias" in worked.origins.values:
                symbol = writer.symbol((f"{layer.name}.bias", 0, j))
                value = writer.value(worked.origins.values[f"{layer.name}.bias"].at(0, j))
                bias = rf",label={{[font=\scriptsize,label distance=-1mm]below:${symbol} = {value}$}}"
            nodes.append(rf"\node[unit{bias}] (u{c}-{j}) at {place} {{" + r" \\ ".join(rows) + "};")
            for i in range(columns[c - 1].units if c else 0):
                weight = writer.value(worked.origins.values[f"{layer.name}.weights"].at(j, i))
                lines.append(rf"\draw (u{c - 1}-{i}) -- node[pos={NEAR},weight] {{${weight}$}} (u{c}-{j});")
    if worked.step.rows > 1:
        nodes.append(r"\node[font=\scriptsize] at (0mm,3mm) {example 1};")
    return [r"\ifdefined\tikzpicture\begin{center}\begin{tikzpicture}", *nodes, *lines,
            r"\end{tikzpicture}\end{center}\fi"]
