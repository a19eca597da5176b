"""The arithmetic contract (DESIGN, section 1), rule by rule. Rule 4, the elementary functions, is test_elementary's,
rule 7, random numbers, test_random's.
"""

import ast
import ctypes
import importlib.util
import math
import os
import platform
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

import refnet as rn
from refnet.kernels import reference
from refnet.kernels.seam import SEAM
from refnet.verify.compare import Draws, first_difference, random_arguments, run, same_bits

INF, NAN = math.inf, math.nan
PACKAGE = Path(rn.__file__).resolve().parent
LARGE, SMALLEST_NORMAL, SMALLEST = 1e16, 2.2250738585072014e-308, 5e-324


def table(k, name, *arguments):
    """Call a kernel with lists; what it returns, as lists."""
    own = [k.matrix(value) if isinstance(value, list) else value for value in arguments]
    return k.tolist(getattr(k, name)(*own))


def same(found, expected):
    assert first_difference(found, expected) == ""


# --- Rule 1: one operation, one rounding -----------------------------------------------------------------------

FUSED = re.compile(
    r"\b(vfn?m(add|sub)\w*|vfm(addsub|subadd)\w*"  # x86: FMA3 and FMA4, packed and scalar
    r"|fn?m(add|sub)(\.[sd])?|fml[as]l?2?|vfn?m[as]\w*|vfm[as]l\w*)\b"  # Arm, RISC-V, PowerPC
)


def disassembly(path):
    if not shutil.which("objdump"):
        pytest.skip("objdump (binutils) is not installed")
    return subprocess.run(["objdump", "-d", str(path)], check=True, capture_output=True, text=True).stdout


def fused(text):
    """The fused multiply-adds among the instructions: what stands behind the second tab of a line."""
    instructions = [line.split("\t", 2)[2] for line in text.splitlines() if line.count("\t") >= 2]
    assert len(instructions) > 5, "no disassembly to search"
    return [each for each in instructions if FUSED.search(each)]


def test_no_fused_multiply_add_in_the_extension():
    """Looked for in the file as it is built; a core that fuses would be refused by its self-test when loaded."""
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


def test_a_product_is_rounded_before_it_is_added(k):
    """0.1 · 0.1 − (0.1 · 0.1 rounded) is exactly 0.0, and 9.0e-19 when multiply and add are fused."""
    rounded = float(Fraction(0.1) * Fraction(0.1))
    assert Fraction(0.1) * Fraction(0.1) != Fraction(rounded)  # else this shows nothing
    same(table(k, "affine", [[0.1]], [[0.1]], [[-rounded]]), [[0.0]])
    same(table(k, "affine_backward_weights", [[1.0], [0.1]], [[-rounded], [0.1]]), [[0.0]])
    same(table(k, "affine_backward_input", [[1.0, 0.1]], [[-rounded], [0.1]]), [[0.0]])
    same(table(k, "add_scaled", [[-rounded]], [[0.1]], 0.1), [[0.0]])
    w = k.matrix([[rounded]])
    k.sgd_update(w, k.matrix([[0.1]]), k.matrix([[0.1]]))
    same(k.tolist(w), [[0.0]])


def test_subnormals_are_kept(k):
    half = SMALLEST_NORMAL / 2.0
    assert 0.0 < half < SMALLEST_NORMAL
    same(table(k, "scale", [[SMALLEST_NORMAL, SMALLEST, -SMALLEST]], 1.0), [[SMALLEST_NORMAL, SMALLEST, -SMALLEST]])
    same(table(k, "scale", [[SMALLEST_NORMAL, SMALLEST]], 0.5), [[half, 0.0]])  # the tie goes to the even 0
    same(table(k, "affine", [[SMALLEST_NORMAL]], [[0.5]], [[SMALLEST]]), [[half + SMALLEST]])
    same(table(k, "row_maxima", [[-1.0, SMALLEST, 0.0]]), [[SMALLEST]])


