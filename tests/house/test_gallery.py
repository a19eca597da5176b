"""Do the gallery's programs run, print what docs/gallery.md shows of them, and draw a picture that fits a slide?

A program takes the name of its picture as its only argument, or none. Each takes seconds, at most a minute.
"""

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted((ROOT / "examples" / "gallery").glob("*.py"))
PAGE = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")


def heading(name):
    """A heading leads to its program."""
    return f"[`{name}.py`](../examples/gallery/{name}.py)"


def section(name):
    """What the page has from a program's heading to the next heading."""
    found = re.search(rf"^### {re.escape(heading(name))}$.*?(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/gallery.md has no heading ### {heading(name)}"
    return found.group(0)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_it_prints_what_the_page_shows_and_draws_its_picture(path, tmp_path, native):
    """refnet computes the same bits everywhere, so what is printed is the same everywhere too."""
    pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")
    picture = tmp_path / "picture.png"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, str(path), str(picture)], env=environment, capture_output=True,
                          encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    (shown,) = re.findall(r"^```text\n(.*?)^```", section(path.stem), re.DOTALL | re.MULTILINE)
    assert done.stdout == shown
    start = picture.read_bytes()[:24]
    assert start.startswith(b"\x89PNG") and struct.unpack(">I", start[16:20])[0] == 800


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_it_is_short_and_says_what_to_look_at(path):
    text = path.read_text(encoding="utf-8")
    first = re.match(r'"""(.*?)"""', text, re.DOTALL).group(1)
    assert "\nLook at: " in first and len(text.splitlines()) <= 60
    assert "![" in section(path.stem) and f"](pictures/{path.stem}.png)" in section(path.stem)
    assert (ROOT / "docs" / "pictures" / f"{path.stem}.png").stat().st_size < 150_000


def test_the_page_has_no_program_that_is_gone():
    assert set(re.findall(r"^### (.*)$", PAGE, re.MULTILINE)) == {heading(path.stem) for path in PROGRAMS}
