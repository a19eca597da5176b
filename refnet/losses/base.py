"""What is a loss? A number a row, summed over the batch and divided by its rows, and the gradient of that.

k are the kernels, o is the output, y the target, both (rows, units). A loss has `forward` (a loss a row) and `backward`
(∂L/∂o, divided by the number of rows at once, before anything flows back). Where the last layer is the activation a
loss belongs with, the two are fused unless told not to be: `from_logits` forms take that layer's net input, are stable
for any logit, and their gradient at z is o − y.
"""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.checks.settings import Configured
from refnet.layers import Layer


class Loss(Configured, abstract=True):
    """Base of all losses. over="rows" divides by the rows of the batch (the mean), "elements" by rows × units (as
    PyTorch and Keras do), "sum" by nothing.
    """

    settings: tuple[str, ...] = ("over",)
    overs: tuple[str, ...] = ("rows", "elements", "sum")
    fused = False
    fused_with: Optional[type[Layer]] = None
    is_classification = False
    threshold = 0.5  # from here on a single output decides for its class

    def __init__(self, over: str = "rows") -> None:
        self.over = checks.choice("over", over, self.overs)

    def divisor(self, rows: int, units: int) -> float:
        """What the sum of a batch is divided by."""
        return {"rows": float(rows), "sum": 1.0, "elements": float(rows * units)}[self.over]

    def check_targets(self, rows: list[list[float]]) -> None:
        """Raise ValueError for target rows that this loss has no meaning for."""

    def check_classes(self) -> None:
        """Raise ValueError if one-hot rows of 0 and 1, which class indices become, have no meaning for this loss."""

    def check_output(self, last: Layer) -> None:
        """Raise ValueError for a last layer whose outputs this loss cannot take."""

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        """The loss of each row, (rows, 1)."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        """∂L/∂o, (rows, units), of the batch's loss."""
        raise TypeError(f"{type(self).__name__} defines no backward")

    def forward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        """The loss of each row from the net input of the activation layer."""
        raise TypeError(f"{type(self).__name__} defines no forward_fused")

    def backward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        """∂L/∂z at the net input of the activation layer."""
        raise TypeError(f"{type(self).__name__} defines no backward_fused")