def test_division_is_not_multiplication_by_a_reciprocal(k):
    """float(Fraction) is the one correctly rounded quotient; b·(1/255) differs for many bytes."""
    exact = [float(Fraction(byte, 255)) for byte in range(256)]
    assert exact != [byte * (1.0 / 255.0) for byte in range(256)]
    images = rn.data.ByteMatrix(bytes(range(256)), 1, 256)
    same(k.tolist(k.take_byte_rows(images, k.matrix([[0.0]]))), [exact])

    thirds = [float(Fraction(n, 49)) for n in range(100)]
    assert thirds != [n * (1.0 / 49.0) for n in range(100)]
    numbers = [[float(n) for n in range(100)]]
    same(table(k, "half_squared_error_backward", numbers, [[0.0] * 100], 49.0), [thirds])
    same(table(k, "fused_cross_entropy_backward", numbers, [[0.0] * 100], 1.0, 49.0), [thirds])
    same(table(k, "standardize", numbers, [[0.0] * 100], [[49.0] * 100]), [thirds])
    same(table(k, "standardize_backward", numbers, [[49.0] * 100]), [thirds])
    # Softmax of ten equal logits: 1/10 each; of 49 equal ones: 1/49.
    same(table(k, "softmax", [[3.0] * 49], 1.0), [[float(Fraction(1, 49))] * 49])


# --- Rule 1: whatever another library did to the floating-point environment ------------------------------------

X86 = platform.machine().lower() in ("x86_64", "amd64")
CONTROL = """
#include <xmmintrin.h>
unsigned get(void) { return _mm_getcsr(); }
void set(unsigned value) { _mm_setcsr(value); }
"""
FLUSH = 0x8040  # flush-to-zero and denormals-are-zero in x86's MXCSR
ROUNDING = 0x6000


def cases():
    """A case or three for each kernel."""
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
    """A library that reads and sets MXCSR; the test's end gives the old value back."""
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
    """The same by fesetround, which other processors have too."""
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


THREADS = """
#include <omp.h>
#include <xmmintrin.h>
void set(int threads, unsigned value)
{
    #pragma omp parallel num_threads(threads)
    _mm_setcsr(value);
}
int with(int threads, unsigned mask, unsigned value)
{
    int count = 0;
    #pragma omp parallel num_threads(threads) reduction(+ : count)
    count += (_mm_getcsr() & mask) == value;
    return count;
}
"""


def test_rounding_switched_in_the_worker_threads(native, control, tmp_path):
    """Threads keep an environment of their own, and OpenMP's are shared with every other library that uses it."""
    (tmp_path / "threads.c").write_text(THREADS)
    build = ["gcc", "-O1", "-fopenmp", "-shared", "-fPIC", "threads.c", "-o", "threads.so"]
    if subprocess.run(build, cwd=tmp_path, capture_output=True).returncode:
        pytest.skip("gcc has no OpenMP here")
    library = ctypes.CDLL(str(tmp_path / "threads.so"))
    library.set.argtypes, library.with_ = [ctypes.c_int, ctypes.c_uint], getattr(library, "with")
    library.with_.argtypes = [ctypes.c_int, ctypes.c_uint, ctypes.c_uint]
    up, before, threads_before = 0x4000, control.get(), native.threads
    x = native.matrix([[math.sin(i * 0.37 + j) for j in range(128)] for i in range(128)])
    try:
        native.threads = 1
        alone = native.affine(x, x).tolist(), native.affine_backward_weights(x, x).tolist(), native.tanh(x).tolist()
        native.threads = 4
        library.set(4, before & ~ROUNDING | up)
        poisoned = library.with_(4, ROUNDING, up)
        shared = native.affine(x, x), native.affine_backward_weights(x, x), native.tanh(x)
        given_back = library.with_(4, ROUNDING, up)
    finally:
        library.set(4, before)
        control.set(before)
        native.threads = threads_before
    assert poisoned == given_back == 4
    for one, other in zip(shared, alone):
        same(one.tolist(), other)


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Nesterov])
def test_a_whole_training_in_a_strange_environment(native, control, optimizer):
    """fit in C, recorded steps included, while the caller rounds upwards and flushes subnormals."""
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


# --- Rule 2: every sum from a stated value in ascending order ---------------------------------------------------

# Doubles are 2 apart at 1e16, so 1e16 + 1.0 and −1e16 + 1.0 are ties, which go to ±1e16. Ascending from 0.0:
# ((1e16 + 1.0) − 1e16) + 1.0 = 1.0. Descending: ((1.0 − 1e16) + 1.0) + 1e16 = 0.0; exactly it would be 2.0.
TERMS = [LARGE, 1.0, -LARGE, 1.0]


