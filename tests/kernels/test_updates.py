"""Which calls of a step go through the rows of a weight matrix together, and what lies in memory for a block? On
hand-made calls."""

import pytest
from interpreter import WHOLE, changed, made, read

from refnet.kernels.native import memory
from refnet.kernels.native.blocks import ADDS_ROWS, BY_ITS_ROWS, BY_ROWS, Call, Group
from refnet.kernels.native.layout import groups_of, laid_out, packs
from refnet.kernels.native.memory import LEAST_GRADIENT, LEAST_ROWS, NEAR_GRADIENT, block_of_weights
from refnet.kernels.native.updates import with_updates

ROWS, UNITS = 8, 40  # of the minibatch; and rows of most weights
BATCH, X, W, V, B, D, D2, G, G2, H, P, RATE = range(100, 1300, 100)  # addresses
GRADIENT = [read(D), read(X, "m", "k"), made(G, "n", "k")]
OTHER = [read(D2), read(X, "m", "k"), made(G2, "n", "k")]
UPDATE = [changed(W), read(G), read(RATE, "1", "1")]
BACK = [read(D), read(W, "n", "k"), made(D2, "m", "k")]


def gradient(matrices=GRADIENT, units=UNITS):
    return Call(matrices, BY_ITS_ROWS, ROWS, units)


def by_row(*matrices, m=UNITS):
    return Call([*matrices], BY_ROWS, m, 5)


def whole(*matrices):
    return Call([*matrices], WHOLE, 1, 1)


def in_groups(*calls, block=10):
    return [group.calls if group.block else (*group.calls,) for group in with_updates([*calls], lambda call: block)]


# --- Which calls go through the rows together? In lists: those that do. ---


def test_from_a_gradient_to_the_change_of_its_weights():
    """Penalty, clipping, momentum and a constraint, each of which reads what the one before has left."""
    penalty = by_row(read(G), read(W), made(H))
    clipped = by_row(read(H), made(P))
    momentum = by_row(changed(W), changed(V), read(P), read(RATE, "1", "1"))
    groups = with_updates([gradient(), penalty, clipped, momentum, by_row(changed(W))], lambda call: 10)
    assert groups == [Group([0, 1, 2, 3, 4], UNITS, 10, parts=1)]


def test_what_a_gradient_does_not_touch_runs_before_its_group():
    """As backward passes on what reached this layer, and the loss is added up."""
    assert in_groups(gradient(), by_row(*BACK, m=ROWS), whole(changed(RATE + 1)), by_row(*UPDATE)) == [(1, 2), [0, 3]]


def test_two_gradients_are_open_at_the_same_time():
    calls = gradient(), by_row(*BACK, m=ROWS), gradient(OTHER), by_row(*UPDATE), by_row(changed(V), read(G2))
    assert in_groups(*calls) == [(1,), [0, 3], [2, 4]]


def test_a_gradient_with_which_nothing_goes_on_by_row_is_no_group():
    """The global norm needs all of it."""
    squares = whole(read(G), made(P, "1", "1"))
    clipped = by_row(read(G), read(P, "1", "1"), made(H))
    assert in_groups(gradient(), squares, clipped, by_row(changed(W), read(H))) == [(0, 1, 2, 3)]


def test_what_needs_all_rows_ends_a_group():
    """A sum over the weights: of those changed, or of those before the change if it comes before."""
    squares = whole(read(W), made(P, "1", "1"))
    assert in_groups(gradient(), by_row(*UPDATE), squares, by_row(changed(W))) == [[0, 1], (2, 3)]
    assert in_groups(gradient(), squares, by_row(*UPDATE)) == [(1,), [0, 2]]


def test_what_is_written_in_between_waits_for_those_that_read_it():
    """The rate of the step after, and the minibatch of which the gradient is made."""
    assert in_groups(gradient(), by_row(*UPDATE), whole(changed(RATE, "1"))) == [[0, 1], (2,)]
    assert in_groups(gradient(), by_row(read(G), made(H)), by_row(changed(X), m=ROWS)) == [[0, 1], (2,)]


