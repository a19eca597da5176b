"""How are the hidden units? Dead, saturated, all alike, deaf to their input: what their outputs on the sample say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from refnet.checks import counted
from refnet.diagnosis.case import Case
from refnet.diagnosis.findings import Finding
from refnet.diagnosis.limits import count, limit
from refnet.diagnosis.profiling import median
from refnet.layers import activations
from refnet.layers.normalization import BatchNorm
from refnet.training.layer_sizes import rms


def sick_units(case: Case, twin: Any) -> Iterator[Finding]:
    """Findings of the hidden activations, and of the gradients; twin has just been forward and back on the sample."""
    if case.sample.rows < 2:
        return  # one row tells nothing
    is_learnt = case.share(case.loss) < limit("learnt")
    k, stops = case.k, False  # whether it is units that let no gradient pass
    correlated = 1.0 if twin.inputs == 1 else 0.0  # of what comes in: units of one input are alike, whatever they do
    hidden = [i for i, layer in enumerate(twin.layers) if is_activation(layer) and i not in twin.output_places]
    for i in hidden:
        layer, o = twin.layers[i], twin.passes.values[i]
        columns = [list(column) for column in zip(*k.tolist(o))]
        dead, saturated, deaf = _kinds(layer, columns)
        saturated = [] if is_learnt else saturated
        for finding in _counted(layer, len(columns), case.sample.rows, dead, saturated, deaf):
            stops = stops or finding.name != "units that ignore their input"
            yield finding
        idle = {*dead, *saturated, *deaf}
        live = [j for j in range(len(columns)) if j not in idle]
        alike = _correlation(k, [columns[j] for j in live])
        if len(live) >= limit("alike units") and alike >= limit("correlation") > correlated and not is_learnt:
            yield Finding("correlated units", layer.name, {"median |r|": alike, "units": float(len(live))},
                          f"pairs of its {len(live)} units correlate with |r| = {alike:.3f} (the median) over "
                          f"{counted(case.sample.rows, 'row')}: they all say the same thing")
        correlated = max(correlated, alike)
    if not stops and len(hidden) > 1:
        yield from _vanishing(k, twin)


def is_activation(layer: Any) -> bool:
    return type(layer).__module__ == activations.__name__ or (layer.is_users_own and not layer.parameters)


def _kinds(layer: Any, columns: list[list[float]]) -> tuple[list[int], list[int], list[int]]:
    """The dead units, the saturated ones, and of the others those that ignore their input."""
    low, high = layer.smallest, layer.largest
    is_bounded = low is not None and high is not None and math.isfinite(low) and math.isfinite(high)
    reach = high - low if is_bounded else _size([value for column in columns for value in column])
    dead, saturated, deaf = [], [], []
    for j, column in enumerate(columns):
        if not is_bounded and all(value == 0.0 for value in column):
            dead.append(j)
        elif is_bounded and _share_at_the_ends(column, low, high) > limit("saturated rows"):
            saturated.append(j)
        elif _deviation(column) < limit("ignoring") * reach:
            deaf.append(j)
    return dead, saturated, deaf


def _counted(layer: Any, units: int, rows: int, dead: list[int], saturated: list[int],
             deaf: list[int]) -> Iterator[Finding]:
    many = limit("share of units")
    for name, which, least, words in (
        ("dead units", dead, many, f"are 0 for all {counted(rows, 'row')}: no gradient passes them"),
        ("saturated units", saturated, limit("saturated units"),
         f"are at an end of their range for more than {100 * limit('saturated rows'):.0f} % of {counted(rows, 'row')}: "
         "hardly any gradient passes them"),
        ("units that ignore their input", deaf, many,
         f"give nearly the same number for all {counted(rows, 'row')}, with a spread below "
         f"{100 * limit('ignoring'):.0f} % of the layer's range"),
    ):
        if len(which) > least * units:
            yield Finding(name, layer.name, {"units": float(units), "sick": float(len(which))},
                          f"{len(which)} of {counted(units, 'unit')} {words}")


def _share_at_the_ends(column: list[float], low: float, high: float) -> float:
    middle, reach = 0.5 * (low + high), 0.5 * (high - low) * limit("saturated")
    return len([1 for value in column if math.fabs(value - middle) > reach]) / len(column)


def _size(values: list[float]) -> float:
    total = 0.0
    for value in values:
        total += value * value
    return math.sqrt(total / len(values))


def _deviation(column: list[float]) -> float:
    total = 0.0
    for value in column:
        total += value
    mean = total / len(column)
    return _size([value - mean for value in column])


def _correlation(k: Any, columns: list[list[float]]) -> float:
    """The median of |r| over the pairs of columns, of at most so many from all over the layer; 0 without pairs."""
    most = min(count("units"), len(columns))
    columns = [columns[j * len(columns) // most] for j in range(most)]
    columns = [column for column in columns if _deviation(column) > 0.0]
    if len(columns) < 2:
        return 0.0
    x = k.matrix([list(row) for row in zip(*columns)])
    mean = k.column_means(x)
    std = [[math.sqrt(value) for value in row] for row in k.tolist(k.column_variances(x, mean))]
    z = k.standardize(x, mean, k.matrix(std))
    table = k.tolist(k.affine_backward_weights(z, z))
    return median(math.fabs(r) / len(columns[0]) for i, row in enumerate(table) for r in row[:i])


def _vanishing(k: Any, twin: Any) -> Iterator[Finding]:
    """Gradients that shrink on their way to the first layer."""
    weights = [(name, parameter) for name, parameter in twin.trainable_parameters.items()
               if name.endswith(".weights") and parameter.gradient is not None]
    if len(weights) < 3 or any(isinstance(layer, BatchNorm) for layer in twin.layers):
        return
    (first, one), (last, other) = weights[0], weights[-1]
    sizes = rms(k, one.gradient), rms(k, other.gradient)
    if 0.0 < sizes[0] < limit("vanishing") * sizes[1]:
        yield Finding("vanishing gradients", first, {"first": sizes[0], "last": sizes[1]},
                      f"its gradient has a root mean square of {sizes[0]:.2g}, that of {last} {sizes[1]:.2g}: the "
                      "first layers hardly learn")
