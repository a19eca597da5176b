"""Does csrc mirror the reference? Each kernel in the header of the same name, under its signature, and listed there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from refnet.kernels import REFERENCE
from refnet.kernels.seam import SEAM

ROOT = Path(__file__).resolve().parents[2]
CSRC = ROOT / "csrc"
FILE = {name: getattr(REFERENCE, name).__module__.rpartition(".")[2] for name in SEAM}
HEADERS = {file: (CSRC / "kernels" / f"{file}.h").read_text(encoding="utf-8") for file in sorted(set(FILE.values()))}

# A comment, and right below it one function, or some lines of macros that define a kernel each.
DEFINED = re.compile(
    r"^/\* ([^*\n]+(?:\n \* [^*\n]+)*) \*/\n"
    r"(static void kernel_\w+\(const refnet_call \*c, int64_t first, int64_t last\)\n|"
    r"static void add_\w+\(const refnet_call \*c, int64_t first, int64_t last, int64_t from, int64_t to\)\n|"
    r"(?:[A-Z]\w+\(\w+, .*\)\n)+)",
    re.MULTILINE,
)
NAME = re.compile(r"^(?:static void (?:kernel|add)_|[A-Z]\w+\()(\w+)", re.MULTILINE)
LISTED = re.compile(r"\b(?:ADDING_)?(?:PRODUCT_)?KERNEL\((\w+), (?:WHOLE|ROWS|COLUMNS|ELEMENTS|LARGER_OF_\w+), \d+\)")


def faults(file, header):
    """Where a header differs from its reference file."""
    expected = [(name, SEAM[name].text) for name in SEAM if FILE[name] == file]
    found = [(text.replace("\n *", ""), code) for text, code in DEFINED.findall(header)]
    defined = {(name, text) for text, code in found for name in NAME.findall(code)}
    wrong = [f"defined: {pair}" for pair in defined.symmetric_difference(expected)]
    listed, at_the_end = LISTED.findall(header), LISTED.findall(header.partition(f"#define {file.upper()}_KERNELS ")[2])
    if not sorted(listed) == sorted(at_the_end) == sorted(name for name, _ in expected):
        wrong.append(f"listed: {listed}")
    return wrong


@pytest.mark.parametrize("file", HEADERS)
def test_header_has_the_kernels_of_its_reference_file(file):
    assert faults(file, HEADERS[file]) == []


def test_every_list_is_gathered():
    table = (CSRC / "kernels.h").read_text(encoding="utf-8")
    for file in HEADERS:
        assert f'#include "kernels/{file}.h"\n' in table
        assert re.search(rf"\b{file.upper()}_KERNELS\b", table)


def test_no_header_without_a_reference_file():
    included = {"call", "matmul", "packing", "thin"}  # by those
    assert {path.stem for path in (CSRC / "kernels").glob("*.h")} == {*HEADERS, *included}
    arithmetic = {path.stem for path in (CSRC / "arithmetic").glob("*.h")}
    fast = {"stretches", "rounded"}  # the functions of elementary.h for many numbers
    assert fast < arithmetic <= fast | {path.stem for path in (ROOT / "refnet" / "arithmetic").glob("*.py")}


@pytest.mark.parametrize("file, old, new", [
    ("activations", "/* z: m n, slope: number -> m n */", "/* z: m n, alpha: number -> m n */"),  # another name
    ("activations", "/* z: m n, d: m n -> 1 n */", "/* z: m n, d: m n -> m 1 */"),  # another shape
    ("activations", "/* z: m n, d: m n -> 1 n */\n", ""),  # none
    ("activations", "/* z: m n, slope: 1 n -> m n */\n", "/* z: m n, slope: 1 n -> m n */\n\n"),  # not right above
    ("activations", "ELEMENTWISE_1(relu, ", "ELEMENTWISE_1(rectify, "),
    ("activations", "kernel_prelu(", "kernel_repeated("),
    ("activations", "kernel_prelu(", "prelu("),
    ("elementwise", "ELEMENTWISE_2(subtract, a - b)\n", ""),
    ("elementwise", "ELEMENTWISE_1(scale, number * a)\n/* x: m n -> m n */\n", "ELEMENTWISE_1(scale, number * a)\n"),
    ("adaptive", " * epsilon: number, inside: flag */", " * epsilon: number, inside: number */"),  # in its second line
    ("sums", "KERNEL(row_sums, ROWS, 16)", ""),
    ("sums", "KERNEL(row_sums, ROWS, 16)", "KERNEL(row_sums, ROWS, 16) KERNEL(row_sums, ROWS, 16)"),
    ("sums", "KERNEL(row_sums, ROWS, 16)", "KERNEL(add, ROWS, 16)"),
    ("sums", "#define SUMS_KERNELS", "#define OTHER_KERNELS"),
])  # fmt: skip
def test_a_planted_fault_is_found(file, old, new):
    assert old in HEADERS[file]
    assert faults(file, HEADERS[file].replace(old, new, 1))


@pytest.mark.parametrize("source", ["baseline.c", "baseline_binary32.c", "avx2_binary32.c", "avx512_binary32.c"])
def test_no_number_is_converted_unless_it_says_so(source):
    """A literal such as 0.5 among floats would make binary64 of a binary32 formula, silently."""
    assert warnings(CSRC / source) == []


def test_a_planted_double_is_found(tmp_path):
    shutil.copytree(CSRC, tmp_path / "csrc")
    header = tmp_path / "csrc" / "kernels" / "activations.h"
    header.write_text(header.read_text(encoding="utf-8").replace("a > 0 ? b : b * (a + number)", "b * (a + 0.5)"))
    assert any("Wdouble-promotion" in line for line in warnings(tmp_path / "csrc" / "baseline_binary32.c"))


def warnings(source):
    """What gcc or clang warns of where numbers change their type."""
    if not shutil.which("cc"):
        pytest.skip("no C compiler")
    command = ["cc", "-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Wdouble-promotion", "-Wfloat-conversion"]
    done = subprocess.run([*command, f"-I{source.parent}", str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stderr.splitlines() if "warning:" in line]
