"""Which regions can a network of one, two or three layers tell apart? Lecture file 002_f454bcaa3b381492.txt.

Golden entry 37. Steep sigmoid units are gates: a unit of the first layer decides for one side of a line, one of the
second for what lies on all its sides (AND), one of the third for what lies in any of them (OR). A second layer with
other weights can do more than convex regions: XNOR in entry 14 is one. That any region is within reach of two layers,
with enough units, is entry 30.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import refnet as rn
from refnet.kernels.reference.sums import total_of
from refnet.lectures.agreement import Lecture, Result

lecture = Lecture("002_f454bcaa3b381492.txt", {37: "Representational Power; Architecture Selection for MLPs"})

STEEP = 128.0  # the factor of all weights: the net input of a unit is at least 8 at the points below, or at most −8

# A half-plane ⟨w1, w2, b⟩ is w1 x1 + w2 x2 + b > 0; a convex region is what several have in common.
HALF_PLANE = (1.0, 1.0, -1.0 / 16.0)
DIAMOND = [(1.0, 1.0, 11.0 / 16.0), (1.0, -1.0, 11.0 / 16.0), (-1.0, 1.0, 11.0 / 16.0), (-1.0, -1.0, 11.0 / 16.0)]
UPRIGHT = [(1.0, 0.0, 13.0 / 16.0), (-1.0, 0.0, -3.0 / 16.0), (0.0, 1.0, 13.0 / 16.0), (0.0, -1.0, 13.0 / 16.0)]
FOOT = [(1.0, 0.0, 13.0 / 16.0), (-1.0, 0.0, 13.0 / 16.0), (0.0, 1.0, 13.0 / 16.0), (0.0, -1.0, -3.0 / 16.0)]
Plane = tuple[float, float, float]

# A grid of 17×17 points from −1 to 1, and every second of its rows and columns: the middle of two of those is a point
# of the grid. No point lies on the border of a half-plane.
GRID = [(i / 8.0, j / 8.0) for i in range(-8, 9) for j in range(-8, 9)]
COARSE = [(i / 4.0, j / 4.0) for i in range(-4, 5) for j in range(-4, 5)]


def gates(backend: Any, layers: list[list[list[float]]]) -> rn.Network:
    """Layers of steep sigmoid units, each unit ⟨w1, w2, …, b⟩."""
    chain: list[Any] = [rn.Input(2)]
    for units in layers:
        chain += [rn.Dense(len(units)), rn.Sigmoid()]
    net = rn.Network(chain, backend)
    net.weights = [[[STEEP * w for w in unit[:-1]] for unit in units] for units in layers]
    net.biases = [[STEEP * unit[-1] for unit in units] for units in layers]
    return net


def network(backend: Any, regions: list[list[Plane]]) -> rn.Network:
    """The network that fires in the union of convex regions: as many layers as that takes."""
    planes = [[*plane] for region in regions for plane in region]
    layers = [planes]
    if len(planes) > 1:  # a unit for each region, on when all planes of that region are
        owner = [i for i, region in enumerate(regions) for _ in region]
        layers.append([[*(float(each == i) for each in owner), 0.5 - len(region)] for i, region in enumerate(regions)])
    if len(regions) > 1:  # on when any of them is
        layers.append([[1.0] * len(regions) + [-0.5]])
    return gates(backend, layers)


def contains(regions: list[list[Plane]], x1: float, x2: float) -> bool:
    """Whether a point lies in one of the regions."""
    return any(all(w1 * x1 + w2 * x2 + b > 0.0 for w1, w2, b in region) for region in regions)


def middles_elsewhere(fires: dict[tuple[float, float], bool], side: bool) -> float:
    """How many pairs of points of this side have their middle on the other? 0 if the side is convex."""
    pairs = combinations([point for point in COARSE if fires[point] is side], 2)
    return float(len([1 for (a, b), (c, d) in pairs if fires[((a + c) / 2.0, (b + d) / 2.0)] is not side]))


def decision_surfaces(backend: Any) -> Iterator[Result]:
    """37. "Representational Power": one layer has a linear decision surface, two bound a convex region, three any.

    Each network decides every point of the grid as its region does; then what shape that region has.
    """
    def decided(regions: list[list[Plane]]) -> dict[tuple[float, float], bool]:
        outputs = network(backend, regions).predict(GRID)
        return {point: o >= 0.5 for point, [o] in zip(GRID, outputs)}

    cases = (("1 layer", [[HALF_PLANE]]), ("2 layers", [DIAMOND]), ("3 layers", [UPRIGHT, FOOT]))
    fires = {name: decided(regions) for name, regions in cases}
    for name, regions in cases:
        wrong = [1 for point in GRID if fires[name][point] is not contains(regions, *point)]
        yield lecture.equals(37, f"{name}: points of 289 that are decided otherwise", 0, float(len(wrong)))

    line = [(i / 8.0, 1.0 / 16.0 - i / 8.0) for i in range(-8, 9)]
    on_line = network(backend, [[HALF_PLANE]]).predict(line)
    yield lecture.equals(37, "1 layer: points of a line where the output is not ½", 0,
                         float(len([1 for [o] in on_line if o != 0.5])))
    found = {(name, side): middles_elsewhere(fires[name], side) for name in fires for side in (True, False)}
    inside, outside = "pairs inside with their middle outside", "pairs outside with their middle inside"
    yield lecture.equals(37, f"1 layer: {inside}", 0, found["1 layer", True])
    yield lecture.equals(37, f"1 layer: {outside}", 0, found["1 layer", False])
    yield lecture.equals(37, f"2 layers: {inside}", 0, found["2 layers", True])
    yield lecture.is_at_least(37, f"2 layers: {outside}", "1", found["2 layers", False])
    yield lecture.is_at_least(37, f"3 layers: {inside}", "1", found["3 layers", True])


def growth_of_parameters(backend: Any) -> Iterator[Result]:
    """37. "Parameters grow with (units/layer)²": 2 inputs, two hidden layers of n units, one output: n² + 5n + 1."""
    counts = []
    for n, exactly in ((32, 1185), (64, 4417)):
        net = rn.Network([rn.Input(2), rn.Dense(n), rn.Tanh(), rn.Dense(n), rn.Tanh(), rn.Dense(1)], backend)
        sizes = [rows * columns for rows, columns in (net.k.shape(p.value) for p in net.parameters.values())]
        counts.append(total_of([float(size) for size in sizes]))
        yield lecture.equals(37, f"parameters with {n} units a layer", exactly, counts[-1])
    yield lecture.is_at_least(37, "how many times as many with twice the units", "3.7", counts[1] / counts[0])


WORKED_EXAMPLES = (decision_surfaces, growth_of_parameters)
