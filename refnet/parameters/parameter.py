"""What does training change? A matrix with its gradient, its initial value, penalties and constraints."""

from typing import Any, Optional

from refnet import checks
from refnet.checks.settings import count_change
from refnet.data import door
from refnet.kernels.conversion import binary64_of, rounded_once, warn_if_beyond
from refnet.kernels.observers import kernels_for
from refnet.parameters.constraints import Constraint
from refnet.parameters.initializers import Initializer
from refnet.parameters.penalties import Penalty


class Parameter:
    """A weight matrix (units, inputs); with is_row=True one row (1, units), such as a bias.

    trainable    False freezes it: training, penalties and constraints leave it as it is, and it has no gradient
    initial      an initializer, one number for all elements, or the numbers themselves (of a row, a flat list)
    penalties    Penalty objects that replace the network's; for a row the network has none
    constraints  Constraint objects, applied after each update
    value        the matrix; None until a network is built with it
    gradient     the gradient of the last backward pass, or None
    """

    owner: Optional["Parameter"] = None  # in a further use of a layer, the parameter of its first use

    def __init__(self, initial: Any = 0.0, is_row: bool = False, penalties: tuple[Penalty, ...] = (),
                 constraints: tuple[Constraint, ...] = (), trainable: bool = True) -> None:
        """Raises TypeError or ValueError if `initial` or `trainable` is something else."""
        self.is_row = is_row
        self._trainable: bool = checks.choice("trainable", trainable, [True, False])
        self.initial = initial if isinstance(initial, Initializer) else _numbers(initial, is_row)
        self.penalties = penalties
        self.constraints = constraints
        self.value: Any = None
        self.gradient: Any = None

    @property
    def trainable(self) -> bool:
        return self.owner.trainable if self.owner else self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        before = self.trainable
        (self.owner or self)._trainable = checks.choice("trainable", value, [True, False])
        if value != before:
            count_change()

    def build(self, k: Any, keys: Any, shape: Optional[tuple[int, int]], name: str) -> None:
        """Make the matrix with the kernels k. An initializer takes the next key of `keys`, for its random numbers.

        shape   (units, inputs); None: the shape of the initial numbers

        Raises ValueError if the initial numbers or a penalty's table have another shape, MemoryError with its name.
        """
        numbers = self.initial if isinstance(self.initial, list) else None
        found: Any = (len(numbers), len(numbers[0])) if numbers else shape
        if shape not in (None, found):
            what = "a number for each unit" if self.is_row else "a row for each unit, a number in it for each input"
            raise ValueError(f"{name}: numbers of shape {found}; expected {shape}, {what}")
        for penalty in self.penalties:
            penalty.check_shape(found)
        if not isinstance(self.initial, Initializer):
            warn_if_beyond(k, name, numbers or [[self.initial]], stacklevel=6)
        size = 8 * found[0] * found[1]
        try:
            if numbers:
                self.value = k.matrix(numbers)
            elif isinstance(self.initial, float):
                self.value = k.matrix([[self.initial] * found[1]] * found[0])
            else:
                self.initial.check_shape(*found)
                own = kernels_for(self.initial, binary64_of(k))  # so all formats start from the same weights, rounded
                self.value = rounded_once(k, self.initial(own, next(keys) if keys else 0, *found))
        except (MemoryError, OverflowError):
            shape_and_size = f"{found[0]:,} × {found[1]:,} numbers, {size:,} bytes"
            raise MemoryError(f"{name}: not enough memory for {shape_and_size}") from None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "value": None, "gradient": None}  # the network copies its matrices


def _numbers(initial: Any, is_row: bool) -> Any:
    number: Optional[float] = checks.as_number(initial)
    if number is not None:
        return checks.number("initial", initial)
    return door.rows("initial", [initial] if is_row and is_flat(initial) else initial).tolist()


def is_flat(initial: Any) -> bool:
    """Whether the elements are numbers and not rows of numbers."""
    if getattr(initial, "ndim", 1) != 1:
        return False
    try:
        return not hasattr(initial[0], "__len__")
    except (TypeError, IndexError, KeyError):
        return True
