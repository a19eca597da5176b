"""Is nothing fused, and are the bits the same in any floating-point environment of the caller? Rule 1."""

import ctypes
import importlib.util
import math
import os
import platform
import re
import shutil
import subprocess

import pytest
from kernel_helpers import same

import refnet as rn
from refnet.kernels.seam import SEAM
from refnet.verify import Draws, first_difference, random_arguments, run

SMALLEST_NORMAL, SMALLEST = 2.2250738585072014e-308, 5e-324
ROWS = [[math.sin(1.3 * i + j) for j in range(5)] for i in range(9)]


# --- No fused multiply-add ---

FUSED = re.compile(
    r"\b(vfn?m(add|sub)\w*|vfm(addsub|subadd)\w*"  # x86: FMA3 and FMA4, packed and scalar
    r"|fn?m(add|sub)(\.[sd])?|fml[as]l?2?|vfn?m[as]\w*|vfm[as]l\w*)\b"  # Arm, RISC-V, PowerPC
)


def disassembly(path):
    if not shutil.which("objdump"):
        pytest.skip("objdump (binutils) is not installed")
    return subprocess.run(["objdump", "-d", str(path)], check=True, capture_output=True, text=True).stdout


def fused(text):
    """The fused multiply-adds among the instructions, which stand behind the second tab of a line."""
    instructions = [line.split("\t", 2)[2] for line in text.splitlines() if line.count("\t") >= 2]
    assert len(instructions) > 5, "no disassembly to search"
    return [each for each in instructions if FUSED.search(each)]


def test_no_fused_multiply_add_in_the_extension():
    """Searched in the built file, because a core that fuses is refused by its self-test when it is loaded."""
    if os.environ["REFNET_REQUIRE_C"] != "1":
        pytest.skip("REFNET_REQUIRE_C is not 1: the reference is tested alone, without the C core")
    built = importlib.util.find_spec("refnet._core")
    assert built is not None and built.origin, "the C core is not built"
    text = disassembly(built.origin)
    assert "refnet_run" in text
    # Guard: the products and sums are in the text that was searched.
    assert re.search(r"\bv?mulp?s?d\b|\bfmul\b", text) and re.search(r"\bv?addp?s?d\b|\bfadd\b", text)
    assert fused(text) == []


def test_the_search_finds_fused_multiply_adds(tmp_path):
    if not shutil.which("gcc"):
        pytest.skip("gcc is not installed")
    source = tmp_path / "dot.c"
    source.write_text("double dot(const double *a, const double *b, int n)\n"
                      "{ double t = 0; for (int i = 0; i < n; i++) t += a[i] * b[i]; return t; }\n")
    flags = ["-mfma"] if platform.machine().lower() in ("x86_64", "amd64") else []
    for contract, expected in (("fast", True), ("off", False)):
        built = tmp_path / f"dot_{contract}.o"
        subprocess.run(["gcc", "-O2", *flags, f"-ffp-contract={contract}", "-c", str(source), "-o", str(built)],
                       check=True)
        assert bool(fused(disassembly(built))) is expected


@pytest.mark.parametrize("instruction", [
    "vfmadd231sd %xmm1,%xmm2,%xmm3", "vfmsub132pd (%rax),%zmm0,%zmm1", "vfnmadd213pd %ymm1,%ymm2,%ymm3",
    "vfnmsub231ss %xmm0,%xmm1,%xmm2", "vfmaddsub132pd %ymm0,%ymm1,%ymm2", "vfmaddpd %xmm0,%xmm1,%xmm2,%xmm3",
    "fmadd\td0, d1, d2, d3", "fmsub\td0, d1, d2, d3", "fnmadd\td0, d1, d2, d3", "fmla\tv0.2d, v1.2d, v2.2d",
    "fmls\tv0.2d, v1.2d, v2.d[0]", "vfma.f64\td0, d1, d2", "fmadd.d\tfa0,fa1,fa2,fa3",
])  # fmt: skip
def test_the_search_knows_the_instructions(instruction):
    assert FUSED.search(instruction)


@pytest.mark.parametrize("instruction", ["mulsd %xmm1,%xmm2", "fmul\td0, d1, d2", "fadd\td0, d1, d2", "vmulpd %ymm0,"])
def test_the_search_lets_single_operations_pass(instruction):
    assert not FUSED.search(instruction)


# --- Whatever another library did to the floating-point environment ---

X86 = platform.machine().lower() in ("x86_64", "amd64")
CONTROL = """
#include <xmmintrin.h>
unsigned get(void) { return _mm_getcsr(); }
void set(unsigned value) { _mm_setcsr(value); }
"""
FLUSH = 0x8040  # flush-to-zero and denormals-are-zero in x86's MXCSR
ROUNDING = 0x6000


def cases():
    """Three cases for each kernel."""
    for place, signature in enumerate(SEAM.values()):
        for wildness in (0, 1, 2):
            yield signature, random_arguments(signature, Draws(place, wildness))


def results(k, prepared):
    """Run the prepared calls and nothing else (this may happen in a strange environment)."""
    return [getattr(k, name)(*arguments) for name, arguments in prepared]


def prepare(k, chosen):
    return [(signature.name, [k.matrix(v) if isinstance(v, list) else v for v in arguments])
            for signature, arguments in chosen if signature.result]


