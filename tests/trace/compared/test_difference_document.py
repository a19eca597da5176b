"""Is no cause missing in docs/difference.md, and is each attribute that it names one? (test_pages runs its code.)"""

import re
import shutil
import subprocess
from operator import attrgetter
from pathlib import Path

import pages
import pytest

import refnet as rn
from refnet.cli import main
from refnet.trace.compared.causes import CAUSES

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "difference.md").read_text(encoding="utf-8")


def test_its_attributes():
    net = rn.Network([rn.Input(1), rn.Dense(1)], seed=1)
    found = rn.traced(net, [[0.5]], [[1.0]]).difference({"dense1.z": [[2.0]]})
    names = re.findall(r"`([\w.]+)`", DOCUMENT[DOCUMENT.index("its attributes (") :].split(", …)")[0])
    assert len(names) == 9
    for name in names:
        attrgetter(name)(found)


def test_its_causes():
    """Each kind of cause has its word in the list, so that a new kind is not forgotten."""
    causes = DOCUMENT[DOCUMENT.index("## The causes") :].split("## Backends")[0]
    words = ("fused", "bias", "descending", "airwise", "lanes", "blocks", "rounded once", "binary32", "binary16", "−0",
             "flushed", "platform's", "sigmoid", "tanh", "softplus", "x·(1/m)", "√s", "derivative at 0", "NaN",
             "maximum", "not fused", "once", "divided", "root", "Adam's", "digits", "fixed point",
             "accumulator", "momentum", "double literals")
    assert all(word in causes for word in words)
    for cause in CAUSES:
        assert any(word in cause.name for word in words), cause.name


def test_its_program_in_c(tmp_path, monkeypatch, capsys):
    """As the page has it: weights.h from its Python, mine.c, and the two commands; then with the bias last."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        pytest.skip("there is no C compiler")
    monkeypatch.chdir(tmp_path)
    code = {language: [block.text for block in pages.blocks(DOCUMENT) if block.language == language]
            for language in ("python", "c")}
    names = {}
    for block in code["python"][:2]:
        exec(block, names)
    capsys.readouterr()
    (program,), (rows,) = code["c"], re.findall("    refnet diff mine.csv net.refnet --input '(.*)'\n", DOCUMENT)
    last = program.replace("z = dense1_bias[j]", "z = 0.0").replace("i, j, z)", "i, j, z + dense1_bias[j])")
    same = "    the same bits: 1 matrix, 9 numbers\n"
    for text, status, words in ((program, 0, same), (last, 1, "bias added last (")):
        (tmp_path / "mine.c").write_text(text, encoding="utf-8")
        subprocess.run([compiler, "-O2", "-ffp-contract=off", "-Wall", "-Werror", "mine.c", "-o", "mine"], check=True)
        with open("mine.csv", "w", encoding="utf-8") as file:
            subprocess.run(["./mine"], stdout=file, check=True)
        assert main(["diff", "mine.csv", "net.refnet", "--input", rows]) == status
        assert words.strip() in capsys.readouterr().out and words in DOCUMENT
