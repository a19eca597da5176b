"""How does a training step become one call of C? It is recorded while it runs, and replayed from then on.

Two steps are recorded before the first is replayed, and must be the same list of kernels on the same buffers: a
layer that looks at a value, replaces a matrix or counts steps gives itself away, and its network is trained
unrecorded. (What a layer keeps elsewhere than in attributes cannot be noticed: a step must depend on matrices alone.)
What changes between steps (rows, rate, the sum of losses) is in buffers and not in the recording.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any, Optional


class Recorded:
    """A matrix while its step is being recorded: kernels take it, and looking at its numbers is noticed."""

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
        """The matrix itself, for whoever reads or writes its numbers past the kernels."""
        self.recorder.unfit = "a value was looked at"
        return self.view

    def tolist(self) -> list[list[float]]:
        return self.look().tolist()

    def cast(self, *form: Any) -> Any:
        return self.look().cast(*form)

    def __getitem__(self, place: Any) -> Any:
        return self.look()[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self.look()[place] = value

    def __iter__(self) -> Any:
        return iter(self.look().tolist())

    def __array__(self, *arguments: Any, **options: Any) -> Any:
        import numpy

        return numpy.asarray(self.look(), *arguments, **options)

    def __buffer__(self, flags: int) -> memoryview:
        return memoryview(self.look())


class Recorder:
    """The kernels of one step, as they are called.

    calls      the C structs, in order
    owners     what keeps the memory alive that they point to, by address
    results    the matrices that came into being in this step, by address
    constants  the contents of those that were made of numbers and not by a kernel, by address
    unfit      why the step cannot be recorded, or ""

    Replay does not look at row and class numbers, so those that a step computes itself make it unfit.
    """

    indices_are_checked = True
    is_complete = False

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.owners: dict[int, Any] = {}
        self.results: dict[int, Any] = {}
        self.constants: dict[int, bytes] = {}
        self.unfit = ""

    def note(self, ffi: Any, call: Any, owners: list[Any], result: Any) -> None:
        """One kernel was run, on the memory of these owners, and made this matrix (or None)."""
        self.calls.append(call)
        self.owners.update(zip(_places(ffi, call), owners))
        if result is not None:
            self.results[_places(ffi, call)[len(owners) - 1]] = result

    def form(self, ffi: Any) -> list[tuple]:
        """The step in a form that does not depend on where it put its own results, for comparing two."""
        names: dict[int, Any] = {address: -1 - i for i, address in enumerate(self.results)}
        names.update(self.constants)
        lines = []
        for call in self.calls:
            places = (names.get(place, place) for place in _places(ffi, call))
            sizes = (call.kernel, call.m, call.n, call.k, call.r, call.key)
            lines.append((*sizes, bytes(ffi.buffer(call.number)), *places))
        return lines


class Recording:
    """A training step for minibatches of one size, ready once it has been traced twice and was the same."""

    def __init__(self, k: Any, size: int) -> None:
        self.k, self.size = k, size
        self.batch = k.matrix([[0.0] * size])
        self.calls: Any = None
        self._first: Optional[Recorder] = None
        self._kept: Any = None

    @property
    def is_ready(self) -> bool:
        return self.calls is not None

    def learn(self, recorder: Recorder, pinned: list[tuple[Any, Any]]) -> str:
        """Take a traced step in. Returns "", or why it cannot be recorded.

        pinned: results that the user may ask for after the step (the gradients), each with the matrix to leave it in.
        """
        if recorder.unfit:
            return recorder.unfit
        if self._first is None:
            self._first = recorder
            return ""
        if recorder.form(self.k.ffi) != self._first.form(self.k.ffi):
            return "two steps were not the same kernels on the same matrices"
        self._place(recorder, pinned)
        self._first = None
        return ""

    def _place(self, recorder: Recorder, pinned: list[tuple[Any, Any]]) -> None:
        """Give each intermediate result a place in one block of memory, free for others after its last use."""
        ffi = self.k.ffi
        fixed = {_address(ffi, self.k.pointer(result)): self.k.pointer(own) for result, own in pinned}
        fixed = {place: own for place, own in fixed.items() if place in recorder.results}
        uses = [_places(ffi, call) for call in recorder.calls]
        last_use = {place: i for i, places in enumerate(uses) for place in places}
        units = {place: -(-result.nbytes // 64) for place, result in recorder.results.items() if place not in fixed}
        offsets: dict[int, int] = {}
        holes: list[tuple[int, int]] = []  # (size, offset) in units of 64 bytes, a cache line; the smallest first
        total = 0
        for i, places in enumerate(uses):
            for place in places:
                if place in units and place not in offsets:
                    found = bisect_left(holes, (units[place], 0))
                    size, offsets[place] = holes.pop(found) if found < len(holes) else (units[place], total)
                    total = max(total, offsets[place] + units[place])
                    if size > units[place]:
                        insort(holes, (size - units[place], offsets[place] + units[place]))
            for place in set(places):
                if place in units and last_use[place] == i:
                    insort(holes, (units[place], offsets[place]))
        memory = self.k.allocate(8 * total + 8)
        start = memory + (-_address(ffi, memory) % 64) // 8
        self.calls = ffi.new("refnet_call[]", len(recorder.calls))
        for i, call in enumerate(recorder.calls):
            self.calls[i] = call[0]
            for j, place in enumerate(uses[i]):
                if place in offsets:
                    self.calls[i].matrix[j] = start + 8 * offsets[place]
                elif place in fixed:
                    self.calls[i].matrix[j] = fixed[place]
        outside = [own for _, own in pinned]
        outside += [owner for place, owner in recorder.owners.items() if place not in offsets]
        self._kept = (memory, outside)


def _address(ffi: Any, pointer: Any) -> int:
    return int(ffi.cast("intptr_t", pointer))


def _places(ffi: Any, call: Any) -> list[int]:
    return [_address(ffi, pointer) for pointer in call.matrix]
