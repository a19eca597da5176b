"""Do the arguments of a kernel fit together? For the reference, whose loops do not ask.

The C core checks every call. The reference would cut a row short where two widths differ, so the kernels that it
gives to a user's own layer are these: the same functions, behind the same questions. refnet's own layers are right
by their tests and go without. What a user's own layer or loss returns is looked at, too, on either backend.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Callable, Optional

from refnet.kernels import reference
from refnet.kernels.seam import SEAM, Signature, check_number, fit, in_order, refuse_index


class Checked:
    """The kernels of a backend of lists, each with its arguments checked first."""

    def __init__(self, kernels: Any) -> None:
        self._kernels = kernels
        for name, signature in SEAM.items():
            setattr(self, name, self._kernel(signature, getattr(kernels, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kernels, name)

    @staticmethod
    def _kernel(signature: Signature, function: Callable) -> Callable:
        def run(*arguments: Any, **named: Any) -> Any:
            if named or len(arguments) != len(signature.parameters):
                arguments = in_order(signature, arguments, named)
            sizes = {"1": 1, "whole": 1 << 53}
            for parameter, argument in zip(signature.parameters, arguments):
                if parameter.kind == "count":
                    fit(signature, parameter, (argument, 1), sizes)
                elif parameter.kind in ("positive", "flag"):
                    check_number(signature, parameter, argument)
                elif parameter.kind == "bytes":
                    fit(signature, parameter, (argument.rows, argument.columns), sizes)
                elif parameter.kind == "matrix" and not (argument is None and parameter.optional):
                    for row in argument:
                        fit(signature, parameter, (len(argument), len(row)), sizes)
            for parameter, argument in zip(signature.parameters, arguments):
                if parameter.below:
                    below = sizes[parameter.below]
                    for place, value in enumerate(value for row in argument for value in row):
                        if not (0.0 <= value < below and value == int(value)):
                            refuse_index(signature, parameter, value, place, below)
            return function(*arguments)

        run.__name__ = signature.name
        run.__doc__ = function.__doc__
        return run


def kernels_for(user: Any, k: Any) -> Any:
    """The backend's kernels; for a user's own layer or loss on the reference, those that check what they are given."""
    return Checked(k) if k is reference and is_users_own(user) else k


def is_users_own(thing: Any) -> bool:
    """Whether its class is not refnet's, so that what it returns has to be looked at."""
    return not type(thing).__module__.startswith("refnet.")


def check_matrix(k: Any, where: str, matrix: Any, shape: Iterable[int]) -> None:
    """Raise for what is no matrix of this shape: the reference would compute on, with fewer numbers."""
    expected = tuple(shape)
    try:
        found: Optional[tuple[int, ...]] = tuple(k.shape(matrix))
        if k is reference and any(len(row) != len(matrix[0]) for row in matrix):
            found = None
    except (TypeError, AttributeError, IndexError):
        raise TypeError(f"{where} returned a {type(matrix).__name__}; expected a matrix of shape {expected}") from None
    if found != expected:
        raise ValueError(f"{where} returned a matrix of shape {found or 'ragged'}; expected {expected}")
