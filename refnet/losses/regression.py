"""How far is an output from its target? Losses of numbers."""

from typing import Any

from refnet.checks import Number, Settings
from refnet.losses.base import Loss


class HalfSquaredError(Loss):
    """1/2n Σ Σ (y − ŷ)² over n rows, gradient (ŷ − y)/n (lecture 003).

    over="sum" is ½ Σ Σ (y − ŷ)², gradient ŷ − y (lecture 002, the "Euclidean" cost; the inner sum of 003).
    """

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.half_squared_error(o, y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        return k.half_squared_error_backward(o, y, self.divisor(*k.shape(o)))


class MeanSquaredError(Loss):
    """1/n Σ Σ (y − ŷ)² over n rows, gradient 2(ŷ − y)/n (lecture 003).

    over="elements" divides by rows × units, as PyTorch and Keras do. With a ½ in front: HalfSquaredError.
    """

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.squared_error(o, y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        return k.squared_error_backward(o, y, self.divisor(*k.shape(o)))


class MeanAbsoluteError(Loss):
    """1/n Σ Σ |y − ŷ| over n rows, gradient sign(ŷ − y)/n with sign(0) = 0: outliers pull no harder than other rows."""

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.absolute_error(o, y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        return k.absolute_error_backward(o, y, self.divisor(*k.shape(o)))


class Huber(Loss):
    """1/n Σ Σ of ½e² for |e| ≤ δ and δ(|e| − ½δ) for |e| > δ, where e = ŷ − y; gradient e, limited to −δ … δ, over n
    (Huber: Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 1964). delta: δ > 0.
    """

    settings = Settings(delta=Number(above=0), over=Loss.settings["over"])

    def __init__(self, delta: float = 1.0, over: str = "rows") -> None:
        super().__init__(over)
        self.delta = delta

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.huber(o, y, self.delta)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        return k.huber_backward(o, y, self.delta, self.divisor(*k.shape(o)))
