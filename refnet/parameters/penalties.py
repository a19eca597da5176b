"""What does a large weight cost? L2 and L1 are added to the loss and to the gradient of weights, never of biases."""

from typing import Any, Union

from refnet import checks
from refnet.checks import Choice, Count, Setting, Settings
from refnet.checks.settings import Configured
from refnet.data import door


class Penalty(Configured, abstract=True):
    """Base of all penalties: `cost` is added to the loss; `gradient` returns g with the penalty's gradient added.

    start   the first epoch, counted from 0, with the penalty
    """

    start: int = 0

    def cost(self, k: Any, w: Any) -> float:
        raise TypeError(f"{type(self).__name__} defines no cost")

    def gradient(self, k: Any, g: Any, w: Any) -> Any:
        raise TypeError(f"{type(self).__name__} defines no gradient")

    def check_shape(self, shape: tuple[int, int]) -> None:
        """Raise ValueError if the penalty does not fit weights of this shape (units, inputs)."""


def _factor(lam: Any) -> Any:
    """λ as a float, or as a tuple of rows. Raises TypeError or ValueError if it is neither."""
    table: Any = lam.tolist() if hasattr(lam, "tolist") else lam
    if not (isinstance(table, (list, tuple)) and all(isinstance(row, (list, tuple)) for row in table)):
        return checks.number("lam", lam, least=0)
    table = door.rows("lam", table).tolist()
    return tuple(
        tuple(checks.number(f"lam[{i}][{j}]", value, least=0) for j, value in enumerate(row))
        for i, row in enumerate(table)
    )


class _Weighed(Penalty, abstract=True):
    """A penalty with a factor λ: one number, or a table of the weights' shape with one for each weight."""

    settings = Settings(lam=Setting(_factor), start=Count(least=0))

    def __init__(self, lam: Union[float, list[list[float]]], start: int = 0) -> None:
        self.lam: Any = lam
        self.start = start

    def check_shape(self, shape: tuple[int, int]) -> None:
        if not isinstance(self.lam, float) and (len(self.lam), len(self.lam[0])) != tuple(shape):
            raise ValueError(f"lam: a table of shape {(len(self.lam), len(self.lam[0]))}; expected {tuple(shape)}")

    def table(self, k: Any, w: Any) -> Any:
        """The table λ as a matrix, made again for each step; a recording keeps it as a constant."""
        self.check_shape(k.shape(w))
        return k.matrix(self.lam)


class L2(_Weighed):
    """λ Σ w², gradient 2λw (lecture 000); with half=True ½λ Σ w², gradient λw (lectures 001, 004).

    lam is one number, or a table of the weights' shape (units, inputs) with a λ for each: Σ λw². The regularised J(Θ)
    of lecture 004, λ/2m Σ Θ² over m examples, is L2(lam / m, half=True). start: the first epoch, from 0, that has it.
    """

    settings = Settings(lam=Setting(_factor), half=Choice(False, True), start=Count(least=0))

    def __init__(self, lam: Union[float, list[list[float]]], half: bool = False, start: int = 0) -> None:
        super().__init__(lam, start)
        self.half = half

    def cost(self, k: Any, w: Any) -> float:
        if not isinstance(self.lam, float):
            total = _total(k, k.multiply(self.table(k, w), k.multiply(w, w)))
            return 0.5 * total if self.half else total
        squares = k.tolist(k.sum_of_squares(w))[0][0]
        return 0.5 * self.lam * squares if self.half else self.lam * squares

    def gradient(self, k: Any, g: Any, w: Any) -> Any:
        if not isinstance(self.lam, float):
            table = self.table(k, w)
            return k.add(g, k.multiply(table if self.half else k.scale(table, 2.0), w))
        return k.add_scaled(g, w, self.lam if self.half else 2.0 * self.lam)


class L1(_Weighed):
    """λ Σ |w|, gradient λ sign(w) with sign(0) = 0 (lecture 000); lam and start as in L2.

    L1 and L2 together are the elastic net (Zou & Hastie, JRSS B 2005): penalty=[L1(…), L2(…)].
    """

    def cost(self, k: Any, w: Any) -> float:
        if not isinstance(self.lam, float):
            return _total(k, k.multiply(self.table(k, w), k.multiply(w, _sign(k, w))))
        return self.lam * k.tolist(k.sum_of_magnitudes(w))[0][0]

    def gradient(self, k: Any, g: Any, w: Any) -> Any:
        if not isinstance(self.lam, float):
            return k.add(g, k.multiply(self.table(k, w), _sign(k, w)))
        return k.add_scaled_sign(g, w, self.lam)


def _sign(k: Any, w: Any) -> Any:
    return k.add_scaled_sign(k.zeros(*k.shape(w)), w, 1.0)


def _total(k: Any, x: Any) -> float:
    """Σ over each row, then over the rows."""
    return k.tolist(k.column_sums(k.row_sums(x)))[0][0]


def as_penalties(penalty: Any) -> tuple[Penalty, ...]:
    """A tuple of penalties, from None, one, or a list of them."""
    several = penalty if isinstance(penalty, (list, tuple)) else () if penalty is None else (penalty,)
    for one in several:
        if not isinstance(one, Penalty):
            raise TypeError(f"penalty: {checks.shown(one)}; allowed: L2(…), L1(…), a list of them, or None")
    return tuple(several)
