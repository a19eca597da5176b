"""What do all tests share? The backends, the data sets, and that no test of C passes by falling back to Python."""

import gc
import os
import sys
from pathlib import Path

os.environ.setdefault("REFNET_REQUIRE_C", "1")  # before refnet is imported

import pytest
import unchanged
from hypothesis import settings

import refnet as rn
from refnet.kernels import choose

settings.register_profile("no deadline", deadline=None)  # a busy machine is slow now and then; that is no failure
settings.load_profile("no deadline")

# The tests start hundreds of processes. Where Python may not keep what it has compiled, as in many a container, each
# compiles refnet anew, and takes twice as long; pytest, all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_finish():
    """Fifteen thousand tests and the modules they import are never garbage. A full collection that goes through them
    takes half a second, and there are hundreds.
    """
    gc.collect()
    getattr(gc, "freeze", lambda: None)()  # PyPy's collector has another way


@pytest.fixture(scope="module", autouse=True)
def not_waiting_for_the_disk(request):
    """Only tests/files waits until what it saves is on the disk: no other file has to survive a power cut, and each
    would take milliseconds. A descriptor that is none is an error all the same.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name != "files":
            patch.setattr(os, "fsync", os.fstat)
        yield


def kernels_of(name):
    """The kernels of a backend; skips where REFNET_REQUIRE_C=0 says that the reference is tested alone."""
    if name == "c" and os.environ["REFNET_REQUIRE_C"] != "1":
        pytest.skip("REFNET_REQUIRE_C is not 1: the reference is tested alone, without the C core")
    return choose(name)


@pytest.fixture(params=["python", "c"])
def backend(request):
    """The name of a backend; the test runs on each."""
    kernels_of(request.param)
    return request.param


@pytest.fixture
def k(backend):
    """The kernels of a backend; the test runs on each."""
    return choose(backend)


@pytest.fixture
def native():
    """The kernels of the C core."""
    return kernels_of("c")


@pytest.fixture
def both(native):
    """The kernels of the reference and of the C core."""
    return choose("python"), native


@pytest.fixture
def net(backend):
    """A classifier in the midst of training: 2-3-3, softmax, with momentum."""
    network = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(3), rn.Softmax()], backend=backend, seed=4)
    network.fit(unchanged.X, unchanged.Y, loss=rn.CrossEntropy(), optimizer=rn.Momentum(0.1), epochs=2, batch_size=3,
                penalty=rn.L2(0.01))
    return network


@pytest.fixture(params=["python to python", "python to c", "c to python", "c to c"])
def journey(request):
    """The backend a network is saved on and the one it is loaded on."""
    start, _, end = request.param.partition(" to ")
    for name in (start, end):
        kernels_of(name)
    return start, end


@pytest.fixture
def path(tmp_path):
    """Where a test may save a network."""
    return tmp_path / "model.refnet"


@pytest.fixture
def shared_data():
    """The folder of data sets that stands beside the project."""
    if not SHARED.is_dir():
        pytest.skip("the shared data sets are not beside the project")
    return SHARED


@pytest.fixture
def mnist_folder(shared_data):
    """The folder of MNIST's four files."""
    if not (shared_data / "mnist").is_dir():
        pytest.skip("MNIST is not beside the project")
    return shared_data / "mnist"
