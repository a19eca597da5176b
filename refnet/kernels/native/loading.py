"""Is there a C core, and can it be trusted here? It is found, loaded, set up by the environment, and tested."""

from __future__ import annotations

import importlib
import os
import warnings
from typing import Any

from refnet.kernels.native.backend import BackendError, Native


def load() -> Native:
    """The C backend, in the instruction set REFNET_ISA and with REFNET_THREADS threads where these are given.

    Raises BackendError where it is not built, not loadable, or computes other bits, ValueError for what this
    machine does not have.
    """
    try:
        importlib.import_module("_cffi_backend")  # the extension needs it; asked for by itself to name what is missing
    except ImportError as error:
        raise BackendError(f"cffi is not installed (pip install cffi): {error}") from None
    # OpenMP reads this while it is loaded, and never again. Threads that wait by spinning, its default, take the
    # processor from those they wait for, as soon as another program runs: 10 times slower than one thread.
    policy = "OMP_WAIT_POLICY"
    unset = policy not in os.environ
    if unset:
        os.environ[policy] = "passive"
    try:
        core: Any = importlib.import_module("refnet._core")
        # A folder copied beside an installed refnet would find the other one's core, of whatever version.
        if os.path.dirname(core.__file__) != os.path.dirname(os.path.dirname(os.path.dirname(__file__))):
            raise ImportError(f"{core.__file__} belongs to another copy of refnet")
    except ImportError as error:
        raise BackendError(
            f"the C core is not built (a C compiler and `pip install .` build it): {error}"
        ) from None
    finally:
        if unset:
            del os.environ[policy]
    ffi, lib = core.ffi, core.lib
    kernels = Native(ffi, lib)
    lib.refnet_threads()  # from here on fork() is watched; before the first kernel is not too early
    if os.environ.get("REFNET_ISA"):
        kernels.instruction_set = os.environ["REFNET_ISA"]
    if os.environ.get("REFNET_THREADS"):
        kernels.threads = os.environ["REFNET_THREADS"]
    failed = lib.refnet_self_test()
    if failed:
        reason = f"the C core computes other bits than the reference (self-test {failed}) and is not used"
        warnings.warn(reason, RuntimeWarning, stacklevel=2)
        raise BackendError(reason)
    return kernels
