"""Does a network as one C file compute refnet's bits, with each compiler that is here? And what is refused?

tests/exchange/c_networks.py tries more networks, and more compilers on each.
"""

import math
import re
import shutil
import subprocess
from pathlib import Path

import c_networks
import pytest
from c_networks import WARNINGS, bits, case, difference, is_here, ways_of

import refnet as rn
from refnet.exchange import save_c
from refnet.exchange.c.library import Library
from refnet.exchange.c.saving import as_c
from refnet.exchange.c.texts import BEFORE
from refnet.kernels import SEAM, choose

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
# Kernels that are called before the training or to find its rows, and not in a step on rows that are given.
NOT_IN_A_STEP = {"take_byte_rows", "take_float_rows", "permutation", "orthonormal_rows"}


@pytest.fixture
def xor():
    """2-2-1, trained for two epochs."""
    network = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], seed=1)
    network.fit(*XOR, loss=rn.HalfSquaredError(), optimizer=rn.Momentum(0.5), epochs=2, batch_size=2)
    return network


def compiled(folder, text, *options, compiler="gcc"):
    """The program of a C file; (its process, or that of the compiler if it fails)."""
    if not shutil.which(compiler):
        pytest.skip(f"there is no {compiler} here: .ci/run installs it")
    source = folder / "net.c"
    source.write_text(text, encoding="utf-8")
    done = subprocess.run([compiler, *options, str(source), "-o", str(folder / "net")], capture_output=True, text=True)
    return subprocess.run([str(folder / "net")], capture_output=True, text=True) if not done.returncode else done


@pytest.mark.parametrize("seed", [2, 4, 7])
def test_fifty_steps_of_random_networks_keep_every_bit(tmp_path, seed):
    ways = ways_of(seed)
    if not ways:
        pytest.skip("there is no C compiler here: .ci/run installs gcc and clang")
    network, rows = case(seed)
    assert difference(tmp_path, network, as_c(network, "net", training=True, batch_size=rows), ways) == ""


@pytest.mark.parametrize("way", c_networks.WAYS)
def test_each_compiler_and_machine(tmp_path, way, xor):
    if not is_here(way):
        pytest.skip(f"the compiler or the emulator of {way!r} is missing: .ci/run installs it")
    assert difference(tmp_path, xor, as_c(xor, "net", training=True, batch_size=3), [way]) == ""


@pytest.mark.parametrize("real", ["double", "float"])
def test_every_kernel_of_a_step_is_written_as_c(real):
    """Which fails when a kernel is added that says what is not translated."""
    sizes, library, written = {"1": 1, "m": 3, "n": 2, "k": 4, "r": 2, "n+k": 6}, Library("net", real), set()
    for name, signature in SEAM.items():
        values = [sizes[each.rows] if each.kind == "count" else 1.0 for each in signature.arguments]
        shapes = [(sizes[each.rows], sizes[each.columns], "double" if each.wide else real)
                  if each.kind == "matrix" else None for each in signature.arguments]
        try:
            library.kernel(signature, values, shapes)
            written.add(name)
        except ValueError as error:
            assert name in str(error) and "not written as C" in str(error)
    assert set(SEAM) - written == NOT_IN_A_STEP


# Around each bend of an elementary function, and the numbers that are none.
NASTY = [
    0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e-310, 1e-17, -1e-17, 0.44, 0.46, -0.44, 1.0, -1.0, 0.5, 0.7071067811865476,
    0.7071067811865475, 1.4142135623730951, 2.0, 709.7, 709.9, -708.3, -709.0, -745.1, -745.2, -746.5, -59.9, -60.1,
    1e300, -1e300, 1.7976931348623157e308, -0.9999999999999999, 1e16, 4503599627370497.5, math.inf, -math.inf, math.nan,
]
FUNCTIONS = ["exp", "log", "expm1", "log1p", "softplus", "sigmoid", "tanh", "silu", "gelu"]
ROOTS = [x for x in NASTY if not x < 0.0] + [(1.0 + i / 1000.0) * 2.0 ** (37 * i % 2000 - 1000) for i in range(2000)]


def printed(folder, library, calls, numbers):
    """What a program prints that calls these functions of a library with the numbers: the bits of their results."""
    count, given = len(numbers), ", ".join(f"UINT64_C(0x{bits(number)})" for number in numbers)
    lines = [f"static const uint64_t given[{count}] = {{{given}}};", f"static double x[{count}], out[{count}];",
             "int main(void)", "{", "    union { double number; uint64_t bits; } y;",
             f"    for (int i = 0; i < {count}; i++) {{", "        y.bits = given[i];", "        x[i] = y.number;",
             "    }"]
    for call in calls:
        lines += [f"    {call};", f"    for (int i = 0; i < {count}; i++) {{", "        show(out[i]);", "    }"]
    text = "\n".join(["#include <stdio.h>", BEFORE.replace("NAME", "NET").replace(" WHERE", ""),
                      *library.constants.values(), *library.functions.values(), c_networks.SHOW, *lines,
                      "    return 0;", "}", ""])
    return compiled(folder, text, "-O2", *WARNINGS).stdout.split()


