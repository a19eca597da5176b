"""What is built, whatever compiler and flags are asked for? The right bits, or a core that says so, or an error.

The flags of a user are tested in house/test_install.py, which builds the whole core anyway: half a minute of compiling.
"""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from looking_at_a_build import LOOK

ROOT = Path(__file__).resolve().parents[2]
CSRC = ROOT / "csrc"
pytestmark = pytest.mark.skipif(not shutil.which("cc") or os.name != "posix", reason="no compiler called cc")

def built(folder, **settings):
    """What a copy of the project, built with these environment variables, says of itself, line by line."""
    for part in ("refnet", "csrc"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("_core.*", "__pycache__"))
    shutil.copy(ROOT / "build_ffi.py", folder)
    env = {name: value for name, value in os.environ.items() if name not in ("REFNET_ISA", "REFNET_THREADS")}
    env.update(settings, PYTHONPATH=str(folder))
    build = subprocess.run([sys.executable, "build_ffi.py"], cwd=folder, env=env, capture_output=True, text=True)
    assert build.returncode == 0, build.stderr
    done = subprocess.run([sys.executable, "-W", "error", "-c", LOOK], cwd=folder, env=env, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_plain_loops(tmp_path):
    """The build for compilers without vector extensions."""
    first, *others = built(tmp_path, REFNET_PLAIN="1")
    assert first.startswith("['baseline']") and first.endswith("plain loops")
    assert others == ["[]", "no fault True"]


SELF_TEST = """
#define REFNET_REGISTER 16
#include "kernels/activations.h"
#include "kernels/examples.h"
#include "kernels/losses.h"
#include "kernels/updates.h"
#include "selftest.h"
int main(void) { return self_test(); }
"""


@pytest.mark.parametrize("flags, check", [
    ("", 0), ("-freciprocal-math", 7), ("-ffinite-math-only", 8), ("-fno-signed-zeros", 9),
    ("-fassociative-math -fno-signed-zeros", 5), ("-funsafe-math-optimizations", 3),  # links what flushes to zero
])  # fmt: skip
@pytest.mark.parametrize("size", [8, 4])
def test_the_self_test_notices_flags(tmp_path, flags, check, size):
    """Where nothing undoes them, because something other than build_ffi.py has built the core."""
    if "Free Software Foundation" not in subprocess.run(["cc", "--version"], capture_output=True, text=True).stdout:
        pytest.skip("what each flag does is known here for gcc")
    (tmp_path / "test.c").write_text(SELF_TEST)
    command = ["cc", "-std=c11", "-O3", "-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno", *flags.split(),
               f"-I{CSRC}", f"-DREFNET_REAL={size}", "test.c", "-o", "test", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert subprocess.run([str(tmp_path / "test")]).returncode == check


@pytest.mark.parametrize("method, is_right", [(0, True), (1, False), (2, False), (-1, False)])
def test_how_the_compiler_evaluates(tmp_path, method, is_right):
    """Method 1 is gcc's on s390x: float as double. Method 2 is the x87's."""
    source = tmp_path / "evaluates.c"
    source.write_text(f"#include <float.h>\n#undef FLT_EVAL_METHOD\n#define FLT_EVAL_METHOD {method}\n"
                      '#include "refnet.h"\n')
    done = subprocess.run(["cc", "-std=c11", f"-I{CSRC}", "-fsyntax-only", str(source)], capture_output=True, text=True)
    assert (done.returncode == 0) is is_right
    assert is_right or "in its own precision" in done.stderr


@pytest.mark.parametrize("file", ["build_ffi.py", "setup.py"])
def test_an_old_setuptools_is_told_so(monkeypatch, file):
    """One before 77 takes the licence in pyproject.toml for an error, and its message does not say what is needed."""
    setuptools = pytest.importorskip("setuptools", reason="the extra `test` brings setuptools")
    monkeypatch.setattr(setuptools, "__version__", "66.1.1")
    monkeypatch.setattr("importlib.metadata.version", lambda name: "66.1.1")
    with pytest.raises(SystemExit, match=rf"{file}: setuptools 66\.1\.1 .*needed: 77 or later"):
        runpy.run_path(str(ROOT / file), run_name="__main__")
