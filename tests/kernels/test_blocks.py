"""Which calls of a step go through the rows together, and where do their results lie? On hand-made calls."""

import pytest
from interpreter import WHOLE, changed, made, read

from refnet.kernels.native.blocks import ADDS_ROWS, BY_ROWS, Call, Group, grouped, operands
from refnet.kernels.native.memory import (
    LEAST_ROWS,
    LINE,
    NEAR,
    ROWS_OF_THREAD,
    Life,
    block_rows,
    lives_of,
    placed,
    spans_of,
)

BATCH, X, W, H, P, Y, D, G, LOSS, MEAN = range(100, 1100, 100)  # addresses

TAKE = [read(50, "r", "n"), read(BATCH, "1", "m"), made(X)]
AFFINE = [read(X, "m", "k"), read(W, "n", "k"), made(H)]
TANH = [read(H), made(P)]
BACKWARD = [read(P), read(Y), made(D)]
GRADIENT = [read(D), read(X, "m", "k"), made(G, "n", "k")]
UPDATE = [changed(W), read(G)]


def in_groups(matrices, ways, rows=40):
    return grouped([Call(each, way, rows, 0) for each, way in zip(matrices, ways)], BATCH, rows)


def calls_of(groups):
    return [(group.calls, group.block) for group in groups]


# --- Which calls go through the rows together? ---


def test_a_step_of_one_layer():
    """What goes by row, then what adds up rows, a block at a time; then the update."""
    calls = [TAKE, AFFINE, TANH, BACKWARD, GRADIENT, UPDATE]
    ways = [BY_ROWS, BY_ROWS, BY_ROWS, BY_ROWS, ADDS_ROWS, BY_ROWS]
    assert in_groups(calls, ways) == [Group([0, 1, 2, 3, 4], 40, 40), Group([5])]


def test_sums_come_last_in_their_group():
    sums = [read(X), made(G, "1", "n")]
    groups = in_groups([TAKE, sums, AFFINE, TANH], [BY_ROWS, ADDS_ROWS, BY_ROWS, BY_ROWS])
    assert calls_of(groups) == [([0, 2, 3, 1], 40)]


def test_what_needs_a_whole_sum_waits_for_it():
    """A mean, and the rows from which it is subtracted."""
    mean = [read(X), made(MEAN, "1", "n")]
    centred = [read(X), read(MEAN, "1", "n"), made(H)]
    groups = in_groups([TAKE, mean, centred, TANH], [BY_ROWS, ADDS_ROWS, BY_ROWS, BY_ROWS])
    assert calls_of(groups) == [([0, 1], 40), ([2, 3], 40)]


def test_a_kernel_that_needs_all_rows_runs_for_all_of_them_at_once():
    groups = in_groups([TAKE, [read(X), made(H)], TANH], [BY_ROWS, WHOLE, BY_ROWS])
    assert calls_of(groups) == [([0], 40), ([1], 0), ([2], 40)]


def test_rows_that_are_taken_as_weights_are_needed_whole():
    """The minibatch's rows times those of all its other rows: H is both."""
    attention = [read(H, "m", "k"), read(H, "n", "k"), made(P)]
    groups = in_groups([TAKE, AFFINE, attention, BACKWARD], [BY_ROWS] * 4)
    assert calls_of(groups) == [([0, 1], 40), ([2, 3], 0)]  # nor is P known to have the minibatch's rows


def test_a_matrix_with_as_many_rows_that_are_not_of_the_minibatch():
    """Squared weights: m is their letter too."""
    squared = [read(W), made(MEAN)]
    groups = in_groups([TAKE, squared, AFFINE], [BY_ROWS] * 3)
    assert calls_of(groups) == [([1], 0), ([0, 2], 40)]


def test_a_change_in_place_stays_between_those_that_read_before_and_after_it():
    """Nesterov's look ahead, the step, and the update; weights are read on both sides of each."""
    ahead, kept = [changed(W), read(60)], [read(W), made(70)]
    calls = [kept, ahead, TAKE, AFFINE, GRADIENT, [changed(W), read(G), read(70)], AFFINE]
    groups = in_groups(calls, [BY_ROWS] * 4 + [ADDS_ROWS] + [BY_ROWS] * 2)
    assert calls_of(groups) == [([0, 1], 0), ([2, 3, 4], 40), ([5], 0), ([6], 40)]


def test_a_count_of_draws_is_not_changed_before_those_who_draw():
    dropped = [read(X), read(60, "1", "1"), made(H)]
    counted = [changed(60, "1", "1")]
    groups = in_groups([TAKE, dropped, counted, TANH, dropped], [BY_ROWS, BY_ROWS, WHOLE, BY_ROWS, BY_ROWS])
    assert calls_of(groups) == [([0, 1, 3], 40), ([2], 0), ([4], 40)]


