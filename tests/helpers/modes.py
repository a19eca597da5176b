"""How does a test switch the processor's floating-point modes? As another library would, for some lines only."""

import ctypes
import platform
import sys
from contextlib import contextmanager

import pytest

# The values of fesetround; where fegetenv stores the word with the bits that flush subnormals, and these bits.
MACHINES = {
    "x86_64": ({"upwards": 0x800, "downwards": 0x400, "towards zero": 0xC00}, 28, 0x8040),
    "aarch64": ({"upwards": 0x400000, "downwards": 0x800000, "towards zero": 0xC00000}, 0, 1 << 24),
}
MODES = ["upwards", "downwards", "towards zero", "subnormal"]
ELSEWHERE = sys.platform != "linux" or platform.machine() not in MACHINES
needs_modes = pytest.mark.skipif(ELSEWHERE, reason="how to switch modes is known here for Linux on x86-64 and aarch64")


@contextmanager
def mode(name):
    """One of MODES, or "" for none."""
    libm = ctypes.CDLL("libm.so.6")
    before, changed = ctypes.create_string_buffer(64), ctypes.create_string_buffer(64)
    libm.fegetenv(before)
    libm.fegetenv(changed)
    if name == "subnormal":
        _, where, bits = MACHINES[platform.machine()]
        word = int.from_bytes(changed[where : where + 4], "little") | bits
        changed[where : where + 4] = word.to_bytes(4, "little")
        libm.fesetenv(changed)
    elif name:
        libm.fesetround(MACHINES[platform.machine()][0][name])
    try:
        yield
    finally:
        libm.fesetenv(before)
