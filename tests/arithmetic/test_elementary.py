"""Do the elementary functions keep the contract: special values, errors, and the same constants in C?"""

import ast
import hashlib
import inspect
import math
import re
import struct
from pathlib import Path

import pytest

from refnet.arithmetic import elementary
from refnet.arithmetic.elementary import cos, exp, expm1, log, log1p, sigmoid, sin, softplus, tanh

HEADER = Path(__file__).resolve().parents[2] / "csrc" / "arithmetic" / "elementary.h"
FUNCTIONS = [exp, expm1, log, log1p, tanh, sigmoid, softplus, sin, cos]
INF, NAN = math.inf, math.nan
SMALLEST, LARGEST = 5e-324, 1.7976931348623157e308


def same(a: float, b: float) -> bool:
    """Equal in every bit; two NaNs are equal, 0.0 and -0.0 are not."""
    return (a != a and b != b) or struct.pack("<d", a) == struct.pack("<d", b)


@pytest.mark.parametrize("function, x, value", [
    (exp, 0.0, 1.0), (exp, -0.0, 1.0), (exp, INF, INF), (exp, -INF, 0.0), (exp, NAN, NAN),
    (exp, SMALLEST, 1.0), (exp, 1.0, math.e),
    (exp, 709.782712893384, 1.7976931348622732e308), (exp, 709.7827128933841, INF), (exp, LARGEST, INF),
    (exp, -708.3964185322641, 2.2250738585072626e-308), (exp, -745.1332191019411, SMALLEST),
    (exp, -745.1332191019412, 0.0), (exp, -LARGEST, 0.0),
    (expm1, 0.0, 0.0), (expm1, -0.0, -0.0), (expm1, INF, INF), (expm1, -INF, -1.0), (expm1, NAN, NAN),
    (expm1, SMALLEST, SMALLEST), (expm1, -SMALLEST, -SMALLEST), (expm1, 1e-20, 1e-20),
    (expm1, 709.782712893384, 1.7976931348622732e308), (expm1, 709.7827128933841, INF), (expm1, -40.0, -1.0),
    (log, 1.0, 0.0), (log, 0.0, -INF), (log, -0.0, -INF), (log, INF, INF), (log, -INF, NAN), (log, NAN, NAN),
    (log, -SMALLEST, NAN), (log, SMALLEST, -744.4400719213812), (log, LARGEST, 709.782712893384),
    (log, math.e, 1.0), (log, 2.0, 0.6931471805599453),
    (log1p, 0.0, 0.0), (log1p, -0.0, -0.0), (log1p, INF, INF), (log1p, -INF, NAN), (log1p, NAN, NAN),
    (log1p, -1.0, -INF), (log1p, -1.0000000000000002, NAN), (log1p, -0.9999999999999999, -36.7368005696771),
    (log1p, SMALLEST, SMALLEST), (log1p, -SMALLEST, -SMALLEST), (log1p, LARGEST, 709.782712893384),
    (tanh, 0.0, 0.0), (tanh, -0.0, -0.0), (tanh, INF, 1.0), (tanh, -INF, -1.0), (tanh, NAN, NAN),
    (tanh, SMALLEST, SMALLEST), (tanh, -SMALLEST, -SMALLEST), (tanh, LARGEST, 1.0), (tanh, -20.0, -1.0),
    (sigmoid, 0.0, 0.5), (sigmoid, -0.0, 0.5), (sigmoid, INF, 1.0), (sigmoid, -INF, 0.0), (sigmoid, NAN, NAN),
    (sigmoid, SMALLEST, 0.5), (sigmoid, 40.0, 1.0), (sigmoid, -710.0, 0.0),
    (softplus, 0.0, 0.6931471805599453), (softplus, INF, INF), (softplus, -INF, 0.0), (softplus, NAN, NAN),
    (softplus, 40.0, 40.0), (softplus, LARGEST, LARGEST), (softplus, -745.0, SMALLEST),
    (softplus, -746.0, 0.0),
    (sin, 0.0, 0.0), (sin, -0.0, -0.0), (sin, INF, NAN), (sin, -INF, NAN), (sin, NAN, NAN),
    (sin, SMALLEST, SMALLEST), (sin, math.pi / 2.0, 1.0), (sin, math.pi, 1.2246467991473532e-16),
    (cos, 0.0, 1.0), (cos, -0.0, 1.0), (cos, INF, NAN), (cos, -INF, NAN), (cos, NAN, NAN),
    (cos, SMALLEST, 1.0), (cos, math.pi, -1.0), (cos, math.pi / 2.0, 6.123233995736766e-17),
])  # fmt: skip
def test_special_values(function, x, value):
    assert same(function(x), value)


@pytest.mark.parametrize("x, value", [
    (0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, NAN), (NAN, NAN), (-SMALLEST, NAN), (2.25, 1.5),
])  # fmt: skip
def test_square_root(x, value):
    assert same(elementary.sqrt(x), value)


