"""How does a training step become one call of C? It is recorded while it runs, and replayed from then on.

Two steps are recorded before one is replayed, and must be the same list of kernel calls on the same buffers. If they
differ, because a layer looks at a value, replaces a matrix or counts steps, the network is trained without replay.
(What a layer keeps outside its attributes is not noticed: a step must depend on matrices only.) What changes between
steps (rows, rate, the sum of losses) is in buffers, not in the recording.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, insort
from typing import Any, Callable, Optional

_POINTERS = struct.Struct("8P")  # those of refnet_call


class Recorded:
    """A matrix while its step is being recorded: kernels take it, and any other use of its numbers is noted."""

    def __init__(self, view: Any, recorder: Recorder) -> None:
        self.view, self.recorder = view, recorder

    @property
    def shape(self) -> tuple[int, int]:
        return self.view.shape

    @property
    def nbytes(self) -> int:
        return self.view.nbytes

    def __len__(self) -> int:
        return len(self.view)

    def look(self) -> Any:
        """The matrix itself, for reading or writing its numbers without a kernel."""
        self.recorder.unfit = "a value was looked at"
        return self.view

    def tolist(self) -> list[list[float]]:
        return self.look().tolist()

    def cast(self, *form: Any) -> Any:
        return self.look().cast(*form)

    def __getitem__(self, index: Any) -> Any:
        return self.look()[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self.look()[index] = value

    def __iter__(self) -> Any:
        return iter(self.look().tolist())

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        import numpy

        return numpy.asarray(self.look(), *arguments, **options)

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self.look())


class Recorder:
    """The kernel calls of one step, noted while they run.

    calls      the C structs, in order
    owners     by address: the objects that keep the memory alive to which the calls point
    results    by address: the matrices that the step has made
    constants  by address: the contents of matrices that were made from numbers and not by a kernel
    unfit      why the step cannot be recorded, or ""
    wraps      whether matrices are Recorded, so that looking at their numbers is noticed

    Replay does not check row and class numbers; a step that computes such numbers itself is unfit.
    """

    indices_are_checked = True
    is_complete = False
    wraps = True

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.owners: dict[int, Any] = {}
        self.results: dict[int, Any] = {}
        self.constants: dict[int, bytes] = {}
        self.unfit = ""

    def note(self, ffi: Any, call: Any, owners: list[Any], result: Any) -> None:
        """Add a kernel call that has run. `owners` hold its memory; `result`, if not None, is the last of them."""
        addresses = _addresses(ffi, call)
        self.calls.append(call)
        self.owners.update(zip(addresses, owners))
        if result is not None:
            self.results[addresses[len(owners) - 1]] = result

    def form(self, ffi: Any) -> list[tuple]:
        """The calls in a form that two steps can be compared by: results are numbered, wherever they are in memory."""
        names: dict[int, Any] = {where: -1 - i for i, where in enumerate(self.results)}
        names.update(self.constants)
        return [
            (call.kernel, call.format, call.m, call.n, call.k, call.r, call.key, bytes(ffi.buffer(call.number)),
             *(names.get(where, where) for where in _addresses(ffi, call)))
            for call in self.calls
        ]


class Recording:
    """A training step for minibatches of one size, ready once two recorded steps were the same.

    calls   the C structs to replay; None until then
    """

    def __init__(self, k: Any, size: int) -> None:
        self.k, self.size = k, size
        self.batch = k.wide([[0.0] * size])
        self.calls: Any = None
        self._first: Optional[Recorder] = None
        self._kept: Any = None

    @property
    def is_ready(self) -> bool:
        return self.calls is not None

    def learn(self, recorder: Recorder, pinned: list[tuple[Any, Any]]) -> str:
        """Take in a step that was recorded. Returns "", or why it cannot be replayed.

        pinned: results that the user may read after the step (the gradients), each with the matrix to leave it in.
        """
        if recorder.unfit:
            return recorder.unfit
        if self._first is None:
            self._first = recorder
            return ""
        if recorder.form(self.k.ffi) != self._first.form(self.k.ffi):
            return "two steps were not the same kernels on the same matrices"
        self._allocate(recorder, pinned)
        self._first = None
        return ""

    def _allocate(self, recorder: Recorder, pinned: list[tuple[Any, Any]]) -> None:
        """Place the intermediate results in one block of memory; the space of each is free again after its last use."""
        ffi = self.k.ffi
        fixed = {address(ffi, self.k.pointer(result)): self.k.pointer(own) for result, own in pinned}
        fixed = {where: own for where, own in fixed.items() if where in recorder.results}
        uses = [_addresses(ffi, call) for call in recorder.calls]
        last_use = {where: i for i, addresses in enumerate(uses) for where in addresses}
        units = {where: -(-result.nbytes // 64) for where, result in recorder.results.items() if where not in fixed}
        offsets: dict[int, int] = {}
        holes: list[tuple[int, int]] = []  # (size, offset) in units of 64 bytes, a cache line; the smallest first
        total = 0
        for i, addresses in enumerate(uses):
            for where in addresses:
                if where in units and where not in offsets:
                    found = bisect_left(holes, (units[where], 0))
                    size, offsets[where] = holes.pop(found) if found < len(holes) else (units[where], total)
                    total = max(total, offsets[where] + units[where])
                    if size > units[where]:
                        insort(holes, (size - units[where], offsets[where] + units[where]))
            for where in set(addresses):
                if where in units and last_use[where] == i:
                    insort(holes, (units[where], offsets[where]))
        memory = self.k.allocate(8 * total + 8)
        start = memory + (-address(ffi, memory) % 64) // 8
        self.calls = ffi.new("refnet_call[]", len(recorder.calls))
        for i, call in enumerate(recorder.calls):
            self.calls[i] = call[0]
            for j, where in enumerate(uses[i]):
                if where in offsets:
                    self.calls[i].matrix[j] = start + 8 * offsets[where]
                elif where in fixed:
                    self.calls[i].matrix[j] = fixed[where]
        outside = [own for _, own in pinned]
        outside += [owner for where, owner in recorder.owners.items() if where not in offsets]
        self._kept = (memory, outside)


class Phase:
    """Kernel calls that Python ran once, and that C runs again on the same matrices.

    given    memory for the numbers of each run, in the format in which they are given
    results  what the function returned; its matrices hold the numbers of the last run
    unfit    why it cannot run again, or ""
    """

    def __init__(self, k: Any, function: Callable, given: list[Any]) -> None:
        """Call function(*given) and record its kernel calls."""
        self.given = [memoryview(bytearray(x)).cast(x.format, x.shape) for x in given]
        with k.record() as recorder:
            recorder.wraps = False
            self.results = function(*self.given)
        self.unfit = recorder.unfit
        self.calls = k.ffi.new("refnet_call[]", len(recorder.calls) + 1)
        for i, call in enumerate(recorder.calls):
            self.calls[i] = call[0]
        self._count, self._kept = len(recorder.calls), recorder.owners
        self._targets = [(k.pointer(each), each.nbytes) for each in self.given]
        self._copy, self._run = k.ffi.memmove, k.lib.refnet_run

    def run(self, given: list[Any]) -> None:
        """Run the calls again with these numbers, matrices of the same shapes."""
        for (target, size), numbers in zip(self._targets, given):
            self._copy(target, numbers, size)
        self._run(self.calls, self._count)


def address(ffi: Any, pointer: Any) -> int:
    return int(ffi.cast("intptr_t", pointer))


def _addresses(ffi: Any, call: Any) -> tuple[int, ...]:
    return _POINTERS.unpack(ffi.buffer(call.matrix))