def test_the_terms_tell_orders_apart():
    ascending = ((0.0 + TERMS[0]) + TERMS[1] + TERMS[2]) + TERMS[3]
    descending = ((0.0 + TERMS[3]) + TERMS[2] + TERMS[1]) + TERMS[0]
    pairs = (TERMS[0] + TERMS[1]) + (TERMS[2] + TERMS[3])
    lanes = (TERMS[0] + TERMS[2]) + (TERMS[1] + TERMS[3])
    assert ascending == 1.0
    assert ascending not in (descending, pairs, lanes, math.fsum(TERMS))


def column(values):
    return [[value] for value in values]


def test_affine_sums_inputs_in_order(k):
    ones = [[1.0] * 4]
    same(table(k, "affine", ones, [TERMS]), [[1.0]])
    same(table(k, "affine", [TERMS], ones), [[1.0]])
    same(table(k, "affine", ones, [TERMS], None), [[1.0]])


def test_the_bias_comes_first(k):
    """(1.0 + 1e16) − 1e16 = 0.0; added last the bias would survive: (1e16 − 1e16) + 1.0 = 1.0."""
    same(table(k, "affine", [[1.0, 1.0]], [[LARGE, -LARGE]], [[1.0]]), [[0.0]])


def test_without_bias_the_start_is_plus_zero(k):
    """0.0 + (−0.0) = +0.0, where a sum that starts with its first term would be −0.0."""
    same(table(k, "affine", [[-0.0]], [[1.0]]), [[0.0]])
    same(table(k, "affine", [[-0.0]], [[1.0]], [[-0.0]]), [[-0.0]])
    for name in ("affine_backward_input", "affine_backward_weights"):
        same(table(k, name, [[-0.0]], [[1.0]]), [[0.0]])
    for name in ("row_sums", "column_sums", "sum_of_magnitudes"):
        same(table(k, name, [[-0.0]]), [[0.0]])


def test_gradient_sums_run_in_order(k):
    ones = [[1.0] * 4]
    same(table(k, "affine_backward_input", [TERMS], column([1.0] * 4)), [[1.0]])  # units
    same(table(k, "affine_backward_input", ones, column(TERMS)), [[1.0]])
    same(table(k, "affine_backward_weights", column(TERMS), column([1.0] * 4)), [[1.0]])  # rows
    same(table(k, "affine_backward_weights", column([1.0] * 4), column(TERMS)), [[1.0]])


def test_sums_of_rows_and_columns_run_in_order(k):
    same(table(k, "row_sums", [TERMS, TERMS[::-1]]), [[1.0], [0.0]])
    same(table(k, "column_sums", column(TERMS)), [[1.0]])
    same(table(k, "column_sums", [[v, w] for v, w in zip(TERMS, TERMS[::-1])]), [[1.0, 0.0]])
    # 1e16 + 1 is a tie and goes to 1e16, four times; from the other end 4.0 is added at once.
    same(table(k, "sum_of_magnitudes", [[LARGE, 1.0], [-1.0, 1.0], [1.0, -0.0]]), [[LARGE]])
    same(table(k, "sum_of_magnitudes", [[1.0, 1.0], [1.0, -1.0], [LARGE, 0.0]]), [[LARGE + 4.0]])
    same(table(k, "sum_of_squares", [[1e8, 1.0], [-1.0, 1.0], [1.0, 0.0]]), [[LARGE]])
    same(table(k, "sum_of_squares", [[1.0, 1.0], [1.0, -1.0], [1e8, 0.0]]), [[LARGE + 4.0]])


