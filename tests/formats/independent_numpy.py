"""What are + − × ÷ √ of binary16, bfloat16, binary32 and binary64? Those of NumPy's scalars, one at a time.

Nothing here is refnet's but its elementary functions in binary64, which the contract takes as given: a format's own are
their values, rounded once. NumPy has bfloat16 from ml_dtypes; where that is missing, `TYPES` has none.
"""

import math

import numpy as np

from refnet.arithmetic import elementary

TYPES = {"binary64": np.float64, "binary32": np.float32, "binary16": np.float16}
try:
    import ml_dtypes
except ImportError:
    pass
else:
    TYPES["bfloat16"] = ml_dtypes.bfloat16


class NumPyNumbers:
    """A format's arithmetic. Every operand and every result is looked at: is it of this format?

    name         "binary16"; the accumulator after a colon, if sums run in another format: "binary16:binary32"
    accumulator  the arithmetic of the sums: this one itself, if the name has none
    """

    def __init__(self, name):
        self.name, _, sums = name.partition(":")
        self.type = TYPES[self.name]
        self.accumulator = NumPyNumbers(sums) if sums else self

    def checked(self, number):
        """Python's floats do not count: NumPy takes them for numbers of any format."""
        assert type(number) is self.type, f"{number!r} is {type(number)}, not {self.type}"
        return number

    def of(self, value):
        """A binary64 number, rounded once."""
        if self.name == "bfloat16":  # ml_dtypes rounds it to binary32 first
            value = to_8_digits(value)
        return self.checked(self.type(value))

    def value(self, a):
        return float(self.checked(a))

    def add(self, a, b):
        return self.checked(self.checked(a) + self.checked(b))

    def subtract(self, a, b):
        return self.checked(self.checked(a) - self.checked(b))

    def multiply(self, a, b):
        return self.checked(self.checked(a) * self.checked(b))

    def divide(self, a, b):
        return self.checked(self.checked(a) / self.checked(b))

    def sqrt(self, a):
        return self.checked(np.sqrt(self.checked(a)))

    def function(self, name, a):
        """exp, log, sigmoid, …: refnet's binary64 function of the value, rounded once."""
        return self.of(getattr(elementary, name)(self.value(a)))


def to_8_digits(value):
    """The number of bfloat16 nearest to a binary64 one; below 2^−126 all are multiples of 2^−133."""
    if value == 0.0 or value != value:
        return value
    nearest = math.inf
    if abs(value) < 2.0**128:
        last = max(math.frexp(value)[1] - 8, -133)
        nearest = math.ldexp(round(math.ldexp(abs(value), -last)), last)  # round: a half goes to the even number
    return math.copysign(nearest if nearest < 2.0**128 else math.inf, value)
