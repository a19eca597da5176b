"""Does `refnet vectors` write, check and stream as its help says, and refuse what has no effect?"""

import json

import pytest

from refnet.kernels import SEAM
from refnet.verify import vectors


def test_writing_and_checking(refnet_command, here):
    words = ("--calls", 1, "--epochs", 1, "--seed", 3, "--only", "kernels/add,runs/sgd", "--c", "--npy", "--readmemh")
    status, out, err = refnet_command("vectors", "OUT", *words)
    assert (status, err) == (0, "") and out.startswith("OUT: 5 files\nOUT/c: 2 files\nOUT/npy: ")
    assert json.loads((here / "OUT/manifest.json").read_text())["seed"] == 3
    assert refnet_command("vectors", "--check", "OUT") == (0, "✓ OUT: every byte is right\n", "")
    path = here / "OUT/kernels/add.json"
    path.write_text(path.read_text().replace('"bits": ["', '"bits": ["0', 1))
    status, out, err = refnet_command("vectors", "--check", "OUT", "--backend", "python")
    assert status == 1 and "kernels/add.json: line 12, calls[0].arguments.a.bits[0] (row 0, unit 0): " in out


def test_streaming(refnet_command):
    status, out, _ = refnet_command("vectors", "--stream", "sigmoid", "--seed", 7, "--count", 3)
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and len(lines) == 3 and {line["name"] for line in lines} == {"sigmoid"}
    assert refnet_command("vectors", "--stream", "sigmoid", "--seed", 7, "--count", 3)[1] == out
    assert refnet_command("vectors", "--stream", "sigmoid", "--count", 3)[1] != out
    assert set(SEAM) < set(vectors.SUBJECTS) and "sin" in vectors.SUBJECTS
    assert len(refnet_command("vectors", "--stream", "sin")[1].splitlines()) == 1000


@pytest.mark.parametrize(("words", "message"), [
    ([], "give a folder OUT, or --check FOLDER, or --stream NAME"),
    (["OUT", "--check", "OUT"], "give a folder OUT, or --check FOLDER, or --stream NAME"),
    (["OUT", "--count", "3"], "--count: it has no effect with OUT"),
    (["--check", "OUT", "--calls", "3"], "--calls: it has no effect with --check"),
    (["--stream", "exp", "--c"], "--c: it has no effect with --stream"),
    (["--stream", "expo"], "invalid choice: 'expo'; allowed: affine, "),
    (["--stream", "sigmiod"], "more; did you mean sigmoid? (see "),
    (["OUT", "--calls", "0"], "--calls: '0'; allowed: "),
    (["OUT", "--only", "kernels/ad"], "--only: 'kernels/ad' names no case"),
    (["--check", "nowhere"], "nowhere/manifest.json: No such file or directory"),
])  # fmt: skip
def test_what_is_refused(refnet_command, here, words, message):
    status, out, err = refnet_command("vectors", *words)
    assert (status, out) == (2, "") and message in err and err.count("\n") == 1
    assert list(here.iterdir()) == []


def test_help(refnet_command):
    status, out, _ = refnet_command("vectors", "--help")
    assert status == 0 and "refnet vectors --stream sigmoid --seed 7 --count 5" in out
