"""Which backend is chosen, and what is said where it is not there?"""

import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
from unchanged import Unchanged

import refnet as rn
from refnet.kernels import BackendError, choose
from refnet.kernels.native import Native, load
from refnet.kernels.seam import SEAM

# --- Choosing ---


def test_auto_is_c_where_it_is_built(native, monkeypatch):
    monkeypatch.delenv("REFNET_BACKEND", raising=False)
    assert rn.Network([rn.Input(1)]).backend == "c"
    monkeypatch.setenv("REFNET_BACKEND", "python")
    assert rn.Network([rn.Input(1)]).backend == "python"
    assert rn.Network([rn.Input(1)], backend="c").backend == "c"
    monkeypatch.setenv("REFNET_BACKEND", "c")
    assert rn.Network([rn.Input(1)]).backend == "c"
    assert rn.Network([rn.Input(1)], backend="python").backend == "python"
    assert choose("c") is native


@pytest.mark.parametrize("backend", ["fortran", "C", "Python", "", "numpy", None, 3, object(), ["c"]])
def test_unknown_backends(backend):
    for use in (choose, lambda b: rn.Network([rn.Input(1)], backend=b)):
        with pytest.raises(ValueError, match=r"backend: .*allowed: 'python', 'c'") as error:
            use(backend)
        assert repr(backend) in str(error.value)


def test_moving_to_an_unknown_backend(net):
    with Unchanged(net, ValueError, "backend", "'fortran'", "'python', 'c'"):
        net.to("fortran")


def test_an_unknown_backend_in_the_environment(monkeypatch):
    monkeypatch.setenv("REFNET_BACKEND", "fortran")
    for use in (choose, lambda: rn.Network([rn.Input(1)])):
        with pytest.raises(ValueError, match="REFNET_BACKEND: 'fortran'; allowed: 'python', 'c' and 'auto'"):
            use()
    assert choose("python").name == "python"  # an explicit name comes before the environment


# --- A C core asked for where none is built ---

PROGRAM = """
import sys
import types
{before}
sys.path.insert(0, {folder!r})
import refnet as rn
assert rn.__file__.startswith({folder!r}), rn.__file__
made = []
for asked in {asked}:
    try:
        made.append(rn.Network([rn.Input(2), rn.Dense(1)], backend=asked, seed=1))
        print("made:", made[-1].backend, made[-1].fingerprint())
    except ImportError as error:
        print(type(error).__name__ + ":", error)
    except ValueError as error:
        print(type(error).__name__ + ":", error)
net = rn.Network([rn.Input(2), rn.Dense(1)], backend="python", seed=1)
before = net.fingerprint()
try:
    net.to("c")
    print("moved")
except rn.BackendError as error:
    print("to:", error)
assert net.backend == "python" and net.fingerprint() == before
net.fit([[1.0, 2.0]], [0.5])
print("trained:", net.fingerprint() != before)
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A copy of the folder refnet/ alone, without the extension."""
    folder = tmp_path_factory.mktemp("bare")
    shutil.copytree(Path(rn.__file__).parent, folder / "refnet",
                    ignore=shutil.ignore_patterns("_core*", "__pycache__"))
    return folder


def run_bare(folder, asked=("c",), before="", isolated=False, **environment):
    """What a new Python process prints; isolated: without site-packages, so without cffi."""
    program = PROGRAM.format(folder=str(folder), asked=list(asked), before=before)
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("REFNET_", "PYTHON"))}
    command = [sys.executable, *(["-I", "-S"] if isolated else []), "-B", "-W", "error", "-c", program]
    done = subprocess.run(command, env={**settings, **environment}, capture_output=True, text=True, cwd=str(folder),
                          timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_bare_folder_says_that_c_is_not_built(bare):
    pytest.importorskip("_cffi_backend")
    expected = rn.Network([rn.Input(2), rn.Dense(1)], backend="python", seed=1).fingerprint()
    asked_for, fallen_back, moved, trained = run_bare(bare, asked=("c", "auto"))
    assert asked_for.startswith("BackendError: backend='c', but the C core is not built (a C compiler and `pip install")
    assert fallen_back == f"made: python {expected}"  # auto falls back, to the same bits
    assert moved.startswith("to: backend='c', but the C core is not built")
    assert trained == "trained: True"


def test_the_bare_folder_without_cffi(bare):
    expected = rn.Network([rn.Input(2), rn.Dense(1)], backend="python", seed=1).fingerprint()
    asked_for, fallen_back, moved, trained = run_bare(bare, asked=("c", "auto"), isolated=True)
    assert asked_for.startswith("BackendError: backend='c', but cffi is not installed (pip install cffi)")
    assert fallen_back == f"made: python {expected}"
    assert moved.startswith("to: ") and trained == "trained: True"


def test_cffi_hidden(bare):
    lines = run_bare(bare, before="sys.modules['_cffi_backend'] = None")
    assert lines[0].startswith("BackendError: backend='c', but cffi is not installed (pip install cffi)")


def test_c_asked_for_by_the_environment_where_it_is_not_built(bare):
    pytest.importorskip("_cffi_backend")
    (line, *_) = run_bare(bare, asked=("auto",), REFNET_BACKEND="c")
    assert line.startswith("BackendError: REFNET_BACKEND='c', but the C core is not built")
    required, asked, python, *_ = run_bare(bare, asked=("auto", "c", "python"), REFNET_REQUIRE_C="1")
    assert required.startswith("BackendError: REFNET_REQUIRE_C=1, but the C core is not built")
    assert asked.startswith("BackendError: backend='c', but the C core is not built")
    assert python.startswith("made: python ")
    (line, *_) = run_bare(bare, asked=("auto",), REFNET_BACKEND="python", REFNET_REQUIRE_C="1")
    assert line.startswith("made: python ")


def test_a_backend_error_is_an_import_error():
    assert issubclass(BackendError, ImportError) and rn.BackendError is BackendError


# --- A C core that cannot be used ---


class Stub:
    """The few parts of cffi's ffi and lib that say which kernels a core has."""

    NULL = None

    def __init__(self, names, failed=0):
        self.names, self.failed = names, failed

    def refnet_kernel_name(self, number):
        return self.names[number].encode() if number < len(self.names) else None

    def refnet_kernel_rows(self, number):
        return 0

    def refnet_set_threads(self, number):
        pass

    def refnet_self_test(self):
        return self.failed

    @staticmethod
    def string(text):
        return text


@pytest.mark.parametrize("names, missing", [
    ([name for name in SEAM if name != "tanh"], "tanh"), ([*SEAM, "convolve"], "convolve"), ([], "affine"),
])  # fmt: skip
def test_a_stale_core_is_refused(names, missing):
    stub = Stub(names)
    with pytest.raises(BackendError, match=f"stale.*build.*{missing}"):
        Native(stub, stub)


def test_a_core_that_computes_other_bits_is_refused(monkeypatch):
    stub = Stub(list(SEAM), failed=3)
    monkeypatch.setitem(sys.modules, "_cffi_backend", types.ModuleType("_cffi_backend"))
    core = types.ModuleType("refnet._core")
    core.ffi = core.lib = stub
    core.__file__ = rn.__file__.replace("__init__.py", "_core.so")
    monkeypatch.setitem(sys.modules, "refnet._core", core)
    monkeypatch.setattr(rn, "_core", core, raising=False)
    monkeypatch.delenv("REFNET_ISA", raising=False)
    with pytest.warns(RuntimeWarning, match="other bits"), pytest.raises(BackendError, match="self-test 3"):
        load()
