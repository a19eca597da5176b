"""How wrong is a probability or a decision? Losses of classes."""

import math
from typing import Any

from refnet.checks import Choice, Settings, shown
from refnet.kernels.choosing import format_of
from refnet.kernels.reference.sums import total_of
from refnet.layers import Layer, LogSoftmax, Sigmoid, Softmax
from refnet.losses.base import Loss


def is_distribution(row: list[float]) -> bool:
    """Whether no number of a target row is negative and their sum is 1.

    Soft rows are often rounded, such as three times 0.333333: a sum within a millionth of 1 is right.
    """
    return all(y >= 0.0 for y in row) and math.fabs(total_of(row) - 1.0) <= 1e-6


def _are_within(last: Layer, low: float, high: float) -> bool:
    """Whether a layer's outputs lie within these limits, or may do so because its own are not known."""
    return (last.smallest is None or last.smallest >= low) and (last.largest is None or last.largest <= high)


def _check_decision(loss: Loss, last: Layer) -> None:
    """Raise ValueError if a single output that decides at 0 can never be below it."""
    if last.units == 1 and last.smallest is not None and last.smallest >= 0.0:
        raise ValueError(f"loss: {type(loss).__name__} decides for one class below 0 and for the other from 0 up, but "
                         f"the output is one of {_outputs(last)}; end with Dense(1)")


def _outputs(last: Layer) -> str:
    own = " (as `smallest` and `largest` say)" if last.is_users_own else ""
    return f"the numbers from {last.smallest:g} to {last.largest:g} of {type(last).__name__}{own}"


class _OfDistributions(Loss, abstract=True):
    """Base of losses whose targets are distributions: one-hot rows, soft rows, or class indices."""

    is_classification = True
    # The terms of a row belong to one distribution, so there is no mean over elements.
    settings = Settings(over=Choice("rows", "sum"))

    def check_targets(self, rows: list[list[float]]) -> None:
        for i, row in enumerate(rows):
            if not is_distribution(row) and all(y == y for y in row):
                allowed = f"allowed for {type(self).__name__}: distributions (no negative number, sum 1)"
                raise ValueError(f"targets: row {i} is {shown(row)}; {allowed}")


class _FromProbabilities(Loss, abstract=True):
    """Base of both cross-entropies, which take probabilities or logits."""

    settings = Settings(Loss.settings, from_logits=Choice(False, True), fused=Choice(False, True))
    is_classification = True
    fused_with: type[Layer]

    def __init__(self, over: str = "rows", from_logits: bool = False, fused: bool = True) -> None:
        super().__init__(over)
        self.fused, self.from_logits = fused, from_logits
        self.fused = self.fused and not self.from_logits

    @property
    def threshold(self) -> float:  # type: ignore[override]
        return 0.0 if self.from_logits else 0.5  # σ(0) = ½

    def check_output(self, last: Layer) -> None:
        loss, activation, kind = type(self).__name__, self.fused_with.__name__, type(last).__name__
        if isinstance(last, LogSoftmax):
            raise ValueError(f"loss: {loss} after a LogSoftmax layer; allowed there: NegativeLogLikelihood()")
        if self.from_logits and isinstance(last, (Sigmoid, Softmax)):
            raise ValueError(f"loss: {loss}(from_logits=True) after a {kind} layer; leave one of them out")
        if self.from_logits:
            _check_decision(self, last)
        elif not _are_within(last, 0.0, 1.0):
            raise ValueError(f"loss: {loss} takes probabilities, not {_outputs(last)}; end with {activation}(), or "
                             "without an activation say from_logits=True")

    @staticmethod
    def probabilities(k: Any, o: Any) -> Any:
        """The outputs within (0, 1): an activation never reaches 0 or 1 but is rounded to them, and the loss of the
        wrong one and its gradient would be infinite."""
        p = k.copy(o)
        form = format_of(k)
        k.clamp(p, form.normal, form.below_1)
        return p


