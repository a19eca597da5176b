"""What is there to choose from? Small pictures of the sets of points and of the features."""

from __future__ import annotations

from typing import Any

import refnet as rn
from refnet.play.settings import TABLE
from refnet.plots.grid import plane_around

DOTS = 100  # of a set's picture
SIZE = 16  # of a feature's picture, in points
CORNERS = [[-5.0, -5.0], [5.0, 5.0]]  # of that picture: the sets' radius


def thumbnails_document() -> dict[str, Any]:
    """Of each set some points without noise, of each feature its values over the plane, row by row from below."""
    sets = {}
    for name in TABLE["data"].values:
        points = getattr(rn.data, name)(DOTS)
        x, y = (list(column) for column in zip(*points.inputs))
        sets[name] = {"x": x, "y": y, "class": points.targets}
    plane = plane_around(CORNERS, SIZE).points
    features = {name: [row[0] for row in rn.data.plane_features(plane, [name])] for name in TABLE["features"].values}
    return {"size": SIZE, "data": sets, "features": features}