def test_the_sum_of_two_gradients_needs_both():
    """Weights that are used twice."""
    both = by_row(read(G), read(G2), made(H))
    assert in_groups(gradient(), gradient(OTHER), both, by_row(changed(W), read(H))) == [(0, 1, 2, 3)]


def test_one_gradient_for_two_weights():
    assert in_groups(gradient(), by_row(*UPDATE), by_row(changed(V), read(G))) == [[0, 1, 2]]


def test_a_call_with_other_rows_does_not_join():
    """The first rows of the weights begin where the weights do."""
    assert in_groups(gradient(), by_row(*UPDATE), by_row(read(W), made(H), m=7)) == [[0, 1], (2,)]


def test_the_gradient_read_as_a_whole_does_not_join():
    """Its products with itself: each row needs all others."""
    assert in_groups(gradient(), by_row(read(V), read(G, "n"), made(H))) == [(0, 1)]
    assert in_groups(gradient(), by_row(read(G), read(G, "n"), made(H))) == [(0, 1)]


def test_weights_read_as_a_whole_are_not_changed_in_the_same_group():
    """Whether they are read by row too, before, after, or not at all."""
    spread = by_row(read(G), read(W, "n"), made(H))
    decay = by_row(read(G), read(W), made(P))
    assert in_groups(gradient(), spread, by_row(*UPDATE)) == [[0, 1], (2,)]
    assert in_groups(gradient(), decay, spread, by_row(*UPDATE)) == [[0, 1, 2], (3,)]
    assert in_groups(gradient(), spread, decay, by_row(*UPDATE)) == [[0, 1], (2, 3)]
    assert in_groups(gradient(), by_row(*UPDATE), spread) == [[0, 1], (2,)]


def test_the_minibatch_may_have_as_many_rows_as_the_weights():
    """Its rows are read whole by the gradient, so none of them is changed with it."""
    call = Call(GRADIENT, BY_ITS_ROWS, UNITS, UNITS)
    assert in_groups(call, by_row(read(G), changed(X))) == [(0, 1)]
    assert in_groups(call, by_row(read(G), read(D), made(H))) == [(0, 1)]


def test_sums_over_rows_are_no_gradient_of_weights():
    """A bias: its gradient has one row."""
    assert in_groups(Call([read(D), made(G, "1")], ADDS_ROWS, ROWS, 5), by_row(*UPDATE, m=1)) == [(0, 1)]


def test_a_gradient_that_stays_near_anyway_begins_no_group():
    assert in_groups(gradient(), by_row(*UPDATE), block=0) == [(0, 1)]


# --- How many rows, and whose? ---


@pytest.mark.parametrize("rows, row, expected", [
    (512, 6272, 12), (512, 4096, 24), (10, 4096, 0), (64, 4096, 24), (63, 4096, 0), (10_000, 32, 4092),
    (100, 32 << 10, 4), (100, 12_000, 8), (100, (32 << 10) + 1, 0), (3, 10**6, 0), (1, 10**9, 0)])
def test_rows_of_a_block_of_weights(rows, row, expected):
    block = block_of_weights(rows, row)
    assert block == expected
    assert block == 0 or (block * row <= NEAR_GRADIENT and rows * row >= LEAST_GRADIENT and 2 * block <= rows)


@pytest.mark.parametrize("threads, block, parts", [(1, 24, 1), (3, 24, 3), (22, 24, 22), (64, 8, 64), (600, 1, 512)])
def test_each_thread_has_a_block_if_there_are_as_many_rows(threads, block, parts):
    """512 rows of 512 doubles, 24 at a time, or fewer if threads are many."""
    groups = groups_of([gradient(units=512), by_row(*UPDATE, m=512)], BATCH, ROWS, {G: 512 * 4096}, threads)
    assert groups == [Group([0, 1], 512, block, parts)]


