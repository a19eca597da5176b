"""Does a matrix hold its numbers, and refuse rows that are not a matrix?"""

import gc
import math

import pytest
from kernel_helpers import same

INF, NAN = math.inf, math.nan


def test_matrices(k):
    rows = [[1, 2.5], (True, -0.0), range(7, 9)]
    x = k.matrix(rows)
    same(k.tolist(x), [[1.0, 2.5], [1.0, -0.0], [7.0, 8.0]])
    assert tuple(k.shape(x)) == (3, 2)
    assert all(type(value) is float for row in k.tolist(x) for value in row)
    same(k.tolist(k.zeros(2, 3)), [[0.0] * 3] * 2)
    assert tuple(k.shape(k.zeros(2, 3))) == (2, 3)


def test_a_matrix_is_a_copy(k):
    rows = [[1.0, 2.0]]
    x = k.matrix(rows)
    y = k.matrix(x)
    rows[0][0] = 9.0
    k.assign(x, [[3.0, 4.0]])
    assert k.tolist(y) == [[1.0, 2.0]]
    listed = k.tolist(x)
    listed[0][0] = 5.0
    assert k.tolist(x) == [[3.0, 4.0]]


def test_assign_keeps_the_object(k):
    x = k.zeros(2, 2)
    holder = [x]
    k.assign(x, [[1, 2], [3, 4]])
    assert k.tolist(holder[0]) == [[1.0, 2.0], [3.0, 4.0]]
    k.assign(x, k.matrix([[5, 6], [7, 8]]))
    assert k.tolist(holder[0]) == [[5.0, 6.0], [7.0, 8.0]]


def test_every_bit_survives_the_way_in_and_out(k):
    values = [[0.0, -0.0, 5e-324, -1e-310, INF, -INF, NAN, 0.1, 1.7976931348623157e308]]
    same(k.tolist(k.matrix(values)), values)


def test_the_buffer_of_a_native_matrix(native):
    x = native.matrix([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    view = memoryview(x)
    assert (view.format, view.shape, view.nbytes, view.c_contiguous) == ("d", (2, 3), 48, True)
    view[1, 2] = 60.0  # written through the view, read through the matrix
    assert native.tolist(x)[1][2] == 60.0
    native.assign(x, [[7.0, 8.0, 9.0], [10.0, 11.0, 12.0]])
    assert view.tolist() == [[7.0, 8.0, 9.0], [10.0, 11.0, 12.0]]
    assert native.row_sums(view).tolist() == [[24.0], [33.0]]


def test_numpy_sees_a_native_matrix_without_a_copy(native):
    numpy = pytest.importorskip("numpy")
    x = native.matrix([[1.0, 2.0], [3.0, 4.0]])
    seen = numpy.asarray(x)
    assert seen.dtype == numpy.float64 and seen.shape == (2, 2) and not seen.flags.owndata
    seen[0, 1] = 20.0
    assert native.tolist(x) == [[1.0, 20.0], [3.0, 4.0]]
    native.sgd_update(x, native.matrix([[1.0, 1.0], [1.0, 1.0]]), native.matrix([[1.0]]))
    assert seen.tolist() == [[0.0, 19.0], [2.0, 3.0]]
    made = numpy.array([[1.5, -2.0]])
    assert native.matrix(made).tolist() == [[1.5, -2.0]]


def test_a_native_matrix_outlives_its_maker(native):
    views = [memoryview(native.matrix([[float(i)] * 1000])) for i in range(50)]
    gc.collect()
    assert [view[0, 999] for view in views] == [float(i) for i in range(50)]


# --- Rows that are not a matrix ---

NO_MATRIX = [
    ([[1.0, 2.0], [3.0]], "row 1 has 1 .*row 0 has 2.*allowed"),
    ([[1.0], [2.0], [2.0, 3.0]], "row 2 has 2 .*row 0 has 1.*allowed"),
    ([[1.0, 2.0], []], "row 1 has 0 .*row 0 has 2.*allowed"),
    ([], r"\(0, 0\).*at least 1"),
    ([[], []], r"\(2, 0\).*at least 1"),
]


@pytest.mark.parametrize("rows, said", NO_MATRIX)
def test_rows_that_make_no_matrix(k, rows, said):
    for numbers in (rows, tuple(map(tuple, rows))):
        with pytest.raises(ValueError, match=f"^rows: .*{said}"):
            k.matrix(numbers)
    x = k.matrix([[1.0, 2.0]])
    with pytest.raises(ValueError, match=f"^rows: .*{said}"):
        k.assign(x, rows)
    assert k.tolist(x) == [[1.0, 2.0]]


def test_arrays_without_numbers_make_no_matrix(k):
    numpy = pytest.importorskip("numpy")
    for shape in ((0, 2), (2, 0), (0, 0)):
        for array in (numpy.zeros(shape), memoryview(numpy.zeros(shape))):
            with pytest.raises(ValueError, match=r"^rows: .*\([02], [02]\).*at least 1"):
                k.matrix(array)


@pytest.mark.parametrize("rows, columns", [(0, 3), (3, 0), (0, 0), (-1, 2), (2, -1)])
def test_zeros_of_no_numbers(k, rows, columns):
    with pytest.raises(ValueError, match=rf"^rows: .*\({rows}, {columns}\).*at least 1"):
        k.zeros(rows, columns)


def test_assigning_another_shape_is_told_alike(k):
    with pytest.raises(ValueError, match=r"^rows: shape \(1, 3\); expected \(2, 2\)$"):
        k.assign(k.zeros(2, 2), [[1.0, 2.0, 3.0]])


@pytest.mark.parametrize("rows", [[[1.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0, 2.0, 3.0], [4.0]],
                                  [[1.0, 2.0, 3.0, 4.0]], [[1.0, "x"], [1.0, 1.0]]])
def test_assigning_another_shape_changes_nothing(native, rows):
    x = native.matrix([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises((TypeError, ValueError)):
        native.assign(x, rows)
    assert native.tolist(x) == [[1.0, 2.0], [3.0, 4.0]]
