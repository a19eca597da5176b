"""In which operations does a format of refnet differ from NumPy, from ml_dtypes, or from whole numbers?

    python tests/formats/independent_operations.py --values 3000 --seed 2

tries + − × ÷ of all pairs of numbers, the square root, the rounding of binary64 numbers and the elementary functions.
The suite has a smaller sample of the same.
"""

import argparse
import math
import sys
from operator import add, mul, sub, truediv
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[2]))  # an installed refnet comes first

from independent_cases import FIXED, arithmetic_of, is_known
from samples import binary64_sample, fixed_sample, floating_sample

from refnet.arithmetic.formats import as_format

OPERATIONS = {"+": (add, "add"), "-": (sub, "subtract"), "*": (mul, "multiply"), "/": (truediv, "divide")}
FUNCTIONS = ["exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus"]
FLOATING = ["binary16", "bfloat16", "binary32"]
LITERALS = [1.0, 0.1, -1.0 / 3.0, 1e-8, 1e6]  # in formulas: rounded to the format before use


@np.errstate(all="ignore")
def floating_differences(name, count, seed=1):
    """(what, operands, refnet's, NumPy's) of each difference."""
    form, arithmetic, values, found = as_format(name), arithmetic_of(name), floating_sample(name, count, seed), []
    wide, numbers = binary64_sample(name, count, seed), [form.number(float(x)) for x in values]

    def compare(what, operands, ours, expected):
        kind = type(form.number(1.0))
        assert all(type(each) is kind for each in ours)
        ours, expected = np.array(ours, np.float64), np.array(expected, np.float64)
        is_same = (ours == expected) & (np.signbit(ours) == np.signbit(expected)) | np.isnan(ours) & np.isnan(expected)
        found.extend((what, operands(i), ours[i], expected[i]) for i in np.flatnonzero(~is_same))

    compare("number", values.__getitem__, numbers, values.astype(np.float64))
    left, right = np.repeat(values, len(values)), np.tile(values, len(values))
    for sign, (operator, _) in OPERATIONS.items():
        expected = operator(left, right)
        assert expected.dtype == values.dtype
        ours = [operator(a, b) for a in numbers for b in numbers]
        compare(sign, lambda i: (left[i], right[i]), ours, expected.astype(np.float64))
        for literal in LITERALS:
            rounded = arithmetic.of(literal)
            compare(f"{literal} {sign}", values.__getitem__, [operator(literal, x) for x in numbers],
                    operator(rounded, values).astype(np.float64))
            compare(f"{sign} {literal}", values.__getitem__, [operator(x, literal) for x in numbers],
                    operator(values, rounded).astype(np.float64))
    compare("-x", values.__getitem__, [-x for x in numbers], (-values).astype(np.float64))
    compare("abs", values.__getitem__, [abs(x) for x in numbers], abs(values).astype(np.float64))
    compare("sqrt", values.__getitem__, [form.sqrt(x) for x in numbers], np.sqrt(values).astype(np.float64))
    for function in FUNCTIONS:
        expected = [arithmetic.value(arithmetic.function(function, x)) for x in values]
        compare(function, values.__getitem__, [getattr(form, function)(x) for x in numbers], expected)
    expected = [arithmetic.value(arithmetic.of(x)) for x in wide]
    compare("round", wide.__getitem__, [form.number(x) for x in wide], expected)
    return found


def fixed_differences(name, count, seed=1):
    """(what, operands, refnet's, the other's) of each difference to whole numbers; the whole numbers k, not k·2^−f."""
    form, arithmetic, found = as_format(name), arithmetic_of(name), []
    sample = fixed_sample(arithmetic, count, seed)
    numbers = [form.number(arithmetic.value(k)) for k in sample]
    kind = type(form.number(1.0))

    def compare(what, operands, ours, expected):
        assert type(ours) is kind
        if repr(float(ours)) != repr(arithmetic.value(expected)):
            found.append((what, operands, ours, expected))

    for k, x in zip(sample, numbers):
        compare("number", k, x, k)
        compare("sqrt", k, form.sqrt(x), arithmetic.sqrt(k))
        compare("-x", k, -x, arithmetic.subtract(0, k))
        compare("abs", k, abs(x), arithmetic.subtract(0, k) if k < 0 else k)
        for function in FUNCTIONS:
            compare(function, k, getattr(form, function)(x), arithmetic.function(function, k))
        for other, y in zip(sample, numbers):
            for sign, (operator, operation) in OPERATIONS.items():
                compare(sign, (k, other), operator(x, y), getattr(arithmetic, operation)(k, other))
        for literal in LITERALS:
            rounded = arithmetic.of(literal)
            for sign, (operator, operation) in OPERATIONS.items():
                right, left = getattr(arithmetic, operation)(k, rounded), getattr(arithmetic, operation)(rounded, k)
                compare(f"{sign} {literal}", k, operator(x, literal), right)
                compare(f"{literal} {sign}", k, operator(literal, x), left)
    step = 2.0**-arithmetic.fraction_bits
    wide = [k * step + part * step for k in sample for part in (0.5, 0.25, -0.25, 1e-9)]
    wide += [1e300, -1e300, math.inf, -math.inf, math.nan, -0.0, 5e-324, -5e-324]
    for value in wide:
        compare("round", value, form.number(value), arithmetic.of(value))
    return found


def report(name, found):
    print(f"{name:<32}{len(found)} differences", *found[:10], sep="\n    ", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--values", type=int, default=1000, metavar="N", help="numbers of each format")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in filter(is_known, FLOATING):
        report(name, floating_differences(name, options.values, options.seed))
    for name in FIXED:
        report(name, fixed_differences(name, options.values // 4, options.seed))