@pytest.mark.parametrize("a, b, value", [
    (1.0, 0.0, INF), (1.0, -0.0, -INF), (-1.0, 0.0, -INF), (-1.0, -0.0, INF), (INF, 0.0, INF),
    (INF, -0.0, -INF), (0.0, 0.0, NAN), (-0.0, 0.0, NAN), (NAN, 0.0, NAN), (1.0, NAN, NAN), (0.0, -3.0, -0.0),
    (1.0, -INF, -0.0), (INF, INF, NAN), (LARGEST, 0.5, INF), (1.0, 3.0, 1.0 / 3.0),
])  # fmt: skip
def test_division(a, b, value):
    assert same(elementary.divide(a, b), value)


@pytest.mark.parametrize("function", [expm1, log1p, tanh, sin])
def test_tiny_arguments_return_themselves(function):
    for x in (1e-300, 2.2250738585072014e-308, 2.225073858507201e-308, 3e-310, 1e-323, 1e-17):
        assert same(function(x), x)
        assert same(function(-x), -x)


@pytest.mark.parametrize("function, sign", [(tanh, -1.0), (sin, -1.0), (cos, 1.0)])
def test_symmetry(function, sign):
    for x in (1e-9, 0.1, 0.4499999, 0.45, 0.8, 3.0, 700.0, 1e22):
        assert same(function(-x), sign * function(x))


@pytest.mark.parametrize("function, low, high", [
    (exp, -746.0, 710.0), (expm1, -40.0, 710.0), (log, 0.25, 4.0), (log1p, -0.75, 3.0),
    (tanh, -20.0, 20.0), (sigmoid, -40.0, 37.0), (softplus, -745.0, 40.0),
])  # fmt: skip
def test_rising(function, low, high):
    """On a grid that is much coarser than the errors, across every border of the argument reduction."""
    values = [function(low + (high - low) * (i / 3000.0)) for i in range(3001)]
    assert all(a <= b for a, b in zip(values, values[1:]))
    assert values[0] < values[-1]


def test_powers_of_two():
    """log 2^k is the double nearest to k log 2 (exact in integers), also for subnormals."""
    log_2 = 921350637599661305226344307672478455  # times 2^-120
    for k in range(-1074, 1024):
        assert log(math.ldexp(1.0, k)) == k * log_2 / 2**120


@pytest.mark.parametrize("name, bound", [
    ("exp", 1.0), ("expm1", 1.0), ("log", 1.0), ("log1p", 1.0),  # the contract
    ("tanh", 2.5), ("sigmoid", 2.5), ("softplus", 2.5), ("sin", 1.0), ("cos", 1.0),
])  # fmt: skip
def test_error_against_mpmath(name, bound):
    pytest.importorskip("mpmath")
    from accuracy import largest_error

    error, x = largest_error(name, 20_000)
    assert error <= bound, f"{name}({x!r}) is off by {error} ulp"


GOLDEN = {
    "exp": "a27182de149ebd4a",
    "expm1": "d065a6ced8fc2bc1",
    "log": "830b1921d008495b",
    "log1p": "3ab6e0b6d50c040b",
    "tanh": "267d06502668113d",
    "sigmoid": "bffc73062a74a99d",
    "softplus": "a1869fbc25f51feb",
    "sin": "ebe37e93877aabb3",
    "cos": "ab3cc91cbc5d0933",
}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_golden_bits(function):
    """The same bits on every platform and every Python. Other bits would be a new version of the contract."""
    patterns = [(i * 0x9E3779B97F4A7C15) % 2**64 for i in range(4000)]  # all magnitudes, both signs
    arguments = list(struct.unpack("<4000d", struct.pack("<4000Q", *patterns)))
    arguments += [i / 64.0 for i in range(-3000, 3000)]
    values = (function(x) for x in arguments)
    bits = b"".join(b"NaN" if y != y else struct.pack("<d", y) for y in values)
    assert hashlib.sha256(bits).hexdigest()[:16] == GOLDEN[function.__name__]


def c_source() -> str:
    return HEADER.read_text(encoding="utf-8")


def test_constants_are_those_of_c():
    """Compared letter by letter. The sine and cosine are in Python only."""
    source = inspect.getsource(elementary)
    python = dict(re.findall(r"^([A-Z]\w+) = ([-\d.e]+)", source, re.MULTILINE))
    shared = {name: text for name, text in python.items() if not name.startswith(("SIN_", "COS_", "PI_"))}
    assert shared == dict(re.findall(r"^static const double (\w+) = ([-\d.e]+);", c_source(), re.MULTILINE))
    assert len(shared) == 24


@pytest.mark.parametrize("function", [exp, expm1, elementary._log, sigmoid, softplus])
def test_statements_are_those_of_c(function):
    """Each statement outside an `if` stands in the header in the same words."""
    c = re.sub(r"\s|refnet_", "", c_source())
    source = inspect.getsource(function)
    body = ast.parse(source).body[0].body
    statements = [node for node in body if isinstance(node, (ast.Assign, ast.Return))]
    for node in statements:
        text = re.sub(r"\s", "", ast.get_source_segment(source, node))
        if text.startswith(("first,second", "t=0.5*first")):  # from a table, in C from bits
            continue
        if text.startswith("return"):
            text = text[len("return"):]
        if function is softplus:
            text = text.replace("zifz>0.0else0.0", "z>0.0?z:0.0")
        assert text + ";" in c, text
    assert statements