def test_elementary_functions(tmp_path):
    library, python = Library("net", "double"), choose("python")
    calls = [f"{library.kernel(SEAM[name], [None], [(1, len(NASTY), 'double')])}(x, out)" for name in FUNCTIONS]
    wanted = [bits(value) for name in FUNCTIONS for value in getattr(python, name)([NASTY])[0]]
    assert printed(tmp_path, library, calls, NASTY) == wanted


@pytest.mark.parametrize("is_own", [True, False])
def test_the_square_root_by_integers_is_that_of_the_processor(tmp_path, is_own):
    library = Library("net", "double")
    call = library.kernel(SEAM["deviations"], [None, 0.0], [(1, len(ROOTS), "double"), None])
    if is_own:
        library.functions["net_root"] = library.functions["net_root"].replace("__GNUC__", "NO_COMPILER")
    assert printed(tmp_path, library, [f"{call}(x, 0.0, out)"], ROOTS) == [bits(math.sqrt(x + 0.0)) for x in ROOTS]


def test_the_self_test(tmp_path, xor):
    text = as_c(xor, "net", training=True, batch_size=3).text
    done = compiled(tmp_path, text, "-DNET_SELF_TEST", *WARNINGS)
    assert (done.returncode, done.stdout) == (0, "net: the bits are refnet's\n")
    for function, check in (("net_predict", 2), ("net_train", 3)):  # the weights of another unit in one of the two
        before, head, after = text.rpartition(f"{function}(const double in[")
        wrong = after.replace("(in, net_dense1_weights, ", "(in, net_dense1_weights + 1, ", 1)
        done = compiled(tmp_path, before + head + wrong, "-DNET_SELF_TEST")
        assert (done.returncode, done.stdout) == (check, f"net: check {check} of the self-test failed\n")


def test_the_self_test_finds_fused_operations(tmp_path, xor):
    way = "arm -O3 -mfpu=neon-vfpv4"
    if not is_here(way):
        pytest.skip(f"the compiler or the emulator of {way!r} is missing: .ci/run installs it")
    text = as_c(xor, "net", training=True).text
    (tmp_path / "net.c").write_text(re.sub("#pragma GCC.*", "", text), encoding="utf-8")
    (compiler, *options), runner = c_networks.WAYS[way]
    subprocess.run([compiler, *options, "-ffp-contract=fast", "-DNET_SELF_TEST", tmp_path / "net.c", "-o",
                    tmp_path / "net"], check=True)
    assert subprocess.run([*runner, tmp_path / "net"], capture_output=True).returncode


