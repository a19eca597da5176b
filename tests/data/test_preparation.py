"""Are one-hot rows, splits and standardised columns exact, and are mistakes refused?"""

import math

import pytest
from data_helpers import refused

from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import SPLIT_STREAM
from refnet.data import ByteMatrix, Dataset, Standardizer, column_statistics, one_hot, split

# --- One-hot ---


def test_one_hot():
    assert one_hot([1, 0, 2]) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert one_hot([0, 1.0], 3) == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert one_hot([0], ["a", "b"]) == [[1.0, 0.0]]
    assert one_hot([0], 1) == [[1.0]]
    assert one_hot([], 3) == one_hot([]) == []
    first, second = one_hot([0, 0])
    assert first is not second


@pytest.mark.parametrize("label", [-1, 0.5, "1", None, math.nan, math.inf, [1]])
def test_one_hot_refuses_what_is_not_a_class_index(label):
    assert refused(one_hot, [0, label], 3) == f"labels[1]: {label!r}; allowed: 0 to 2"
    assert refused(one_hot, [0, label]) == f"labels[1]: {label!r}; allowed: whole numbers >= 0"


def test_one_hot_refuses_labels_out_of_range():
    assert refused(one_hot, [2, 3], 3) == "labels[1]: 3; allowed: 0 to 2"
    assert refused(one_hot, [2], ["a", "b"]) == "labels[0]: 2; allowed: 0 to 1"
    assert refused(one_hot, [], 0) == "classes: 0; allowed: whole numbers >= 1"


# --- Split ---


def numbered(n, classes=None):
    """n examples whose input is their number."""
    targets = [0.0] * n if classes is None else [i % len(classes) for i in range(n)]
    return Dataset([[float(i)] for i in range(n)], targets, classes, ["number"])


def numbers(part):
    return [int(row[0]) for row in part.inputs]


def test_split_divides_without_loss():
    data = numbered(10, ["a", "b"])
    train, validation, test = split(data, 0.2, 0.3, seed=4)
    assert [len(part) for part in (train, validation, test)] == [5, 2, 3]
    assert sorted(numbers(train) + numbers(validation) + numbers(test)) == list(range(10))
    for part in (train, validation, test):
        assert part.targets == [number % 2 for number in numbers(part)]
        assert (part.classes, part.columns) == (["a", "b"], ["number"])


def test_split_is_the_permutation_of_the_seed():
    order = permutation(stream_key(7, SPLIT_STREAM), 20)
    train, test = split(numbered(20), 0.25, seed=7)
    assert numbers(train) + numbers(test) == order
    assert numbers(split(numbered(20), 0.25, seed=8)[1]) != numbers(test)


def test_split_has_known_orders():
    assert list(map(numbers, split(numbered(8), 0.25, seed=1))) == [[7, 2, 6, 4, 3, 0], [5, 1]]
    assert list(map(numbers, split(numbered(8, ["a", "b"]), 0.25, seed=1, stratify=True))) == [
        [7, 2, 6, 4, 3, 5],
        [0, 1],
    ]


def test_split_rounds_to_the_nearest_number_of_examples():
    assert [len(part) for part in split(numbered(150), 0.1, 0.25)] == [97, 15, 38]
    assert [len(part) for part in split(numbered(3), 0.5)] == [1, 2]


def test_split_of_bytes_and_of_inputs_alone():
    data = Dataset(ByteMatrix(bytes(range(10)), 10, 1))
    train, test = split(data, 0.5)
    assert sorted(train.inputs.values + test.inputs.values) == list(range(10))
    assert train.targets == []


def test_stratified_split_keeps_the_proportions():
    targets = [0] * 50 + [1] * 30 + [2] * 20
    data = Dataset([[float(i)] for i in range(100)], targets, ["a", "b", "c"])
    parts = split(data, 0.2, 0.1, seed=3, stratify=True)
    assert [[part.targets.count(c) for c in range(3)] for part in parts] == [
        [35, 21, 14],
        [10, 6, 4],
        [5, 3, 2],
    ]
    assert sorted(number for part in parts for number in numbers(part)) == list(range(100))
    assert parts[0].targets != sorted(parts[0].targets)  # shuffled, not class by class
    absent = Dataset(data.inputs, targets, ["a", "b", "c", "never"])
    assert len(split(absent, 0.2, stratify=True)[1]) == 20


def test_split_takes_a_data_set():
    """Inputs and targets apart, as others have it, are told how they become one; no array is in the message."""
    numpy = pytest.importorskip("numpy")
    rows, labels = numpy.eye(1000), numpy.arange(1000)
    for first, kind in ((rows, "ndarray"), (rows.tolist(), "list")):
        with pytest.raises(TypeError) as error:
            split(first, labels)
        assert str(error.value) == f"dataset: a {kind}; expected a Dataset: split(Dataset(inputs, targets), 0.2)"
    assert [len(part) for part in split(Dataset(rows, labels), 0.2)] == [800, 200]


def test_split_refuses_what_leaves_a_part_empty():
    data = numbered(10)
    assert refused(split, data).startswith("held_out: ")
    for fraction in (0, 1, -0.5, 1.5, math.nan):
        assert refused(split, data, fraction) == f"held_out[0]: {fraction!r}; allowed: finite numbers > 0 and < 1"
    for fraction in ("0.2", None, True):
        with pytest.raises(TypeError, match=rf"^held_out\[1\]: {fraction!r} .*allowed: numbers > 0 and < 1"):
            split(data, 0.5, fraction)
    message = refused(split, data, 0.5, 0.5)
    assert "held_out: (0.5, 0.5)" in message and "less than 1" in message
    assert "the data set has 10 examples, too few" in refused(split, data, 0.04)
    assert "the training part would have 0" in refused(split, data, 0.96)
    assert "the training part would have 0" in refused(split, numbered(3), 0.3, 0.3, 0.3)
    assert "the training part would have 0" in refused(split, numbered(2), 0.3, 0.3, 0.3)
    assert "has 0 examples" in refused(split, Dataset([]), 0.5)
    for seed in (1.5, True, "1"):
        with pytest.raises(TypeError, match=f"^seed: {seed!r} .*allowed: whole numbers"):
            split(data, 0.5, seed=seed)


