"""Is there a C core, and can it be trusted here? It is found, loaded, set up by the environment, and tested."""

import os
import warnings

from refnet.arithmetic import environment
from refnet.kernels.native.backend import BackendError, Native


def load() -> Native:
    """The C backend, with the instruction set REFNET_ISA and REFNET_THREADS threads if these are set.

    Raises BackendError if the C core is not built, cannot be loaded or computes other bits; ValueError if this machine
    does not have what is set.
    """
    before = environment.fault()
    if memoryview(bytes(8)).cast("B", (4, 2))[1:3].cast("B").nbytes != 4:  # PyPy 7.3.11 has 2
        raise BackendError("this Python's memoryview loses bytes when rows of a matrix are taken")
    try:
        import _cffi_backend  # noqa: F401  the extension needs it; imported first to say what is missing
    except ImportError as error:
        raise BackendError(f"cffi is not installed (pip install cffi): {error}") from None
    try:
        import refnet._core as core  # imports that a program which gathers a package's modules finds

        # A folder copied beside an installed refnet would find the core of the other, of any version.
        if os.path.dirname(core.__file__) != os.path.dirname(os.path.dirname(os.path.dirname(__file__))):
            raise ImportError(f"{core.__file__} belongs to another copy of refnet")
    except ImportError as error:
        raise BackendError(
            f"the C core is not built (a C compiler and `pip install .` build it): {error}"
        ) from None
    kernels = Native(core.ffi, core.lib)
    kernels.threads = os.environ.get("REFNET_THREADS") or default_threads()  # before the first kernel
    if os.environ.get("REFNET_ISA"):
        kernels.instruction_set = os.environ["REFNET_ISA"]
    failed = core.lib.refnet_self_test()
    reason = f"computes other bits than the reference (self-test {failed})" if failed else ""
    if environment.fault() != before:  # linked with -ffast-math
        reason = f"changes the processor's modes when it is loaded ({environment.fault()})"
    if reason:
        warnings.warn(f"the C core {reason} and is not used", RuntimeWarning, stacklevel=2)
        raise BackendError(f"the C core {reason} and is not used")
    return kernels


def default_threads() -> int:
    """OMP_NUM_THREADS, as users of other libraries expect, or one for each processor; at most 1024."""
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return min(1024, int(asked) if asked.isdecimal() and int(asked) > 0 else processors())


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
