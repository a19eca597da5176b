"""Which points show a plane, and which colours the values there? The grid of a picture, without drawing anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from refnet.layers import softmax


class Plane(NamedTuple):
    """A grid of points around the examples: row by row, from below."""

    columns: list[float]
    rows: list[float]

    @property
    def points(self) -> list[list[float]]:
        return [[x, y] for y in self.rows for x in self.columns]

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """left, right, bottom and top of a picture whose pixels have the points in their middle."""
        half = [0.5 * (each[1] - each[0]) for each in self]
        return (self.columns[0] - half[0], self.columns[-1] + half[0], self.rows[0] - half[1], self.rows[-1] + half[1])

    @property
    def image(self) -> dict[str, Any]:
        """How matplotlib's imshow places an image of the plane."""
        return {"origin": "lower", "extent": self.edges, "interpolation": "bilinear", "aspect": "auto"}

    def table(self, values: Sequence[float]) -> list[Sequence[float]]:
        """A value for each point as rows."""
        width = len(self.columns)
        return [values[start : start + width] for start in range(0, len(values), width)]


def plane_around(rows: Any, points: int) -> Plane:
    """A grid that reaches a little beyond the examples in each direction; its picture is square, whatever the units."""
    axes = []
    for column in zip(*rows):
        middle, half = 0.5 * (min(column) + max(column)), 0.55 * (max(column) - min(column)) or 1.0
        axes.append([middle + half * (2.0 * i / (points - 1) - 1.0) for i in range(points)])
    return Plane(*axes)


def limits_of(layer: Any, outputs: Sequence[Sequence[float]]) -> tuple[float, float]:
    """From which value to which do the colours run? What the layer says, else what there is."""
    values = [value for row in outputs for value in row if math.isfinite(value)] or [0.0]
    ends = [layer.smallest, layer.largest]
    if isinstance(layer, softmax.Softmax):
        ends = [0.0, 1.0]
    for i, found in enumerate((min(values), max(values))):
        ends[i] = found if ends[i] is None or not math.isfinite(ends[i]) else ends[i]
    return (ends[0], ends[1]) if ends[0] < ends[1] else (ends[0] - 1.0, ends[0] + 1.0)