@pytest.mark.parametrize("option", ["-ffast-math", "-Ofast", "-ffinite-math-only"])
def test_it_does_not_compile_with_another_arithmetic(tmp_path, xor, option):
    done = compiled(tmp_path, as_c(xor, "net").text, "-DNET_SELF_TEST", option)
    assert done.returncode and "without -ffast-math" in done.stderr


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_it_says_that_it_is_not_cpp(tmp_path, xor, compiler):
    """One error, not a hundred; as C beside a program in C++ it works, as docs/one_c_file.md has it."""
    text = as_c(xor, "xor", training=True, batch_size=4).text
    done = compiled(tmp_path, text, "-x", "c++", compiler=compiler)
    assert done.returncode and done.stderr.count("error:") == 1
    assert 'compile it as C, and declare what a program in C++ uses of it as extern "C"' in done.stderr
    page = Path(__file__).resolve().parents[2] / "docs" / "one_c_file.md"
    (declared,) = re.findall(r"```cpp\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "main.cpp").write_text(declared + "int main() { double out[1], in[2] = {1, 0}; xor_predict(in, out); "
                                       "return !(out[0] > 0 && out[0] < 1); }\n", encoding="utf-8")
    (tmp_path / "xor.c").write_text(text, encoding="utf-8")
    if not shutil.which("gcc"):
        pytest.skip("there is no gcc here: .ci/run installs it")
    for command in (["gcc", "-c", "xor.c"], [compiler, "main.cpp", "xor.o", "-o", "main"], ["./main"]):
        subprocess.run(command, cwd=tmp_path, check=True)


def test_the_file_leaves_the_network_alone(tmp_path, xor):
    before = xor.fingerprint(), rn.Network.__getstate__(xor)["rows"]
    sizes = save_c(xor, tmp_path / "xor.c", training=True, batch_size=4)
    assert (xor.fingerprint(), rn.Network.__getstate__(xor)["rows"]) == before
    # 9 weights and their velocities, and the rate
    assert sizes["weights"] == 72 and sizes["other numbers kept"] == 80 and sizes["work of predict"] == 40
    text = (tmp_path / "xor.c").read_text(encoding="utf-8")
    assert "weights 72, other numbers kept 80, work of xor_predict 40, work of xor_train" in text
    assert "double xor_dense1_weights_velocity[4] = {" in text and text == as_c(xor, "xor", training=True,
                                                                                batch_size=4).text


def test_only_what_is_used_comes_into_the_file(xor):
    text = as_c(xor, "net").text
    assert "const double net_dense1_weights[4]" in text and "net_train" not in text and "update" not in text
    assert "velocity" not in text and text.count("static inline") == 7


@rn.register
class Sum(rn.Layer):
    """A user's own layer: o = x + (0.5, 0.25, …), a matrix that it makes anew each time."""

    def forward(self, x, training=False):
        rows, units = self.k.shape(x)
        return self.k.add(x, self.k.matrix([[0.5 / (j + 1) for j in range(units)]] * rows))

    def backward(self, d, input_gradient=True):
        return d


@rn.register
class Looking(rn.Layer):
    """A user's own layer that decides by a number."""

    def forward(self, x, training=False):
        return self.k.scale(x, 2.0 if self.k.tolist(x)[0][0] > 0.0 else 3.0)

    def backward(self, d, input_gradient=True):
        return d


def test_a_layer_of_one_s_own(tmp_path):
    network = rn.Network([rn.Input(2), Sum(), rn.Dense(2), rn.Softmax()], seed=3)
    file = as_c(network, "net", training=True, loss=rn.CrossEntropy(), optimizer=rn.Adam(0.1), batch_size=2)
    assert "const double net_constant1[4]" in file.text and "const double net_predict_constant1[2]" in file.text
    done = compiled(tmp_path, file.text, "-DNET_SELF_TEST", *WARNINGS)
    assert (done.returncode, done.stdout) == (0, "net: the bits are refnet's\n")


def network_with(*layers, number=None):
    return rn.Network([rn.Input(2), *layers, rn.Dense(1)], seed=1, number=number)


@pytest.mark.parametrize(("network", "how", "message"), [
    ("xor.refnet", {}, "network: 'xor.refnet'; expected a Network"),
    (network_with(number="Q7.8"), {}, "number: 'Q7.8'; allowed in a C file: 'binary64' and 'binary32'"),
    (network_with(number="binary32:binary64"), {}, "number: 'binary32:binary64'; allowed"),
    (network_with(), {"training": True}, "optimizer: None, and the network has none"),
    (network_with(), {"training": 1, "optimizer": "sgdd"}, "training|optimizer"),
    (network_with(), {"training": True, "optimizer": "sgdd"}, "optimizer: 'sgdd'"),
    (network_with(), {"batch_size": 3}, "loss, optimizer, batch_size: .*allowed with training=True"),
    (network_with(), {"batch_size": 0}, "batch_size: 0"),
    (network_with(), {"name": "2-2-1"}, "name: '2-2-1'; allowed: letters"),
    (network_with(), {"name": "double"}, "name: 'double'; allowed: letters"),
    (network_with(Looking()), {}, "the step looks at a number"),
    (rn.Network([rn.Input(2), rn.Dense(3), rn.Linear()]),
     {"training": True, "optimizer": rn.SGD(), "loss": rn.CrossEntropy()}, "CrossEntropy|Softmax"),
])  # fmt: skip
def test_what_is_refused(tmp_path, network, how, message):
    with pytest.raises((TypeError, ValueError), match=message):
        save_c(network, tmp_path / "net.c", **how)
    assert not (tmp_path / "net.c").exists()


def test_a_name_that_the_templates_have_too(tmp_path, xor):
    for name in ("where", "name", "prefix"):
        done = compiled(tmp_path, as_c(xor, name).text, f"-D{name.upper()}_SELF_TEST", *WARNINGS)
        assert done.stdout == f"{name}: the bits are refnet's\n", done.stderr


def test_a_file_name_that_is_no_name_in_c(tmp_path):
    with pytest.raises(ValueError, match=r"2-2-1\.c'; allowed: a file name of letters"):
        save_c(network_with(), tmp_path / "2-2-1.c")
    assert save_c(network_with(), tmp_path / "2-2-1.c", name="net")["weights"] == 24