@pytest.fixture
def control(tmp_path):
    """A library that reads and sets MXCSR. The old value is restored at the end of the test."""
    if not X86 or not shutil.which("gcc"):
        pytest.skip("needs x86-64 and gcc to switch flush-to-zero on")
    source = tmp_path / "control.c"
    source.write_text(CONTROL)
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", str(source), "-o", str(tmp_path / "control.so")], check=True)
    library = ctypes.CDLL(str(tmp_path / "control.so"))
    library.get.restype = ctypes.c_uint
    library.set.argtypes = [ctypes.c_uint]
    before = library.get()
    yield library
    library.set(before)


def test_flush_to_zero_switched_on_elsewhere(native, control):
    from refnet._core import lib

    chosen = list(cases())
    expected = [run(s, native, a)["result"] for s, a in chosen if s.result]
    prepared = prepare(native, chosen)
    denormal = native.matrix([[SMALLEST_NORMAL, 1e-310, -SMALLEST]])
    before = control.get()
    control.set(before | FLUSH)
    try:
        flushed = prepared[0] and math.ldexp(1.0, -1000) * float("1e-20")  # Python's own product, flushed
        found = results(native, prepared)
        halves = native.scale(denormal, 0.5)
        failed = lib.refnet_self_test()
        after = control.get()
    finally:
        control.set(before)
    assert flushed == 0.0, "flush-to-zero was not on: this test shows nothing"
    assert after & FLUSH == FLUSH, "the caller's environment was not given back"
    assert failed == 0
    same(halves.tolist(), [[SMALLEST_NORMAL / 2.0, 1e-310 / 2.0, -0.0]])
    for (name, _), one, other in zip(prepared, found, expected):
        assert (name, first_difference(one.tolist(), other)) == (name, "")
    # Guard: there were subnormal results to flush.
    assert any(0.0 < abs(v) < SMALLEST_NORMAL for matrix in expected for row in matrix for v in row)


@pytest.mark.parametrize("mode", [0x2000, 0x4000, 0x6000], ids=["down", "up", "to zero"])
def test_rounding_switched_elsewhere(native, control, mode):
    from refnet._core import lib

    chosen = list(cases())
    expected = [run(s, native, a)["result"] for s, a in chosen if s.result]
    prepared = prepare(native, chosen)
    before, one, third = control.get(), 1.0, 3.0
    ten = 10.0  # 1/10 is rounded up, 1/3 down: one of the four differs in every other mode
    nearest = (one / third, -one / third, one / ten, -one / ten)
    control.set(before & ~ROUNDING | mode)
    try:
        elsewhere = (one / third, -one / third, one / ten, -one / ten)
        found = results(native, prepared)
        failed = lib.refnet_self_test()
        after = control.get()
    finally:
        control.set(before)
    assert elsewhere != nearest, "the rounding was not switched: this test shows nothing"
    assert after & ROUNDING == mode, "the caller's environment was not given back"
    assert failed == 0
    for (name, _), one_table, other in zip(prepared, found, expected):
        assert (name, first_difference(one_table.tolist(), other)) == (name, "")


def test_rounding_switched_by_the_c_library(native):
    """The same with fesetround, which other processors have too."""
    upward = {"x86_64": 0x800, "amd64": 0x800, "aarch64": 0x400000, "arm64": 0x400000}.get(platform.machine().lower())
    if upward is None or platform.system() != "Linux":
        pytest.skip("the value of FE_UPWARD is known here for Linux on x86-64 and aarch64")
    libm = ctypes.CDLL("libm.so.6")
    x, w = native.matrix([[0.1, 0.7, 1e-9]]), native.matrix([[0.3, 0.1, 3.0]])
    expected = native.affine(x, w).tolist()
    one, third = 1.0, 3.0
    nearest = one / third
    try:
        assert libm.fesetround(upward) == 0
        up, found, mode = one / third, native.affine(x, w), libm.fegetround()
    finally:
        libm.fesetround(0)
    assert up > nearest, "the rounding was not switched: this test shows nothing"
    assert mode == upward
    same(found.tolist(), expected)


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Nesterov])
def test_a_whole_training_in_a_strange_environment(native, control, optimizer, monkeypatch):
    """fit in C, with recorded steps, while the caller rounds upwards and flushes subnormals, and has allowed that."""
    monkeypatch.setenv("REFNET_OTHER_BITS", "1")

    def train(environment):
        net = rn.Network([rn.Input(5), rn.Dense(4), rn.Tanh(), rn.Dense(3), rn.Softmax()], backend="c", seed=3)
        control.set(environment)
        try:
            net.fit(ROWS, [i % 3 for i in range(9)], optimizer=optimizer(0.25), epochs=20, batch_size=4)
        finally:
            control.set(before)
        return net.fingerprint()

    before = control.get()
    expected = train(before)
    assert train(before & ~ROUNDING | 0x4000 | FLUSH) == expected
    python = rn.Network([rn.Input(5), rn.Dense(4), rn.Tanh(), rn.Dense(3), rn.Softmax()], backend="python", seed=3)
    python.fit(ROWS, [i % 3 for i in range(9)], optimizer=optimizer(0.25), epochs=20, batch_size=4)
    assert python.fingerprint() == expected
