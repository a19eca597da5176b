"""How far are refnet's elementary functions from the truth? In units in the last place, against mpmath.

    python tests/arithmetic/accuracy.py --arguments 1000000
    python tests/arithmetic/accuracy.py --arguments 1000000 --function exp --seed 2

One ulp is the distance between neighbouring numbers at the true value, 2^-1074 where that is subnormal.
A correctly rounded function has an error of at most 0.5.
"""

import argparse
import math
import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import mpmath

sys.path.append(str(Path(__file__).resolve().parents[2]))  # an installed refnet comes first

from refnet.arithmetic import elementary

LARGEST = 709.782712893384  # e^x is finite up to here

# Where a function is defined and finite. The sigmoid starts where e^-z is: the contract wants 1/(1 + e^-z) in
# just this form, which is 0.0 below -709.78 although the true value there is still a subnormal number.
DOMAIN = {
    "exp": (-math.inf, LARGEST),
    "expm1": (-math.inf, LARGEST),
    "log": (5e-324, math.inf),
    "log1p": (-0.9999999999999999, math.inf),
    "tanh": (-math.inf, math.inf),
    "sigmoid": (-LARGEST, math.inf),
    "softplus": (-math.inf, math.inf),
    "sin": (-math.inf, math.inf),
    "cos": (-math.inf, math.inf),
}

# Where something changes or ends: zeros, overflow, underflow, the borders of the argument reductions, arguments
# whose exponential is near a power of two. 6381956970095103 * 2^797 is nearest of all to a multiple of pi/2.
NEIGHBOURHOODS = {
    "exp": (0.0, LARGEST, -708.3964, -745.1332, 0.34657359, -0.34657359),
    "expm1": (0.0, LARGEST, -37.4, -0.34657359, 0.34657359, 5.6e-17, 3e-8, 36.7368),
    "log": (0.0, 1.0, 0.70710678, 1.41421356, 2.2250738585072014e-308),
    "log1p": (0.0, -1.0, 0.41421356, -0.29289322, 1.0, 5.6e-17, 3e-8, 9007199254740992.0),
    "tanh": (0.0, 0.17328680, 0.34657359, 0.45, 0.5493, 1.0, 19.0),
    "sigmoid": (0.0, -LARGEST, -708.3964, -36.7368, 36.7368, 0.34657359),
    "softplus": (0.0, -745.1332, -708.3964, 36.7368, 0.88137359),
    "sin": (0.0, 0.785, 3.14159265, 6.28318531, 1e-8, math.ldexp(6381956970095103.0, 797)),
    "cos": (0.0, 0.785, 1.57079633, 4.71238898, 1e-8, math.ldexp(6381956970095103.0, 797)),
}


def arguments(name: str, count: int, seed: int = 1) -> Iterator[float]:
    """Arguments of four kinds in turn: of any size, of moderate size, of everyday size, and near the special ones."""
    draw = random.Random(f"{name} {seed}")
    low, high = DOMAIN[name]
    made = 0
    while made < count:
        kind = made % 4
        if kind == 0:
            x = struct.unpack("<d", struct.pack("<Q", draw.getrandbits(64)))[0]
        elif kind == 1:
            x = math.ldexp(draw.uniform(-1.0, 1.0), draw.randint(-60, 10))
        elif kind == 2:
            x = draw.uniform(-2.0, 2.0) if draw.random() < 0.7 else draw.uniform(-40.0, 40.0)
        else:
            middle = draw.choice(NEIGHBOURHOODS[name])
            x = middle + math.ldexp(draw.uniform(-1.0, 1.0), draw.randint(-52, -1)) * (middle or 1.0)
        if math.isfinite(x) and low <= x <= high:
            made += 1
            yield x


def true_value(name: str, x: float, bits: int = 120) -> mpmath.mpf:
    with mpmath.workprec(bits):
        if name == "sigmoid":
            return 1 / (1 + mpmath.exp(-mpmath.mpf(x)))
        if name == "softplus":
            return max(x, 0.0) + mpmath.log1p(mpmath.exp(-abs(mpmath.mpf(x))))
        return getattr(mpmath, name)(mpmath.mpf(x))


def error_in_ulp(value: float, true: mpmath.mpf) -> float:
    if true == 0 or not math.isfinite(value):
        return 0.0 if value == true else math.inf
    with mpmath.workprec(120):
        ulp = max(mpmath.frexp(true)[1] - 53, -1074)
        return float(mpmath.ldexp(abs(value - true), -ulp))


def largest_error(name: str, count: int, seed: int = 1) -> tuple[float, float]:
    """The largest error in ulp, and its argument."""
    function = getattr(elementary, name)
    return max((error_in_ulp(function(x), true_value(name, x)), x) for x in arguments(name, count, seed))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arguments", type=int, default=100_000, metavar="N", help="per function")
    parser.add_argument("--function", choices=DOMAIN, action="append", help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"{'function':<10}{'arguments':>12}{'max error (ulp)':>18}  at")
    for name in options.function or DOMAIN:
        error, x = largest_error(name, options.arguments, options.seed)
        print(f"{name:<10}{options.arguments:>12}{error:>18.4f}  {x!r}", flush=True)
