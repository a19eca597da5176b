"""How does C run a kernel? Each name of the reference becomes a call into the C core, made from its signature.

A matrix is a two-dimensional memoryview over memory of the core: `tolist()` gives the rows, `numpy.asarray` the same
numbers without a copy. It holds numbers of the backend's format or, where a signature says so, doubles ("wide").
"""

import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from refnet.arithmetic.random import WORD
from refnet.checks.scalars import shown
from refnet.kernels.native.recording import Recorded, Recorder, address
from refnet.kernels.reference.matrices import check_shape, rectangle
from refnet.kernels.seam import NUMBERS, SEAM, SIZES, Argument, Signature, size_of


class BackendError(ImportError):
    """The C core is required but cannot be used; the message says what is missing and what to do."""


FORMATS = {"binary64": "d", "binary32": "f"}
"""The number formats of the C core, in its order, and how a memoryview calls them."""


class _Thread(threading.local):
    recorder: Any = None  # of the step that this thread records


class Native:
    """The kernels of the C core: a method for each name in SEAM, with the arguments of the reference.

    number    the number format in which they compute; code: how a memoryview calls it, "d" or "f"
    binary64  the backend of binary64; all twins of it record into the same recording
    kernel_names    the kernels, in the order of the C core; kernel_rows: what refnet_kernel_rows says of each
    """

    name = "c"
    checks_arguments = True
    records = True
    records_phases = True

    def __init__(self, ffi: Any, lib: Any, number: str = "binary64", binary64: Any = None) -> None:
        self.ffi, self.lib, self.number = ffi, lib, number
        self.format = list(FORMATS).index(number)  # of a refnet_call
        self.binary64: Native = binary64 or self
        self.code = FORMATS[number]
        self._thread: _Thread = binary64._thread if binary64 else _Thread()
        self._twins: dict[str, Native] = {number: self}
        names = self.kernel_names = self._names(lib.refnet_kernel_name)
        different = set(SEAM) ^ set(names)
        if different:
            raise BackendError(f"the C core is stale, build it again: it differs in {sorted(different)}")
        self.kernel_rows = [lib.refnet_kernel_rows(place) for place in range(len(names))]
        self._narrow = names.index("narrow")
        for place, name in enumerate(names):
            setattr(self, name, self._kernel(place, SEAM[name]))

    def __getattr__(self, name: str) -> Any:  # kernels are set in __init__, so this name is not one
        raise AttributeError(f"the C backend has no kernel {name!r}")

    def _names(self, name_of: Callable[[int], Any]) -> list[str]:
        """The names that a function of C gives for 0, 1, … up to NULL."""
        names: list[str] = []
        while name_of(len(names)) != self.ffi.NULL:
            names.append(self.ffi.string(name_of(len(names))).decode())
        return names

    def twin(self, number: str) -> "Native":
        """The backend of another number format of the same core. Raises ValueError if the core does not have it."""
        if number not in FORMATS:
            raise ValueError(f"number: {shown(number)}; allowed in the C core: {' and '.join(FORMATS)}")
        twins = self.binary64._twins
        if number not in twins:
            twins[number] = Native(self.ffi, self.lib, number, self.binary64)
        return twins[number]

    @property
    def compiler(self) -> str:
        return self.ffi.string(self.lib.refnet_compiler()).decode()

    @property
    def instruction_sets(self) -> list[str]:
        """The instruction sets of the kernels that this machine has, best last. All give the same bits."""
        return self._names(self.lib.refnet_offered_instruction_set)

    @property
    def instruction_set(self) -> str:
        """The one in use: the best unless another is chosen, here or by REFNET_ISA. Assign to choose."""
        return self.ffi.string(self.lib.refnet_instruction_set()).decode()

    @instruction_set.setter
    def instruction_set(self, name: str) -> None:
        if self.lib.refnet_use_instruction_set(name.encode()) != 0:
            raise ValueError(f"instruction set (REFNET_ISA): {name!r}; allowed here: {self.instruction_sets}")

    @property
    def threads(self) -> int:
        """At most this many threads share a large kernel; default: one for each processor. Assign to choose."""
        return self.lib.refnet_threads()

    @threads.setter
    def threads(self, number: Any) -> None:
        if not str(number).isdecimal() or not 0 < int(number) <= 1024:
            raise ValueError(f"threads (REFNET_THREADS): {shown(number)}; allowed: whole numbers from 1 to 1024")
        self.lib.refnet_set_threads(int(number))

    def matrix(self, rows: Any) -> Any:
        """A new matrix with a copy of these numbers, rounded to the format: rows of any kind, or a matrix."""
        values, shape = self._numbers(rows, self.code)
        target = self._new(self.code, *shape)
        target.cast("B")[:] = values.cast("B")
        return self._constant(target)

    def wide(self, rows: Any) -> Any:
        """A new matrix of these numbers in binary64, for what stays binary64 in every format."""
        return self.binary64.matrix(rows)

    def borrowed(self, rows: Any) -> Any:
        """A matrix to read from: a buffer of the format's numbers as it is, without a copy; else a new matrix."""
        return rows if _is_matrix(rows, self.code) and rows.c_contiguous else self.matrix(rows)

    def zeros(self, rows: int, columns: int) -> Any:
        """A matrix of zeros."""
        check_shape(rows, columns)
        return self._constant(self._new(self.code, rows, columns))

    def allocate(self, numbers: int, code: str = "d") -> Any:
        """Memory for this many doubles or, with code "f", floats, all 0.0, as a cffi array. Raises MemoryError that
        says how much it was."""
        try:
            return self.ffi.new("double[]" if code == "d" else "float[]", numbers)
        except MemoryError:
            size = numbers * (8 if code == "d" else 4)
            raise MemoryError(f"no memory for a matrix of {numbers:,} numbers, {size:,} bytes") from None

    def _new(self, code: str, rows: int, columns: int) -> Any:
        memory: Any = memoryview(self.ffi.buffer(self.allocate(rows * columns, code)))
        return memory.cast(code, (rows, columns))

    @property
    def is_recording(self) -> bool:
        """Whether this thread records kernel calls."""
        return self._thread.recorder is not None

    def _notice(self, reason: str) -> None:
        """Note that the step being recorded does something that replay cannot repeat."""
        if self._thread.recorder is not None:
            self._thread.recorder.unfit = reason

    def _constant(self, matrix: Any) -> Any:
        """Note that no kernel made these numbers of the step being recorded: each replay begins with a copy of them."""
        recorder = self._thread.recorder
        if recorder is None:
            return matrix
        recorder.constants[address(self.ffi, self.pointer(matrix))] = bytes(matrix)
        return self.copy(matrix)

    @contextmanager
    def record(self) -> Iterator[Recorder]:
        """Record the kernel calls of this thread; meanwhile the matrices that they return are Recorded."""
        self._thread.recorder = Recorder()
        try:
            yield self._thread.recorder
        finally:
            self._thread.recorder = None

    def shape(self, x: Any) -> tuple[int, int]:
        """(rows, columns) of a matrix."""
        return x.shape

    def tolist(self, x: Any) -> list[list[float]]:
        """The numbers as a new list of rows."""
        self._notice("a value was looked at")
        return x.tolist()

    def assign(self, target: Any, rows: Any) -> None:
        """Copy numbers into a matrix in place: everything that refers to the matrix sees the new numbers."""
        self._notice("numbers were assigned")
        target = target.look() if isinstance(target, Recorded) else target
        values, shape = self._numbers(rows, target.format)
        if shape != target.shape:
            raise ValueError(f"rows: shape {shape}; expected {target.shape}")
        target.cast("B")[:] = values.cast("B")

    def _numbers(self, rows: Any, code: str) -> tuple[Any, Any]:
        """Rows of numbers as a buffer of doubles or floats, and their shape."""
        rows = rows.look() if isinstance(rows, Recorded) else rows
        if (_is_matrix(rows, code) or _is_matrix(rows, "d")) and rows.c_contiguous:
            check_shape(*rows.shape)
            return self._rounded(rows, code), rows.shape
        rows = rows.tolist() if isinstance(rows, memoryview) else rows
        shape = rectangle(rows)
        return self._rounded(memoryview(array("d", [float(value) for row in rows for value in row])), code), shape

    def _rounded(self, numbers: memoryview, code: str) -> memoryview:
        """Doubles as floats if that is asked, as kernels round them: what is out of range becomes infinite."""
        if numbers.format == code:
            return numbers
        count = numbers.nbytes // numbers.itemsize
        rounded = self._new(code, 1, count)
        call = self.ffi.new("refnet_call *", {"kernel": self._narrow, "format": 1, "m": 1, "n": count})
        call.matrix[0], call.matrix[1] = self.pointer(numbers), self.pointer(rounded)
        self.lib.refnet_run(call, 1)
        return rounded

    def _kernel(self, number: int, signature: Signature) -> Callable:
        """A function that makes a kernel call from its arguments and lets C run it."""
        arguments = signature.arguments
        is_matrix = [argument.kind in ("matrix", "bytes", "floats") for argument in arguments]
        takes_indices = any(argument.below in SIZES for argument in arguments if argument.below)

        def run(*values: Any, **named: Any) -> Any:
            values = signature.bind(values, named)
            sizes = signature.sizes(values, self._checked_shape, self._first_outside, self._overlapping)
            call = self.ffi.new("refnet_call *")
            call.kernel, call.format = number, self.format
            for letter in SIZES:
                setattr(call, letter, sizes.get(letter, 0))
            owners = [_owner(value) for value, owns in zip(values, is_matrix) if owns]
            numbers = 0
            for argument, value in zip(arguments, values):
                if argument.kind in NUMBERS:
                    call.number[numbers] = value if type(value) is float else signature.plain(argument, value)
                    numbers += 1
                elif argument.kind == "key":
                    call.key = signature.plain(argument, value) & WORD
            result = None
            if signature.result:
                code = "d" if signature.wide_result else self.code
                result = self._new(code, *(size_of(sizes, letter) for letter in signature.result))
                owners.append(result)
            for i, owner in enumerate(owners):
                call.matrix[i] = self.pointer(owner)
            self.lib.refnet_run(call, 1)
            recorder = self._thread.recorder
            if recorder is None:
                return result
            if takes_indices and not recorder.indices_are_checked:
                recorder.unfit = f"{signature.name}: row or class numbers that the step computes"
            recorder.note(self.ffi, call, owners, result)
            return Recorded(result, recorder) if recorder.wraps and result is not None else result

        run.__name__ = signature.name
        run.__doc__ = signature.function.__doc__
        return run

    def pointer(self, owner: Any) -> Any:
        """The address of a matrix's numbers (or of bytes); valid as long as the owner lives.

        The buffer is released at once: Python crashes if the garbage collector finds a memoryview exported.
        """
        if owner is None:
            return self.ffi.NULL
        return self.ffi.cast("double *", self.ffi.from_buffer("char[]", owner))

    def _checked_shape(self, signature: Signature, argument: Argument, value: Any) -> Any:
        matrix = value.view if isinstance(value, Recorded) else value
        code = "d" if argument.wide else self.code
        if not isinstance(matrix, memoryview) or matrix.format != code or matrix.ndim != 2:
            raise self._other_kind(signature, argument, matrix)
        if matrix.nbytes == 0:
            raise ValueError(f"{signature.name}: {argument.name} has shape {matrix.shape}; allowed: at least 1 by 1")
        if argument.updated and matrix.readonly:
            raise TypeError(f"{signature.name}: {argument.name} is read-only; the kernel updates it in place")
        return matrix.shape

    def _other_kind(self, signature: Signature, argument: Argument, value: Any) -> TypeError:
        """The error for an argument that is no matrix, or one of another format."""
        maker = "kernels.wide(rows)" if argument.wide else "kernels.matrix(rows)"
        found, allowed = type(value).__name__, f"matrices of the C backend, made by {maker}"
        for number, code in FORMATS.items():
            if _is_matrix(value, code):
                wanted = "binary64" if argument.wide else self.number
                found, allowed = f"{number} matrix", f"{wanted}, as {maker} makes them"
        return TypeError(f"{signature.name}: {argument.name} is a {found}; allowed: {allowed}")

    def first_not_finite(self, numbers: memoryview) -> Any:
        """The place of the first NaN or infinity in a buffer of doubles or floats; None if there is none."""
        count, are_floats = numbers.nbytes // numbers.itemsize, numbers.format == "f"
        place = self.lib.refnet_first_not_finite(self.pointer(numbers), count, are_floats)
        return place if place >= 0 else None

    def _overlapping(self, values: tuple, pairs: tuple) -> Any:
        """The first of these pairs of places whose matrices overlap, or None."""
        buffer = self.ffi.buffer
        for i, j in pairs:
            a, b = values[i], values[j]
            a, b = a.view if type(a) is Recorded else a, b.view if type(b) is Recorded else b
            one, other = a.obj, b.obj
            if one is not other and type(one) is type(other) is buffer:  # made here, one by one
                continue
            start, end = address(self.ffi, self.pointer(a)), address(self.ffi, self.pointer(b))
            if start < end + b.nbytes and end < start + a.nbytes:
                return i, j
        return None

    def _first_outside(self, matrix: Any, below: int) -> Any:
        matrix = _owner(matrix)
        pointer = self.pointer(matrix)
        position = self.lib.refnet_first_outside(pointer, matrix.nbytes // 8, below)
        return (pointer[position], position) if position >= 0 else None


def _is_matrix(value: Any, code: str) -> bool:
    return isinstance(value, memoryview) and value.format == code and value.ndim == 2


def _owner(value: Any) -> Any:
    """The object that holds the memory of a matrix or of bytes; None for None."""
    return value.view if isinstance(value, Recorded) else getattr(value, "values", value)
