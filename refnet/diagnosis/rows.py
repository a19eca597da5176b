"""Are the data as they should be? Classes, targets, and the numbers that the first weights get."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from refnet.checks import counted
from refnet.diagnosis.case import Case
from refnet.diagnosis.findings import Finding
from refnet.diagnosis.limits import limit
from refnet.kernels import REFERENCE
from refnet.layers import Dense, Standardize
from refnet.layers.normalization import BatchNorm
from refnet.training.layer_sizes import rms


def unbalanced(case: Case) -> Iterator[Finding]:
    labels = case.examples.labels()
    if labels is None:
        return
    classes = max(case.examples.units[0], 2)
    if len(labels) < classes:
        return  # too few rows to say
    counts = [labels.count(label) for label in range(classes)]
    rare, even = min(counts), len(labels) / classes
    if rare <= limit("rare class") * even:
        names = case.examples.targets[0].names or case.network.notes.get("classes") or range(classes)
        most, rarest, commonest = max(counts) / len(labels), names[counts.index(rare)], names[counts.index(max(counts))]
        yield Finding("classes unbalanced", "", {"rarest": float(rare), "even": even, "most frequent": most},
                      f"class {rarest} has {counted(rare, 'row')} of {len(labels):,}, an even share is "
                      f"{even:.3g}; who always says class {commonest} is right in {100 * most:.1f} %")


def unfit_targets(case: Case) -> Iterator[Finding]:
    """Targets that the outputs cannot be, or only with huge weights."""
    if case.examples.labels() is not None:
        return
    layers, name = case.network.layers, case.network.layers[case.network.output_places[0]].name
    last = layers[case.network.output_places[0]]
    values = [value for row in case.k.tolist(case.y) for value in row]
    low, high = last.smallest, last.largest
    outside = [value for value in values if (low is not None and value < low) or (high is not None and value > high)]
    if outside:
        yield Finding("targets out of range", name, {"smallest": min(values), "largest": max(values)},
                      f"targets go from {min(values):.4g} to {max(values):.4g}, its outputs only from {low:g} to "
                      f"{high:g}: {counted(len(outside), 'target')} of {len(values):,} cannot be reached")
        return
    dense = [i for i, layer in enumerate(layers) if isinstance(layer, Dense)][-1:]
    size = rms(REFERENCE, [values])
    if size > limit("large target") and dense and case.share(case.loss) > limit("learnt") and not any(
            isinstance(layer, Standardize) for layer in layers[dense[0]:]):
        yield Finding("targets not standardised", "", {"size": size},
                      f"the targets have a root mean square of {size:.3g}, and outputs begin at about 1")


def arriving(case: Case, twin: Any) -> Iterator[Finding]:
    """The numbers that the first layers with weights get."""
    k = case.k
    for i, layer in enumerate(twin.layers):
        behind = [parent for parent in twin.parents[i] if _is_bare(twin, parent)]
        if not behind or not layer.parameters or isinstance(layer, BatchNorm):
            continue
        x = twin.passes.values[behind[0]]
        means = k.column_means(x)
        deviations = [math.sqrt(value) for value in k.tolist(k.column_variances(x, means))[0]]
        means = k.tolist(means)[0]
        varying = [(mean, std) for mean, std in zip(means, deviations) if std > 0.0]
        if not varying:
            continue
        largest = max(math.sqrt(mean * mean + std * std) for mean, std in varying)
        off = len([1 for mean, std in varying if math.fabs(mean) > limit("off centre") * std]) / len(varying)
        figures = {"largest": largest, "off centre": off}
        size = f"the numbers that {layer.name} gets have a root mean square of up to {largest:.3g} in a column"
        if largest > limit("large input"):
            yield Finding("inputs not standardised", layer.name, figures, f"{size}, not about 1")
        elif largest < limit("small input"):
            yield Finding("inputs not standardised", layer.name, figures, f"{size} and nowhere more, not about 1")
        elif off >= limit("off-centre columns"):
            yield Finding("inputs not standardised", layer.name, figures,
                          f"in {100 * off:.0f} % of the columns that {layer.name} gets the mean is more than "
                          f"{limit('off centre'):.0f} standard deviations from 0")


def _is_bare(twin: Any, i: int) -> bool:
    """Whether no layer up to this one has parameters."""
    return not twin.layers[i].parameters and all(_is_bare(twin, parent) for parent in twin.parents[i])
