"""Which weights does training start from? Small and random ones, so that no two units stay equal (lectures 003, 004).

An initializer is called once for each parameter, with the kernels, the key of the parameter's own stream of random
numbers and the shape (units, inputs). It returns a matrix.
"""

import math
from typing import Any

from refnet.checks import Choice, Number, Settings
from refnet.checks.settings import Configured
from refnet.kernels.conversion import binary64_of, rounded_once


class Initializer(Configured, abstract=True):
    """Base of all initializers. Files do not keep them, as they keep the weights."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(saved=False, **options)

    def check_shape(self, units: int, inputs: int) -> None:
        """Raise MemoryError or OverflowError if the numbers cannot fit in memory: at once, and not after minutes."""
        bytearray(8 * units * inputs)

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        raise TypeError(f"{type(self).__name__} defines no __call__")


class Constant(Initializer):
    """The same value for every weight. Units that start equal stay equal, so use it for biases, or to show that."""

    settings = Settings(value=Number())

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        if self.value == 0.0 and math.copysign(1.0, self.value) > 0.0:
            return k.zeros(units, inputs)
        return k.take_rows(k.matrix([[self.value] * inputs]), k.zeros(1, units))  # the same row, units times


def filled(k: Any, value: float, rows: int, columns: int) -> Any:
    """A matrix of k with the same number everywhere."""
    return rounded_once(k, Constant(value)(binary64_of(k), 0, rows, columns))


class Zeros(Constant):
    """Every weight zero."""

    settings = Settings()

    def __init__(self) -> None:
        super().__init__(0.0)


class Normal(Initializer):
    """N(0, σ²): σ times a standard normal number (lecture 001, 004)."""

    settings = Settings(sigma=Number(least=0))

    def __init__(self, sigma: float = 0.05) -> None:
        self.sigma = sigma

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        return k.scale(k.normal(key, k.zeros(1, 1), units, inputs), self.sigma)


class Uniform(Initializer):
    """Uniform in [−α, α): (u − ½)·2α, with u uniform in [0, 1) (lecture 003)."""

    settings = Settings(alpha=Number(least=0))

    def __init__(self, alpha: float = 0.05) -> None:
        self.alpha = alpha

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        one, half = k.matrix([[1.0] * inputs]), k.matrix([[-0.5] * inputs])
        centred = k.scale_and_shift(k.uniform(key, k.zeros(1, 1), units, inputs), one, half)  # 1·u + (−½)
        return k.scale(centred, 2.0 * self.alpha)


class _Scaled(Initializer):
    """Mean 0 and a variance with which activations or gradients keep their size through the layers."""

    settings = Settings(distribution=Choice("uniform", "normal"))

    def __init__(self, distribution: str = "normal") -> None:
        self.distribution = distribution

    def variance(self, units: int, inputs: int) -> float:
        raise TypeError(f"{type(self).__name__} defines no variance")

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        variance = self.variance(units, inputs)
        if self.distribution == "normal":
            return Normal(math.sqrt(variance))(k, key, units, inputs)
        return Uniform(math.sqrt(3.0 * variance))(k, key, units, inputs)  # α²/3 is the variance of [−α, α]


class Glorot(_Scaled):
    """Variance 2 / (inputs + units): Glorot and Bengio, AISTATS 2010. The default of Dense."""

    def __init__(self, distribution: str = "uniform") -> None:
        super().__init__(distribution)

    def variance(self, units: int, inputs: int) -> float:
        return 2.0 / (inputs + units)


class He(_Scaled):
    """Variance 2 / inputs, for ReLU: He, Zhang, Ren and Sun, ICCV 2015."""

    def variance(self, units: int, inputs: int) -> float:
        return 2.0 / inputs


class LeCun(_Scaled):
    """Variance 1 / inputs: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998."""

    def variance(self, units: int, inputs: int) -> float:
        return 1.0 / inputs


class Orthogonal(Initializer):
    """Orthogonal units of length `gain`: they keep the length of an input and do not repeat each other.

    Saxe, McClelland and Ganguli, ICLR 2014, arXiv:1312.6120: the Q of a matrix of normal numbers, A = QR with the
    diagonal of R positive. With more units than inputs the columns are orthogonal instead.
    """

    settings = Settings(gain=Number(above=0))

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, k: Any, key: int, units: int, inputs: int) -> Any:
        fewer, more = min(units, inputs), max(units, inputs)
        q = k.orthonormal_rows(k.normal(key, k.wide([[0.0]]), fewer, more))
        q = q if units <= inputs else k.matrix(list(zip(*k.tolist(q))))
        return k.scale(q, self.gain)
