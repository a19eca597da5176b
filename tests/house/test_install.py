"""Does refnet install and run where there is less than here? No compiler; no cffi; nothing but the folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from modulefinder import ModuleFinder
from pathlib import Path

import pytest
from looking_at_a_build import LOOK

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["refnet", "csrc", "build_ffi.py", "setup.py", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"]

XOR = """
import refnet as rn
net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], seed=1)
net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], optimizer=rn.Nesterov(1.0), epochs=20, batch_size=3)
print(net.backend, net.fingerprint())
"""


def copy_project(folder):
    """Copy what a source distribution has, without anything built."""
    ignore = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "_core.c", "*.egg-info")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=ignore)
        else:
            shutil.copy(ROOT / part, folder / part)


def install(tmp_path, **environment):
    """`pip install .` of a fresh copy into a new folder, with the build tools of this environment."""
    pytest.importorskip("setuptools", reason="the extra `test` brings setuptools")
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    copy_project(source)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-build-isolation", "--no-deps", "--no-index",
               "--disable-pip-version-check", "--target", str(site), "."]
    done = subprocess.run(command, cwd=source, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return site


def run(code, path, *options, **environment):
    """The output of a Python program that finds refnet in `path`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("REFNET", "PYTHON"))}
    program = f"import sys; sys.path.insert(0, {str(path)!r})\n{code}"
    done = subprocess.run([sys.executable, *options, "-c", program], cwd=path, env={**clean, **environment},
                          capture_output=True, text=True)
    return done.returncode, done.stdout.strip(), done.stderr


@pytest.fixture(scope="module")
def reference_line():
    status, line, errors = run(XOR, ROOT, REFNET_BACKEND="python")
    assert status == 0, errors
    return line


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An installation whose C core was built, with all flags that a user could have set against the contract."""
    if not (shutil.which("cc") or shutil.which("gcc")):
        pytest.skip("no C compiler on this machine")
    flags = "-Ofast -ffast-math -freciprocal-math -ffinite-math-only -fno-signed-zeros -fassociative-math"
    flags = {} if os.name == "nt" else {"CFLAGS": flags, "LDFLAGS": flags}
    return install(tmp_path_factory.mktemp("built"), **flags)


def test_install_with_a_compiler_builds_the_c_core(site, reference_line):
    status, line, errors = run(XOR, site, REFNET_REQUIRE_C="1")
    assert status == 0, errors
    assert line == reference_line.replace("python", "c")
    status, text, errors = run("import runpy; sys.argv = ['refnet', '--version']\nrunpy.run_module('refnet')", site)
    assert (status, text.split()[0]) == (0, "refnet"), errors


def test_the_flags_of_a_user_are_undone(site):
    """Also in linking: without that, the core would switch flush-to-zero on for all of Python."""
    status, text, errors = run(LOOK, site, "-W", "error", REFNET_REQUIRE_C="1")
    assert status == 0, errors
    first, *differences, last = text.splitlines()
    assert first.startswith("['baseline'") and set(differences) == {"[]"} and last == "no fault True"


def test_install_without_a_compiler_gives_the_reference_and_says_so(tmp_path, reference_line):
    site = install(tmp_path, CC="no-such-compiler", CXX="no-such-compiler", LDSHARED="no-such-compiler")
    assert not list(site.glob("refnet/_core*"))
    assert run(XOR, site)[:2] == (0, reference_line)
    status, text, _ = run("from refnet.cli import main; sys.exit(main(['info']))", site)
    assert status == 0 and "python" in text and "not built" in text
    status, _, errors = run(XOR, site, REFNET_REQUIRE_C="1")
    assert status != 0 and "REFNET_REQUIRE_C=1" in errors and "not built" in errors
    status, _, errors = run(XOR, site, REFNET_BACKEND="c")
    assert status != 0 and "REFNET_BACKEND='c'" in errors and "not built" in errors


def test_the_bare_folder_runs_without_cffi(tmp_path, reference_line):
    copy_project(tmp_path)
    bare = ["-I", "-S"]  # no site-packages, no user's packages, no environment: the standard library alone
    status, line, errors = run(XOR, tmp_path, *bare)
    assert (status, line) == (0, reference_line), errors
    check = "from refnet.cli import main; sys.exit(main(['check', '--cases', '1']))"
    status, text, errors = run(check, tmp_path, *bare)
    assert status == 0, text + errors
    assert "cffi is not installed" in " ".join(text.split())


def test_a_zip_file_runs(tmp_path, reference_line):
    """As zipapp and zipimport use it: no folder, so no C core."""
    copy_project(tmp_path)
    with zipfile.ZipFile(tmp_path / "refnet.zip", "w") as packed:
        for path in sorted((tmp_path / "refnet").rglob("*.py")):
            packed.write(path, path.relative_to(tmp_path))
    shutil.rmtree(tmp_path / "refnet")
    found = f"sys.path.insert(0, {str(tmp_path / 'refnet.zip')!r})\n"  # of source, which each start compiles: one start
    commands = "from refnet.cli import main\nsys.exit(main(['check', '--cases', '1']) or main(['info']))"
    status, text, errors = run(f"{found}{XOR}{commands}", tmp_path, "-I", "-S")
    assert (status, text.partition("\n")[0]) == (0, reference_line), text + errors


def test_every_module_is_imported_by_name():
    """PyInstaller and its like follow import statements; a name in a string is lost to them."""
    finder = ModuleFinder(path=[str(ROOT)])
    finder.import_hook("refnet.__main__")
    files = [path.relative_to(ROOT).with_suffix("") for path in (ROOT / "refnet").rglob("*.py")
             if path.parent.name != "__pyinstaller"]  # which PyInstaller itself runs
    expected = {".".join(file.parts).removesuffix(".__init__") for file in files}
    assert len(expected) > 100 and expected - set(finder.modules) == set()
    sought = set(finder.any_missing()) | set(finder.modules)
    assert {"_cffi_backend", "refnet._core"} <= sought


def test_an_old_python_is_told_so(tmp_path):
    """Also by the bare folder, which pip has not checked."""
    copy_project(tmp_path)
    for start in ("import refnet", "import runpy; runpy.run_module('refnet')", "import refnet.arithmetic.random"):
        status, _, errors = run(f"sys.version_info = (3, 8, 18, 'final', 0)\n{start}", tmp_path, "-I", "-S")
        assert status == 1 and errors.endswith("ImportError: refnet needs Python 3.9 or later; this is Python 3.8.18\n")
