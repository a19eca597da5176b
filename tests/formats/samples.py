"""Which numbers are the operations of a format tried on? All exponents, ties, subnormals, both zeros, infinity, NaN."""

import random

import numpy as np
from independent_numpy import TYPES

# The bits of a number, how many of them are the fraction's, and the powers of two of the smallest and the largest.
LAYOUTS = {"binary16": (np.uint16, 10, -24, 15), "bfloat16": (np.uint16, 7, -133, 127),
           "binary32": (np.uint32, 23, -149, 127)}


def floating_sample(name, count, seed=1):
    """About this many numbers of a floating format, as NumPy has them."""
    draw = random.Random(f"{name} {seed}")
    unsigned, fraction_bits, _, _ = LAYOUTS[name]
    sign = 1 << (8 * unsigned().itemsize - 1)
    exponents = sign >> fraction_bits  # of subnormal numbers, of normal ones, and the last of infinity and NaN
    last = (1 << fraction_bits) - 1
    # Few digits make products and quotients that end half way between two numbers; all digits carry far.
    fractions = [0, 1, last, last - 1, last // 2, last // 2 + 1, 3 << (fraction_bits - 2), 1 << (fraction_bits // 2)]
    infinity = (exponents - 1) << fraction_bits
    patterns = [0, 1, last, last + 1, infinity - 1, infinity, sign - 1]
    for i in range(count - len(patterns)):
        fraction = draw.choice(fractions) if draw.random() < 0.6 else draw.randrange(last + 1)
        patterns.append((i % (exponents - 1)) << fraction_bits | fraction)
    return np.array([pattern | sign * draw.randrange(2) for pattern in patterns], unsigned).view(TYPES[name])


def binary64_sample(name, count, seed=1):
    """Numbers to be rounded to a floating format: its own, half way between two, and a little beside those."""
    draw, (_, fraction_bits, lowest, highest) = random.Random(f"to {name} {seed}"), LAYOUTS[name]
    values = [0.0, -0.0, float("inf"), float("-inf"), float("nan"), 5e-324, 1.7976931348623157e308]
    while len(values) < count:
        exponent = draw.randint(lowest - 3, highest + 1)
        kept = draw.randint(1, min(fraction_bits + 1, max(exponent - lowest, 1)))
        number = (draw.getrandbits(kept) | 1 << kept) * 2 + draw.choice([0, 1, 1])  # the last bit: a half
        beside = draw.choice([0.0, 0.0, 2.0 ** -(50 - kept), -(2.0 ** -(50 - kept))])
        values.append(draw.choice([-1.0, 1.0]) * (number + beside) * 2.0 ** (exponent - kept - 1))
    return values


def fixed_sample(arithmetic, count, seed=1):
    """Whole numbers k of a fixed-point format: all, if it has no more than count."""
    if arithmetic.all <= count:
        return list(range(arithmetic.least, arithmetic.most + 1))
    draw = random.Random(f"{arithmetic.all} {seed}")
    one = 1 << arithmetic.fraction_bits
    numbers = [0, 1, -1, 2, -2, one, -one, one - 1, one + 1, one // 2, arithmetic.most, arithmetic.least,
               arithmetic.most - 1, arithmetic.least + 1, arithmetic.most // 2 + 1]
    while len(numbers) < count:
        bits = draw.randrange(1, arithmetic.all.bit_length() - 1)
        numbers.append(draw.choice([-1, 1]) * (draw.getrandbits(bits) | 1 << (bits - 1)))
    return [k for k in numbers if arithmetic.least <= k <= arithmetic.most]
