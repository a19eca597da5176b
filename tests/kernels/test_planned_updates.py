"""Does a step that takes a block of its weights' rows at a time leave what its calls leave one after another?

Random steps run twice, by an interpreter: call by call, each matrix in memory of its own; and as planned, all results
in one memory, the rows of weights shared by parts that are at different calls, each in memory for a block of its own.
"""

import random

import pytest
from interpreter import OUTPUTS, UNIT, WHOLE, Memory, changed, in_any_order, made, read, shares

from refnet.kernels.native.blocks import ADDS_ROWS, BY_ITS_ROWS, BY_ROWS, Call
from refnet.kernels.native.layout import laid_out
from refnet.kernels.native.updates import with_updates


class Step:
    """A random step: the matrices of its calls, what each does with rows, its m and n, and each matrix's shape.

    outside  the matrices that outlive the step, most of them weights; each result is a new matrix
    kept     results that the user may read after the step's last run
    """

    def __init__(self, seed):
        draws = self.draws = random.Random(seed)
        self.rows = draws.randint(1, 6)
        self.heights = [draws.randint(1, 12), draws.randint(1, 12), self.rows]
        self.calls, self.ways, self.sizes, self.kept = [], [], [], set()
        self.shapes = {where: (height, draws.randint(1, 3)) for where, height in enumerate(2 * self.heights, 1)}
        self.shapes.update({7: (1, 1), 8: (self.rows, 2)})
        self.outside = [*self.shapes]
        self.add_gradient()
        for _ in range(draws.randint(5, 40)):
            self.random_call()

    def call(self, way, matrices, m, n=0, rows=None):
        """Add a call. rows: of its result, if it has one."""
        if rows:
            result = 100 + len(self.calls)
            self.shapes[result] = rows, OUTPUTS if way == ADDS_ROWS else self.draws.randint(1, 3)
            self.kept |= {result} if self.draws.random() < 0.5 else set()
            matrices = [*matrices, made(result, "m" if way == BY_ROWS else "n")]
            self.pool += [result] if rows == self.height else []
        self.calls.append(matrices)
        self.ways.append(way)
        self.sizes.append((m, n))

    def add_gradient(self):
        """With it begins what is done with weights of as many rows: the pool has them, and what is made of them."""
        self.height = self.draws.choice(self.heights)
        self.pool = [where for where in self.outside if self.shapes[where][0] == self.height][:2]
        tall = [where for where in self.shapes if self.shapes[where][0] == self.rows]
        self.call(BY_ITS_ROWS, [read(self.draws.choice(tall)), read(self.draws.choice(tall))],
                  self.rows, self.height, self.height)

    def random_call(self):
        draws, height, kind = self.draws, self.height, self.draws.random()
        own = draws.choice(self.pool[-2:] if draws.random() < 0.6 else self.pool)
        second = [where for where in (draws.choice(self.pool),) if where != own]
        whole = draws.choices([*self.pool[:2], *self.outside, *self.pool], k=draws.choice([0, 1]))
        by_row = [read(where) for where in second]
        others = [read(where, "n") for where in whole if where not in (own, *second)]
        if kind < 0.15:
            self.add_gradient()
        elif kind < 0.4:  # a penalty, a limit
            self.call(BY_ROWS, [read(own), *by_row, *others], height, 0, height)
        elif kind < 0.8:  # an update, a constraint; or a change of a gradient itself
            self.call(BY_ROWS, [changed(own), *by_row, *others], height)
        elif kind < 0.85:
            self.call(ADDS_ROWS, [read(8)], self.rows, 0, 1)
        elif kind < 0.9:
            self.call(WHOLE, [read(own, "n"), *others], height, 0, 1)
        elif kind < 0.95:
            self.call(WHOLE, [changed(7, "1")], 1)
        else:  # of the minibatch
            self.call(BY_ROWS, [read(8), *others], self.rows, 0, self.rows)


def planned(step, block, parts):
    """The layout of a step as a recording has it, with blocks of so many rows."""
    sizes = {where: UNIT * rows * columns for where, (rows, columns) in step.shapes.items()
             if where not in step.outside}
    calls = [Call(matrices, way, *size) for matrices, way, size in zip(step.calls, step.ways, step.sizes)]
    groups = with_updates(calls, lambda call: min(block, call.n))
    groups = [group._replace(parts=min(parts, -(-group.rows // group.block))) if group.block else group
              for group in groups]
    return laid_out(groups, calls, sizes, step.kept)


def run_planned(step, layout, memory):
    for group in layout.groups:
        if not group.block:
            for call in group.calls:
                memory.run(call)
            continue
        turns = [[(call, start, border.stop) for start in range(border.start, border.stop, group.block)
                  for call in group.calls] for border in shares(group.rows, group.parts)]
        most = max(map(len, turns))
        for turn, part in in_any_order(step.draws, range(most), group.parts):
            if turn < len(turns[part]):
                call, start, stop = turns[part][turn]
                memory.by_row(call, range(start, min(start + group.block, stop)), start - part * group.block)


@pytest.mark.parametrize("block, parts", [(1, 3), (3, 2), (12, 1)])
@pytest.mark.parametrize("seed", range(80))
def test_a_planned_step_leaves_what_its_calls_leave_one_after_another(seed, block, parts):
    step = Step(seed)
    layout = planned(step, block, parts)
    assert sorted(call for group in layout.groups for call in group.calls) == [*range(len(step.calls))]
    of_block = {*layout.row_bytes}
    alone, memory = Memory(step, {}, set()), Memory(step, layout.offsets, of_block)
    for leaves in (False, False, True):  # steps one after another, the memory as the step before has left it
        if leaves:  # what is kept lies whole in memory of its own
            memory.offsets = {where: at for where, at in layout.offsets.items() if where not in step.kept}
            memory.of_block = of_block - step.kept
        alone.log, memory.log = {}, {}
        for call in range(len(step.calls)):
            alone.run(call)
        run_planned(step, layout, memory)
        assert memory.log == alone.log
        for where in (*step.outside, *(step.kept if leaves else step.kept - of_block)):
            assert memory.all_of(where) == alone.all_of(where)


def test_the_random_steps_have_what_they_are_to_test():
    """Guard: groups of several blocks and parts, groups that end early, gradients kept and not, memory used again."""
    groups = longer = others = kept = dropped = reused = 0
    for seed in range(80):
        step = Step(seed)
        layout = planned(step, 1, 3)
        of_weights = [group for group in layout.groups if group.parts > 1]
        groups += len(of_weights)
        longer += sum(len(group.calls) > 2 for group in of_weights)
        others += sum(not group.block for group in layout.groups)
        kept += len(step.kept & {*layout.row_bytes})
        dropped += len({*layout.row_bytes} - step.kept)
        reused += len({*layout.offsets.values()}) < len(layout.offsets)
    assert groups > 60 and longer > 25 and others > 60 and kept > 40 and dropped > 40 and reused > 30