class BinaryCrossEntropy(_FromProbabilities):
    """−Σ (y ln ŷ + (1 − y) ln(1 − ŷ)) over the units, y in [0, 1] (lectures 003, 004).

    from_logits=True: the outputs are the net inputs of a sigmoid that the network leaves out.
    fused=False: do not fuse a last Sigmoid layer with this loss. A ŷ that was rounded to 0 or 1 then counts as 2⁻¹⁰²²
    or 1 − 2⁻⁵³ (in binary64; as such numbers of the format), so that loss and gradient are finite.
    """

    fused_with = Sigmoid

    def check_targets(self, rows: list[list[float]]) -> None:
        self.check_numbers(rows, lambda y: 0.0 <= y <= 1.0, "0 to 1")

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        if self.from_logits:
            return k.binary_cross_entropy_from_logits(o, y)
        return k.binary_cross_entropy(self.probabilities(k, o), y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        divisor = self.divisor(*k.shape(o))
        if self.from_logits:
            return k.fused_cross_entropy_backward(k.sigmoid(o), y, 1.0, divisor)
        return k.binary_cross_entropy_backward(self.probabilities(k, o), y, divisor)

    def forward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        return k.binary_cross_entropy_from_logits(layer.z, y)

    def backward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        return k.fused_cross_entropy_backward(layer.o, y, 1.0, self.divisor(*k.shape(layer.o)))


class CrossEntropy(_FromProbabilities, _OfDistributions):
    """−Σ y ln ŷ over the classes, y a distribution: one-hot rows, soft rows, or class indices (lecture 002).

    from_logits=True: the outputs are the net inputs of a softmax that the network leaves out.
    fused=False: do not fuse a last Softmax layer with this loss. A ŷ that was rounded to 0 then counts as 2⁻¹⁰²² (in
    binary64; as such a number of the format), so that loss and gradient are finite.
    """

    settings = Settings(_FromProbabilities.settings, over=Choice("rows", "sum"))
    fused_with = Softmax

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        if self.from_logits:
            return k.cross_entropy_from_logits(o, y, 1.0)
        return k.cross_entropy(self.probabilities(k, o), y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        divisor = self.divisor(*k.shape(o))
        if self.from_logits:
            return k.fused_cross_entropy_backward(k.softmax(o, 1.0), y, 1.0, divisor)
        return k.cross_entropy_backward(self.probabilities(k, o), y, divisor)

    def forward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        return k.cross_entropy_from_logits(layer.z, y, layer.beta)

    def backward_fused(self, k: Any, layer: Any, y: Any) -> Any:
        return k.fused_cross_entropy_backward(layer.o, y, layer.beta, self.divisor(*k.shape(layer.o)))


class NegativeLogLikelihood(_OfDistributions):
    """−Σ y ln ŷ over the classes, where the outputs are ln ŷ, as after LogSoftmax; gradient −y."""

    def check_output(self, last: Layer) -> None:
        if isinstance(last, Softmax) or not _are_within(last, -math.inf, 0.0):
            kind = type(last).__name__
            raise ValueError(f"loss: NegativeLogLikelihood takes log-probabilities; end with LogSoftmax(), not {kind}")

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        return k.negative_log_likelihood(o, y)

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        return k.negative_log_likelihood_backward(y, self.divisor(*k.shape(o)))


class _Margin(Loss, abstract=True):
    """Base of both hinges: targets are −1 and 1, and a single output decides for class 1 from 0 up."""

    is_classification = True
    threshold = 0.0

    def check_output(self, last: Layer) -> None:
        _check_decision(self, last)

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


class MulticlassHinge(Loss):
    """1/n Σ max(0, 1 + max_{r≠c} ŷ_r − ŷ_c) over n rows, c the class of the row (Crammer, Singer: On the algorithmic
    implementation of multiclass kernel-based vector machines, JMLR 2, 2001).

    Only the largest output of another class counts, the rival. Where the bracket is above 0 the gradient is −1/n for
    ŷ_c and 1/n for the rival, shared by equal ones. Takes an output for each class, class indices or one-hot rows.
    """

    is_classification = True
    settings = Settings(over=Choice("rows", "sum"))

    def check_output(self, last: Layer) -> None:
        if last.units < 2:
            raise ValueError("loss: MulticlassHinge takes an output for each class, at least 2; for one take Hinge()")

    def check_targets(self, rows: list[list[float]]) -> None:
        for i, row in enumerate(rows):
            if sorted(row) != [0.0] * (len(row) - 1) + [1.0]:
                allowed = "allowed for MulticlassHinge: class indices, or rows with 1 for the class and 0 elsewhere"
                raise ValueError(f"targets: row {i} is {shown(row)}; {allowed}")

    @staticmethod
    def _rivals(k: Any, o: Any, y: Any) -> tuple[Any, Any, Any]:
        """The outputs without that of the class, their largest, and ŷ_c − that."""
        minus = k.scale(y, -1.0)
        others = k.add(k.relu_backward(minus, o, 1.0), k.log1p(minus))  # o, and −∞ in the column of the class
        largest = k.row_maxima(others)
        return others, largest, k.subtract(k.row_sums(k.relu_backward(y, o, 0.0)), largest)  # o where y > 0, else 0

    def forward(self, k: Any, o: Any, y: Any) -> Any:
        _, _, margin = self._rivals(k, o, y)
        return k.hinge(margin, k.row_sums(y))  # Σ y = 1

    def backward(self, k: Any, o: Any, y: Any) -> Any:
        rows, units = k.shape(o)
        others, largest, margin = self._rivals(k, o, y)
        one = k.row_sums(y)

        def in_each_column(column: Any) -> Any:
            return k.affine(column, k.matrix([[1.0]] * units))

        below = k.subtract(others, in_each_column(largest))
        rivals = k.relu_backward(below, in_each_column(one), 1.0)  # 1 where it is not below 0, else 0
        shares = k.cross_entropy_backward(in_each_column(k.row_sums(rivals)), rivals, 1.0)  # −rival / how many
        return k.scale_rows(k.add(y, shares), k.hinge_backward(margin, one, self.divisor(rows, units)))