def test_only_results_of_the_step_have_memory_for_a_block():
    """A gradient that is added to a matrix of the user's own is none."""
    assert groups_of([gradient(units=512), by_row(*UPDATE, m=512)], BATCH, ROWS, {}, 1) == [Group([0, 1])]


def test_a_tall_minibatch_goes_by_its_own_rows():
    calls = [Call(GRADIENT, BY_ITS_ROWS, LEAST_ROWS + 1, 512), by_row(*UPDATE, m=512)]
    assert all(group.parts == 0 for group in groups_of(calls, BATCH, LEAST_ROWS + 1, {G: 512 * 4096}, 1))


# --- Where do results lie? ---


def layout_of(*calls, kept=(), parts=3, **sizes):
    sizes = {G: UNITS * 128, H: UNITS * 128, P: UNITS * 64} | {globals()[name]: size for name, size in sizes.items()}
    groups = [group._replace(parts=parts) if group.block else group for group in with_updates([*calls], lambda _: 10)]
    return laid_out(groups, [*calls], sizes, {*kept})


def test_each_part_has_memory_for_a_block_of_its_own():
    layout = layout_of(gradient(), by_row(read(G), made(P)), by_row(changed(W), read(P)))
    assert layout.row_bytes == {G: 128, P: 64}
    assert layout.size == 30 * 128 + 30 * 64  # three parts of 10 rows
    assert sorted(layout.offsets) == [G, P]


def test_rows_of_one_length_take_turns():
    """The gradient is over when the third of them is made."""
    layout = layout_of(gradient(), by_row(read(G), made(H)), by_row(read(H), made(V)), by_row(changed(W), read(V)),
                       V=UNITS * 128)
    assert layout.offsets[V] == layout.offsets[G] != layout.offsets[H]
    assert layout.size == 2 * 30 * 128


def test_a_gradient_that_the_user_reads_has_a_place_only_if_its_group_alone_uses_it():
    alone = layout_of(gradient(), by_row(*UPDATE), kept={G})
    assert alone.row_bytes == {G: 128} and G in alone.offsets
    shared = layout_of(gradient(), by_row(*UPDATE), whole(read(G), made(P, "1", "1")), kept={G})
    assert shared.row_bytes == {} and [*shared.offsets] == [P]
    unread = layout_of(gradient(), by_row(*UPDATE), whole(read(G), made(P, "1", "1")))
    assert unread.row_bytes == {} and {*unread.offsets} == {G, P} and unread.size >= UNITS * 128


def test_what_is_read_whole_inside_a_group_lies_whole():
    """It was made before."""
    layout = layout_of(by_row(read(V), made(H)), gradient(), by_row(read(G), read(H, "n"), made(P)),
                       by_row(changed(W), read(P)))
    assert layout.row_bytes == {G: 128, P: 64} and H in layout.offsets


def test_what_is_packed_once_for_all_blocks():
    """The minibatch of a gradient; of a block of the minibatch, the weights; and nothing where all rows run at once."""
    product = by_row(read(D), read(W, "n", "k"), made(H))
    assert packs(Group([0, 1], UNITS, 10, 1), gradient()) and packs(Group([0, 1], UNITS, 10, 1), product)
    assert packs(Group([0], ROWS, 4), product) and not packs(Group([0], ROWS, 4), gradient())
    assert not packs(Group([0, 1]), product) and not packs(Group([0, 1]), gradient())


def test_the_limits_are_read_when_a_step_is_laid_out(monkeypatch):
    """As tests and whoever tunes them set them."""
    monkeypatch.setattr(memory, "LEAST_GRADIENT", 1)
    calls = [gradient(), by_row(*UPDATE)]
    monkeypatch.setattr(memory, "NEAR_GRADIENT", 4 * 128)
    assert groups_of(calls, BATCH, ROWS, {G: UNITS * 128}, 1) == [Group([0, 1], UNITS, 4, 1)]
