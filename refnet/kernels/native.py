"""How does C run a kernel? The reference's names, each a call into the C core made from its signature.

A matrix is a memoryview of doubles, rows by columns, over memory of the core: `tolist()` gives the rows,
`numpy.asarray` the same numbers without a copy.
"""

from __future__ import annotations

import importlib
import warnings
from array import array
from typing import Any, Callable

from refnet.kernels import reference
from refnet.kernels.seam import NUMBERS, SEAM, SIZES, Parameter, Signature


class BackendError(ImportError):
    """The C core was asked for and cannot be used; the message says which part is missing and what to do."""


def load() -> NativeKernels:
    """The C backend. Raises BackendError where it is not built, not loadable, or computes other bits."""
    try:
        importlib.import_module("_cffi_backend")  # the extension needs it; asked for by itself to name what is missing
    except ImportError as error:
        raise BackendError(f"cffi is not installed (pip install cffi): {error}") from None
    try:
        from refnet._core import ffi, lib  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise BackendError(
            f"the C core is not built (a C compiler and `pip install .` build it): {error}"
        ) from None
    failed = lib.refnet_self_test()
    if failed:
        reason = f"the C core computes other bits than the reference (self-test {failed}) and is not used"
        warnings.warn(reason, RuntimeWarning, stacklevel=2)
        raise BackendError(reason)
    return NativeKernels(ffi, lib)


class NativeKernels:
    """The kernels of the C core: for each name in SEAM a method with the reference's arguments."""

    name = "c"

    def __init__(self, ffi: Any, lib: Any) -> None:
        self._ffi = ffi
        self._lib = lib
        numbers: dict[str, int] = {}
        while lib.refnet_kernel_name(len(numbers)) != ffi.NULL:
            numbers[ffi.string(lib.refnet_kernel_name(len(numbers))).decode()] = len(numbers)
        missing = set(SEAM) ^ set(numbers)
        if missing:
            raise BackendError(f"the C core is stale, build it again: it differs in {sorted(missing)}")
        for name, signature in SEAM.items():
            setattr(self, name, self._kernel(numbers[name], signature))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the C backend has no kernel {name!r}")

    @property
    def compiler(self) -> str:
        return self._ffi.string(self._lib.refnet_compiler()).decode()

    @property
    def instruction_set(self) -> str:
        return self._ffi.string(self._lib.refnet_instruction_set()).decode()

    def matrix(self, rows: Any) -> Any:
        """A new matrix with these numbers (any rows of numbers, or a matrix; the copy is its own)."""
        if isinstance(rows, memoryview):
            rows = rows.tolist()
        columns = len(rows[0])
        target = self.zeros(len(rows), columns)
        self.assign(target, rows)
        return target

    def zeros(self, rows: int, columns: int) -> Any:
        """A matrix of zeros."""
        memory = self._ffi.buffer(self._ffi.new("double[]", rows * columns))
        return memoryview(memory).cast("d", (rows, columns))

    def shape(self, x: Any) -> tuple[int, int]:
        """(rows, columns) of a matrix."""
        return x.shape

    def tolist(self, x: Any) -> list[list[float]]:
        """The numbers as a new list of rows."""
        return x.tolist()

    def assign(self, target: Any, rows: Any) -> None:
        """Copy numbers into a matrix that stays the same object: whoever holds it sees the new ones."""
        if isinstance(rows, memoryview):
            rows = rows.tolist()
        values = array("d")
        for row in rows:
            values.extend(map(float, row))
        if len(values) * 8 != target.nbytes or any(len(row) != target.shape[1] for row in rows):
            raise ValueError(f"rows: expected {target.shape} numbers, got rows of {sorted({len(r) for r in rows})}")
        target.cast("B")[:] = memoryview(values).cast("B")

    def _kernel(self, number: int, signature: Signature) -> Callable:
        """The function that fills in a step of this kernel from its arguments and has C run it."""
        defaults = getattr(reference, signature.name).__defaults__ or ()
        parameters = signature.parameters

        def run(*arguments: Any) -> Any:
            if len(arguments) < len(parameters):
                arguments += defaults[len(defaults) - len(parameters) + len(arguments) :]
            if len(arguments) != len(parameters):
                raise TypeError(f"{signature.name}({signature.text}) takes {len(parameters)} arguments")
            step = self._ffi.new("refnet_step *")
            step.kernel = number
            sizes = {"1": 1}
            pointers = []
            numbers = 0
            for parameter, argument in zip(parameters, arguments):
                if parameter.kind in NUMBERS:
                    step.number[numbers] = argument
                    numbers += 1
                elif parameter.kind == "key":
                    step.key = argument
                elif parameter.kind == "count":
                    self._fit(signature, parameter, (argument, 1), sizes)
                else:
                    pointers.append(self._pointer(signature, parameter, argument, sizes))
            for parameter, argument in zip(parameters, arguments):
                if parameter.below:
                    self._check_indices(signature, parameter, argument, sizes.get(parameter.below, 1 << 53))
            result = None
            if signature.result:
                result = self.zeros(*(sizes[letter] for letter in signature.result))
                pointers.append(self._ffi.from_buffer("double[]", result))
            for place, pointer in enumerate(pointers):
                step.matrix[place] = pointer
            for letter in SIZES:
                setattr(step, letter, sizes.get(letter, 0))
            self._lib.refnet_run(step, 1)
            return result

        run.__name__ = signature.name
        run.__doc__ = getattr(reference, signature.name).__doc__
        return run

    def _pointer(self, signature: Signature, parameter: Parameter, argument: Any, sizes: dict[str, int]) -> Any:
        """Where C finds this matrix, after its shape has been held against the sizes known so far."""
        if argument is None and parameter.optional:
            return self._ffi.NULL
        if parameter.kind == "bytes":
            self._fit(signature, parameter, (argument.rows, argument.columns), sizes)
            return self._ffi.from_buffer("unsigned char[]", argument.values)
        if not isinstance(argument, memoryview) or argument.format != "d" or argument.ndim != 2:
            raise TypeError(
                f"{signature.name}: {parameter.name} is a {type(argument).__name__}; the C backend takes the "
                "matrices it makes itself: kernels.matrix(rows)"
            )
        self._fit(signature, parameter, argument.shape, sizes)
        return self._ffi.from_buffer("double[]", argument)

    @staticmethod
    def _fit(signature: Signature, parameter: Parameter, shape: Any, sizes: dict[str, int]) -> None:
        for letter, size in zip((parameter.rows, parameter.columns or "1"), shape):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(
                    f"{signature.name}({signature.text}): {parameter.name} has shape {tuple(shape)}, "
                    f"but {letter} is {sizes[letter]}"
                )

    def _check_indices(self, signature: Signature, parameter: Parameter, argument: Any, below: int) -> None:
        pointer = self._ffi.from_buffer("double[]", argument)
        place = self._lib.refnet_first_outside(pointer, len(pointer), below)
        if place >= 0:
            raise ValueError(
                f"{signature.name}: {parameter.name} holds {pointer[place]!r} at {place}; "
                f"allowed are whole numbers from 0 to {below - 1}"
            )
