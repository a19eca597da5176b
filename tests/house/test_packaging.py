"""Is all there that a user installs or builds from, and nothing else? The sdist, the wheel, their names and version."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import refnet
from refnet import __pyinstaller
from refnet.kernels import BackendError
from refnet.kernels.native import loading

ROOT = Path(__file__).resolve().parents[2]
ABI3 = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
VERSION = refnet.__version__

# What cffi's code calls of CPython; all of it is in the stable ABI since 3.2. A
# name that is not here is looked up in CPython's Doc/data/stable_abi.dat, and added or avoided.
STABLE = {"PyArg_UnpackTuple", "PyErr_Occurred", "PyEval_RestoreThread", "PyEval_SaveThread", "PyFloat_AsDouble",
          "PyFloat_FromDouble", "PyImport_ImportModule", "PyLong_FromLong", "PyLong_FromVoidPtr", "PyObject_CallMethod",
          "PyObject_Free", "PyObject_Malloc", "_Py_Dealloc", "_Py_NoneStruct", "Py_DecRef", "Py_IncRef",
          "PyErr_Format", "PyErr_SetString", "PyExc_ImportError", "PyExc_SystemError", "PyLong_FromUnsignedLong"}


def tracked():
    """The files of the project, as git has them."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("no git here that says which files the project has")
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist of a copy of the project, and the wheel of that sdist, built where there is no compiler."""
    pytest.importorskip("setuptools", reason="the extra `test` brings setuptools")
    folder = tmp_path_factory.mktemp("built")
    for name in tracked():
        (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / "source" / name)
    (folder / "source" / "refnet" / "_core.abi3.so").write_bytes(b"of another machine")
    build = "import setuptools.build_meta as build; build.build_{}({!r})"
    run = {"check": True, "capture_output": True, "text": True}
    subprocess.run([sys.executable, "-c", build.format("sdist", str(folder))], cwd=folder / "source", **run)
    [sdist] = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        packed.extractall(folder / "unpacked", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    [unpacked] = (folder / "unpacked").iterdir()
    environment = {"CC": "no-such-compiler", "CXX": "no-such-compiler", "LDSHARED": "no-such-compiler", "PATH": ""}
    subprocess.run([sys.executable, "-c", build.format("wheel", str(folder))], cwd=unpacked, env=environment, **run)
    [wheel] = folder.glob("*.whl")
    return sdist, wheel, folder


def test_the_sdist_holds_the_whole_project_and_nothing_else(built):
    sdist = built[0]
    assert sdist.name == f"refnet-{VERSION}.tar.gz"
    with tarfile.open(sdist) as packed:
        names = {each.name.partition("/")[2] for each in packed.getmembers() if each.isfile()}
    made = {name for name in names if name in ("PKG-INFO", "setup.cfg") or name.startswith("refnet.egg-info/")}
    assert names - made == set(tracked()) - {".gitignore"}
    assert {"build_ffi.py", "csrc/refnet.h", "tests/conftest.py", "docs/features.md", "CHANGELOG.md"} < names


def test_the_wheel_holds_the_package_and_nothing_else(built):
    with zipfile.ZipFile(built[1]) as packed:
        names = set(packed.namelist())
    about = {name for name in names if name.startswith(f"refnet-{VERSION}.dist-info/")}
    assert names - about == {name for name in tracked() if name.startswith("refnet/")}
    assert {"refnet/py.typed", "refnet/verify/vectors/FORMAT.md", "refnet/__pyinstaller/hook-refnet.py"} < names
    assert f"refnet-{VERSION}.dist-info/licenses/LICENSE" in about


@pytest.mark.skipif(not ABI3, reason="this Python has no limited API")
def test_one_wheel_serves_all_pythons(built):
    assert re.fullmatch(rf"refnet-{re.escape(VERSION)}-cp39-abi3-\w+\.whl", built[1].name)


def test_the_wheel_says_what_it_is(built):
    with zipfile.ZipFile(built[1]) as packed:
        about = f"refnet-{VERSION}.dist-info"
        text = packed.read(f"{about}/METADATA").decode()
        entries = packed.read(f"{about}/entry_points.txt").decode()
    for line in (f"Version: {VERSION}", "Requires-Python: >=3.9", "License-Expression: MIT",
                 "Requires-Dist: cffi>=1.16", "Classifier: Development Status :: 5 - Production/Stable"):
        assert line in text.splitlines()
    assert "refnet = refnet.cli:main" in entries and "hook-dirs = refnet.__pyinstaller:hook_dirs" in entries


def test_no_path_of_this_machine_is_in_them(built):
    sdist, wheel, folder = built
    paths = [str(each).encode() for each in (ROOT, folder, Path.home()) if len(str(each)) > 6]
    assert paths
    with zipfile.ZipFile(wheel) as packed:
        found = {name: packed.read(name) for name in packed.namelist()}
    with tarfile.open(sdist) as packed:
        found.update({each.name: packed.extractfile(each).read() for each in packed.getmembers() if each.isfile()})
    assert [name for name, content in found.items() for path in paths if path in content] == []


def test_the_version_is_that_of_the_changelog_and_of_the_citation():
    """And pyproject.toml has none of its own."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[?(\d[\w.]*)", text, re.MULTILINE)[0] == VERSION
    date = re.findall(rf"^## \[?{re.escape(VERSION)}\]? – (\S+)$", text, re.MULTILINE)
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert [f"version: {VERSION}", *(f"date-released: {day}" for day in date)] == re.findall(
        r"^(?:version|date-released): .*", citation, re.MULTILINE)
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_c_core_calls_the_stable_abi_alone():
    if not shutil.which("nm"):
        pytest.skip("no nm on this machine")
    core = pytest.importorskip("refnet._core", reason="the C core is not built").__file__
    if ".abi3." not in core or sys.platform != "linux":
        pytest.skip(f"{core} is not for the limited API, or no ELF file")
    done = subprocess.run(["nm", "-D", "--undefined-only", core], capture_output=True, text=True, check=True)
    called = set(re.findall(r" U (_?Py\w+)", done.stdout))
    assert "PyImport_ImportModule" in called and called - STABLE == set()


