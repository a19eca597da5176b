"""How does C run a kernel? The reference's names, each a call into the C core made from its signature.

A matrix is a memoryview of doubles, rows by columns, over memory of the core: `tolist()` gives the rows,
`numpy.asarray` the same numbers without a copy.
"""

from __future__ import annotations

import importlib
import os
import threading
import warnings
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from refnet.arithmetic.random import WORD
from refnet.kernels import reference
from refnet.kernels.native.recording import Traced, Tracer
from refnet.kernels.reference.matrices import check_shape, rectangle
from refnet.kernels.seam import (
    NUMBERS,
    SEAM,
    SIZES,
    Parameter,
    Signature,
    check_number,
    fit,
    in_order,
    refuse_index,
    size_of,
)


class BackendError(ImportError):
    """The C core was asked for and cannot be used; the message says which part is missing and what to do."""


def load() -> NativeKernels:
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
    kernels = NativeKernels(ffi, lib)
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


class NativeKernels:
    """The kernels of the C core: for each name in SEAM a method with the reference's arguments."""

    name = "c"

    def __init__(self, ffi: Any, lib: Any) -> None:
        self.ffi = ffi
        self.lib = lib
        self._thread = threading.local()
        numbers: dict[str, int] = {}
        while lib.refnet_kernel_name(len(numbers)) != ffi.NULL:
            numbers[ffi.string(lib.refnet_kernel_name(len(numbers))).decode()] = len(numbers)
        missing = set(SEAM) ^ set(numbers)
        if missing:
            raise BackendError(f"the C core is stale, build it again: it differs in {sorted(missing)}")
        for name, signature in SEAM.items():
            setattr(self, name, self._kernel(numbers[name], signature))

    def __getattr__(self, name: str) -> Any:  # the kernels are set in __init__; what comes here is none
        raise AttributeError(f"the C backend has no kernel {name!r}")

    @property
    def compiler(self) -> str:
        return self.ffi.string(self.lib.refnet_compiler()).decode()

    @property
    def instruction_sets(self) -> list[str]:
        """Those of the kernels' instruction sets that this machine has, best last. All give the same bits."""
        names: list[str] = []
        while self.lib.refnet_offered_instruction_set(len(names)) != self.ffi.NULL:
            names.append(self.ffi.string(self.lib.refnet_offered_instruction_set(len(names))).decode())
        return names

    @property
    def instruction_set(self) -> str:
        """The one in use: the best, until another is chosen (here or by REFNET_ISA)."""
        return self.ffi.string(self.lib.refnet_instruction_set()).decode()

    @instruction_set.setter
    def instruction_set(self, name: str) -> None:
        if self.lib.refnet_use_instruction_set(name.encode()) != 0:
            raise ValueError(f"instruction set (REFNET_ISA): {name!r}; this machine has {self.instruction_sets}")

    @property
    def threads(self) -> int:
        """How many threads share a large kernel, at most: the processors there are, until chosen otherwise."""
        return self.lib.refnet_threads()

    @threads.setter
    def threads(self, number: Any) -> None:
        if not str(number).isdecimal() or not 0 < int(number) <= 1024:
            raise ValueError(f"threads (REFNET_THREADS): {number!r}; expected a whole number from 1 to 1024")
        self.lib.refnet_set_threads(int(number))

    def matrix(self, rows: Any) -> Any:
        """A new matrix with these numbers (any rows of numbers, or a matrix; the copy is its own)."""
        values, shape = self._numbers(rows)
        target = self._new(*shape)
        target.cast("B")[:] = values.cast("B")
        return self._constant(target)

    def zeros(self, rows: int, columns: int) -> Any:
        """A matrix of zeros."""
        check_shape(rows, columns)
        return self._constant(self._new(rows, columns))

    def allocate(self, numbers: int) -> Any:
        """Memory for so many doubles, all zero, as a cffi array."""
        return self.ffi.new("double[]", numbers)

    def _new(self, rows: int, columns: int) -> Any:
        return memoryview(self.ffi.buffer(self.allocate(rows * columns))).cast("d", (rows, columns))

    def _notice(self, reason: str) -> None:
        """In a step being recorded, what no recording can repeat."""
        if self._tracer() is not None:
            self._tracer().unfit = reason

    def _tracer(self) -> Any:
        return getattr(self._thread, "tracer", None)

    def _constant(self, matrix: Any) -> Any:
        """In a step being recorded, numbers that do not come from a kernel: each replay begins with a copy of them."""
        tracer = self._tracer()
        if tracer is None:
            return matrix
        tracer.constants[int(self.ffi.cast("intptr_t", self.pointer(matrix)))] = bytes(matrix)
        return self.copy(matrix)

    @contextmanager
    def trace(self) -> Iterator[Tracer]:
        """Record the kernels that this thread calls; the matrices they make are Traced ones meanwhile."""
        self._thread.tracer = Tracer()
        try:
            yield self._thread.tracer
        finally:
            self._thread.tracer = None

    def shape(self, x: Any) -> tuple[int, int]:
        """(rows, columns) of a matrix."""
        return x.shape

    def tolist(self, x: Any) -> list[list[float]]:
        """The numbers as a new list of rows."""
        self._notice("a value was looked at")
        return x.tolist()

    def assign(self, target: Any, rows: Any) -> None:
        """Copy numbers into a matrix that stays the same object: whoever holds it sees the new ones."""
        self._notice("numbers were assigned")
        target = target.look() if isinstance(target, Traced) else target
        values, shape = self._numbers(rows)
        if shape != target.shape:
            raise ValueError(f"rows: shape {shape}; expected {target.shape}")
        target.cast("B")[:] = values.cast("B")

    @staticmethod
    def _numbers(rows: Any) -> tuple[memoryview, Any]:
        """Rows of numbers as one buffer of doubles, and their shape."""
        rows = rows.look() if isinstance(rows, Traced) else rows
        if isinstance(rows, memoryview) and rows.format == "d" and rows.ndim == 2 and rows.c_contiguous:
            check_shape(*rows.shape)  # type: ignore[misc]
            return rows, rows.shape
        rows = rows.tolist() if isinstance(rows, memoryview) else rows
        shape = rectangle(rows)
        return memoryview(array("d", [float(value) for row in rows for value in row])), shape

    def _kernel(self, number: int, signature: Signature) -> Callable:
        """The function that fills in a step of this kernel from its arguments and has C run it."""
        parameters = signature.parameters

        def run(*arguments: Any, **named: Any) -> Any:
            if named or len(arguments) != len(parameters):
                arguments = in_order(signature, arguments, named)
            step = self.ffi.new("refnet_call *")
            step.kernel = number
            sizes = {"1": 1}
            owners = []
            numbers = 0
            for parameter, argument in zip(parameters, arguments):
                if parameter.kind in NUMBERS:
                    if parameter.kind != "number":
                        check_number(signature, parameter, argument)
                    step.number[numbers] = argument
                    numbers += 1
                elif parameter.kind == "key":
                    step.key = argument & WORD
                elif parameter.kind == "count":
                    fit(signature, parameter, (argument, 1), sizes)
                else:
                    owners.append(self._owner(signature, parameter, argument, sizes))
            for parameter, argument in zip(parameters, arguments):
                if parameter.below:
                    self._check_indices(signature, parameter, argument, sizes.get(parameter.below, 1 << 53))
                    if parameter.below in SIZES and not getattr(self._tracer(), "indices_are_checked", True):
                        self._notice(f"{signature.name}: row or class numbers that the step computes")
            result = None
            if signature.result:
                result = self._new(*(size_of(sizes, letter) for letter in signature.result))
                owners.append(result)
            for place, owner in enumerate(owners):
                step.matrix[place] = self.pointer(owner)
            for letter in SIZES:
                setattr(step, letter, sizes.get(letter, 0))
            self.lib.refnet_run(step, 1)
            tracer = self._tracer()
            if tracer is None:
                return result
            tracer.note(self.ffi, step, owners, result)
            return None if result is None else Traced(result, tracer)

        run.__name__ = signature.name
        run.__doc__ = getattr(reference, signature.name).__doc__
        return run

    def pointer(self, owner: Any) -> Any:
        """Where the numbers of a matrix (or bytes) are; valid as long as the owner lives.

        The buffer is given back at once: a memoryview that the garbage collector finds exported crashes Python.
        """
        if owner is None:
            return self.ffi.NULL
        return self.ffi.cast("double *", self.ffi.from_buffer("char[]", owner))

    def _owner(self, signature: Signature, parameter: Parameter, argument: Any, sizes: dict[str, int]) -> Any:
        """The object that holds this argument's memory, after its shape was held against the sizes known so far."""
        if argument is None and parameter.optional:
            return None
        if parameter.kind == "bytes":
            fit(signature, parameter, (argument.rows, argument.columns), sizes)
            return argument.values
        if isinstance(argument, Traced):
            argument = argument.view
        if not isinstance(argument, memoryview) or argument.format != "d" or argument.ndim != 2:
            raise TypeError(
                f"{signature.name}: {parameter.name} is a {type(argument).__name__}; the C backend takes the "
                "matrices it makes itself: kernels.matrix(rows)"
            )
        if argument.nbytes == 0:
            raise ValueError(f"{signature.name}: {parameter.name} has shape {argument.shape}, and with it no number")
        if parameter.updated and argument.readonly:
            raise TypeError(f"{signature.name}: {parameter.name} is read-only, but is updated in place")
        fit(signature, parameter, argument.shape, sizes)
        return argument

    def _check_indices(self, signature: Signature, parameter: Parameter, argument: Any, below: int) -> None:
        if isinstance(argument, Traced):
            argument = argument.view
        pointer = self.pointer(argument)
        place = self.lib.refnet_first_outside(pointer, argument.nbytes // 8, below)
        if place >= 0:
            refuse_index(signature, parameter, pointer[place], place, below)
