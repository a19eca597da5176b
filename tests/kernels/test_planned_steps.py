"""Does a step that runs a block of rows at a time leave what its calls leave one after another?

Random steps run twice, by an interpreter: call by call, each matrix in memory of its own; and as planned, all results
in one memory, the rows shared by parts that are at different calls. A number is a hash of all that it was made of, so
whatever was moved, overwritten or forgotten too early shows.
"""

import random

import pytest

from refnet.kernels.native.blocks import ADDS_ROWS, BY_ROWS, Call, Group, Operand, grouped
from refnet.kernels.native.memory import lives_of, placed, spans_of

WHOLE, BATCH, DATA = 0, 1, 2
UNIT = 8  # bytes of a number
OUTPUTS = 3  # numbers of a sum over rows


def read(where, rows="m"):
    return Operand(where, rows, "n", True, False)


def made(where, rows="m"):
    return Operand(where, rows, "n", False, True)


def changed(where, rows="m"):
    return Operand(where, rows, "n", True, True)


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


class Memory:
    """Numbers by their place. What is placed shares one memory, at these offsets; `of_block` has memory for one block
    of rows only. `log` has what each call made of each row."""

    def __init__(self, step, offsets, of_block):
        self.step, self.offsets, self.of_block = step, offsets, of_block
        self.units, self.log = {}, {}
        for where in step.outside:
            for row in range(step.shapes[where][0]):
                self.put(where, row, 0, ("outside", where))

    def places(self, where, row, start):
        """Where the numbers of this row are, in a block that begins with the row `start`."""
        columns = self.step.shapes[where][1]
        if where in self.of_block:
            row -= start
        if where in self.offsets:
            first = self.offsets[where] // UNIT + row * columns
            return range(first, first + columns)
        return [(where, row, column) for column in range(columns)]

    def get(self, where, row, start=0):
        return tuple(self.units.get(place) for place in self.places(where, row, start))

    def all_of(self, where):
        return [self.get(where, row) for row in range(self.step.shapes[where][0])]

    def put(self, where, row, start, what):
        for column, place in enumerate(self.places(where, row, start)):
            self.units[place] = hash((*what, row, column))

    def by_row(self, call, rows, start):
        """These rows of a call that goes by row. It may write to its result before it has read all."""
        matrices = self.step.calls[call]
        for where in (each.address for each in matrices if not each.is_read):
            for i in rows:
                self.put(where, i, start, ("unfinished",))
        for i in rows:
            parts = [self.get(each.address, i, start) if each.rows == "m" else tuple(self.all_of(each.address))
                     for each in matrices if each.is_read]
            for each in matrices:
                if each.is_written:
                    self.put(each.address, i, start, (call, *parts))
                    self.log[call, i] = self.get(each.address, i, start)

    def add(self, call, outputs, rows, start):
        """These outputs of a sum go on over these rows."""
        *given, result = self.step.calls[call]
        places = self.places(result.address, 0, 0)
        for j in outputs:
            for i in rows:
                before = self.units.get(places[j]) if i else 0
                self.units[places[j]] = self.log[call, j] = "unfinished"
                total = hash((before, j, *(self.get(each.address, i, start) for each in given)))
                self.units[places[j]] = self.log[call, j] = total

    def run(self, call):
        """All of a call at once."""
        step, matrices = self.step, self.step.calls[call]
        if step.ways[call] == ADDS_ROWS:
            self.add(call, range(OUTPUTS), range(step.rows), 0)
        elif step.ways[call] == BY_ROWS:
            changes = next(each.address for each in matrices if each.is_written)
            self.by_row(call, range(step.shapes[changes][0]), 0)
        else:
            parts = [tuple(self.all_of(each.address)) for each in matrices if each.is_read]
            for each in matrices:
                for row in range(step.shapes[each.address][0] if each.is_written else 0):
                    self.put(each.address, row, 0, (call, *parts))
                    self.log[call, row] = self.get(each.address, row)


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


def shares(many, parts):
    """Borders of the parts, some of them empty."""
    return [range(many * part // parts, many * (part + 1) // parts) for part in range(parts)]


def in_any_order(draws, calls, parts):
    """(call, part): each part goes through the calls in order, and may be ahead of another by any number of them."""
    turns = [part for part in range(parts) for _ in calls]
    if draws.random() < 0.5:
        draws.shuffle(turns)
    elif draws.random() < 0.5:
        turns.reverse()
    done = [0] * parts
    for part in turns:
        yield calls[done[part]], part
        done[part] += 1


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
