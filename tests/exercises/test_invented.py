"""Would the usual slips be seen with the numbers that are drawn? No two are equal that a slip would exchange."""

import copy

import pytest

from refnet.exercises import Exercise, grade, invented


def exchanged(exercise, how):
    """The same step by a student who exchanges indices all along."""
    network, inputs = exercise.network, exercise.inputs
    other = copy.deepcopy(network)
    first, second = network.weights
    if how == "w_ji for w_ij":
        first = [list(row) for row in zip(*first)]
    if how == "x1 and x2":
        inputs = [row[::-1] for row in inputs]
    if how == "w35 and w45":
        second = [row[::-1] for row in second]
    other.weights = [first, second]
    wrong = Exercise(other, inputs, exercise.targets, loss=network.objective, optimizer=network.optimizer)
    return {gap.number: repr(gap.value) for gap in wrong.gaps}


@pytest.mark.parametrize("how", ["w_ji for w_ij", "x1 and x2", "w35 and w45"])
def test_an_exchange_of_indices_is_seen(how):
    """As drawn at random, 8 of these 40 sheets had such a pair of equal numbers, and full points for a wrong way."""
    for seed in range(1, 41):
        exercise = invented([2, 2, 1], seed, bias=False)
        result = grade(exercise, exchanged(exercise, how))
        assert result.points < result.most and result.first_wrong, seed


@pytest.mark.parametrize("bias", [True, False])
def test_numbers_that_stand_side_by_side_differ(bias):
    for seed in range(10):
        exercise = invented([3, 3, 2], seed, bias=bias, rows=2)
        assert all(len(set(line)) == len(line) for line in exercise.network.biases), seed
        for matrix in (*exercise.network.weights, exercise.inputs, exercise.targets):
            assert all(len(set(line)) == len(line) for line in [*matrix, *zip(*matrix)]), (seed, matrix)
        for matrix in exercise.network.weights:
            assert all(matrix[i][j] != matrix[j][i] for i in range(len(matrix)) for j in range(i))
        for name in ("sigmoid1.o", "sigmoid2.o", "dense1.delta"):
            numbers = exercise.worked.origins.values[name]
            for row in range(2):
                told = [f"{numbers.at(row, unit):.3e}" for unit in range(numbers.columns)]
                assert len(set(told)) == len(told), (seed, name)


def test_numbers_that_cannot_differ_are_drawn_all_the_same():
    """With one decimal there are 9 inputs and 18 weights."""
    exercise = invented([19, 2, 1], 1, asked="o")
    assert len(set(exercise.inputs[0])) == 9 and len(set(exercise.network.weights[0][0])) == 18


def test_sheets_without_such_numbers_are_the_ones_that_the_seed_draws():
    """Only a number that would be equal to another is drawn again."""
    exercise = invented([2, 2, 1], 2, bias=False)
    assert (exercise.network.weights, exercise.inputs, exercise.targets) == (
        [[[-0.8, -0.5], [0.9, -0.2]], [[-0.6, -0.4]]], [[0.4, 0.9]], [[0.3]])


def test_of_other_sheets_only_the_numbers_that_were_equal_are_others():
    """As drawn at random, seed 1 has w13 = w23 = w14 = −0.5."""
    exercise = invented([2, 2, 1], 1, bias=False)
    assert exercise.network.weights == [[[-0.5, 0.8], [-0.8, -0.7]], [[-0.7, -0.1]]]
    assert (exercise.inputs, exercise.targets) == ([[0.3, 0.4]], [[0.3]])
