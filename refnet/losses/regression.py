"""How far is an output from its target? Losses of numbers."""

from __future__ import annotations

from typing import Any

from refnet import checks
from refnet.losses.base import Loss


class HalfSquaredError(Loss):
    """½ Σ (y − ŷ)², gradient ŷ − y (lectures 002, 003)."""

    def forward(self, o: Any, y: Any) -> Any:
        return self.k.half_squared_error(o, y)

    def backward(self, o: Any, y: Any) -> Any:
        return self.k.half_squared_error_backward(o, y, self.divisor(*self.k.shape(o)))


class MeanSquaredError(Loss):
    """1/n Σ Σ (y − ŷ)² over n rows, gradient 2(ŷ − y)/n (lecture 003).

    over="elements" divides by rows × units, as PyTorch and Keras do.
    """

    def __init__(self, over: str = "rows") -> None:
        self.over = checks.choice("over", over, ["rows", "elements", "sum"])

    def forward(self, o: Any, y: Any) -> Any:
        return self.k.squared_error(o, y)

    def backward(self, o: Any, y: Any) -> Any:
        return self.k.squared_error_backward(o, y, self.divisor(*self.k.shape(o)))
