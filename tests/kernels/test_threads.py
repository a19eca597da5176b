"""Is the work shared where the system makes few threads or none, and in whatever state it makes them?"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from modes import needs_modes

from refnet.kernels import native_or_none, why_no_c
from refnet.kernels.native import FORMATS
from refnet.kernels.native.loading import default_threads, processors

pytestmark = pytest.mark.skipif(native_or_none() is None, reason=why_no_c() or "built")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the limits and /proc of Linux")
ROOT = Path(__file__).resolve().parents[2]

BEGIN = f"""
import hashlib, os, resource, sys, threading
sys.path[:0] = [{str(ROOT)!r}, {str(Path(__file__).parents[1] / "helpers")!r}]
from refnet.kernels import choose
k = choose("c", sys.argv[1])
k.lib.refnet_set_least_share(1)
rows = [[((i * 7919 + j * 104729) % 1013) / 512.0 - 1.0 for j in range(150)] for i in range(130)]
x = k.matrix(rows)

def results():
    return [k.affine(x, x), k.affine_backward_weights(x, x), k.tanh(x), k.row_sums(x)]

def count():
    return len(os.listdir("/proc/self/task"))
"""
END = """
print(count() - 1, hashlib.sha256(b"".join(map(bytes, found))).hexdigest())
"""


def run(code, threads, number="binary64"):
    """(threads made, hash of the results, what was written to stderr) of a new process."""
    env = {**os.environ, "REFNET_THREADS": str(threads)}
    done = subprocess.run([sys.executable, "-c", BEGIN + code + END, number], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    made, digest = done.stdout.split()
    return int(made), digest


@cache
def hash_of_one_thread(number):
    made, digest = run("found = results()", 1, number)
    assert made == 0
    return digest


@pytest.fixture
def alone():
    """The hash of one thread's results."""
    return hash_of_one_thread("binary64")


@needs_linux
@pytest.mark.parametrize("number", FORMATS)
@pytest.mark.parametrize("threads", [2, 3, 16])
def test_as_many_threads_as_are_set(threads, number):
    assert run("found = results()", threads, number) == (threads - 1, hash_of_one_thread(number))


@needs_linux
def test_no_thread_can_be_made(alone):
    """As where a user may have no more processes: one thread, the same bits, and the process goes on."""
    code = """
if os.getuid() == 0:
    os.setuid(65534)  # no limit holds for root
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
try:
    threading.Thread(target=print).start()
    raise SystemExit("a thread was made: this test shows nothing")
except RuntimeError:
    pass
found = results()
"""
    assert run(code, threads=4) == (0, alone)


@needs_linux
def test_some_threads_can_be_made(alone):
    """As where memory is limited (ulimit -v): those that were made share the work, and leave memory for the program."""
    code = """
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), resource.RLIM_INFINITY))
found = results()
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
    made, digest = run(code, threads=1024)
    assert 0 < made < 40 and digest == alone


@needs_linux
@pytest.mark.parametrize("number", FORMATS)
def test_no_memory_for_packing(number):
    """Matrix products do without, by plain loops."""
    code = """
result = k.zeros(130, 130)
call = k.ffi.new("refnet_call *", {"format": k.format, "m": 130, "n": 130, "k": 150})
call.kernel = next(i for i in range(99) if k.ffi.string(k.lib.refnet_kernel_name(i)) == b"affine")
call.matrix[0] = call.matrix[1] = k.pointer(x)
call.matrix[3] = k.pointer(result)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used, resource.RLIM_INFINITY))
k.lib.refnet_run(call, 1)
try:
    bytearray(1 << 20)
    raise SystemExit("there was memory: this test shows nothing")
except MemoryError:
    pass
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
found = results()
assert result == found[0]
"""
    assert run(code, 1, number) == (0, hash_of_one_thread(number))


@needs_linux
def test_signals_are_left_to_the_program(alone):
    code = """
found = results()
for task in os.listdir("/proc/self/task"):
    status = dict(line.split(":", 1) for line in open(f"/proc/self/task/{task}/status"))
    blocked = int(status["SigBlk"], 16)
    assert bool(blocked & 1 << 1) == (int(task) != os.getpid()), task  # bit 1: SIGINT
"""
    assert run(code, threads=3) == (2, alone)


@needs_linux
@needs_modes
@pytest.mark.parametrize("name", ["upwards", "subnormal"])
def test_threads_made_while_the_caller_rounds_otherwise(alone, name):
    """A new thread inherits the modes of the one that makes it."""
    code = f"""
from modes import mode
with mode({name!r}):
    found = results()
"""
    assert run(code, threads=3) == (2, alone)


def test_the_default(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert default_threads() == processors() >= 1
    for asked, expected in [("3", 3), ("5,2", 5), ("100000", 1024), ("0", processors()), ("many", processors())]:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
        assert default_threads() == expected
