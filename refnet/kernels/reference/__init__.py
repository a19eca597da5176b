"""How is each loop over numbers done? In lists and loops, one operation and one rounding at a time.

This is the specification: the C core is right when no bit differs from it. A matrix is a list of rows, a row a list of
floats. Each row is one example; in `weights` each row is one neuron (weights[j][i] leads from input i to unit j). Every
sum starts from a stated value and runs in ascending order.

The files follow the order of a training step; csrc/kernels has the same files in C.
"""

from typing import TYPE_CHECKING, Any

from refnet.kernels.reference import (  # noqa: F401  each file adds its kernels to the seam
    products, sums, elementwise, activations, losses, updates, adaptive, constraints, examples, noise, normalization,
    activity,
)
from refnet.kernels.reference.matrices import assign, first_not_finite, matrix, shape, tolist, zeros
from refnet.kernels.seam import SEAM

__all__ = ["REFERENCE"]


class Reference:
    """The backend in Python: each kernel of the seam under its name, and the functions of its matrices."""

    name = "python"
    number = "binary64"
    checks_arguments = False
    records = False

    matrix = wide = staticmethod(matrix)
    zeros = staticmethod(zeros)
    shape = staticmethod(shape)
    tolist = staticmethod(tolist)
    assign = staticmethod(assign)
    first_not_finite = staticmethod(first_not_finite)

    def __init__(self) -> None:
        for name, signature in SEAM.items():
            setattr(self, name, signature.function)

    if TYPE_CHECKING:  # at run time it would slow every look-up of a kernel down
        def __getattr__(self, name: str) -> Any: ...

    @property
    def binary64(self) -> "Reference":
        return self

    def __reduce__(self) -> str:
        return "REFERENCE"  # a copy or an unpickled one is the same object


REFERENCE = Reference()
