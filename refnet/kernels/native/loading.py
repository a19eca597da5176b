"""Is there a C core, and can it be trusted here? It is found, loaded, set up by the environment, and tested."""

import importlib
import os
import warnings
from typing import Any

from refnet.kernels.native.backend import BackendError, Native


def load() -> Native:
    """The C backend, with the instruction set REFNET_ISA and REFNET_THREADS threads if these are set.

    Raises BackendError if the C core is not built, cannot be loaded or computes other bits; ValueError if this machine
    does not have what is set.
    """
    try:
        importlib.import_module("_cffi_backend")  # the extension needs it; imported first to say what is missing
    except ImportError as error:
        raise BackendError(f"cffi is not installed (pip install cffi): {error}") from None
    # OpenMP reads this once, when it is loaded. By default its threads wait by spinning; as soon as another program
    # runs they take the processor from the threads that they wait for: 10 times slower than one thread.
    policy = "OMP_WAIT_POLICY"
    unset = policy not in os.environ
    if unset:
        os.environ[policy] = "passive"
    try:
        core: Any = importlib.import_module("refnet._core")
        # A folder copied beside an installed refnet would find the core of the other, of any version.
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
    lib.refnet_threads()  # starts watching fork(), which has to be before the first kernel
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
