"""Which way do optimizers take? Through a long valley, step by step, each with its own update.

The valley is the loss of a network with two weights and no bias, ½(w1² + steepness·w2²): the half squared error of the
rows ⟨1, 0⟩ and ⟨0, √steepness⟩ with targets 0. Every step is the network's own: forward, loss, backward, update.
"""

from __future__ import annotations

import copy
from typing import Any

from refnet import checks
from refnet.arithmetic.elementary import sqrt
from refnet.layers import Dense, Input
from refnet.losses import HalfSquaredError
from refnet.model import Network
from refnet.optimizers import Optimizer
from refnet.plots.canvas import MARKERS, SMALL, axes_or_new, finish, plain, style

ROWS, COLUMNS = 41, 61  # of the grid on which the loss is measured
LEVELS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5)  # of the lines of equal loss, times the loss at the start


def optimizer_paths(optimizers: Any, steps: int = 30, start: tuple[float, float] = (-8.0, 2.0), steepness: float = 20.0,
                    axes: Any = None) -> Any:
    """The paths of several optimizers from the same start down a valley, ½(w1² + steepness·w2²); returns the Axes.

    optimizers  {label: optimizer}, or a list: [SGD(0.09), Momentum(0.02), Adam(0.5)]; they are copied, not used
    steps       updates of each
    start       the weights w1 and w2 before the first
    steepness   how much steeper the valley is across than along

    The gradient of a long valley points across it: with a rate that suits one direction SGD creeps or swings in the
    other (lecture 002, "Training"). Raises TypeError or ValueError for anything else.
    """
    chosen = _checked(optimizers)
    steps, steepness = checks.count("steps", steps), checks.number("steepness", steepness, above=0)
    if not isinstance(start, (list, tuple)) or len(start) != 2:
        raise TypeError(f"start: {checks.shown(start)}; allowed: two numbers, (w1, w2)")
    w1, w2 = (checks.number("start", each) for each in start)
    if 0.0 in (w1, w2):
        raise ValueError(f"start: {checks.shown(start)}; allowed: two numbers that are not 0")
    paths = {label: _path(optimizer, steps, [w1, w2], steepness) for label, optimizer in chosen.items()}
    axes = axes_or_new(axes, height=5.5)
    _valley(axes, 1.25 * abs(w1), 1.8 * abs(w2), [w1, w2], steepness)
    for i, (label, path) in enumerate(paths.items()):
        axes.plot(*zip(*path), label=plain(label), marker=MARKERS[i % len(MARKERS)], markersize=5, **style(i))
    axes.plot([w1], [w2], "o", color="black", markersize=9, label="start")
    axes.plot([0.0], [0.0], "*", color="black", markersize=13, label="minimum")
    axes.legend(fontsize=SMALL, loc="upper right", framealpha=0.9)
    return finish(axes, f"{checks.counted(steps, 'step')} of each optimizer", "weight w1", "weight w2", grid=False)


def _checked(optimizers: Any) -> dict[str, Optimizer]:
    """A copy of each optimizer by its label."""
    several = list(optimizers.values()) if isinstance(optimizers, dict) else optimizers
    if not isinstance(several, (list, tuple)) or not several:
        allowed = "a list of optimizers such as [SGD(0.1), Adam(0.5)], or a dict {label: optimizer}"
        raise TypeError(f"optimizers: {checks.shown(optimizers)}; allowed: {allowed}")
    for each in several:
        if not isinstance(each, Optimizer):
            raise TypeError(f"optimizers: {checks.shown(each)}; allowed: optimizers such as SGD(0.1)")
    labels = [f"{type(each).__name__}, η = {each.schedule!r}" for each in several]
    if isinstance(optimizers, dict):
        labels = [str(label) for label in optimizers]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"optimizers: two are called {label!r}; allowed: a dict {{label: optimizer}}")
    return {label: copy.deepcopy(each) for label, each in zip(labels, several)}


def _network(weights: list[float], steepness: float) -> tuple[Network, list[list[float]]]:
    """The network whose loss is the valley, and its two rows."""
    net = Network([Input(2), Dense(1, bias=False, weights=[weights])])
    return net, [[1.0, 0.0], [0.0, sqrt(steepness)]]


def _loss(net: Network) -> float:
    return net.loss([[0.0], [0.0]], HalfSquaredError(over="sum"))


def _path(optimizer: Any, steps: int, start: list[float], steepness: float) -> list[list[float]]:
    """The weights before the first step and after each."""
    net, rows = _network(start, steepness)
    optimizer.attach(net)
    path = [start]
    for _ in range(steps):
        optimizer.before_forward(net)
        net.forward(rows, training=True)
        _loss(net)
        net.backward()
        optimizer.update(net)
        path.append(list(net.weights[0][0]))
    return path


def _valley(axes: Any, width: float, height: float, start: list[float], steepness: float) -> None:
    """Lines of equal loss, measured on a grid of weights."""
    net, rows = _network(start, steepness)

    def loss_at(w1: float, w2: float) -> float:
        net.set("dense1.weights", [[w1, w2]])
        net.forward(rows)
        return _loss(net)

    def places(end: float, number: int) -> list[float]:
        """From −end to end, the denser the nearer to the minimum, so that the small ellipses are round too."""
        return [end * at * abs(at) for at in (2.0 * i / (number - 1) - 1.0 for i in range(number))]

    columns, lines = places(width, COLUMNS), places(height, ROWS)
    at_start = loss_at(*start)
    axes.contour(columns, lines, [[loss_at(w1, w2) for w1 in columns] for w2 in lines],
                 [level * at_start for level in LEVELS], colors="#999999", linewidths=0.8)
    axes.set(xlim=(-width, width), ylim=(-height, height))