def test_losses_and_softmax_sum_units_in_order(k):
    zeros = [[0.0] * 5]
    up, down = [1e8, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1e8]
    same(table(k, "squared_error", [up], zeros), [[LARGE]])
    same(table(k, "squared_error", [down], zeros), [[LARGE + 4.0]])
    same(table(k, "half_squared_error", [up], zeros), [[LARGE / 2.0]])
    same(table(k, "half_squared_error", [down], zeros), [[LARGE / 2.0 + 2.0]])
    # Σ d·o of softmax's backward pass: 1.0 ascending, so that d = 1.0 becomes o·(d − 1.0) = 0.0 (and ±1e16 ∓ 1.0 are
    # ties again, which go to ±1e16).
    same(table(k, "softmax_backward", [[1.0] * 4], [TERMS], 1.0), [[LARGE, 0.0, -LARGE, 0.0]])


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 16, 17, 33, 70])
def test_long_chains_are_the_naive_loop(k, n):
    """The triple loop written out again, on numbers whose every sum rounds."""
    value = iter(math.sin(0.7 * i) * 10.0 ** (i % 7 - 3) for i in range(10**6))
    x, weights = ([[next(value) for _ in range(n)] for _ in range(3)] for _ in range(2))
    bias = [next(value) for _ in range(3)]
    z = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            z[i][j] = bias[j]
            for place in range(n):
                z[i][j] = z[i][j] + x[i][place] * weights[j][place]
    same(table(k, "affine", x, weights, [bias]), z)


# --- Rule 3: what the reference may call ------------------------------------------------------------------------

CONSTANTS = {"pi", "e", "tau", "inf", "nan"}
MATH = {"sqrt", "floor", "frexp", "ldexp", "copysign", "fabs", "isnan", "isinf", *CONSTANTS}
MODULES = {"math", "random", "cmath", "numpy", "statistics", "decimal", "operator", "scipy"}


