"""Which kernels are often written otherwise? Small ones beside the reference's, with other formulas or other edges.

They run on numbers that remember how they were made (refnet.trace.element), so that what they compute can be evaluated
in other ways in its turn.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from refnet.kernels import SEAM
from refnet.kernels.lifted import rebound
from refnet.trace.element import KERNELS, Arithmetic

told = Arithmetic()
Rows = list[list[Any]]


def relu_keeps_minus_zero(z: Rows) -> Rows:
    return [[0.0 if net < 0.0 else net for net in row] for row in z]


def relu_drops_nan(z: Rows) -> Rows:
    return [[net if net > 0.0 else 0.0 for net in row] for row in z]


def relu_as_product(z: Rows) -> Rows:
    return [[net * (1.0 if net > 0.0 else 0.0) for net in row] for row in z]


def relu_backward_as_product(z: Rows, d: Rows, at_zero: float) -> Rows:
    return [[g * (1.0 if net > 0.0 else 0.0) for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


def leaky_relu_backward_at_zero(z: Rows, d: Rows, slope: float) -> Rows:
    return [[slope * g if net <= 0.0 else g for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


def softmax_not_fused(p: Rows, y: Rows, beta: float, divisor: float) -> Rows:
    return KERNELS["softmax_backward"](p, KERNELS["cross_entropy_backward"](p, y, divisor), beta)


def sigmoid_not_fused(p: Rows, y: Rows, beta: float, divisor: float) -> Rows:
    return KERNELS["sigmoid_backward"](p, KERNELS["binary_cross_entropy_backward"](p, y, divisor))


def adam_with_folded_rate(w: Rows, m: Rows, s: Rows, g: Rows, rate: Rows, power1: Rows, power2: Rows, beta1: float,
                          beta2: float, epsilon: float, inside: float) -> None:
    """w ← w − (η√(1−β₂ᵗ)/(1−β₁ᵗ)) · m/(√s + ε)"""
    start = [list(row) for row in w]
    KERNELS["adam_update"](w, m, s, g, rate, power1, power2, beta1, beta2, epsilon, inside)
    eta = rate[0][0] * told.sqrt(1.0 - power2[0][0]) / (1.0 - power1[0][0])
    for ws, old, ms, ss in zip(w, start, m, s):
        ws[:] = [weight - eta * mean / (told.sqrt(square) + epsilon) for weight, mean, square in zip(old, ms, ss)]


def without_maximum() -> dict[str, Callable]:
    kernels = rebound(told)
    kernels["softmax"].__globals__["maximum_of"] = lambda row: 0.0
    return {name: kernels[name] for name in ("softmax", "log_softmax", "cross_entropy_from_logits")}


def with_argument(argument: str, change: Callable[[float], float]) -> dict[str, Callable]:
    """The kernels with this argument, handed another number."""

    def run(name: str, place: int, *values: Any) -> Any:
        return KERNELS[name](*values[:place], change(values[place]), *values[place + 1 :])

    places = {name: [each.name for each in signature.arguments] for name, signature in SEAM.items()}
    return {name: partial(run, name, names.index(argument)) for name, names in places.items() if argument in names}


def divided(kernel: str, *values: Any) -> Rows:
    """A sum over the rows of a batch, divided by their number."""
    rows = float(len(values[0]))
    return [[value / rows for value in row] for row in KERNELS[kernel](*values)]


UNDIVIDED = {name: run for name, run in with_argument("divisor", lambda divisor: 1.0).items() if name != "dropout"}
AFTER_THE_SUM = {name: partial(divided, name) for name in ("affine_backward_weights", "column_sums")}

ALTERED: dict[str, dict[str, Callable]] = {
    "ReLU's derivative at 0": with_argument("at_zero", lambda at_zero: 1.0 - at_zero),
    "leaky ReLU's derivative at 0": {"leaky_relu_backward": leaky_relu_backward_at_zero},
    "−0 made: ReLU as z·(z > 0)": {"relu": relu_as_product, "relu_backward": relu_backward_as_product},
    "−0 kept by ReLU: z < 0 ? 0 : z": {"relu": relu_keeps_minus_zero},
    "NaN lost by ReLU: z > 0 ? z : 0": {"relu": relu_drops_nan},
    "softmax without the maximum": without_maximum(),
    "softmax and cross-entropy not fused": {"fused_cross_entropy_backward": softmax_not_fused},
    "sigmoid and binary cross-entropy not fused": {"fused_cross_entropy_backward": sigmoid_not_fused},
    "not divided by the number of rows": UNDIVIDED,
    "divided by the number of rows once, after the sum over them": {**UNDIVIDED, **AFTER_THE_SUM},
    "ε on the other side of the root": with_argument("inside", lambda inside: 1.0 - inside),
    "Adam's corrections folded into the rate": {"adam_update": adam_with_folded_rate},
}
