"""How does a training step become one call of C? It is recorded while it runs, and replayed from then on.

Two steps are recorded before one is replayed, and must be the same list of kernel calls on the same buffers. If they
differ, because a layer looks at a value, replaces a matrix or counts steps, the network is trained without replay.
(What a layer keeps outside its attributes is not noticed: a step must depend on matrices only.) What changes between
steps (rows, rate, the sum of losses) is in buffers, not in the recording.
"""

from __future__ import annotations

import struct
from itertools import accumulate
from typing import Any, Callable, Optional

from refnet.kernels.native.blocks import Call, Group, operands
from refnet.kernels.native.layout import Layout, groups_of, laid_out, packs
from refnet.kernels.native.memory import LINE

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
    owners     by address: the objects that keep the memory alive to which the calls point; the largest of several
    shared     addresses where matrices of several sizes begin
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
        self.shared: set[int] = set()
        self.results: dict[int, Any] = {}
        self.constants: dict[int, bytes] = {}
        self.unfit = ""

    def note(self, ffi: Any, call: Any, owners: list[Any], result: Any) -> None:
        """Add a kernel call that has run. `owners` hold its memory; `result`, if not None, is the last of them."""
        addresses = _addresses(ffi, call)
        self.calls.append(call)
        for where, owner in zip(addresses, owners):
            more = _bytes_of(owner) - _bytes_of(self.owners.get(where, owner)) if where else 0
            if more:
                self.shared.add(where)
            if where and (more > 0 or where not in self.owners):
                self.owners[where] = owner
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

    operations, groups   the C structs to replay; None until then
    leaving              operations that leave all gradients for the user; NULL: `operations` do
    memory               of the results, and of weights in the order in which products read them; None until then
    """

    def __init__(self, k: Any, size: int) -> None:
        self.k, self.size = k, size
        self.batch = k.wide([[0.0] * size])
        self.operations: Any = None
        self.leaving: Any = k.ffi.NULL
        self.groups: Any = None
        self.memory: Any = None
        self._first: Optional[Recorder] = None
        self._kept: Any = None

    @property
    def is_ready(self) -> bool:
        return self.operations is not None

    def learn(self, recorder: Recorder, pinned: list[tuple[Any, Any]]) -> str:
        """Take in a step that was recorded. Returns "", or why it cannot be replayed.

        pinned: results that the user may read after the step (the gradients), each with the matrix to leave it in.
        """
        if recorder.unfit:
            return recorder.unfit
        if self._first is None:
            self._first = recorder
            return ""
        k, ffi = self.k, self.k.ffi
        if recorder.form(ffi) != self._first.form(ffi):
            return "two steps were not the same kernels on the same matrices"
        if any(result is not own and address(ffi, k.pointer(own)) in recorder.owners for result, own in pinned):
            return "the step uses a gradient of the step before it"
        self._lay_out(recorder, pinned)
        self._first = None
        return ""

    def _lay_out(self, recorder: Recorder, pinned: list[tuple[Any, Any]]) -> None:
        """Order the calls in groups, and give each result its place in one block of memory."""
        k, ffi = self.k, self.k.ffi
        uses = [_addresses(ffi, call) for call in recorder.calls]
        calls = [Call(operands(k.kernel_names[call.kernel], where), k.kernel_rows[call.kernel], call.m, call.n)
                 for call, where in zip(recorder.calls, uses)]
        kept = {address(ffi, k.pointer(result)): k.pointer(own) for result, own in pinned}
        sizes = {where: result.nbytes for where, result in recorder.results.items()}
        outside = {where: owner for where, owner in recorder.owners.items() if where not in sizes}
        groups = [Group([*range(len(calls))])]
        if not _overlap(outside, recorder.shared, calls):
            groups = groups_of(calls, address(ffi, k.pointer(self.batch)), self.size, sizes, k.threads)
        layout = laid_out(groups, calls, sizes, {*kept})
        order = [(call, packs(group, calls[call])) for group in groups for call in group.calls]
        packed = [k.lib.refnet_packed_bytes(recorder.calls[call]) if is_packed else 0 for call, is_packed in order]
        begins = [*accumulate([-(-size // LINE) * LINE for size in packed], initial=layout.size)]
        self.memory = k.allocate(begins[-1] // 8 + LINE // 8)
        start = ffi.cast("char *", self.memory) + -address(ffi, self.memory) % LINE
        self.operations = ffi.new("refnet_operation[]", len(order))
        for operation, (call, _), size, begin in zip(self.operations, order, packed, begins):
            operation.call = recorder.calls[call][0]
            if size:
                operation.call.packed = start + begin
            self._place(operation, uses[call], layout, start, kept)
        if not kept.keys().isdisjoint(layout.row_bytes):
            self.leaving = ffi.new("refnet_operation[]", len(order))
            ffi.memmove(self.leaving, self.operations, ffi.sizeof(self.leaving))
            for operation, (call, _) in zip(self.leaving, order):
                self._place(operation, uses[call], layout, start, kept, leaves=True)
        self.groups = ffi.new("refnet_group[]", [(len(g.calls), g.rows, g.block, g.parts) for g in groups])
        self._kept = (outside, pinned)

    def _place(self, operation: Any, uses: tuple[int, ...], layout: Layout, start: Any, kept: dict[int, Any],
               leaves: bool = False) -> None:
        """Set the matrices of a call, which were at these addresses. kept: where the user reads some of them;
        leaves: whether they must be whole there."""
        for j, where in enumerate(uses):
            if where in kept and (leaves or where not in layout.offsets):
                operation.call.matrix[j], operation.row_bytes[j] = kept[where], 0
            elif where in layout.offsets:
                operation.call.matrix[j] = start + layout.offsets[where]
                operation.row_bytes[j] = layout.row_bytes.get(where, 0)


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


def _bytes_of(owner: Any) -> int:
    return memoryview(owner).nbytes


def _overlap(owners: dict[int, Any], shared: set[int], calls: list[Call]) -> bool:
    """Whether memory that a call writes to reaches into other memory, or is that of several matrices: then no call may
    change places with another, as addresses do not tell which of them belong together."""
    written = {where for call in calls for where in call.written}
    if not written.isdisjoint(shared):
        return True
    end, is_written = 0, False
    for where, owner in sorted(owners.items(), key=lambda one: one[0]):
        if where < end and (is_written or where in written):
            return True
        end, is_written = max(end, where + _bytes_of(owner)), where in written
    return False


def address(ffi: Any, pointer: Any) -> int:
    return int(ffi.cast("intptr_t", pointer))


def _addresses(ffi: Any, call: Any) -> tuple[int, ...]:
    return _POINTERS.unpack(ffi.buffer(call.matrix))
