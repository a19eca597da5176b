"""How far on the right side is a decision? Losses of margins: targets are −1 and 1, the sign of an output decides."""

from typing import Any

from refnet.losses.base import Loss


class _Margin(Loss, abstract=True):
    """Base of both hinges: targets −1 and 1, and a single output decides for class 1 from 0 up."""

    is_classification = True
    threshold = 0.0

    def check_targets(self, rows: list[list[float]]) -> None:
        self.check_numbers(rows, lambda y: y in (-1.0, 1.0), "-1 and 1")

    def check_classes(self) -> None:
        allowed = f"allowed for {type(self).__name__}: rows of -1 and 1, with 1 in the column of the class"
        raise ValueError(f"targets: class indices; {allowed}")


class Hinge(_Margin):
    """1/n Σ Σ max(0, 1 − y ŷ) over n rows, gradient −y/n where y ŷ < 1, 0 where y ŷ ≥ 1 (Cortes, Vapnik: Support-vector
    networks, Machine Learning 20, 1995).

    With K outputs, one per class: y = 1 in the column of the class, −1 in the others.
    """

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.hinge(o, y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        return k.hinge_backward(o, y, self.divisor(*k.shape(o)))


class SquaredHinge(_Margin):
    """1/n Σ Σ max(0, 1 − y ŷ)² over n rows, gradient −2y max(0, 1 − y ŷ)/n (Tang: Deep learning using linear support
    vector machines, ICML workshop on challenges in representation learning, 2013).
    """

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.squared_hinge(o, y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        return k.squared_hinge_backward(o, y, self.divisor(*k.shape(o)))
