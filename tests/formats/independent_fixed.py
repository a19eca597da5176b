"""What are + − × ÷ √ of fixed point? Those of whole numbers: k stands for k·2^−f, so that nothing is rounded unseen.

Written from the contract's page on number formats. Nothing here is refnet's but its elementary functions in binary64.
"""

import math

from refnet.arithmetic import elementary


class FixedNumbers:
    """The arithmetic of Q i.f: a sign, i bits before the point and f after it.

    rounding     "nearest" (a half goes to the even number) or "truncate" (towards −∞)
    overflow     "saturate" or "wrap"
    accumulator  the arithmetic of the sums: this one itself by default
    overflows    how many results have not fitted so far
    """

    def __init__(self, integer_bits, fraction_bits, rounding="nearest", overflow="saturate", accumulator=None):
        self.fraction_bits, self.rounding, self.overflow = fraction_bits, rounding, overflow
        self.all = 1 << (1 + integer_bits + fraction_bits)
        self.least, self.most = -self.all // 2, self.all // 2 - 1
        self.accumulator = accumulator or self
        self.overflows = 0

    def fitted(self, k):
        if self.least <= k <= self.most:
            return k
        self.overflows += 1
        if self.overflow == "saturate":
            return self.most if k > 0 else self.least
        k %= self.all  # the low bits: two's complement
        return k - self.all if k > self.most else k

    def rounded(self, numerator, denominator):
        """A quotient as a whole number; denominator > 0."""
        whole, rest = divmod(numerator, denominator)  # towards −∞
        if self.rounding == "truncate" or 2 * rest < denominator:
            return whole
        if 2 * rest > denominator:
            return whole + 1
        return whole + whole % 2

    def saturated(self, is_positive):
        self.overflows += 1
        return self.most if is_positive else self.least

    def of(self, value):
        """A binary64 number, rounded once. NaN counts as 0; infinities saturate, whatever other numbers do."""
        if math.isnan(value):
            return 0
        if math.isinf(value):
            return self.saturated(value > 0.0)
        numerator, denominator = value.as_integer_ratio()
        return self.fitted(self.rounded(numerator << self.fraction_bits, denominator))

    def value(self, k):
        return math.ldexp(float(k), -self.fraction_bits)

    def add(self, a, b):
        return self.fitted(a + b)

    def subtract(self, a, b):
        return self.fitted(a - b)

    def multiply(self, a, b):
        return self.fitted(self.rounded(a * b, 1 << self.fraction_bits))

    def divide(self, a, b):
        if b == 0:
            return 0 if a == 0 else self.saturated(a > 0)
        above, below = (a, b) if b > 0 else (-a, -b)
        return self.fitted(self.rounded(above << self.fraction_bits, below))

    def sqrt(self, a):
        if a < 0:
            return 0  # not a number
        square = a << self.fraction_bits
        root = math.isqrt(square)
        is_above_half = square - root * root > root  # (root + ½)² = root² + root + ¼
        return self.fitted(root + 1 if is_above_half and self.rounding == "nearest" else root)

    def function(self, name, a):
        """exp, log, sigmoid, …: refnet's binary64 function of the value, rounded once."""
        return self.of(getattr(elementary, name)(self.value(a)))
