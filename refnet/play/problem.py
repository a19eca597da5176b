"""What is to be learnt, and by which network? The points of the plane, their features, and a network as it is set."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import refnet as rn
from refnet.parameters.penalties import as_penalties
from refnet.plots.grid import Plane, plane_around

RADIUS = {"two_moons": 1.0}  # of a set of points; 5 if it is not here
ACTIVATIONS = {"tanh": rn.Tanh, "relu": rn.ReLU, "sigmoid": rn.Sigmoid, "linear": rn.Linear}


class Problem:
    """The examples of some settings, divided into those to train and those to test with, and a grid around them.

    train, test  data sets; rows, test_rows: the features of their points
    names        of the two classes
    """

    def __init__(self, settings: dict[str, Any], size: int) -> None:
        self.settings, self.features = settings, settings["features"]
        make = getattr(rn.data, settings["data"])
        points = make(settings["examples"], noise=noise_of(settings), seed=settings["seed"])
        self.names: list[str] = points.classes
        self.train, self.test = rn.data.split(points, settings["test_share"], seed=settings["seed"])
        self.plane: Plane = plane_around(self.points, size)
        self.rows, self.test_rows = (self.seen(each.inputs) for each in (self.train, self.test))

    def seen(self, points: Any) -> list[list[float]]:
        """What the network is given of points."""
        return rn.data.plane_features(points, self.features)

    @cached_property
    def grid(self) -> list[list[float]]:
        """The features of the grid's points."""
        return self.seen(self.plane.points)

    @property
    def points(self) -> list[list[float]]:
        """All points: those to train with, then those to test with."""
        return [*self.train.inputs, *self.test.inputs]

    @property
    def classes(self) -> list[int]:
        """The class of each point."""
        return [*self.train.targets, *self.test.targets]

    @property
    def document(self) -> dict[str, Any]:
        """The points for the page."""
        xs, ys = (list(column) for column in zip(*self.points))
        test = [False] * len(self.train) + [True] * len(self.test)
        return {"x": xs, "y": ys, "class": self.classes, "test": test, "names": self.names,
                "edges": list(self.plane.edges), "noise": noise_of(self.settings)}


def noise_of(settings: dict[str, Any]) -> float:
    """The standard deviation of the points, in the plane's own unit."""
    return settings["noise"] * RADIUS.get(settings["data"], 5.0)


def network_of(settings: dict[str, Any], backend: Any) -> Any:
    """The untrained network."""
    layers = [rn.Input(len(settings["features"]))]
    for units in settings["hidden"]:
        layers += [rn.Dense(units), ACTIVATIONS[settings["activation"]]()]
    return rn.Network([*layers, rn.Dense(1), rn.Sigmoid()], backend=backend, seed=settings["seed"])


def penalties_of(settings: dict[str, Any]) -> tuple:
    """The penalty of the training."""
    kinds = {"none": None, "L1": rn.L1, "L2": rn.L2}
    kind = kinds[settings["penalty"]]
    return as_penalties(kind and kind(settings["penalty_rate"]))
