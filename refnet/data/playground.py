"""Which problems fit on a sheet of paper? Points of the plane in two classes, made from random numbers.

The circle, the XOR and the spiral are those of the TensorFlow playground (D. Smilkov et al., "Direct-Manipulation
Visualization of Deep Networks", ICML workshop 2016), in its plane of −6 … 6; the two moons are scikit-learn's. No
straight line separates their classes, so a hidden layer is needed.

Example i is made of draws 4i … 4i+3 of a stream for each set: the first 100 of 1000 points are those of n = 100, on
every machine. Another seed gives other points, for testing.

    rows = plane_features(circle(100).inputs, ["x²", "y²"])     # what makes them separable by a straight line
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from refnet import checks
from refnet.arithmetic.elementary import cos, sin
from refnet.arithmetic.random import normal, stream_key, uniform
from refnet.arithmetic.streams import PLAYGROUND_STREAM
from refnet.data import door
from refnet.data.containers import Dataset

Point = tuple[float, float, int]  # x, y and the class

RADIUS = 5.0
GAP = 0.3  # between a point of the XOR and either axis

FEATURES: dict[str, Callable[[float, float], float]] = {
    "x": lambda x, y: x, "y": lambda x, y: y, "x²": lambda x, y: x * x, "y²": lambda x, y: y * y,
    "xy": lambda x, y: x * y, "sin x": lambda x, y: sin(x), "sin y": lambda x, y: sin(y),
}
"""What the playground computes of a point, by name."""


def circle(n: int, noise: float = 0.0, seed: int = 0) -> Dataset:
    """A disc, radius 0 … 2.5, inside a ring, 3.5 … 5; the classes "outside" and "inside" alternate.

    noise  standard deviation of the normal numbers added to x and y; they do not change the class

    All four functions raise TypeError or ValueError unless n >= 1, noise >= 0 and seed >= 0.
    """
    def point(i: int, u: float, v: float) -> Point:
        r = RADIUS * (0.5 * u) if i % 2 else RADIUS * (0.7 + 0.3 * u)
        angle = math.tau * v
        return r * cos(angle), r * sin(angle), i % 2

    return _dataset(point, 0, ["outside", "inside"], n, noise, seed)


def xor(n: int, noise: float = 0.0, seed: int = 0) -> Dataset:
    """A square, −5.3 … 5.3, "same" where x and y have the same sign, else "different"; none within 0.3 of an axis."""
    def point(i: int, u: float, v: float) -> Point:
        x, y = ((2.0 * w - 1.0) * RADIUS for w in (u, v))
        same = (x >= 0.0) == (y >= 0.0)
        return x + (GAP if x >= 0.0 else -GAP), y + (GAP if y >= 0.0 else -GAP), int(same)

    return _dataset(point, 1, ["different", "same"], n, noise, seed)


def spiral(n: int, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Two arms of 1¾ turns, the second turned by π: r = 5u, angle 3.5πu; the classes "first" and "second" alternate.

    Both arms begin at the origin, where the classes cannot be separated. The hardest of the four.
    """
    def point(i: int, u: float, v: float) -> Point:
        r, angle = RADIUS * u, 1.75 * math.tau * u + (math.pi if i % 2 else 0.0)
        return r * sin(angle), r * cos(angle), i % 2

    return _dataset(point, 2, ["first", "second"], n, noise, seed)


def two_moons(n: int, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Interlocking half circles, alternately "upper" (cos t, sin t) and "lower" (1 − cos t, ½ − sin t), with t = πu.

    Their radius is 1, so the same noise matters more than in the other sets.
    """
    def point(i: int, u: float, v: float) -> Point:
        x, y = cos(math.pi * u), sin(math.pi * u)
        return (1.0 - x, 0.5 - y, 1) if i % 2 else (x, y, 0)

    return _dataset(point, 3, ["upper", "lower"], n, noise, seed)


def plane_features(rows: Any, names: Sequence[str]) -> Any:
    """What a network is given of points (x, y): for each row the features of these names, in their order.

    names  of "x", "y", "x²", "y²", "xy", "sin x" and "sin y", at least one; as in the TensorFlow playground

    The sine is refnet's own, so the numbers are the same on every machine. Returns rows, an array for an array. Raises
    TypeError or ValueError for other names, and if a row is not two finite numbers.
    """
    if not isinstance(names, (list, tuple)):
        raise TypeError(f"names: {checks.shown(names)}; expected a list of names such as ['x', 'y²']")
    if not names:
        raise ValueError(f"names: {names!r}; allowed: at least one of {', '.join(map(repr, FEATURES))}")
    chosen = [FEATURES[checks.choice(f"names[{i}]", name, FEATURES)] for i, name in enumerate(names)]
    table = door.rows("rows", rows, 2, finite=True).tolist()
    return door.like(rows, list, [[feature(x, y) for feature in chosen] for x, y in table])


def _dataset(point: Callable[[int, float, float], Point], which: int, classes: list[str], n: int, noise: float,
             seed: int) -> Dataset:
    """n examples: point(i, u, v) makes one from its number and two uniforms; two normals are its noise."""
    checks.count("n", n)
    noise = checks.number("noise", noise, least=0)
    key = stream_key(checks.count("seed", seed, least=0), PLAYGROUND_STREAM + which)
    inputs, targets = [], []
    for i in range(n):
        x, y, target = point(i, uniform(key, 4 * i), uniform(key, 4 * i + 1))
        inputs.append([x + noise * normal(key, 4 * i + 2), y + noise * normal(key, 4 * i + 3)])
        targets.append(target)
    return Dataset(inputs, targets, classes, ["x", "y"])
