"""How wrong is an output? A number a row, summed over the batch and divided by its rows, and the gradient of that.

o is the output, y the target, both (rows, units). A loss has `forward` (a loss a row) and `backward` (∂L/∂o, divided
by the number of rows at once, before anything flows back). Where the last layer is the activation a loss belongs
with, the two are fused unless told not to be: `from_logits` forms take that layer's net input, are stable for any
logit, and their gradient at z is o − y.
"""

from __future__ import annotations

import math
from typing import Any, Optional

from refnet import checks
from refnet.kernels import reference
from refnet.layers import Dense, Layer, Sigmoid, Softmax


class Loss:
    """Base of all losses. over="rows" divides by the rows of the batch (the mean), "sum" by nothing."""

    settings: tuple[str, ...] = ("over",)
    k: Any = reference
    fused = False
    fused_with: Optional[type[Layer]] = None
    is_classification = False

    def __init__(self, over: str = "rows") -> None:
        self.over = checks.choice("over", over, ["rows", "sum"])

    def divisor(self, rows: int, units: int) -> float:
        """What the sum of a batch is divided by."""
        return {"rows": float(rows), "sum": 1.0, "elements": float(rows * units)}[self.over]

    def check_targets(self, rows: list[list[float]]) -> None:
        """Raise ValueError for target rows that this loss has no meaning for."""

    def check_output(self, last: Layer) -> None:
        """Raise ValueError for a last layer whose outputs this loss cannot take."""

    def forward(self, o: Any, y: Any) -> Any:
        """The loss of each row, (rows, 1)."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def backward(self, o: Any, y: Any) -> Any:
        """∂L/∂o, (rows, units), of the batch's loss."""
        raise TypeError(f"{type(self).__name__} defines no backward")

    def forward_fused(self, layer: Any, y: Any) -> Any:
        """The loss of each row from the net input of the activation layer."""
        raise TypeError(f"{type(self).__name__} defines no forward_fused")

    def backward_fused(self, layer: Any, y: Any) -> Any:
        """∂L/∂z at the net input of the activation layer."""
        raise TypeError(f"{type(self).__name__} defines no backward_fused")


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


class _FromProbabilities(Loss):
    """What both cross-entropies share: they take probabilities, or the logits these are made of."""

    settings = ("over", "from_logits", "fused")
    is_classification = True
    fused_with: type[Layer]

    def __init__(self, over: str = "rows", from_logits: bool = False, fused: bool = True) -> None:
        super().__init__(over)
        self.from_logits = checks.choice("from_logits", from_logits, [False, True])
        self.fused = checks.choice("fused", fused, [False, True]) and not from_logits

    def check_output(self, last: Layer) -> None:
        loss, activation = type(self).__name__, self.fused_with.__name__
        if self.from_logits and isinstance(last, self.fused_with):
            raise ValueError(f"loss: {loss}(from_logits=True) after a {activation} layer; leave one of them out")
        if not self.from_logits and isinstance(last, Dense):
            raise ValueError(f"loss: {loss} takes probabilities; end with {activation}() or say from_logits=True")


class BinaryCrossEntropy(_FromProbabilities):
    """−Σ (y ln ŷ + (1 − y) ln(1 − ŷ)) over the units, y in [0, 1] (lectures 003, 004).

    from_logits=True: the outputs are net inputs of a sigmoid that the network leaves out.
    fused=False: keep a last Sigmoid layer and this loss apart.
    """

    fused_with = Sigmoid

    def check_targets(self, rows: list[list[float]]) -> None:
        for i, row in enumerate(rows):
            for j, y in enumerate(row):
                if not (0.0 <= y <= 1.0 or y != y):
                    raise ValueError(f"targets: {y!r} in row {i}, column {j}; BinaryCrossEntropy allows 0 to 1")

    def forward(self, o: Any, y: Any) -> Any:
        return (self.k.binary_cross_entropy_from_logits if self.from_logits else self.k.binary_cross_entropy)(o, y)

    def backward(self, o: Any, y: Any) -> Any:
        divisor = self.divisor(*self.k.shape(o))
        if self.from_logits:
            return self.k.fused_cross_entropy_backward(self.k.sigmoid(o), y, 1.0, divisor)
        return self.k.binary_cross_entropy_backward(o, y, divisor)

    def forward_fused(self, layer: Any, y: Any) -> Any:
        return self.k.binary_cross_entropy_from_logits(layer.z, y)

    def backward_fused(self, layer: Any, y: Any) -> Any:
        return self.k.fused_cross_entropy_backward(layer.o, y, 1.0, self.divisor(*self.k.shape(layer.o)))


class CrossEntropy(_FromProbabilities):
    """−Σ y ln ŷ over the classes, y a distribution: one-hot rows, soft rows, or class indices (lecture 002).

    from_logits=True: the outputs are net inputs of a softmax that the network leaves out.
    fused=False: keep a last Softmax layer and this loss apart.
    """

    fused_with = Softmax

    def check_targets(self, rows: list[list[float]]) -> None:
        for i, row in enumerate(rows):
            total = 0.0
            for y in row:
                total += y
            # Soft rows are often written or computed with rounding, 1/3 thrice: a millionth is no mistake.
            is_distribution = all(y >= 0.0 for y in row) and math.fabs(total - 1.0) <= 1e-6
            if not is_distribution and total == total:
                raise ValueError(
                    f"targets: row {i} is {row}; CrossEntropy allows distributions: no negative number, sum 1"
                )

    def forward(self, o: Any, y: Any) -> Any:
        if self.from_logits:
            return self.k.cross_entropy_from_logits(o, y, 1.0)
        return self.k.cross_entropy(o, y)

    def backward(self, o: Any, y: Any) -> Any:
        divisor = self.divisor(*self.k.shape(o))
        if self.from_logits:
            return self.k.fused_cross_entropy_backward(self.k.softmax(o, 1.0), y, 1.0, divisor)
        return self.k.cross_entropy_backward(o, y, divisor)

    def forward_fused(self, layer: Any, y: Any) -> Any:
        return self.k.cross_entropy_from_logits(layer.z, y, layer.beta)

    def backward_fused(self, layer: Any, y: Any) -> Any:
        divisor = self.divisor(*self.k.shape(layer.o))
        return self.k.fused_cross_entropy_backward(layer.o, y, layer.beta, divisor)


def default_loss(last: Layer) -> Loss:
    """The loss that belongs with a last layer: after Softmax the cross-entropy, after Sigmoid the binary one, else the
    mean squared error."""
    for loss in (CrossEntropy, BinaryCrossEntropy):
        if type(last) is loss.fused_with:
            return loss()
    return MeanSquaredError()


def checked_objective(network: Any, loss: Optional[Loss], y_rows: list[list[float]], are_classes: bool) -> Loss:
    """The loss asked for, else the one used last, else default_loss. Raises if it does not fit network or targets."""
    objective = loss if loss is not None else network.objective or default_loss(network.layers[-1])
    if not isinstance(objective, Loss):
        raise TypeError(f"loss: {objective!r}; allowed are losses such as HalfSquaredError() and CrossEntropy()")
    objective.check_output(network.layers[-1])
    if not are_classes:
        objective.check_targets(y_rows)
    return objective
