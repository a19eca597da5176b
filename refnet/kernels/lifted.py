"""How does the reference run on other numbers? The same kernels, over other elementary functions.

A kernel of the reference uses + − × ÷, comparisons, and the functions of refnet.arithmetic.elementary; it never asks
what a number is. Given the numbers of a class of your own, and these functions on them, it computes with them:

    class Mpmath:                    # the true values, to 60 digits
        number = staticmethod(mpmath.mpf)
        exp, log, sqrt, … = …

    k = Lifted("mpmath", Mpmath)
    k.affine(k.matrix([[1.0, 2.0]]), k.matrix([[0.1, 0.2]]))
"""

import sys
from types import FunctionType
from typing import Any, Callable

from refnet.arithmetic import elementary
from refnet.kernels.reference import REFERENCE
from refnet.kernels.reference.matrices import check_shape, rectangle
from refnet.kernels.seam import SEAM


def _as_it_is(function: Callable) -> Callable:
    return function


def rebound(arithmetic: Any, around: Callable[[Callable], Callable] = _as_it_is) -> dict[str, Any]:
    """Every kernel of the reference by name: the same code, where each elementary function is the one that
    `arithmetic` has under its name (divide, sqrt, exp, log, …). `around` may put another in the place of a function."""
    spaces: dict[str, dict[str, Any]] = {}

    def space(module: str) -> dict[str, Any]:
        """The global names of a file of the reference, for the functions in it."""
        if module not in spaces:
            spaces[module] = own = dict(vars(sys.modules[module]))
            own.update({name: other(value) for name, value in own.items() if not name.startswith("__")})
        return spaces[module]

    def other(value: Any) -> Any:
        if value is elementary:
            return arithmetic
        if not isinstance(value, FunctionType):
            return value
        if value.__module__ == elementary.__name__:
            return lambda *numbers: getattr(arithmetic, value.__name__)(*numbers)
        if not value.__module__.startswith(PACKAGE):
            return value
        return around(FunctionType(value.__code__, space(value.__module__), value.__name__, value.__defaults__,
                                   value.__closure__))

    return {name: other(signature.function) for name, signature in SEAM.items()}


PACKAGE = "refnet.kernels.reference."


class Lifted:
    """A backend: the reference on numbers of another kind.

    name        how messages and `network.backend` call it
    arithmetic  an object with `number(value)`, which makes a number out of a float (and returns one as it is), and the
                elementary functions; one that a kernel calls and that is missing raises AttributeError there
    around      a function that may wrap each function of the reference; default: none is wrapped
    """

    checks_arguments = False
    records = False

    def __init__(self, name: str, arithmetic: Any, around: Callable[[Callable], Callable] = _as_it_is) -> None:
        self.name = self.number = name
        self.convert = arithmetic.number
        vars(self).update(rebound(arithmetic, around))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    def matrix(self, rows: Any) -> list[list[Any]]:
        """A new matrix of these numbers."""
        rows = rows.tolist() if isinstance(rows, memoryview) else rows
        table = [[self.convert(value) for value in row] for row in rows]
        rectangle(table)
        return table

    wide = matrix

    def zeros(self, rows: int, columns: int) -> list[list[Any]]:
        check_shape(rows, columns)
        return [[self.convert(0.0) for _ in range(columns)] for _ in range(rows)]

    def assign(self, target: list[list[Any]], rows: Any) -> None:
        """Copy numbers into a matrix in place."""
        values = self.matrix(rows)
        if REFERENCE.shape(values) != REFERENCE.shape(target):
            raise ValueError(f"rows: shape {REFERENCE.shape(values)}; expected {REFERENCE.shape(target)}")
        for row, numbers in zip(target, values):
            row[:] = numbers

    shape = staticmethod(REFERENCE.shape)
    tolist = staticmethod(REFERENCE.tolist)
