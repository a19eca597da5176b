"""How are hand-made kernel calls written down, and run without C? By an interpreter whose numbers are hashes of all
that they were made of, so that whatever was moved, overwritten or forgotten too early shows."""

from refnet.kernels.native.blocks import ADDS_ROWS, BY_ITS_ROWS, BY_ROWS, Operand

WHOLE = 0  # beside BY_ROWS and its kin: a call that needs all rows at once
UNIT = 8  # bytes of a number
OUTPUTS = 3  # numbers of a sum over rows


def read(where, rows="m", columns="n"):
    return Operand(where, rows, columns, True, False)


def made(where, rows="m", columns="n"):
    return Operand(where, rows, columns, False, True)


def changed(where, rows="m", columns="n"):
    return Operand(where, rows, columns, True, True)


class Memory:
    """Numbers by their place. What is placed shares one memory, at these offsets; `of_block` has memory for blocks of
    rows only. `log` has what each call made of each row.

    The step has `calls` (their operands), `ways`, `shapes` of its matrices, and those that are `outside` of it.
    """

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
        row_by_row = "m" if self.step.ways[call] == BY_ROWS else ""  # a sum's operands are read whole
        for where in (each.address for each in matrices if not each.is_read):
            for i in rows:
                self.put(where, i, start, ("unfinished",))
        for i in rows:
            parts = [self.get(each.address, i, start) if each.rows == row_by_row else tuple(self.all_of(each.address))
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
        elif step.ways[call] in (BY_ROWS, BY_ITS_ROWS):
            changes = next(each.address for each in matrices if each.is_written)
            self.by_row(call, range(step.shapes[changes][0]), 0)
        else:
            parts = [tuple(self.all_of(each.address)) for each in matrices if each.is_read]
            for each in matrices:
                for row in range(step.shapes[each.address][0] if each.is_written else 0):
                    self.put(each.address, row, 0, (call, *parts))
                    self.log[call, row] = self.get(each.address, row)


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
