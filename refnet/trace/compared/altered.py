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
from refnet.trace.element import KERNELS, Arithmetic, Told, kernel_format, made_by, promoting

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


def momentum_in_units_of_the_gradient(w: Rows, v: Rows, g: Rows, rate: Rows, mu: Any, *of_average: Any,
                                      share: Callable[[Any], Any]) -> None:
    """v ← μv + share(μ)·g;  w ← w − ηv, also where refnet's is another; of_average: its share, and ahead."""
    ahead = of_average[1] if of_average else 0.0
    KERNELS["average_update"](w, v, g, rate, mu, share(mu), ahead)


def momentum_in_units_of_the_weights(w: Rows, v: Rows, g: Rows, rate: Rows, mu: Any, *of_average: Any) -> None:
    """v ← μv − ηg;  w ← w + v"""
    KERNELS["momentum_update"](w, v, g, rate, mu)


def momentum_subtracted(w: Rows, v: Rows, g: Rows, rate: Rows, mu: Any, *of_average: Any) -> None:
    """v ← μv + ηg;  w ← w − v"""
    eta = rate[0][0]
    for ws, vs, gs in zip(w, v, g):
        vs[:] = [mu * velocity + eta * q for velocity, q in zip(vs, gs)]
        ws[:] = [p - velocity for p, velocity in zip(ws, vs)]


def momentum(run: Callable) -> dict[str, Callable]:
    """Both kernels of momentum, replaced: their velocity is another from the first step on (Origins)."""
    return {name: OwnVelocity(run) for name in ("momentum_update", "average_update")}


class OwnVelocity(partial):
    """A kernel whose v is not refnet's: it is what this kernel has made of the steps before."""

    keeps = ("v",)


def rounded_to(form: Any, number: Any) -> Any:
    """A result as a variable of the format keeps it."""
    if not isinstance(number, Told) or form is None or number.form is form:
        return number
    return made_by(form.number(float(number)), "rounded", (number,), form)


class Variables(list):
    """A row of variables of a format: what is assigned is rounded to it."""

    def __init__(self, form: Any, row: Any) -> None:
        super().__init__(row)
        self.form = form

    def __setitem__(self, place: Any, value: Any) -> None:
        several = isinstance(place, slice)
        super().__setitem__(place, [rounded_to(self.form, each) for each in value] if several
                            else rounded_to(self.form, value))


def with_double_literals(name: str, *values: Any) -> Any:
    """As C computes 0.9*v - 0.1*g of floats: in double where a literal or the rate takes part, rounded when stored."""
    form, tables = kernel_format.get(), [value for value in values if isinstance(value, list)]
    rows = {id(table): [Variables(form, row) for row in table] for table in tables}
    literals = [rows[id(value)] if isinstance(value, list) else value if getattr(value, "literal", None) is None
                else value.literal for value in values]
    before = promoting.set(True)
    try:
        return KERNELS[name](*literals)
    finally:
        promoting.reset(before)
        for table in tables:
            table[:] = rows[id(table)]


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
UPDATES = tuple(name for name, signature in SEAM.items() if any(each.name == "g" for each in signature.arguments))
ONE_BY_ONE = (*UPDATES, "sigmoid_backward", "tanh_backward", "silu_backward", "gelu_backward", "elu_backward")
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
    "momentum as v ← μv − ηg, w ← w + v": momentum(momentum_in_units_of_the_weights),
    "momentum as v ← μv + ηg, w ← w − v": momentum(momentum_subtracted),
    "momentum as v ← μv + g, w ← w − ηv (PyTorch's)": momentum(
        partial(momentum_in_units_of_the_gradient, share=lambda mu: 1.0)),
    "momentum as v ← μv + (1 − μ)g, w ← w − ηv": momentum(
        partial(momentum_in_units_of_the_gradient, share=lambda mu: 1.0 - mu)),
    "double literals among floats, 0.9*v - 0.1*g for 0.9f*v - 0.1f*g": {
        name: partial(with_double_literals, name) for name in ONE_BY_ONE},
    "Adam's corrections folded into the rate": {"adam_update": adam_with_folded_rate},
}
