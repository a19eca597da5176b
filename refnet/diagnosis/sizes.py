"""What does a network do, whatever its numbers are? A backend whose matrices have a shape and nothing in it.

Layers, losses and optimizers run on it as on any other, the user's own too, and it takes no time whatever their size.
"""

from __future__ import annotations

from typing import Any, Callable

from refnet.kernels.reference.matrices import rectangle
from refnet.kernels.seam import SEAM, Argument, Signature, size_of


class Shape:
    """A matrix without numbers. Two are never the same one, even if they are of one shape."""

    def __init__(self, rows: int, columns: int) -> None:
        self.shape = rows, columns


class Sizes:
    """The backend. told(kernel, sizes by letter, which arguments were given) is called for each kernel call."""

    name = number = "sizes"
    checks_arguments = True
    records = False

    def __init__(self, told: Callable[[str, dict[str, int], tuple[bool, ...]], None]) -> None:
        self.told = told

    def __getattr__(self, name: str) -> Any:
        if name not in SEAM:
            raise AttributeError(name)
        signature = SEAM[name]

        def run(*values: Any, **named: Any) -> Any:
            values = signature.bind(values, named)
            sizes = signature.sizes(values, _shape_of, lambda *_: None, lambda *_: None)
            self.told(name, sizes, tuple(value is not None for value in values))
            return Shape(*(size_of(sizes, letter) for letter in signature.result)) if signature.result else None

        return run

    def matrix(self, rows: Any) -> Shape:
        shape = getattr(rows, "shape", None)
        return Shape(*(rectangle(rows) if shape is None else shape))

    wide = matrix

    def zeros(self, rows: int, columns: int) -> Shape:
        return Shape(rows, columns)

    def shape(self, x: Shape) -> tuple[int, int]:
        return x.shape

    def tolist(self, x: Shape) -> list[list[float]]:
        """Zeros: whoever looks at a number goes on with that."""
        return [[0.0] * x.shape[1] for _ in range(x.shape[0])]

    def assign(self, target: Shape, rows: Any) -> None:
        """Nothing: there are no numbers."""


def _shape_of(signature: Signature, argument: Argument, matrix: Any) -> tuple[int, int]:
    if not isinstance(matrix, Shape):
        raise TypeError(f"{signature.name}: {argument.name} is a {type(matrix).__name__}; allowed: matrices")
    return matrix.shape
