"""How far from the truth is binary64? What an implementer may ask of theirs: each number against 60 digits.

    print(refnet.trace.tolerance(net, x, y, optimizer=SGD(0.2)))

The truth is the reference itself, run on numbers of mpmath (the extra `mpmath`) from the same weights and rows; a
constant or a setting is the binary64 number that the code has. The true numbers decide on which side of 0 a ReLU is.
An ulp is that of the network's number format; rows that it has to round are a part of the error.
Where a truth is 0, or all but cancels, an error of any size is many ulp of it.
"""

from __future__ import annotations

import copy
import math
from typing import Any, NamedTuple, Optional

from refnet import checks
from refnet.arithmetic.elementary import INFINITY
from refnet.arithmetic.formats import Format, as_format
from refnet.kernels.lifted import Lifted
from refnet.trace.calls import Numbers
from refnet.trace.compared.difference import in_order
from refnet.trace.tracing import traced


class Tolerance(NamedTuple):
    """How far the numbers of one matrix are from the truth, in ulp of the truth.

    largest, median      as the run has them: errors of all operations before are in them
    own, own_median      as its kernel alone makes them, from refnet's own operands; None for what was given
    """

    step: int
    name: str
    numbers: int
    largest: float
    median: float
    own: Optional[float]
    own_median: Optional[float]


class Tolerances(list[Tolerance]):
    """A Tolerance for each matrix of each step, in the order of the trace. print() shows a table."""

    def __str__(self) -> str:
        head = ("step", "name", "numbers", "largest ulp", "median", "of its own call", "median")
        rows = [head, *((str(each.step), each.name, str(each.numbers), *map(_written, each[3:])) for each in self)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        return "\n".join("  ".join(
            cell.ljust(width) if i == 1 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))
        ).rstrip() for row in rows)


def tolerance(network: Any, inputs: Any, targets: Any = None, *, digits: int = 60, **settings: Any) -> Tolerances:
    """How far each number of a forward pass or of training steps is from the true value, in ulp.

    inputs, targets  and the settings loss, optimizer, steps, training, layers, as refnet.traced takes them
    digits           decimal digits of the truth, at least 30

    Raises ImportError without mpmath, and what refnet.traced raises.
    """
    try:
        import mpmath
    except ImportError:
        raise ImportError("tolerance needs mpmath, the extra mpmath: pip install 'refnet[mpmath]'") from None
    digits = checks.count("digits", digits, least=30)
    ours = traced(network, inputs, targets, **settings)
    with mpmath.workdps(digits):
        k = Lifted("mpmath", _True(mpmath))
        twin = copy.deepcopy(network).to(k)
        truth = traced(twin, inputs, targets, **settings)
        return Tolerances(_of_name(k, mine, name, true.values[name], as_format(ours.number))
                          for mine, true in zip(ours, truth) for name in in_order(mine))


def _of_name(k: Any, step: Any, name: str, truth: Numbers, form: Format) -> Tolerance:
    numbers = step.values[name]
    errors = _errors(numbers.values, truth.values, form)
    own = None
    if name in step.origins:
        call, part = step.origins[name]
        values = [k.matrix(each.tolist()) if isinstance(each, Numbers) else each for each in call.arguments.values()]
        made = getattr(k, call.kernel)(*values)
        made = made if not part else values[list(call.arguments).index(part)]
        own = _errors(numbers.values, [value for row in made for value in row], form)
    return Tolerance(step.number, name, len(errors), errors[-1], errors[len(errors) // 2],
                     own[-1] if own else None, own[len(own) // 2] if own else None)


def _errors(values: Any, truths: Any, form: Format) -> list[float]:
    """The distance of each number from its truth, in ulp of the truth; smallest first."""
    return sorted(_error(float(value), truth, form) for value, truth in zip(values, truths))


def _error(value: float, truth: Any, form: Format) -> float:
    nearest = float(truth)
    if not math.isfinite(nearest) or not math.isfinite(value):
        return 0.0 if value == nearest or (value != value and nearest != nearest) else INFINITY
    return float(abs(truth - value) / form.ulp(nearest))


def _written(value: Any) -> str:
    return "" if value is None else f"{value:.3g}"


class _True:
    """The elementary functions on numbers of mpmath, with infinity and NaN where the reference has them."""

    def __init__(self, mpmath: Any) -> None:
        self.number = mpmath.mpf
        for name in ("exp", "expm1", "tanh"):
            setattr(self, name, getattr(mpmath, name))
        self.mpmath = mpmath

    def divide(self, a: Any, b: Any) -> Any:
        if b != 0:
            return self.number(a) / b
        return self.number("nan") if a == 0 or a != a else self.number("inf") * (1 if a > 0 else -1)

    def sqrt(self, x: Any) -> Any:
        return self.number("nan") if x < 0 else self.mpmath.sqrt(x)

    def log(self, x: Any) -> Any:
        return self.number("nan") if x < 0 else self.number("-inf") if x == 0 else self.mpmath.log(x)

    def log1p(self, x: Any) -> Any:
        return self.number("nan") if x < -1 else self.number("-inf") if x == -1 else self.mpmath.log1p(x)

    def sigmoid(self, z: Any) -> Any:
        return 1 / (1 + self.mpmath.exp(-z))

    def softplus(self, z: Any) -> Any:
        return max(z, self.number(0)) + self.mpmath.log1p(self.mpmath.exp(-abs(z)))
