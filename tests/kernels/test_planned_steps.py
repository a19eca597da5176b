"""Does a step that runs a block of rows at a time leave what its calls leave one after another?

Random steps run twice, by an interpreter: call by call, each matrix in memory of its own; and as planned, all results
in one memory, the rows shared by parts that are at different calls.
"""

import random

import pytest
from interpreter import OUTPUTS, UNIT, WHOLE, Memory, changed, in_any_order, made, read, shares

from refnet.kernels.native.blocks import ADDS_ROWS, BY_ROWS, Call, Group, Operand, grouped
from refnet.kernels.native.memory import lives_of, placed, spans_of

BATCH, DATA = 1, 2


class Step:
    """A random step: the matrices of its calls, what each does with rows, and each matrix's (rows, columns).

    outside  the matrices that outlive the step; each result is a new matrix
    kept     results that the user may read after the step: they lie in memory of their own
    """

    def __init__(self, seed):
        draws = self.draws = random.Random(seed)
        self.rows = draws.randint(2, 16)
        self.calls, self.ways = [], []
        self.shapes = {where: (draws.choice([1, self.rows, draws.randint(1, 16)]), draws.randint(1, 4))
                       for where in range(3, 9)}
        self.shapes.update({BATCH: (1, self.rows), DATA: (3, 2)})
        self.outside = [*self.shapes]
        self.tall = []  # results with a row for each of the minibatch
        self.kept = set()
        self.call(BY_ROWS, [read(DATA, "r"), Operand(BATCH, "1", "m", True, False)], "m")
        for _ in range(draws.randint(3, 25)):
            self.random_call()

    def call(self, way, matrices, rows=None):
        if rows:
            where = 100 + len(self.calls)
            columns = OUTPUTS if way == ADDS_ROWS else self.draws.randint(1, 4)
            self.shapes[where] = self.rows if rows == "m" else 1, columns
            self.tall += [where] if rows == "m" else []
            self.kept |= {where} if rows == "n" else set()
            matrices = [*matrices, made(where, rows)]
        self.calls.append(matrices)
        self.ways.append(way)

    def some(self, letter="n"):
        """Up to two matrices that are read whole; now and then the minibatch's own rows are among them."""
        several = self.draws.choices([*self.shapes], k=self.draws.randint(0, 2))
        return [read(where, letter) for where in several if where not in self.tall or self.draws.random() < 0.15]

    def random_call(self):
        draws = self.draws
        alike = [where for where in self.outside[3:] if self.shapes[where][0] == self.rows]
        by_row = [read(where) for where in {draws.choice(self.tall), draws.choice([*self.tall, *alike])}]
        kind = draws.random()
        if kind < 0.5:
            self.call(BY_ROWS, [*by_row, *self.some()], "m")
        elif kind < 0.7:
            self.call(ADDS_ROWS, by_row, draws.choice("1n"))
        elif kind < 0.75:
            self.call(WHOLE, [*by_row, *self.some()], draws.choice("m1"))
        elif kind < 0.8:  # drawn, not made of the minibatch's rows
            self.call(BY_ROWS, self.some("1"), "m")
        elif kind < 0.9:  # as weights are updated
            self.call(BY_ROWS, [changed(draws.choice(self.outside[2:])), *self.some()])
        elif kind < 0.95:  # as draws are counted
            self.call(WHOLE, [changed(draws.choice(self.outside[2:]), "1")])
        else:  # rows added to rows
            where = draws.choice([*self.tall, *alike])
            self.call(BY_ROWS, [changed(where), *(each for each in by_row if each.address != where)])


def planned(step, block):
    """The groups of a step, and the memory in which they run, as a recording lays them out."""
    sizes = {where: UNIT * rows * columns for where, (rows, columns) in step.shapes.items()
             if where not in step.outside and where not in step.kept}
    calls = [Call(matrices, way, step.rows, 0) for matrices, way in zip(step.calls, step.ways)]
    groups = [group._replace(block=block) if group.block > block else Group(group.calls)
              for group in grouped(calls, BATCH, step.rows)]
    lives = lives_of(groups, calls, sizes)
    of_block = {where for where, life in lives.items() if life.group is not None}
    for where in of_block:
        sizes[where] = sizes[where] // step.rows * block
    offsets, _ = placed(lives, sizes, spans_of(groups))
    return groups, Memory(step, offsets, of_block)


def run_planned(step, groups, memory, parts):
    for group in groups:
        if not group.block:
            for call in group.calls:
                memory.run(call)
        by_row = [call for call in group.calls if step.ways[call] == BY_ROWS]
        sums = [call for call in group.calls if step.ways[call] != BY_ROWS]
        for start in range(0, group.rows if group.block else 0, group.block or 1):
            assert group.calls == by_row + sums
            rows = range(start, min(start + group.block, group.rows))
            for call, part in in_any_order(step.draws, by_row, parts):
                share = shares(len(rows), parts)[part]
                memory.by_row(call, rows[share.start : share.stop], start)
            for call, part in in_any_order(step.draws, sums, parts):
                memory.add(call, shares(OUTPUTS, parts)[part], rows, start)


@pytest.mark.parametrize("block", [1, 7])
@pytest.mark.parametrize("seed", range(60))
def test_a_planned_step_leaves_what_its_calls_leave_one_after_another(seed, block):
    step = Step(seed)
    alone = Memory(step, {}, set())
    groups, memory = planned(step, block)
    assert sorted(call for group in groups for call in group.calls) == [*range(len(step.calls))]
    for parts in (1, 3):  # steps one after another, the memory as the step before has left it
        alone.log, memory.log = {}, {}
        for call in range(len(step.calls)):
            alone.run(call)
        run_planned(step, groups, memory, parts)
        assert memory.log == alone.log
        for where in (*step.outside, *step.kept):
            assert memory.all_of(where) == alone.all_of(where)


def test_the_random_steps_have_what_they_are_to_test():
    """Guard: groups of several blocks, calls before and after them, and memory that is used again."""
    groups_in_blocks = others = reused = 0
    for seed in range(60):
        groups, memory = planned(Step(seed), 1)
        groups_in_blocks += sum(group.block > 0 for group in groups)
        others += sum(not group.block for group in groups)
        reused += len({*memory.offsets.values()}) < len(memory.offsets)
    assert groups_in_blocks > 90 and others > 90 and reused > 30
