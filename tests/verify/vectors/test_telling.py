"""Do the functions' cases fail an implementation that rounds otherwise: fused multiply-adds, the functions of libm?"""

import ctypes
import ctypes.util
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from fusing import SIDES, fused, lines_with_sums

from refnet.arithmetic.formats import as_format
from refnet.verify import same_bits, vectors
from refnet.verify.vectors.calls import function_case
from refnet.verify.vectors.telling import FUSED, NEAR_THE_MIDDLE

HERE = Path(__file__).resolve().parents[3] / "examples" / "conformance"
COMPILER = shutil.which("gcc") or shutil.which("clang")
REACHED = {  # the functions whose statements each function runs through
    **dict.fromkeys(("exp", "sigmoid"), ("exp",)), **dict.fromkeys(("expm1", "tanh"), ("expm1",)),
    **dict.fromkeys(("log", "log1p"), ("_log",)), **dict.fromkeys(("sin", "cos"), ("_sin", "_cos")),
    "softplus": ("exp", "_log")}


def differing(name, function):
    """How many numbers of functions/NAME this function has with other bits."""
    cases = [(float(x), float(result)) for call in function_case(name, 32, 0)["calls"]
             for x, result in zip(*(entry["decimal"] for entries in (call["arguments"], call["results"])
                                    for entry in entries.values()))]
    return sum(not same_bits(function(x), result) for x, result in cases)


@pytest.mark.parametrize("name", FUSED)
@pytest.mark.parametrize("side", SIDES)
def test_a_function_with_fused_multiply_adds_fails(name, side):
    assert differing(name, fused((), side)[name]) == 0
    assert differing(name, fused(None, side)[name]) >= 5


EXP = ("n = ", "cube = ", "tail = ")
TELL = {"exp": EXP, "expm1": EXP, "sigmoid": EXP, "tanh": EXP[1:], "softplus": (*EXP[1:], "series = "),
        "log": ("series = ", "tail = "), "log1p": ("series = ", "tail = "),
        **dict.fromkeys(("sin", "cos"), ("series = SIN_1", "return r + (", "return head + ("))}


@pytest.mark.parametrize("name", FUSED)
def test_one_fused_statement_is_enough(name):
    """Of those whose roundings reach the result; a product that is exact, or too small, tells nothing."""
    for start in TELL[name]:
        lines = [line for line, (function, text) in lines_with_sums().items()
                 if function in REACHED[name] and text.startswith(start)]
        assert lines and any(differing(name, fused((line,), side)[name]) for line in lines for side in SIDES), start


@pytest.mark.skipif(not COMPILER, reason="there is no gcc or clang")
def test_a_program_that_a_compiler_fused_fails(tmp_path):
    """check.c as -march=haswell compiles it, on a machine that can run it."""
    info = Path("/proc/cpuinfo")
    if not info.exists() or " fma " not in info.read_text(encoding="utf-8"):
        pytest.skip("the processor is not known to have x86's fused multiply-add")
    vectors.write(tmp_path / "out", vectors.Extent(only="functions/exp,functions/sigmoid"))
    flags = ["-O2", "-march=haswell", "-ffp-contract=fast", str(HERE / "check.c"), "-o", str(tmp_path / "check")]
    subprocess.run([COMPILER, *flags, "-lm"], check=True)
    done = subprocess.run([str(tmp_path / "check"), str(tmp_path / "out")], capture_output=True, encoding="utf-8")
    assert done.returncode == 1 and "differs: functions/exp.json: calls[0] result" in done.stdout


@pytest.mark.parametrize("name", NEAR_THE_MIDDLE)
def test_results_in_binary32_are_near_the_middle_of_two_numbers(name):
    """Within a 10,000th of the distance of two numbers, so that what is not rounded from more digits is often wrong."""
    form = as_format("binary32")
    for x in map(form.number, NEAR_THE_MIDDLE[name]):
        result = function(name)(float(x))
        quotient = result / form.ulp(result)
        assert abs(quotient - int(quotient // 1) - 0.5) < 1e-4
    case = json.dumps(function_case(name, 1, 0, form))
    assert all(repr(float(form.number(x))) in case for x in NEAR_THE_MIDDLE[name])


def function(name):
    return fused((), "left")[name]


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh"])
def test_the_c_librarys_functions_of_binary32_fail(name):
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    if not hasattr(library, "gnu_get_libc_version"):
        pytest.skip("not glibc: another C library may round these few rightly")
    theirs = getattr(library, f"{name}f")
    theirs.restype, theirs.argtypes = ctypes.c_float, [ctypes.c_float]
    form = as_format("binary32")
    assert any(theirs(x) != getattr(form, name)(x) for x in map(form.number, NEAR_THE_MIDDLE[name]))
