"""What is there to try against a sickness? Remedies by its name, without those that are already in force."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable

from refnet.diagnosis.case import Case
from refnet.layers import BatchNorm, Dropout, ReLU, Sigmoid, Tanh
from refnet.parameters import Glorot, He, LeCun, Orthogonal

BYTES = "bytes of images divided by 255"
CHECKED = "refnet.gradient_check, if a layer or loss is your own"
CLIPPED = "clip=ClipNorm(1.0)"
SMALLER, LARGER = "smaller initial weights, such as Glorot()", "larger initial weights, such as Glorot() or He()"
OTHER, RANDOM = "other initial weights, such as Glorot() or He()", "random initial weights, such as Glorot()"
ZERO_BIASES, PENALTY = "biases of 0", "a smaller penalty"
STANDARDISED = "standardised inputs"
STANDARDIZE = "a layer Standardize(*refnet.data.column_statistics(inputs)) behind Input"
LEAKY, RELU = "LeakyReLU() in the place of ReLU()", "ReLU() in the place of Sigmoid() or Tanh(), with weights=He()"
NORMALISED = "BatchNorm() before the activations"
RATE = "another rate: refnet.range_test shows which"
DROPOUT, BALANCED = "dropout", "class_weight='balanced' in fit"

REMEDIES: dict[str, tuple[str, ...]] = {
    "diverging": ("a smaller rate", CLIPPED, CHECKED),
    "wrong gradient": ("compare that backward with the derivative of its forward, and refnet.explain step by step",),
    "equal weights": ("random initial weights, such as Glorot(): no two units the same",),
    "inputs not standardised": (STANDARDIZE, BYTES),
    "targets out of range": ("leave out the last activation, so that outputs may be any number",
                             "targets scaled into the range"),
    "targets not standardised": ("(target − mean) / standard deviation as targets, and the outputs scaled back",),
    "classes unbalanced": ("fit(…, class_weight='balanced')", "more rows of the rare class",
                           "judge by f1 or by the area under the ROC curve, not by accuracy"),
    "dead units": (LEAKY, "weights=He()", ZERO_BIASES, "a smaller rate"),
    "saturated units": (SMALLER, STANDARDISED, "a smaller rate"),
    "vanishing gradients": (RELU, NORMALISED, "fewer layers, or ways around them: Add()(h, …)"),
    "correlated units": (RANDOM, DROPOUT, "fewer units"),
    "units that ignore their input": (LARGER, ZERO_BIASES, PENALTY, NORMALISED),
    "rate too large": ("a smaller rate: refnet.range_test shows which", "a schedule that lets it fall"),
    "rate too small": ("a larger rate: refnet.range_test shows which",),
    "network too small": ("more hidden units", "one more hidden layer"),
    "constant answer": (STANDARDISED, OTHER, PENALTY, RATE, "a loss whose minimum is what you want", BALANCED),
    "nothing learnt": ("what stands above, if anything", RATE,
                       "a look at the data: do the targets go with their rows, and depend on them?"),
    "overfitting": ("more rows", "dropout, a penalty, early stopping", "a look at the labels: do they fit the rows?"),
}
"""What to try, by the name of each sickness. In the order in which they are shown: what leads to others comes first."""


def _first(*kinds: type) -> Callable[[Case], bool]:
    """Whether all weights start from an initializer of these kinds. Of a network from a file it is not known: no."""
    return lambda case: all(isinstance(each.initial, kinds) for name, each in case.network.parameters.items()
                            if name.endswith(".weights"))


def _hidden_from_he(case: Case) -> bool:
    """Whether the weights of all layers but the last start from He()."""
    weights = [each.initial for name, each in case.network.parameters.items() if name.endswith(".weights")]
    return all(isinstance(each, He) for each in weights[:-1])


def _has_none_of(*kinds: type) -> Callable[[Case], bool]:
    return lambda case: not _has(*kinds)(case)


def _has(*kinds: type) -> Callable[[Case], bool]:
    return lambda case: any(isinstance(layer, kinds) for layer in case.network.layers)


def _is_balanced(case: Case) -> bool:
    """Whether there are no classes, or none has half again as many rows as another."""
    labels = case.examples.labels() or []
    counts = [labels.count(label) for label in set(labels)] or [1]
    return max(counts) <= 1.5 * min(counts)


def _are_bytes(case: Case) -> bool:
    """Whether all inputs of the sample are numbers from 0 to 255 without a fraction, and some of them large."""
    rows = next(case.sample.in_order(case.k, case.sample.rows)).inputs
    values = [value for matrix in rows for row in case.k.tolist(matrix) for value in row]
    return max(values) > 100.0 and all(0.0 <= value <= 255.0 and value % 1.0 == 0.0 for value in values)


def _has_zero_biases(case: Case) -> bool:
    return all(case.k.tolist(case.k.sum_of_magnitudes(each.value)) == [[0.0]]
               for name, each in case.network.parameters.items() if name.endswith(".bias"))


def _has_no_penalty(case: Case) -> bool:
    network = case.network
    return not network.penalties and not any(each.penalties for each in network.parameters.values())


def _is_clipped(case: Case) -> bool:
    optimizer: Any = case.optimizer or case.network.optimizer
    return optimizer.clip is not None


def _is_all_ours(case: Case) -> bool:
    return (not any(layer.is_users_own for layer in case.network.layers)
            and type(case.objective).__module__.startswith("refnet."))


IN_FORCE: dict[str, Callable[[Case], bool]] = {
    BYTES: lambda case: not _are_bytes(case), CHECKED: _is_all_ours, CLIPPED: _is_clipped, LEAKY: _has_none_of(ReLU),
    RELU: _has_none_of(Sigmoid, Tanh), SMALLER: _first(Glorot, He, LeCun), LARGER: _first(Glorot, He, LeCun),
    OTHER: _first(Glorot, He, LeCun, Orthogonal), RANDOM: _first(Glorot, He, LeCun, Orthogonal),
    "weights=He()": _hidden_from_he, ZERO_BIASES: _has_zero_biases, PENALTY: _has_no_penalty,
    DROPOUT: _has(Dropout), BALANCED: _is_balanced,
    NORMALISED: _has(BatchNorm),
}
"""Whether there is nothing left to do about a remedy, or nothing that it could do."""


def remedies(name: str, case: Case, names: Iterable[str]) -> tuple[str, ...]:
    """What to try against this sickness; names: those of all that were found."""
    is_standardised = "inputs not standardised" not in names
    return tuple(each for each in REMEDIES[name]
                 if not (each in IN_FORCE and IN_FORCE[each](case)) and not (each == STANDARDISED and is_standardised))
