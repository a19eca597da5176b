"""Is a C core that cannot be used refused?"""

import sys
import types

import pytest

import refnet
from refnet.kernels import BackendError
from refnet.kernels.native import NativeKernels, load
from refnet.kernels.seam import SEAM


class Stub:
    """As much of cffi's ffi and lib as a core with these kernels needs to introduce itself."""

    NULL = None

    def __init__(self, names, failed=0):
        self.names, self.failed = names, failed

    def refnet_kernel_name(self, number):
        return self.names[number].encode() if number < len(self.names) else None

    def refnet_threads(self):
        return 1

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
    with pytest.raises(BackendError, match=f"stale, build it again.*{missing}"):
        NativeKernels(stub, stub)


def test_a_core_that_computes_other_bits_is_refused(monkeypatch):
    stub = Stub(list(SEAM), failed=3)
    monkeypatch.setitem(sys.modules, "_cffi_backend", types.ModuleType("_cffi_backend"))
    core = types.ModuleType("refnet._core")
    core.ffi = core.lib = stub
    core.__file__ = refnet.__file__.replace("__init__.py", "_core.so")
    monkeypatch.setitem(sys.modules, "refnet._core", core)
    with pytest.warns(RuntimeWarning, match="other bits"), pytest.raises(BackendError, match="self-test 3"):
        load()
