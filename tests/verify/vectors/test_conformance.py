"""Do the checkers in C and JavaScript, written from FORMAT.md, pass, and name the first number that differs?"""

import json
import shutil
import struct
import subprocess
from itertools import islice
from pathlib import Path

import pytest

from refnet.files import layout
from refnet.kernels import REFERENCE
from refnet.verify import vectors

ROOT = Path(__file__).resolve().parents[3]
HERE = ROOT / "examples" / "conformance"
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
NODE = shutil.which("node")


@pytest.fixture(params=["c", "js"], scope="module")
def checker(request, tmp_path_factory):
    """The words that run a checker."""
    if request.param == "js":
        if not NODE:
            pytest.skip("node is not installed")
        return [NODE, str(HERE / "check.js")]
    if not COMPILER:
        pytest.skip("there is no C compiler")
    program = str(tmp_path_factory.mktemp("check") / "check")
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-O2", "-ffp-contract=off"]
    subprocess.run([COMPILER, *flags, str(HERE / "check.c"), "-o", program, "-lm"], check=True)
    return [program]


def run(checker, folder):
    done = subprocess.run([*checker, str(folder)], capture_output=True, encoding="utf-8")
    return done.returncode, done.stdout


def test_it_passes(checker):
    status, out = run(checker, HERE / "vectors")
    assert status == 0 and out == "pass: 381 numbers have the same bits\n"


def test_it_passes_in_binary32(checker, tmp_path):
    """And it rounds: a bit of a result of binary32 is missed by none."""
    only = "functions/exp,functions/sigmoid,kernels/affine,runs/sgd"
    vectors.write(tmp_path, vectors.Extent(calls=40, only=only, number="binary32"))
    status, out = run(checker, tmp_path)
    assert status == 0 and out.startswith("pass: "), out
    path = tmp_path / "runs" / "sgd.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    entry = document["steps"][3]["values"]["dense1.weights.new"]
    bits = int(entry["bits"][-1], 16) ^ 1
    (decimal,) = struct.unpack(">f", bits.to_bytes(4, "big"))
    entry["bits"][-1], entry["decimal"][-1] = f"{bits:08x}", decimal
    # As refnet writes it: a line for each list of numbers, which the checker in C reads.
    path.write_text(layout(document) + "\n", encoding="utf-8")
    status, out = run(checker, tmp_path)
    assert status == 1 and "steps[3].values.dense1.weights.new" in out and "row 2 unit 1: the file has" in out


def test_it_does_not_check_a_format_that_it_does_not_compute(checker, tmp_path):
    vectors.write(tmp_path, vectors.Extent(only="functions/exp", number="bfloat16"))
    status, out = run(checker, tmp_path)
    assert status == 1 and "is not computed here" in out


@pytest.mark.parametrize(("name", "path", "place"), [
    ("functions/exp.json", ("calls", 1, "results", "result"), "functions/exp.json: calls[1]"),
    ("functions/sigmoid.json", ("calls", 0, "results", "result"), "functions/sigmoid.json: calls[0]"),
    ("kernels/affine.json", ("calls", 1, "results", "result"), "kernels/affine.json: calls[1]"),
    ("runs/sgd.json", ("steps", 0, "values", "dense1.z"), "runs/sgd.json: steps[0].values.dense1.z"),
    ("runs/sgd.json", ("steps", 1, "values", "dense2.weights.new"), "steps[1].values.dense2.weights.new"),
    ("runs/sgd.json", ("steps", 1, "values", "loss"), "runs/sgd.json: steps[1].values.loss"),
    ("kernels/affine.json", ("calls", 1, "arguments", "weights"), "weights"),
    ("runs/sgd.json", ("data", "targets"), "targets"),
])  # fmt: skip
@pytest.mark.parametrize("is_a_slip", [True, False])
def test_it_names_a_wrong_bit(checker, tmp_path, name, path, place, is_a_slip):
    """A bit of a matrix's last number that is no NaN, alone or as if it had been computed so."""
    shutil.copytree(HERE / "vectors", tmp_path / "vectors")
    text = (tmp_path / "vectors" / name).read_text()
    entry = json.loads(text)
    for each in path:
        entry = entry[each]
    at = max(i for i, digits in enumerate(entry["bits"]) if digits != "7ff8000000000000")
    wrong = [*entry["bits"]]
    wrong[at] = f"{int(wrong[at], 16) ^ (1 if is_a_slip else 1 << 40):016x}"
    decimals = [*entry["decimal"]]
    if not is_a_slip:
        (decimals[at],) = struct.unpack(">d", bytes.fromhex(wrong[at]))
    old, new = ((each["bits"], each["decimal"]) for each in (entry, {"bits": wrong, "decimal": decimals}))
    place_of = text.rindex if path[1] == 1 else text.index  # the second step or call: the last of these numbers
    for before, after in zip(old, new):
        start = place_of(json.dumps(before))
        text = text[:start] + json.dumps(after) + text[start + len(json.dumps(before)) :]
    (tmp_path / "vectors" / name).write_text(text)
    status, out = run(checker, tmp_path / "vectors")
    row, unit = divmod(at, entry["shape"][1])
    assert status == 1 and f"differs: {name}" in out, out
    if is_a_slip:
        assert place in out and f"row {row} unit {unit}: the bits are those of" in out, out
    elif {"results", "values"} & set(path):  # of what is given, the result is another
        assert place in out and f"row {row} unit {unit}: the file has {wrong[at]}" in out, out
        assert f"computed {entry['bits'][at]}" in out


@pytest.mark.parametrize("name", ["sigmoid", "exp", "affine"])
def test_a_stream_is_checked_as_it_comes(name):
    if not NODE:
        pytest.skip("node is not installed")
    calls = islice(vectors.stream(name, 7, REFERENCE), 200)
    lines = "".join(json.dumps({"name": name, **call}) + "\n" for call in calls)  # as refnet vectors --stream
    wrong = lines.replace('"3f', '"3e', 1)
    for given, status, word in ((lines, 0, "pass: "), (wrong, 1, "differs: line ")):
        done = subprocess.run([NODE, str(HERE / "check.js"), "-"], input=given, capture_output=True, encoding="utf-8")
        assert done.returncode == status and done.stdout.startswith(word), done.stdout
