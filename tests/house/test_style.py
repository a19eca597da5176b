"""Do the linter and the type checker find nothing, and does no file name a path of one machine?"""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(tool, *arguments):
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([sys.executable, "-m", tool, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff():
    run("ruff", "check", ".")


def test_mypy():
    run("mypy")


def test_no_path_of_one_machine():
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("not a git repository: what belongs to the project is not known")
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            check=True, capture_output=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert Path(__file__) in files
    # In pieces, or this file would name one itself.
    folders = "|".join(("ro" + "ot", "ho" + "me", "wo" + "rk", "Us" + "ers", "tm" + "p/w"))
    forbidden = re.compile(rf"(?<![\w.\]}})])/({folders})/\w")
    assert forbidden.search("see " + "/ro" + "ot/x") and forbidden.search('"' + "/wo" + "rk/main")  # it finds some
    for path in files:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found = forbidden.search(text)
        assert not found, f"{path.relative_to(ROOT)} names {found.group()}…"
