"""Which backend runs the loops? The reference in Python, the C core, or an object that the user passes.

`backend=` of a network decides, then the environment variable REFNET_BACKEND (python, c or auto), then "auto": C if
it is built and has the number format, else Python. REFNET_REQUIRE_C=1 makes a missing C core an error: tests of C must
not fall back to Python.
"""

import copyreg
import os
from typing import Any, Optional

from refnet.arithmetic.formats import BINARY64, Format, as_format
from refnet.checks.scalars import shown
from refnet.kernels.native import FORMATS, BackendError, Native, load
from refnet.kernels.reference import REFERENCE
from refnet.kernels.rounded import Rounded, rounded

NEEDED = ("name", "matrix", "wide", "zeros", "shape", "tolist", "assign", "affine")

_native: Optional[Native] = None
_why_no_c: Optional[BackendError] = None


def native_or_none() -> Optional[Native]:
    """The C backend, loaded by the first call; None if it cannot be used (why_no_c says why)."""
    global _native, _why_no_c
    if _native is None and _why_no_c is None:
        try:
            _native = load()
        except BackendError as error:
            _why_no_c = error
    return _native


def at_hand() -> Any:
    """The C backend where it can be used, unless REFNET_BACKEND=python, else the reference: for what belongs to no
    network. Both give the same result."""
    return (None if os.environ.get("REFNET_BACKEND") == "python" else native_or_none()) or REFERENCE


def why_no_c() -> str:
    """Why the C core cannot be used here; "" if it can."""
    native_or_none()
    return str(_why_no_c) if _why_no_c else ""


def choose(backend: Any = "auto", number: Any = None) -> Any:
    """The backend for "python", "c" or "auto" and a number format, or the object itself if it is a backend.

    number  "binary64" (the default), "binary32", "binary16", "bfloat16", "Q7.8", or a Floating or Fixed; the C core has
            the first two. A backend that is an object has a format of its own.

    A backend has the kernels of the seam, the functions of matrices (matrix, zeros, shape, tolist, assign), and

        name              how messages and `network.backend` call it
        wide              a function that makes a matrix of binary64 numbers, whatever the format: in binary64, matrix
        number            the name of its number format (default: "binary64")
        binary64          the backend that has binary64 beside it (default: itself)
        checks_arguments  whether its kernels check their arguments (default: False)
        records           whether training steps can be recorded and replayed in C (default: False)
        records_phases    whether the phases of a loop by hand can be too (default: False)

    refnet.kernels.Wrapper takes all but the last from the backend that it wraps.

    Raises ValueError for any other name, format or object, BackendError if C is required (here or by
    REFNET_REQUIRE_C=1) but cannot be used, or has not this format.
    """
    form = None if number is None else as_format(number)
    if not isinstance(backend, str):
        missing = [name for name in NEEDED if not hasattr(backend, name)]
        if missing:
            raise ValueError(
                f"backend: {shown(backend)} has no {', '.join(missing)}; allowed: 'python', 'c', 'auto', or an object "
                "with all that refnet.kernels.choose lists"
            )
        if form and form.name != number_of(backend):
            raise ValueError(f"number: {form.name!r}; allowed with this backend: {number_of(backend)!r}, its own")
        return backend
    asked_by = "backend"
    if backend == "auto" and os.environ.get("REFNET_BACKEND"):
        asked_by, backend = "REFNET_BACKEND", os.environ["REFNET_BACKEND"]
    if backend not in ("python", "c", "auto"):
        raise ValueError(f"{asked_by}: {shown(backend)}; allowed: 'python', 'c' and 'auto'")
    name = form.name if form else "binary64"
    if backend == "python":
        return rounded(name)
    native = native_or_none()
    if native is None and (backend == "c" or os.environ.get("REFNET_REQUIRE_C") == "1"):
        asked = "REFNET_REQUIRE_C=1" if backend == "auto" else f"{asked_by}='c'"
        raise BackendError(f"{asked}, but {why_no_c()}")
    if native and name not in FORMATS and backend == "c":
        allowed = " and ".join(FORMATS)
        raise BackendError(f"{asked_by}='c': the C core has {allowed}, not {name}; backend='python' has every format")
    return native.twin(name) if native and name in FORMATS else rounded(name)


def moved_to(k: Any, backend: Any = None, number: Any = None) -> Any:
    """The backend for a network that moves away from k: what is not given stays, but a format that C does not have is
    Python's. Raises what `choose` raises."""
    if backend is None:
        backend = k.name
        if number is not None and choose(backend, number_of(k)) is not k:
            raise ValueError(f"number: {shown(number)}; this network's backend is an object: give to() another one")
        if number is not None and as_format(number).name not in FORMATS:
            backend = "python"
    elif not isinstance(backend, str):
        return choose(backend, number)
    return choose(backend, number_of(k) if number is None else number)


def number_of(backend: Any) -> str:
    """The name of a backend's number format."""
    return getattr(backend, "number", "binary64")


def format_of(backend: Any) -> Format:
    """A backend's number format; binary64 for an object whose numbers are of another kind, such as mpmath's."""
    try:
        return as_format(number_of(backend))
    except ValueError:
        return BINARY64


def reopen(name: str, number: str = "binary64") -> Any:
    """The backend of an unpickled network: without a C core here, the reference, which gives the same bits."""
    try:
        return choose(name, number)
    except BackendError:
        return choose("auto", number)


copyreg.pickle(Native, lambda native: (reopen, (native.name, native.number)))
copyreg.pickle(Rounded, lambda backend: (reopen, (backend.name, backend.number)))
