"""Which backend runs the loops? Two sets of the same kernels: `reference` in Python, `native` in C.

`backend=` of a network chooses, then the environment variable REFNET_BACKEND (python, c or auto), then "auto":
C where it is built, else Python. REFNET_REQUIRE_C=1 makes a missing C core an error, so that no test of it can
pass by falling back.
"""

from __future__ import annotations

import os
from typing import Any, Optional

from refnet.kernels import reference
from refnet.kernels.native import BackendError, NativeKernels, load

__all__ = ["BackendError", "choose", "native_or_none", "reference", "why_no_c"]

_native: Optional[NativeKernels] = None
_why_no_c: Optional[BackendError] = None


def native_or_none() -> Optional[NativeKernels]:
    """The C backend, loaded when first asked for; None where it cannot be used (why_no_c says why)."""
    global _native, _why_no_c
    if _native is None and _why_no_c is None:
        try:
            _native = load()
        except BackendError as error:
            _why_no_c = error
    return _native


def why_no_c() -> str:
    """Why the C core cannot be used here, or "" where it can."""
    native_or_none()
    return str(_why_no_c) if _why_no_c else ""


def choose(backend: Any = "auto") -> Any:
    """The kernels for `backend`: "python", "c", "auto", or an object with the kernels' functions itself.

    Raises ValueError for another name, BackendError where C is asked for (here or by REFNET_REQUIRE_C=1) and
    cannot be used.
    """
    if not isinstance(backend, str):
        if callable(getattr(backend, "affine", None)):
            return backend
        raise ValueError(f"backend: {backend!r}; allowed are 'python', 'c', 'auto' or an object with the kernels")
    asked_by = "backend"
    if backend == "auto" and os.environ.get("REFNET_BACKEND"):
        asked_by, backend = "REFNET_BACKEND", os.environ["REFNET_BACKEND"]
    if backend not in ("python", "c", "auto"):
        raise ValueError(f"{asked_by}: {backend!r}; allowed are 'python', 'c' and 'auto'")
    if backend == "python":
        return reference
    native = native_or_none()
    if native is None and (backend == "c" or os.environ.get("REFNET_REQUIRE_C") == "1"):
        asked = "REFNET_REQUIRE_C=1" if backend == "auto" else f"{asked_by}='c'"
        raise BackendError(f"{asked}, but {why_no_c()}")
    return native or reference
