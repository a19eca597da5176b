"""How does the reference compute in another number format? The same kernels, on numbers whose operators round."""

from __future__ import annotations

import functools
from typing import Any, Callable

from refnet.arithmetic.formats import Format, as_format
from refnet.kernels.lifted import Lifted, rebound
from refnet.kernels.reference import REFERENCE
from refnet.kernels.seam import NUMBERS, SEAM, Argument, Signature

TIMES_LONGER = 30
"""How much longer an operation that rounds takes than one of Python's own floats, about."""


class Rounded(Lifted):
    """The backend in Python for one format. A matrix holds the format's numbers, or, if it is wide, floats.

    A kernel rounds each operation. One whose results are all wide computes in binary64; one that accumulates computes
    in the format's accumulator, if it has one, and its results are rounded once.
    """

    binary64 = REFERENCE
    first_not_finite = staticmethod(REFERENCE.first_not_finite)
    wide = staticmethod(REFERENCE.matrix)

    def __init__(self, form: Format) -> None:
        super().__init__("python", form)
        self.number, self.form = form.name, form
        self.kind = type(form.number(0.0))
        sums = rebound(form.accumulator) if form.accumulator else {}
        for name, signature in SEAM.items():
            if signature.is_wide:
                run = self._kernel(signature, signature.function, float)
            elif signature.accumulates and form.accumulator:
                run = self._kernel(signature, sums[name], form.accumulator.number)
            else:
                run = self._kernel(signature, getattr(self, name), form.number)
            setattr(self, name, run)

    def __deepcopy__(self, memo: Any) -> Rounded:
        return self

    def _kernel(self, signature: Signature, function: Callable, number: Callable[[Any], Any]) -> Callable:
        """A kernel on matrices of this backend, by a function on numbers of some format: those that `number` makes."""
        converts = number is not self.convert

        def run(*values: Any, **named: Any) -> Any:
            values = signature.bind(values, named)
            given = []
            for argument, value in zip(signature.arguments, values):
                if argument.kind == "matrix" and value is not None:
                    self._check(signature, argument, value)
                    if converts and not argument.wide:
                        value = [[number(each) for each in row] for row in value]
                elif argument.kind in NUMBERS:
                    value = float(value) if argument.wide or argument.kind == "flag" else number(self.convert(value))
                given.append(value)
            result = function(*given)
            for argument, value in zip(signature.arguments, values):
                if argument.updated and not argument.wide:
                    for row in value:
                        row[:] = map(self.convert, row)
            if result is None or signature.wide_result:
                return result
            return [[self.convert(each) for each in row] for row in result]

        run.__name__, run.__doc__ = signature.name, signature.function.__doc__
        return run

    def _check(self, signature: Signature, argument: Argument, matrix: Any) -> None:
        if not isinstance(matrix, list) or not matrix or not matrix[0]:
            allowed = "lists of rows, made by kernels.matrix(rows)"
            raise TypeError(f"{signature.name}: {argument.name} is a {type(matrix).__name__}; allowed: {allowed}")
        found = "binary64" if type(matrix[0][0]) is float else self.number
        if type(matrix[0][0]) is not (float if argument.wide else self.kind):
            allowed = "binary64, as kernels.wide(rows)" if argument.wide else f"{self.number}, as kernels.matrix(rows)"
            where = f"{signature.name}: {argument.name} is a matrix of {found} numbers"
            raise TypeError(f"{where}; allowed: one of {allowed} makes it")

    def assign(self, target: Any, rows: Any) -> None:
        """Copy numbers into a matrix in place; into one of the format rounded."""
        (REFERENCE.assign if type(target[0][0]) is float else super().assign)(target, rows)

    @staticmethod
    def tolist(x: Any) -> list[list[float]]:
        """The numbers as a new list of rows of floats."""
        return [list(map(float, row)) for row in x]


@functools.cache
def rounded(number: str) -> Any:
    """The backend in Python for the format of this name: the reference itself for binary64."""
    form = as_format(number)
    return REFERENCE if form.name == "binary64" else Rounded(form)
