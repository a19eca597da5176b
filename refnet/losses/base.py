"""What is a loss? One number per row, summed over the batch and divided by its rows, and the gradient of that.

k are the kernels, o the outputs, y the targets, both (rows, units). `forward` returns the loss of each row, `backward`
∂L/∂o, divided by the number of rows before anything flows back. If the last layer is the activation that a loss
belongs with, the two are fused, unless fused=False: the loss then takes that layer's net input z, is stable for any z,
and its gradient at z is o − y.
"""

from typing import Any, Callable, Optional

from refnet.checks import Choice, Settings, shown
from refnet.checks.settings import Configured
from refnet.layers import Layer


class Loss(Configured, abstract=True):
    """Base of all losses. A user's own loss defines forward and backward with the kernels k.

    over="rows" divides by the rows of the batch (the mean), "elements" by rows × units (as PyTorch and Keras do), "sum"
    by nothing. A constructor raises TypeError or ValueError for a setting that is not allowed.
    """

    settings = Settings(over=Choice("rows", "elements", "sum"))
    fused = False
    fused_with: Optional[type[Layer]] = None
    is_classification = False
    threshold = 0.5  # a single output at or above it decides for class 1

    def __init__(self, over: str = "rows") -> None:
        self.over = over

    def divisor(self, rows: int, units: int) -> float:
        """What the sum of a batch is divided by."""
        if self.over == "rows":
            return float(rows)
        return 1.0 if self.over == "sum" else float(rows * units)

    @property
    def has_own_parts(self) -> bool:
        """Whether a user's own class computes any of it."""
        return self.is_users_own

    def check_targets(self, rows: list[list[float]]) -> None:
        """Raise ValueError for target rows that this loss does not allow."""

    def check_numbers(self, rows: list[list[float]], is_allowed: Callable[[float], bool], allowed: str) -> None:
        """Raise ValueError for a target that is not allowed. NaN passes: fit refuses it unless allow_nonfinite=True."""
        for i, row in enumerate(rows):
            for j, y in enumerate(row):
                if y == y and not is_allowed(y):
                    name = type(self).__name__
                    raise ValueError(f"targets: {shown(y)} in row {i}, column {j}; allowed for {name}: {allowed}")

    def check_classes(self) -> None:
        """Raise ValueError if this loss does not allow class indices, which become one-hot rows of 0 and 1."""

    def check_output(self, last: Layer) -> None:
        """Raise ValueError if this loss cannot take the outputs of this last layer."""

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        """The loss of each row, (rows, 1)."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        """∂L/∂o of the batch's loss, (rows, units)."""
        raise TypeError(f"{type(self).__name__} defines no backward")

    def forward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        """The loss of each row, (rows, 1), from the net input of the activation layer."""
        raise TypeError(f"{type(self).__name__} defines no forward_fused")

    def backward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        """∂L/∂z at the net input of the activation layer, (rows, units)."""
        raise TypeError(f"{type(self).__name__} defines no backward_fused")
