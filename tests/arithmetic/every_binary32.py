"""For which of all 2^32 arguments in binary32 is an elementary function not correctly rounded?

    python tests/arithmetic/every_binary32.py                      # all seven functions: half an hour
    python tests/arithmetic/every_binary32.py --function exp --function tanh --part 3/16
    python tests/arithmetic/every_binary32.py --record done.jsonl --seconds 500    # again: goes on where it stopped
    python tests/arithmetic/every_binary32.py --only-rounding      # not against the true values: some minutes

In binary32 a function is refnet's binary64 function of the argument, rounded once. That is the number nearest to the
true value unless a boundary (the middle between two neighbours, or where overflow begins) lies between the binary64
value and the true one. So for every argument:

1. The C core's binary64 value is compared with NumPy's, an independent computation with errors of a few ulp. Their
   largest distance is stated; with 16 ulp for NumPy's error it stays below REACH: no value is farther from the truth.
2. Where the value is more than REACH ulp from every boundary, its rounding is the right one.
3. The others, and 0, 1 and infinity of both signs, are held against mpmath, rounded with exact fractions.

The results of the C core's binary32 kernels are compared with the binary64 values, rounded: bit by bit. (They come from
shorter formulas where these suffice. REFNET_ISA says in which instruction set.)

Of all 7 x 2^32 results 81 are not the nearest number but its neighbour, wrong by less than 0.500000003 ulp of binary32
(they stand in test_binary32_arguments.py). In each the binary64 value is the middle itself; in 76 it is the correctly
rounded one.

    function  from NumPy  held against mpmath  not correct
    exp            1 ulp                  128            0
    expm1          1 ulp                  131            0
    log            1 ulp                  492            5
    log1p          1 ulp                  362            9
    tanh           3 ulp                   70            0
    sigmoid        4 ulp                  843           66   (65 of them at |z| < 1.6e-5)
    softplus       2 ulp                  141            1
"""

import argparse
import json
import math
import struct
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, Optional

import mpmath
import numpy as np
from accuracy import true_value

from refnet.kernels import choose

FUNCTIONS = ("exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus")
REACH = 64  # ulp of binary64; the errors in elementary.py are at most 2.5
NUMPYS_ERROR = 16  # its own tests allow 2 in each function
SLICES, SLICE, CHUNK = 64, 1 << 26, 1 << 14  # the arguments of a function, of a slice, of a kernel call
LIMITS = {  # at -infinity and infinity
    "exp": (0.0, math.inf), "expm1": (-1.0, math.inf), "log": (math.nan, math.inf), "log1p": (math.nan, math.inf),
    "tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "softplus": (0.0, math.inf),
}  # fmt: skip
POLE = {"log": 0.0, "log1p": -1.0}  # -infinity here, NaN below
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, math.inf, -math.inf], np.float32).view(np.uint32)


def nearest(true: mpmath.mpf) -> float:
    """The binary32 number nearest to a finite number, ties to even, with subnormals and overflow."""
    mantissa, exponent = abs(true).man_exp
    magnitude = int(mantissa).bit_length() + exponent  # 2^(magnitude-1) <= |true| < 2^magnitude, or true = 0
    if magnitude < -149 or magnitude > 128 or not mantissa:
        return math.copysign(math.inf if magnitude > 128 else 0.0, true)
    unit = max(magnitude - 24, -149)
    value = math.ldexp(round(Fraction(int(mantissa)) * Fraction(2) ** (exponent - unit)), unit)
    return math.copysign(value if value < 2.0**128 else math.inf, true)


def correctly_rounded(name: str, x: float) -> float:
    """The function's value in binary32 at a binary32 number: with as many digits as that takes."""
    if x != x or x < POLE.get(name, -math.inf):
        return math.nan
    if x == POLE.get(name):
        return -math.inf
    if math.isinf(x):
        return LIMITS[name][x > 0.0]
    if x == 0.0 and name in ("expm1", "log1p", "tanh"):
        return x
    bits = 128
    while True:  # ends: no value at x != 0 is a fraction (Lindemann and Weierstrass)
        true = true_value(name, x, bits)
        with mpmath.workprec(bits):
            error = mpmath.ldexp(abs(true), 10 - bits)  # mpmath's is a few units in the last place
            low, high = nearest(true - error), nearest(true + error)
        if low == high:
            return low
        bits *= 2


def numpys(name: str, x: np.ndarray) -> np.ndarray:
    """The function in NumPy's binary64."""
    if name == "sigmoid":
        return 1.0 / (1.0 + np.exp(-x))
    if name == "softplus":
        return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return getattr(np, name)(x)


def farthest(values: np.ndarray, others: np.ndarray) -> int:
    """The largest distance in ulp; 2^64 or so for another sign or a NaN on one side alone."""
    both_nan = np.isnan(values) & np.isnan(others)
    distances = np.where(both_nan, 0, values.view(np.int64) - others.view(np.int64))
    return max(int(distances.max()), -int(distances.min()))


def close_to_a_boundary(values: np.ndarray) -> np.ndarray:
    """The places of the values that are at most REACH ulp of binary64 from a boundary of binary32.

    A binary64 number has 29 bits more than its neighbours in binary32: 2^28 of 2^29 is their middle.
    """
    rest = values.view(np.int64) & ((1 << 29) - 1)
    close = np.abs(rest - (1 << 28)) <= REACH
    size = np.abs(values)
    small = size < 2.0**-126  # subnormal in binary32: multiples of 2^-149
    if small.any():
        units = size[small] * 2.0**149
        close[small] = np.abs(units - np.floor(units) - 0.5) * 2.0**-149 <= REACH * np.spacing(size[small])
    return np.flatnonzero(close & (size < 2.0**128))


