"""What does a trained network say of data, and how well? Predictions, loss, accuracy, and the user's metrics."""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.arithmetic import environment
from refnet.arithmetic.elementary import divide
from refnet.checks.names import did_you_mean
from refnet.data import door
from refnet.kernels.conversion import binary64_of
from refnet.kernels.reference.sums import total_of
from refnet.losses import Loss, checked_objective
from refnet.losses.objective import output_losses, weighted_sum
from refnet.training.decisions import are_right, decided
from refnet.training.examples import Examples, check_inputs, taken
from refnet.training.metrics import MEASURES


def predict(network: Any, inputs: Any, batch_size: int = 256) -> Any:
    """The outputs for any number of rows, (rows, units). A row's bits do not depend on the batch it is computed in."""
    environment.check()
    k, tables, size = network.k, check_inputs(network, inputs), checks.count("batch_size", batch_size)
    outputs: list[list[Any]] = [[] for _ in network.output_places]
    with network.turns.lock:
        network.turns.check()
        for start in range(0, len(tables[0]), size):
            matrices = [taken(k, table[start : start + size]) for table in tables]
            for parts, output in zip(outputs, network.phases.forward(network, matrices)):
                parts.append(door.like(inputs, k.tolist, output, network.number))
    several = [door.joined(parts) for parts in outputs]
    return several if len(several) > 1 else several[0]


def predict_class(network: Any, inputs: Any, batch_size: int = 256) -> list[Any]:
    """The class that each row's outputs decide for: its name from network.notes["classes"], or its index.

    A single output decides for class 1 from the threshold of the network's loss up. NaN decides for none: None.
    Raises ValueError if the network has several outputs.
    """
    if len(network.output_places) > 1:
        raise ValueError(f"predict_class: the network has {len(network.output_places)} outputs; allowed: one")
    outputs = network.k.matrix(predict(network, inputs, batch_size))
    found = decided(network.k, outputs, network.objective.threshold if network.objective else 0.5)
    names = network.notes.get("classes")
    return [None if each is None else names[each] for each in found] if names else list(found)


def evaluate(network: Any, inputs: Any, targets: Any, loss: Any = None, metrics: Any = None,
             sample_weight: Any = None) -> dict[str, float]:
    """The mean loss (without penalties) and, for a classification, the accuracy; then the metrics by their names.

    It is a classification if the targets are class indices or the loss is one of classes. A row is right if output and
    target have their largest number in the same column. With a single output, both must decide alike: class 1 is a
    target from ½ up, and an output from the loss's threshold up (½ for a probability, 0 for a logit or a margin). A row
    with NaN is never right. With several outputs each has its own loss, without its weight, and its own accuracy:
    "softmax1_loss", "softmax1_accuracy".
    metrics        functions of (targets, outputs), such as refnet.metrics.f1, or their names: "f1"
    sample_weight  a number >= 0 for each row: the factor of its loss, as in `fit` (the mean still divides by the number
                   of rows), and how much it counts in the accuracy, Σ w·right / Σ w; metrics are not weighted
    """
    environment.check()
    examples = Examples(network, inputs, targets)
    examples.weigh(sample_weight, None)
    objective = checked_objective(network, loss, examples.targets)
    return evaluated(network, examples, objective, checked_metrics(network, metrics, True))


def evaluated(network: Any, examples: Examples, objective: Loss, metrics: list) -> dict[str, float]:
    """`evaluate` with checked arguments."""
    k = network.k
    ends = [network.layers[i] for i in network.output_places]
    objectives = getattr(objective, "losses", [objective])
    # Of all outputs together and, if there are several, of each.
    losses: list[list[list[float]]] = [[] for _ in range(len(ends) + 1 if len(ends) > 1 else 1)]
    right: list[list[bool]] = [[] for _ in ends]
    outputs: list[list[float]] = []
    with network.turns.lock:
        network.turns.check()
        for batch in examples.in_order(k, 256):
            found = network.phases.forward(network, batch.inputs)
            each_output = list(output_losses(network, objective, batch.targets))
            for own, rows in zip(losses, (weighted_sum(k, each_output), *(rows for _, rows in each_output))):
                own.extend(k.tolist(rows if batch.weights is None else k.multiply(rows, batch.weights)))
            for decisions, each, o, y in zip(right, objectives, found, batch.targets):
                decisions.extend(are_right(decided(k, y), decided(k, o, each.threshold)))
            if metrics:
                outputs.extend(k.tolist(found[0]))
    exact = binary64_of(k)
    total, *totals = [exact.tolist(exact.column_sums(exact.matrix(rows)))[0][0] for rows in losses]
    results = {"loss": total / objective.divisor(examples.rows, network.output_units[0])}
    for i, (end, each) in enumerate(zip(ends, objectives)):
        if len(ends) > 1:
            results[f"{end.name}_loss"] = totals[i] / each.divisor(examples.rows, network.output_units[i])
        if examples.targets[i].are_classes or each.is_classification:
            name = "accuracy" if len(ends) == 1 else f"{end.name}_accuracy"
            results[name] = _share(right[i], examples.weights)
    for metric in metrics:  # each gets its own copy of the targets
        given: Any = examples.targets[0].rows.tolist()
        given = [int(label) for (label,) in given] if examples.targets[0].are_classes else given
        name, value = _name_of(metric), metric(given, outputs)
        number = checks.as_number(value)
        if number is None:
            raise TypeError(f"metrics: {name} returned a {type(value).__name__}; expected a number")
        results[name] = float(number)
    return results


def _share(right: list[bool], weights: Optional[list[list[float]]]) -> float:
    """How much of the rows is right; 0/0 is NaN."""
    if not weights:
        return right.count(True) / len(right)
    return divide(total_of(w for (w,), is_right in zip(weights, right) if is_right), total_of(w for (w,) in weights))


def checked_metrics(network: Any, metrics: Any, data: Any) -> list:
    """The metrics as a list. Raises if one is not a function, or there is no data or more than one output for them."""
    several = list(metrics) if isinstance(metrics, (list, tuple)) else [] if metrics is None else [metrics]
    for i, metric in enumerate(several):
        if isinstance(metric, str) and metric not in MEASURES:
            hint = did_you_mean(metric, MEASURES)
            raise ValueError(f"metrics: {checks.shown(metric)}; allowed names: {', '.join(MEASURES)}{hint}")
        several[i] = metric = MEASURES[metric] if isinstance(metric, str) else metric
        if not callable(metric) or not _name_of(metric):
            expected = "functions of (targets, outputs) such as refnet.metrics.f1"
            raise TypeError(f"metrics: {checks.shown(metric)}; expected {expected}")
    names = [_name_of(metric) for metric in several]
    for name in names:
        if name == "loss" or names.count(name) > 1:
            raise ValueError(f"metrics: the name {checks.shown(name)} is taken; give the function another name")
    if several and data is None:
        raise ValueError("metrics: no data to measure on; give validation=(inputs, targets)")
    if several and len(network.output_places) > 1:
        raise ValueError(f"metrics: the network has {len(network.output_places)} outputs; metrics need one")
    return several


def _name_of(metric: Any) -> str:
    """The name of a function, also inside functools.partial."""
    return getattr(getattr(metric, "func", metric), "__name__", "")
