"""What does training change? A matrix with its gradient, how it starts, and what holds for it."""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.data import door
from refnet.parameters.constraints import Constraint
from refnet.parameters.initializers import Initializer
from refnet.parameters.penalties import Penalty


class Parameter:
    """A weight matrix (units, inputs), or with is_row=True a bias or the like: a matrix of one row (1, units).

    initial      how it starts: an initializer, one number for all, or the numbers themselves (a row's as a flat list)
    penalties    Penalty objects, in force instead of the network's; a row has none of the network's
    constraints  Constraint objects, applied after each update
    value        the matrix; None until a network is built with it
    gradient     that of the last backward pass
    """

    def __init__(self, initial: Any = 0.0, is_row: bool = False, penalties: tuple[Penalty, ...] = (),
                 constraints: tuple[Constraint, ...] = ()) -> None:
        """Raises TypeError or ValueError if `initial` is none of the three."""
        self.is_row = is_row
        self.initial = initial if isinstance(initial, Initializer) else _numbers(initial, is_row)
        self.penalties = penalties
        self.constraints = constraints
        self.value: Any = None
        self.gradient: Any = None

    def build(self, k: Any, keys: Any, shape: Optional[tuple[int, int]], name: str) -> None:
        """Make the matrix on the kernels k. An initializer takes the next of `keys`, the random streams.

        shape   (units, inputs); None: that of the numbers given
        Raises ValueError if the numbers given, or a penalty's, have another shape.
        """
        if shape is None or not isinstance(self.initial, (Initializer, float)):
            found = k.matrix(self.initial)
            if shape not in (None, tuple(k.shape(found))):
                raise ValueError(f"{name}: numbers of shape {tuple(k.shape(found))}; expected {shape}")
            self.value = found
            return
        for penalty in self.penalties:
            penalty.check_shape(shape)
        if isinstance(self.initial, float):
            self.value = k.matrix([[self.initial] * shape[1]] * shape[0])
        else:
            self.value = self.initial(k, next(keys) if keys else 0, *shape)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "value": None, "gradient": None}  # a network's matrices are copied by the network


def _numbers(initial: Any, is_row: bool) -> Any:
    number: Optional[float] = checks.as_number(initial)
    if number is not None:
        return checks.number("initial", initial)
    is_flat = is_row and getattr(initial, "ndim", 1) == 1 and not (initial and hasattr(initial[0], "__len__"))
    return door.rows("initial", [initial] if is_flat else initial)