def test_stratified_split_refuses_classes_that_are_too_small():
    data = Dataset([[0.0]] * 12, [0] * 10 + [1] * 2, ["many", "few"])
    assert "class 'few' has 2 examples, too few" in refused(split, data, 0.2, stratify=True)
    assert [len(part) for part in split(data, 0.2)] == [10, 2]
    assert "has no classes" in refused(split, numbered(10), 0.2, stratify=True)
    assert "has no classes" in refused(split, Dataset([[0.0]] * 9, (), ["a"]), 0.2, stratify=True)


# --- Standardisation ---


def test_column_statistics():
    means, stds = column_statistics([[1.0, 2.0], [3.0, 2.0], [5.0, 8.0], [7.0, 0.0]])
    assert means == [4.0, 3.0]
    assert stds == [math.sqrt(5.0), 3.0]  # biased: 20/4, 36/4


def test_column_sums_run_in_row_order_from_zero():
    # 1e16 + 1 + 1 loses both ones, one after the other. The built-in sum (since 3.12) and fsum do not.
    means, _ = column_statistics([[1e16], [1.0], [1.0], [-1e16]])
    assert means == [0.0]
    # So do the squares: from the last to the first, these three would add up to other bits.
    values = [3.1, 2.1, 9.6]
    mean = (3.1 + 2.1 + 9.6) / 3
    squares = [(x - mean) * (x - mean) for x in values]
    std = math.sqrt((squares[0] + squares[1] + squares[2]) / 3)
    assert std != math.sqrt((squares[2] + squares[1] + squares[0]) / 3)
    assert column_statistics([[x] for x in values]) == ([mean], [std])


def test_constant_columns_get_std_one():
    assert column_statistics([[5.0, 1.0]])[1] == [1.0, 1.0]
    # Ten times 0.1 adds up to 0.9999999999999999: the variance is rounding error, but not 0.
    means, stds = column_statistics([[0.1]] * 10)
    assert means != [0.1] and stds == [1.0]
    assert column_statistics([[0.0], [1e-300]])[1] == [1.0]  # the variance underflows


def test_column_statistics_of_bytes():
    matrix = ByteMatrix(bytes([0, 255, 51, 255, 255, 255]), 3, 2)
    assert column_statistics(matrix) == column_statistics([[0.0, 1.0], [0.2, 1.0], [1.0, 1.0]])


def test_column_statistics_refuse_what_has_none():
    assert "no rows" in refused(column_statistics, [])
    assert "no rows" in refused(column_statistics, ByteMatrix(b"", 0, 2))
    assert "row 1 has 1 number; expected 2" in refused(column_statistics, [[1.0, 2.0], [1.0]])
    assert "nan in row 1, column 0; allowed: finite" in refused(column_statistics, [[1.0], [math.nan]])
    assert "-inf in row 0, column 1; allowed: finite" in refused(column_statistics, [[1.0, -math.inf]])
    with pytest.raises(TypeError, match="'2' in row 1, column 0"):
        column_statistics([[1.0], ["2"]])
    assert "column 1: the values are too large" in refused(column_statistics, [[0.0, 1e308], [0.0, 1e308]])
    assert "column 0: the values are too large" in refused(column_statistics, [[1e200], [-1e200]])


def test_standardizer():
    scale = Standardizer().fit([[1.0, 2.0], [3.0, 2.0]])
    assert (scale.mean, scale.std) == ([2.0, 2.0], [1.0, 1.0])
    rows = [[5.0, 2.5]]
    assert scale.transform(rows) == [[3.0, 0.5]]
    assert rows == [[5.0, 2.5]]
    assert scale.transform([]) == []
    assert math.isnan(scale.transform([[math.nan, 0.0]])[0][0])
    assert Standardizer([0.1], [3.0]).transform([[1.0]]) == [[(1.0 - 0.1) / 3.0]]
    assert Standardizer([0.0], [0.5]).transform(ByteMatrix(b"\x33", 1, 1)) == [[0.4]]


def test_standardizer_divides_and_does_not_multiply_by_a_reciprocal():
    values = [float(x) for x in range(1, 100)]
    expected = [[x / 49.0] for x in values]
    assert Standardizer([0.0], [49.0]).transform([[x] for x in values]) == expected
    assert expected != [[x * (1.0 / 49.0)] for x in values]  # so the line above can tell the two apart


def test_standardizer_refuses_and_stays_as_it_was():
    assert "fit it to the training rows" in refused(Standardizer().transform, [[1.0]])
    scale = Standardizer().fit([[1.0], [3.0]])
    assert "row 1 has 2 numbers; expected 1" in refused(scale.transform, [[1.0], [1.0, 2.0]])
    refused(scale.fit, [[1.0], [math.nan]])
    assert (scale.mean, scale.std) == ([2.0], [1.0])
    assert "std[1]: 0.0; allowed: finite numbers > 0" in refused(Standardizer, [0.0, 0.0], [1.0, 0.0])
    assert "std: row 0 has 2 numbers; expected 1" in refused(Standardizer, [0.0], [1.0, 1.0])
    assert "mean, std: [0.0], None; allowed: both or neither" in refused(Standardizer, [0.0])
    assert "std[0]: nan; allowed: finite numbers > 0" in refused(Standardizer, [0.0], [math.nan])
