"""Which functions does the graph have? The lecture's, each with its derivative, in the order of refnet's kernels.

x is a unit or a number, o = f(x) the new unit, d = ∂L/∂o; each docstring says what x gets. The values are those of
refnet.arithmetic.elementary.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul
from typing import Any, Optional

from refnet import checks
from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import divide
from refnet.graph.units import Operation, Unit, apply

EXP = Operation("exp", elementary.exp, lambda d, o, x: (d * o,))
LOG = Operation("log", elementary.log, lambda d, o, x: (divide(d, x),))
SQRT = Operation("sqrt", elementary.sqrt, lambda d, o, x: (divide(d, 2.0 * o),))
SIN = Operation("sin", elementary.sin, lambda d, o, x: (d * elementary.cos(x),))
COS = Operation("cos", elementary.cos, lambda d, o, x: (-(d * elementary.sin(x)),))
SIGMOID = Operation("sigmoid", elementary.sigmoid, lambda d, o, x: (d * (o * (1.0 - o)),))
TANH = Operation("tanh", elementary.tanh, lambda d, o, x: (d * (1.0 - o * o),))
RELU = Operation("relu", lambda x: 0.0 if x <= 0.0 else x, lambda d, o, x: (0.0 if x <= 0.0 else d,))


def exp(x: Any) -> Unit:
    """o = eˣ; d·o"""
    return apply(EXP, x)


def log(x: Any) -> Unit:
    """o = ln x; d/x. −∞ at 0, NaN below."""
    return apply(LOG, x)


def sqrt(x: Any) -> Unit:
    """o = √x; d/(2·o). NaN below 0."""
    return apply(SQRT, x)


def sin(x: Any) -> Unit:
    """o = sin x; d·cos x"""
    return apply(SIN, x)


def cos(x: Any) -> Unit:
    """o = cos x; −(d·sin x)"""
    return apply(COS, x)


def sigmoid(x: Any) -> Unit:
    """o = 1/(1 + e⁻ˣ); d·(o·(1 − o))"""
    return apply(SIGMOID, x)


def tanh(x: Any) -> Unit:
    """o = (eˣ − e⁻ˣ)/(eˣ + e⁻ˣ); d·(1 − o·o)"""
    return apply(TANH, x)


def relu(x: Any) -> Unit:
    """o = max(0, x); d for x > 0, else 0 (lectures 002, 004)."""
    return apply(RELU, x)


def affine(x: Sequence[Any], weights: Sequence[Any], bias: Optional[Any] = None) -> Unit:
    """A neuron's net input, z = b + w_1 x_1 + w_2 x_2 + … in this order, as one unit; without bias b is 0.0.

    x_i gets 0.0 + d·w_i, w_i gets 0.0 + d·x_i, b gets 0.0 + d: so their gradients are the kernels' sums, which start
    from 0.0. Raises TypeError if an element is neither a unit nor a number, ValueError if there are not as many
    weights as inputs.
    """
    for name, given in (("x", x), ("weights", weights)):
        if not hasattr(given, "__len__"):
            raise TypeError(f"{name}: {checks.shown(given)}; allowed: lists of units and numbers")
    if len(x) != len(weights) or not x:
        found = f"{checks.counted(len(weights), 'number')} for {checks.counted(len(x), 'input')}"
        raise ValueError(f"weights: {found}; allowed: one for each input, and at least one")
    return apply(AFFINE, *(() if bias is None else (bias,)), *weights, *x)


def _affine(*values: float) -> float:
    """Of b, if their number is odd, then all w, then all x."""
    n = len(values) // 2
    z = values[0] if len(values) % 2 else 0.0
    for product in map(mul, values[-2 * n : -n], values[-n:]):
        z += product
    return z


def _affine_backward(d: float, z: float, *values: float) -> list[float]:
    n = len(values) // 2
    sent = [0.0 + d] if len(values) % 2 else []
    sent += [0.0 + d * x for x in values[-n:]]
    sent += [0.0 + d * w for w in values[-2 * n : -n]]
    return sent


AFFINE = Operation("affine", _affine, _affine_backward)
