"""Do ByteMatrix and Dataset keep what they are given, and refuse what does not fit together?"""

import pytest
from data_helpers import refused

from refnet.data import ByteMatrix, Dataset

# --- ByteMatrix ---


def test_byte_matrix_gives_rows_divided_by_255():
    matrix = ByteMatrix(bytes([0, 51, 255, 1, 2, 3]), 2, 3)
    assert (len(matrix), matrix.rows, matrix.columns, matrix.values) == (2, 2, 3, b"\x00\x33\xff\x01\x02\x03")
    assert matrix.row(0) == [0.0, 0.2, 1.0]
    assert list(matrix) == [[0.0, 0.2, 1.0], [1 / 255, 2 / 255, 3 / 255]]


def test_every_byte_is_divided_not_multiplied_by_a_reciprocal():
    assert ByteMatrix(bytes(range(256)), 1, 256).row(0) == [x / 255.0 for x in range(256)]
    assert any(x / 255.0 != x * (1.0 / 255.0) for x in range(256))  # so the line above can tell the two apart


def test_byte_matrix_slices_and_takes_rows():
    matrix = ByteMatrix(bytes(range(8)), 4, 2)
    assert matrix[1:3] == ByteMatrix(bytes([2, 3, 4, 5]), 2, 2)
    assert matrix[-1:] == ByteMatrix(bytes([6, 7]), 1, 2)
    assert matrix[3:1] == ByteMatrix(b"", 0, 2)
    assert matrix[::-2] == ByteMatrix(bytes([6, 7, 2, 3]), 2, 2)
    assert matrix.take([3, 0, 3]) == ByteMatrix(bytes([6, 7, 0, 1, 6, 7]), 3, 2)
    assert matrix.take([]) == ByteMatrix(b"", 0, 2)
    assert matrix != ByteMatrix(bytes(range(8)), 2, 4)


def test_byte_matrix_refuses_what_does_not_fit():
    message = refused(ByteMatrix, bytes(5), 2, 3)
    assert "values" in message and "5 bytes" in message and "2 rows of 3 columns" in message and "6" in message
    assert "rows, columns: 1, 0; allowed" in refused(ByteMatrix, b"", 1, 0)
    assert "rows, columns: -1, 3; allowed" in refused(ByteMatrix, b"", -1, 3)
    with pytest.raises(TypeError, match=r"values: .*list.* bytes"):
        ByteMatrix([1, 2], 1, 2)
    matrix = ByteMatrix(bytes(6), 2, 3)
    for index in (2, -1):
        with pytest.raises(IndexError, match=f"row {index}.* allowed: 0 to 1"):
            matrix.row(index)
        with pytest.raises(IndexError, match=rf"indices\[1\]: {index}; allowed: 0 to 1"):
            matrix.take([0, index])
    with pytest.raises(TypeError, match=r"m\.row\(i\)"):
        matrix[0]


# --- Dataset ---


def test_dataset_takes_examples():
    data = Dataset([[1.0], [2.0], [3.0]], [0, 1, 0], ["a", "b"], ["x"])
    assert len(data) == 3
    assert data.take([2, 1]) == Dataset([[3.0], [2.0]], [0, 1], ["a", "b"], ["x"])
    assert data != Dataset([[1.0], [2.0], [3.0]], [0, 1, 1], ["a", "b"], ["x"])
    assert Dataset([[1.0], [2.0]]).take([1]) == Dataset([[2.0]])
    pixels = Dataset(ByteMatrix(b"\x01\x02\x03", 3, 1), [5.0, 6.0, 7.0])
    assert pixels.take([2, 0]) == Dataset(ByteMatrix(b"\x03\x01", 2, 1), [7.0, 5.0])
    with pytest.raises(IndexError, match=r"indices\[0\]: -1"):
        data.take([-1])


def test_data_says_in_short_what_it_is():
    assert repr(Dataset([[1.0]], [0], ["a", "b"])) == "Dataset(1 example, 2 classes)"
    assert repr(Dataset([[1.0]], [0.5])) == "Dataset(1 example, regression)"
    assert repr(Dataset([[1.0]], [], ["a"])) == "Dataset(1 example, no targets)"
    assert repr(ByteMatrix(bytes(6), 2, 3)) == "ByteMatrix(2 rows, 3 columns)"


def test_dataset_refuses_targets_that_do_not_fit():
    assert "targets: 1 for 2 inputs" in refused(Dataset, [[1.0], [2.0]], [0])
    for target in (2, -1, 0.5, "a"):
        message = refused(Dataset, [[1.0], [2.0]], [0, target], ["a", "b"])
        assert message == f"targets[1]: {target!r}; allowed: 0 to 1"