def violations(source, allowed=MATH):
    """(line, what) of everything that rule 3 forbids."""
    found = []
    allowed_from = {"math": allowed, "numpy": {"asarray"}}  # handing a matrix over is no arithmetic
    tree = ast.parse(source)
    names = {}  # a name in this file → the foreign module it stands for
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.split(".")[0]
                if top in MODULES:
                    names[each.asname or top] = top
                    if top not in allowed_from:
                        found.append((node.lineno, f"import {each.name}"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES and not node.level:
            for each in node.names:
                if each.name not in allowed_from.get(node.module, ()):
                    found.append((node.lineno, f"from {node.module} import {each.name}"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            if node.attr not in allowed_from.get(names[node.value.id], ()):
                found.append((node.lineno, f"{names[node.value.id]}.{node.attr}"))
        elif isinstance(node, ast.Name) and node.id in ("sum", "pow", "getattr", "__import__", "eval", "exec"):
            found.append((node.lineno, node.id))
        elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, (ast.Pow, ast.MatMult)):
            found.append((node.lineno, "**" if isinstance(node.op, ast.Pow) else "@"))
        elif isinstance(node, ast.Attribute) and node.attr in ("__pow__", "__rpow__", "fsum", "sumprod", "gauss"):
            found.append((node.lineno, node.attr))
    return found


def sources(room):
    """Every source of a room, in whatever folders it is split into."""
    return sorted((PACKAGE / room).rglob("*.py"))


def defined(paths):
    """The names of the functions that these files define."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_reference_needs_nothing_but_python():
    """The specification is math (see above) and itself: no other import that could compute."""
    kernels = [path for path in sources("kernels") if "reference" in path.relative_to(PACKAGE).as_posix()]
    assert set(SEAM) <= defined(kernels)  # guard: these are the files that the kernels stand in
    for path in sources("arithmetic") + kernels:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                assert module.split(".")[0] in ("__future__", "typing", "functools", "math", "refnet"), path.name


# Choosing and calling by name is not arithmetic: the C backend's wrapper looks up defaults and kernels, and so does
# the one that checks arguments.
LOOKS_UP = {"backend.py", "checked.py", "__init__.py"}


@pytest.mark.parametrize("room", ["arithmetic", "kernels"])
def test_the_reference_calls_nothing_forbidden(room):
    files = sources(room)
    wanted = set(SEAM) if room == "kernels" else {"exp", "log", "tanh", "mix", "normal", "permutation"}
    assert wanted <= defined(files)  # guard: nothing that computes stands elsewhere
    for path in files:
        found = violations(path.read_text(encoding="utf-8"))
        if path.name in LOOKS_UP:
            found = [each for each in found if each[1] != "getattr"]
        assert found == [], path.name


@pytest.mark.parametrize("module", [
    "layers", "losses", "parameters", "optimizers", "network", "model", "training", "checks", "data/preparation",
    "data/containers", "data/door", "data/playground",
])  # fmt: skip
def test_what_stands_on_it_calls_nothing_forbidden(module):
    """isfinite is looked at here, never computed with; getattr finds attributes."""
    for path in sources(module) or [PACKAGE / f"{module}.py"]:
        found = violations(path.read_text(encoding="utf-8"), MATH | {"isfinite"})
        assert [each for each in found if each[1] != "getattr"] == [], path.name


@pytest.mark.parametrize("planted", [
    "import math\ny = math.exp(1.0)", "import math as m\ny = m.tanh(1.0)", "from math import log",
    "from math import fsum as total", "import math\nmath.sumprod([1], [2])", "import math\nf = math.pow",
    "import math\nmath.hypot(1, 2)", "import math\nmath.dist([1], [2])", "import math\nmath.sin(1)",
    "import math\nmath.cos(1)", "import math\nmath.log1p(1)", "y = sum([1.0, 2.0])", "f = sum", "y = pow(2.0, 0.5)",
    "y = 2.0 ** 0.5", "y = 2.0\ny **= 2", "import random\nrandom.gauss(0, 1)", "from random import shuffle",
    "import random as r\nr.shuffle([1])", "import numpy as np\nnp.exp(1.0)", "from numpy import exp", "import cmath",
    "import operator\noperator.pow(2.0, 2.0)", "y = (2.0).__pow__(2.0)", "def f(x):\n    return [x ** 2 for _ in x]",
])  # fmt: skip
def test_the_search_finds_a_planted_violation(planted):
    clean = "import math\nfrom math import frexp\n\n\ndef root(x):\n    return math.sqrt(x) * math.inf\n\n\n"
    assert violations(clean) == []
    assert violations(clean + planted) != []


def test_the_reference_imports_no_room_above_it():
    """Floors import downwards only: arithmetic nothing of refnet but itself, kernels besides that the bytes' matrix."""
    for room, allowed in (("arithmetic", ("refnet.arithmetic",)), ("kernels", ("refnet.arithmetic", "refnet.kernels",
                                                                               "refnet._core"))):
        for path in sources(room):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
                if module.split(".")[0] == "refnet":
                    assert module.startswith(allowed), f"{room}/{path.name} imports {module}"


# --- Rule 5: division by zero -----------------------------------------------------------------------------------


def test_division_by_zero_follows_ieee(k):
    zeros, std = [[0.0] * 4], [[0.0, 0.0, -0.0, 0.0]]
    same(table(k, "standardize", [[1.0, -1.0, 1.0, 0.0]], zeros, std), [[INF, -INF, -INF, NAN]])
    same(table(k, "standardize_backward", [[1.0, -1.0, 1.0, NAN]], std), [[INF, -INF, -INF, NAN]])
    same(table(k, "cross_entropy_backward", [[0.0, -0.0, 0.0]], [[0.5, 0.5, 0.0]], 2.0), [[-INF, INF, 0.0]])
    # y/p and (1 − y)/(1 − p): 1/0, and at p = 1 the other; a term whose factor is 0 is 0, not 0/0.
    same(table(k, "binary_cross_entropy_backward", [[0.0, 1.0, 0.0, 1.0]], [[1.0, 0.0, 0.0, 1.0]], 1.0),
         [[-INF, INF, 1.0, -1.0]])
    same(table(k, "cross_entropy", [[0.0, 1.0]], [[1.0, 0.0]]), [[INF]])
    same(table(k, "cross_entropy", [[0.0, 1.0]], [[0.0, 1.0]]), [[0.0]])
    same(table(k, "binary_cross_entropy", [[0.0, 1.0]], [[1.0, 1.0]]), [[INF]])


# --- Rule 6: NaN and the two zeros ------------------------------------------------------------------------------


def test_nan_propagates(k):
    wild = [[1.0, NAN, 3.0], [NAN, 1.0, 2.0], [INF, 1.0, NAN]]
    same(table(k, "relu", [[NAN, -1.0, 2.0, -INF, INF]]), [[NAN, 0.0, 2.0, 0.0, INF]])
    same(table(k, "leaky_relu", [[NAN, -2.0, 2.0, -INF]], 0.5), [[NAN, -1.0, 2.0, -INF]])
    same(table(k, "row_maxima", wild), [[NAN], [NAN], [NAN]])
    same(table(k, "column_maxima", wild), [[NAN, NAN, NAN]])
    same(table(k, "row_maxima", [[1.0, 3.0, 2.0], [-INF, -5.0, -INF]]), [[3.0], [-5.0]])
    same(table(k, "row_argmax", [*wild, [1.0, 3.0, 3.0], [NAN, INF, NAN]]), [[1.0], [0.0], [2.0], [1.0], [0.0]])
    for name in ("sigmoid", "tanh", "softplus", "exp", "log", "expm1", "log1p"):
        same(table(k, name, [[NAN]]), [[NAN]])
    same(table(k, "softmax", [[0.0, NAN], [0.0, 0.0]], 1.0), [[NAN, NAN], [0.5, 0.5]])
    same(table(k, "affine", [[NAN, 1.0], [1.0, 1.0]], [[0.0, 2.0]]), [[NAN], [2.0]])
    same(table(k, "add_scaled_sign", [[1.0]], [[NAN]], 0.5), [[NAN]])


def test_the_zeros_are_told_apart(k):
    assert not same_bits(0.0, -0.0)
    same(table(k, "relu", [[-0.0, 0.0]]), [[0.0, 0.0]])  # 0.0 if z <= 0.0
    same(table(k, "leaky_relu", [[-0.0, 0.0]], 0.5), [[-0.0, 0.0]])  # z unless z < 0.0
    same(table(k, "relu_backward", [[-0.0, 0.0, 1.0, -1.0]], [[-0.0, 5.0, -0.0, 5.0]], 0.0), [[0.0, 0.0, -0.0, 0.0]])
    same(table(k, "relu_backward", [[-0.0, 0.0, 1.0, -1.0]], [[-0.0, 5.0, -0.0, 5.0]], 1.0), [[-0.0, 5.0, -0.0, 0.0]])
    same(table(k, "row_maxima", [[-0.0, 0.0], [0.0, -0.0]]), [[-0.0], [0.0]])  # the first of equals stays
    same(table(k, "column_maxima", [[-0.0, 0.0], [0.0, -0.0]]), [[-0.0, 0.0]])
    same(table(k, "add_scaled_sign", [[0.0, -0.0, 1.0]], [[-0.0, 0.0, -0.0]], 3.0), [[0.0, 0.0, 1.0]])
    same(table(k, "scale", [[0.0, -0.0]], -1.0), [[-0.0, 0.0]])
    same(table(k, "copy", [[-0.0, 0.0]]), [[-0.0, 0.0]])
    same(table(k, "tanh", [[-0.0, 0.0]]), [[-0.0, 0.0]])


# --- Rule 8: a row's result does not know its batch -------------------------------------------------------------

ROWS = [[math.sin(1.3 * i + j) for j in range(5)] for i in range(9)]


@pytest.mark.parametrize("name, others", [
    ("affine", ([[0.3, -0.7, 1e-3, 2.0, 0.1], [0.9, 0.2, -0.4, 0.5, -0.6]], [[0.25, -0.125]])),
    ("affine_backward_input", ([[0.3, -0.7], [0.1, 0.2], [0.3, 1e9], [-0.5, 0.5], [0.7, 0.6]],)),
    ("softmax", (0.7,)), ("sigmoid", ()), ("tanh", ()), ("row_sums", ()), ("row_maxima", ()), ("row_argmax", ()),
])  # fmt: skip
def test_a_row_alone_and_in_any_batch(k, name, others):
    whole = table(k, name, ROWS, *others)
    for start in range(9):
        for size in (1, 2, 4):
            same(table(k, name, ROWS[start : start + size], *others), whole[start : start + size])
    same(table(k, name, ROWS[::-1], *others), whole[::-1])


@pytest.mark.parametrize("last", [rn.Softmax, rn.Sigmoid, rn.ReLU])
def test_a_network_predicts_a_row_alike_in_any_batch(backend, last):
    net = rn.Network([rn.Input(5), rn.Dense(7), rn.Tanh(), rn.Dense(3), last()], backend=backend, seed=3)
    whole = net.forward(ROWS)
    assert len({value for row in whole for value in row}) > 3
    for i, row in enumerate(ROWS):
        same(net.forward([row]), [whole[i]])
    for size in (1, 2, 4, 8, 100):
        same(net.predict(ROWS, batch_size=size), whole)
    same(net.forward(ROWS, training=True), whole)


def test_the_reference_is_the_python_backend():
    from refnet.kernels import choose

    assert choose("python") is reference and reference.name == "python"
