"""How are the hidden units? Dead, saturated, all alike, deaf to their input: what their outputs on the sample say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from refnet.checks import counted
from refnet.diagnosis.case import Case
from refnet.diagnosis.findings import Finding
from refnet.diagnosis.limits import count, limit
from refnet.diagnosis.profiling import median
from refnet.kernels import REFERENCE
from refnet.kernels.reference.sums import total_of
from refnet.layers import Dense, activations
from refnet.layers.normalization import BatchNorm
from refnet.training.layer_sizes import rms


def sick_units(case: Case, twin: Any) -> Iterator[Finding]:
    """Findings of the hidden activations, and of the gradients; twin has just been forward and back on the sample."""
    yield from _equal(case)
    if case.sample.rows < 2:
        return  # one row tells nothing
    is_learnt = case.share(case.loss) < limit("learnt")
    correlated = 1.0 if twin.inputs == 1 else 0.0  # of what comes in: units of one input are alike, whatever they do
    hidden = [i for i, layer in enumerate(twin.layers) if is_activation(layer) and i not in twin.output_places]
    layers: dict[str, list[Sick]] = {}
    for i in hidden:
        layer, k = twin.layers[i], case.k
        columns = [list(column) for column in zip(*k.tolist(twin.passes.values[i]))]
        kinds = _kinds(layer, columns)
        if is_learnt:
            kinds["saturated units"] = []
        for name, which in kinds.items():
            if len(which) > limit("saturated units" if name == "saturated units" else "share of units") * len(columns):
                layers.setdefault(name, []).append(Sick(layer.name, len(columns), float(len(which))))
        idle = {j for which in kinds.values() for j in which}
        live = [column for j, column in enumerate(columns) if j not in idle]
        alike = _correlation(k, live)
        if len(live) >= limit("alike units") and alike >= limit("correlation") > correlated and not is_learnt:
            layers.setdefault("correlated units", []).append(Sick(layer.name, len(live), alike))
        correlated = max(correlated, alike)
    names = [twin.layers[i].name for i in hidden]
    yield from (_in_words(name, several, names, case.sample.rows) for name, several in layers.items())
    if len(hidden) > 1 and not {"dead units", "saturated units"} & set(layers):
        yield from _vanishing(case.k, twin)


class Sick(NamedTuple):
    """A layer whose units have a sickness: how many it has, and how many of them do, or how alike they are."""

    layer: str
    units: int
    figure: float


def _equal(case: Case) -> Iterator[Finding]:
    """Units that compute the same and count for the same: their gradients are the same too."""
    k, dense = case.k, [layer for layer in case.network.layers if isinstance(layer, Dense)]
    for layer, behind in zip(dense, dense[1:]):
        if layer.units < 2 or k.shape(behind.parameters["weights"].value)[1] != layer.units:
            continue
        incoming = k.tolist(layer.parameters["weights"].value)
        biases = k.tolist(layer.parameters["bias"].value)[0] if layer.bias else [0.0]
        outgoing = list(zip(*k.tolist(behind.parameters["weights"].value)))
        if all(row == each[0] for each in (incoming, biases, outgoing) for row in each):
            yield Finding("equal weights", layer.name, {"units": float(layer.units)},
                          f"all {layer.units} units have the same weights, to them and from them: their gradients are "
                          "the same too, so training keeps them the same, and they do no more than one unit")


def is_activation(layer: Any) -> bool:
    return type(layer).__module__ == activations.__name__ or (layer.is_users_own and not layer.parameters)


def _kinds(layer: Any, columns: list[list[float]]) -> dict[str, list[int]]:
    """The dead units, the saturated ones, and of the others those that ignore their input."""
    low, high = layer.smallest, layer.largest
    is_bounded = low is not None and high is not None and math.isfinite(low) and math.isfinite(high)
    reach = high - low if is_bounded else rms(REFERENCE, columns)
    dead, saturated, deaf = [], [], []
    for j, column in enumerate(columns):
        if not is_bounded and all(value == 0.0 for value in column):
            dead.append(j)
        elif is_bounded and _share_at_the_ends(column, low, high) > limit("saturated rows"):
            saturated.append(j)
        elif _deviation(column) < limit("ignoring") * reach:
            deaf.append(j)
    return {"dead units": dead, "saturated units": saturated, "units that ignore their input": deaf}


def _in_words(name: str, several: list[Sick], hidden: list[str], rows: int) -> Finding:
    """One finding for all layers with a sickness."""
    places = [each.layer for each in several]
    start = hidden.index(places[0])
    is_row = len(places) > 2 and hidden[start : start + len(places)] == places
    where = f"{places[0]} to {places[-1]}" if is_row else ", ".join(places)
    units = float(total_of(float(each.units) for each in several))
    if name == "correlated units":
        alike = min(each.figure for each in several)
        whose = f"its {counted(int(units), 'unit')}" if len(several) == 1 else "units of the same layer"
        return Finding(name, where, {"median |r|": alike, "units": units},
                       f"pairs of {whose} correlate with |r| = {alike:.3f} (the median"
                       f"{', at least' if len(several) > 1 else ''}) over {counted(rows, 'row')}: they all say "
                       "the same thing")
    sick = total_of(each.figure for each in several)
    words = {
        "dead units": f"are 0 for all {counted(rows, 'row')}: no gradient passes them",
        "saturated units": f"are at an end of their range for more than {100 * limit('saturated rows'):.0f} % of "
                           f"{counted(rows, 'row')}: hardly any gradient passes them",
        "units that ignore their input": f"give nearly the same number for all {counted(rows, 'row')}, with a spread "
                                         f"below {100 * limit('ignoring'):.0f} % of the layer's range",
    }[name]
    return Finding(name, where, {"units": units, "sick": sick},
                   f"{sick:.0f} of {counted(int(units), 'unit')} {words}")


def _share_at_the_ends(column: list[float], low: float, high: float) -> float:
    middle, reach = 0.5 * (low + high), 0.5 * (high - low) * limit("saturated")
    return len([1 for value in column if math.fabs(value - middle) > reach]) / len(column)


def _deviation(column: list[float]) -> float:
    total = 0.0
    for value in column:
        total += value
    mean = total / len(column)
    return rms(REFERENCE, [[value - mean for value in column]])


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