def test_what_is_run_on_each_wheel_is_there():
    table = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.cibuildwheel]")[2]
    paths = re.findall(r"\{project\}/([\w/.]+)", table)
    assert paths and all((ROOT / path).exists() for path in paths)


# --- Where the C core cannot be ---


def test_a_memoryview_that_loses_rows_is_noticed(monkeypatch):
    """That of PyPy 7.3.11: the bytes of rows 1 and 2 of four are half of them."""
    class Lossy:
        def __init__(self, contents):
            self.nbytes = len(contents)

        def cast(self, code, shape=()):
            return self

        def __getitem__(self, rows):
            return Lossy(b"12")

    monkeypatch.setattr(loading, "memoryview", Lossy, raising=False)
    with pytest.raises(BackendError, match="memoryview loses bytes"):
        loading.load()


def test_pypy_checks_the_reference_and_says_why_not_c(tmp_path):
    """Out of the folder alone. (Debian's PyPy 7.3.11 loses the bytes; a later one may not, and has no C core built.)"""
    if not shutil.which("pypy3"):
        pytest.skip("no pypy3 on this machine")
    done = subprocess.run(["pypy3", "-m", "refnet", "check", "--cases", "1", "--number", "binary64"], cwd=tmp_path,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "REFNET_REQUIRE_C": "0"}, capture_output=True,
                          encoding="utf-8")
    text = " ".join(done.stdout.split())
    assert (done.returncode, done.stderr) == (0, "") and "The reference computes the right bits" in text
    assert "memoryview loses bytes" in text or "not built" in text or "cffi" in text


# --- One program with refnet in it ---


def test_pyinstaller_is_told_where_the_hook_is():
    [folder] = __pyinstaller.hook_dirs()
    assert (Path(folder) / "hook-refnet.py").is_file()


PROGRAM = """
import refnet as rn
from refnet.verify import vectors
net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], backend="c", seed=1)
net.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], optimizer=rn.Adam(0.1), epochs=20)
print(net.backend, net.fingerprint(), vectors.write("kit", vectors.Extent(calls=1, epochs=1, only="functions/exp")))
"""


def test_pyinstaller_makes_a_program_that_trains_in_c(tmp_path, native):
    """It starts with no Python, no environment; vectors reads data files of the package and its source."""
    pytest.importorskip("PyInstaller", reason="the extra `test` brings PyInstaller")
    if not sysconfig.get_config_var("Py_ENABLE_SHARED") and os.name == "posix":
        pytest.skip("PyInstaller needs a Python with a shared library, and this one has none")
    (tmp_path / "learn.py").write_text(PROGRAM, encoding="utf-8")
    hooks = ["--additional-hooks-dir", *__pyinstaller.hook_dirs()]
    others = [word for name in ("numpy", "matplotlib", "sklearn", "pandas", "onnx", "scipy", "mpmath", "distributed")
              for word in ("--exclude-module", name)]
    subprocess.run([sys.executable, "-m", "PyInstaller", "--onedir", "--paths", str(ROOT), *hooks, *others, "learn.py"],
                   cwd=tmp_path, check=True, capture_output=True)
    frozen = subprocess.run([str(tmp_path / "dist" / "learn" / "learn")], cwd=tmp_path, env={}, capture_output=True)
    plain = subprocess.run([sys.executable, "learn.py"], cwd=tmp_path, capture_output=True)
    assert frozen.stderr == b"" and frozen.stdout == plain.stdout and plain.stdout.startswith(b"c ")
