"""Does the C of docs/one_c_file.md compile with the file that its Python makes, and learn XOR?"""

import re
import shutil
import subprocess
from pathlib import Path

import pages
import pytest

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "one_c_file.md").read_text(encoding="utf-8")


def test_its_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (python,), (c,) = ([block.text for block in pages.blocks(DOCUMENT) if block.language == language]
                       for language in ("python", "c"))
    exec(python, {})
    head = (tmp_path / "xor.c").read_text(encoding="utf-8")
    for prototype in re.findall(r"^(?:void|double) xor_.*;$", c, re.MULTILINE):
        assert prototype in head
    if not shutil.which("gcc"):
        pytest.skip("there is no gcc here: .ci/run installs it")
    (tmp_path / "main.c").write_text(c, encoding="utf-8")
    subprocess.run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "xor.c", "main.c", "-o", "main"], check=True)
    loss, output = map(float, subprocess.run(["./main"], capture_output=True, text=True, check=True).stdout.split())
    assert loss < 0.01 and output > 0.9