def test_what_follows_a_group_keeps_its_order():
    """The rate is read by the update, and then changed."""
    update = [*UPDATE, read(60, "1", "1")]
    calls = [TAKE, AFFINE, GRADIENT, update, [changed(60, "1", "1")]]
    assert calls_of(in_groups(calls, [BY_ROWS, BY_ROWS, ADDS_ROWS, BY_ROWS, WHOLE])) == [
        ([0, 1, 2], 40), ([3, 4], 0)]


def test_rows_that_are_updated_in_place_do_not_go_block_by_block():
    totals = [changed(60), read(X)]
    groups = in_groups([TAKE, totals, [read(60), read(X), made(H)]], [BY_ROWS] * 3)
    assert calls_of(groups) == [([0], 40), ([1], 0), ([2], 40)]


def test_operands_of_a_kernel_call():
    assert operands("affine", (X, W, 0, H, 0, 0, 0, 0)) == [read(X, "m", "k"), read(W, "n", "k"), made(H)]
    assert operands("affine", (X, W, 7, H, 0, 0, 0, 0))[2] == read(7, "1", "n")
    assert operands("take_rows", (50, BATCH, X)) == TAKE
    assert operands("take_byte_rows", (50, BATCH, X)) == TAKE
    assert operands("sgd_update", (W, G, 60)) == [changed(W), read(G), read(60, "1", "1")]


# --- Where do results lie? ---


def test_lives():
    """Rows that one group alone uses live in it; a sum for all of it; what two groups use, from first to last."""
    groups = [Group([0, 1, 2, 3], 40, 8), Group([4]), Group([5, 6], 40, 8)]
    matrices = [TAKE, [read(X), made(H)], [read(H), made(P)], [read(P), made(G, "1", "n")],
                [read(G, "1", "n"), made(MEAN, "1", "n")], [read(P), read(MEAN, "1", "n"), made(D)],
                [read(D), made(LOSS, "1", "n")]]
    ways = [BY_ROWS, BY_ROWS, BY_ROWS, ADDS_ROWS, WHOLE, BY_ROWS, ADDS_ROWS]
    calls = [Call(each, way, 40, 0) for each, way in zip(matrices, ways)]
    lives = lives_of(groups, calls, {X, H, P, G, MEAN, D, LOSS})
    assert lives == {
        X: Life(0, 1, 0), H: Life(1, 2, 0), P: Life(0, 6, None), G: Life(0, 4, None), MEAN: Life(4, 6, None),
        D: Life(5, 6, 2), LOSS: Life(5, 6, None)}
    assert spans_of(groups) == [(0, 3), (4, 4), (5, 6)]


def test_memory_is_used_again_only_for_rows_of_the_same_length():
    """The rows of 80 bytes take turns; those of 160 do not lie where some of 80 were, which a thread may still use."""
    lives = {1: Life(0, 1, 0), 2: Life(1, 2, 0), 3: Life(2, 3, 0), 4: Life(3, 4, 0), 5: Life(4, 5, 0)}
    offsets, total = placed(lives, {1: 640, 2: 640, 3: 640, 4: 1280, 5: 640}, [(0, 5)])
    assert offsets[1] == offsets[3] == offsets[5]
    assert len({offsets[1], offsets[2], offsets[4]}) == 3
    assert total == 640 + 640 + 1280


def test_whole_results_use_each_others_memory():
    """Of any size: between two of their calls all threads wait for each other. The best hole is the smallest."""
    lives = {1: Life(0, 1, None), 2: Life(0, 1, None), 3: Life(1, 9, None), 4: Life(2, 3, None), 5: Life(2, 3, None)}
    offsets, total = placed(lives, {1: 1000, 2: 300, 3: 64, 4: 200, 5: 700}, [])
    assert offsets[4] == offsets[2] and offsets[5] == offsets[1]
    assert total == 1024 + 320 + 64 and all(offset % LINE == 0 for offset in offsets.values())


@pytest.mark.parametrize("rows, row, threads, expected", [
    (1, 8, 1, 1), (256, 10**6, 1, 256), (257, 10**6, 1, 136), (1000, 1024, 1, 256), (10_000, 256, 1, 1000),
    (10_000, 0, 1, 10_000), (10_000, 1024, 4, 504), (10_000, 10**6, 64, 5000), (7, 10**9, 64, 7)])
def test_rows_of_a_block(rows, row, threads, expected):
    block = block_rows(rows, row, threads)
    assert block == expected
    parts = -(-rows // block)
    assert block in (rows, 8 * (block // 8))
    assert block <= 8 + max(LEAST_ROWS, ROWS_OF_THREAD * threads, NEAR // max(1, row)) or parts == 1