def hexadecimal(x: float) -> str:
    """The bits of a binary32 number, such as 3f800000 for 1."""
    return struct.pack(">f", x).hex()


def number(bits: str) -> float:
    """The number with these bits."""
    return struct.unpack(">f", bytes.fromhex(bits))[0]


class Found(NamedTuple):
    """What was found among some arguments.

    held      how many were held against mpmath
    farthest  the largest distance from NumPy's binary64 value, in ulp
    other     how many results of the binary32 kernel have other bits than the binary64 value, rounded
    wrong     [argument, result, correct result] for each that is not correctly rounded, as hexadecimal bits
    """

    arguments: int
    held: int
    farthest: int
    other: int
    wrong: list

    def plus(self, other: "Found") -> "Found":
        return Found(self.arguments + other.arguments, self.held + other.held, max(self.farthest, other.farthest),
                     self.other + other.other, self.wrong + other.wrong)


NOTHING = Found(0, 0, 0, 0, [])


def called(kernels: Any, name: str, x: np.ndarray) -> np.ndarray:
    """A kernel's results."""
    return np.asarray(getattr(kernels, name)(memoryview(x.reshape(1, -1)))).reshape(-1)


@np.errstate(all="ignore")
def look_at(kernels: Any, name: str, bits: np.ndarray, only_rounding: bool = False) -> Found:
    """What is found among the arguments with these bits."""
    given = bits.view(np.float32)
    x = given.astype(np.float64)
    values = called(kernels, name, x)
    results = values.astype(np.float32)
    own = called(kernels.twin("binary32"), name, given)
    same = (own.view(np.uint32) == results.view(np.uint32)) | (np.isnan(own) & np.isnan(results))
    other = int(np.count_nonzero(~same))
    if only_rounding:
        return Found(len(bits), 0, 0, other, [])
    places = np.union1d(close_to_a_boundary(values), np.flatnonzero(np.isin(bits, SPECIAL)))
    wrong = []
    for argument, result in zip(x[places].tolist(), results[places].tolist()):
        correct = correctly_rounded(name, argument)
        if hexadecimal(result) != hexadecimal(correct) and not (math.isnan(result) and math.isnan(correct)):
            wrong.append([hexadecimal(argument), hexadecimal(result), hexadecimal(correct)])
    return Found(len(bits), len(places), farthest(values, numpys(name, x)), other, wrong)


def look_at_slice(kernels: Any, name: str, number: int, only_rounding: bool) -> Found:
    """What is found among all arguments that begin with these six bits."""
    found = NOTHING
    for start in range(number * SLICE, (number + 1) * SLICE, CHUNK):
        found = found.plus(look_at(kernels, name, np.arange(start, start + CHUNK, dtype=np.uint32), only_rounding))
    return found


def slices(part: str) -> range:
    """The slices of part "k/n": each n-th from the k-th on."""
    k, _, n = part.partition("/")
    if not (k.isdecimal() and n.isdecimal() and 1 <= int(k) <= int(n) <= SLICES):
        raise SystemExit(f"--part {part}: allowed: K/N with 1 <= K <= N <= {SLICES}")
    return range(int(k) - 1, SLICES, int(n))


def run(
    names: list[str], part: str, record: Optional[Path], seconds: float, only_rounding: bool
) -> dict[str, Found]:
    """What is found in this part, by function: in slices that the record has, and in those that time allows.

    The record gets each new one.
    """
    kernels = choose("c")
    kernels.threads = 1
    done = {}
    if record and record.exists():
        for line in record.read_text(encoding="utf-8").splitlines():
            name, number, *found = json.loads(line)
            done[name, number] = Found(*found)
    total, begin = dict.fromkeys(names, NOTHING), time.monotonic()
    for name, number in ((name, number) for name in names for number in slices(part)):
        if (name, number) not in done and time.monotonic() - begin <= seconds:
            done[name, number] = look_at_slice(kernels, name, number, only_rounding)
            if record:
                with record.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([name, number, *done[name, number]]) + "\n")
            print(f"\r{name} {number + 1}/{SLICES}, {time.monotonic() - begin:.0f} s ", end="", file=sys.stderr)
        total[name] = total[name].plus(done.get((name, number), NOTHING))
    return total


def show(total: dict[str, Found]) -> None:
    """Print the table, and the arguments that are not correctly rounded."""
    print(f"\n{'function':<10}{'arguments':>15}{'from NumPy (ulp)':>18}{'held against mpmath':>21}{'not correct':>13}"
          f"{'binary32 kernel differs':>25}")
    for name, found in total.items():
        print(f"{name:<10}{found.arguments:>15,}{found.farthest:>18,}{found.held:>21,}{len(found.wrong):>13,}"
              f"{found.other:>25,}")
    for name, found in total.items():
        for argument, result, correct in found.wrong:
            print(f"{name}({number(argument)!r}), {argument}: {result}, correct is {correct}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--function", choices=FUNCTIONS, action="append", help="only this one; may be repeated")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="only the K-th of N parts of the arguments")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep what is done there, and do not repeat it")
    parser.add_argument("--only-rounding", action="store_true", help="only hold binary32 against binary64, rounded")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin nothing new after this time")
    options = parser.parse_args()
    if options.only_rounding and options.record:
        parser.error("--record keeps what was held against the true values; not with --only-rounding")
    names = options.function or list(FUNCTIONS)
    total = run(names, options.part, options.record, options.seconds, options.only_rounding)
    show(total)
    if any(found.other for found in total.values()):
        sys.exit("a binary32 kernel is not the binary64 one, rounded")
    if any(found.farthest + NUMPYS_ERROR >= REACH for found in total.values()):
        sys.exit(f"a value is {REACH - NUMPYS_ERROR} ulp or more from NumPy's: the table proves nothing")
