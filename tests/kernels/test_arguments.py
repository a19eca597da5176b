"""Which arguments do kernels refuse, and may arguments be given by name?"""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from kernel_helpers import same

from refnet.data import ByteMatrix
from refnet.kernels import REFERENCE
from refnet.kernels.observers import Checked
from refnet.kernels.seam import SEAM
from refnet.verify import Draws, random_arguments

INF, NAN = math.inf, math.nan


# --- Shapes and buffers ---


def test_wrong_shapes(native):
    x, w = native.matrix([[1.0, 2.0]]), native.matrix([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match=r"affine\(x: m k.*weights has shape \(1, 3\), but k is 2"):
        native.affine(x, w)
    with pytest.raises(ValueError, match=r"bias has shape \(2, 1\), but 1 is 1"):
        native.affine(x, x, native.matrix([[1.0], [2.0]]))
    with pytest.raises(ValueError, match=r"bias has shape \(1, 3\), but n is 1"):
        native.affine(x, x, w)
    with pytest.raises(ValueError, match="b has shape"):
        native.add(x, native.matrix([[1.0], [2.0]]))
    with pytest.raises(ValueError, match="rate has shape"):
        native.sgd_update(x, x, x)


@pytest.mark.parametrize("name", [n for n, s in SEAM.items()
                                  if len([p for p in s.arguments if p.kind == "matrix"]) > 1])
def test_every_kernel_checks_every_shape(native, name):
    """Each matrix in turn gets one row or one column too many. Each time it must be noticed."""
    signature = SEAM[name]
    noticed = 0
    for place, parameter in enumerate(signature.arguments):
        if parameter.kind != "matrix":
            continue
        for rows, columns in ((1, 0), (0, 1)):
            arguments = random_arguments(signature, Draws(place, 0))
            if arguments[place] is None:
                arguments[place] = [[0.0] * len(arguments[1])]
            value = [row + [0.0] * columns for row in arguments[place]]
            value += [value[0]] * rows
            alone = (parameter.rows, parameter.columns)[columns]
            shared = [p for p in signature.arguments if p is not parameter and alone in (p.rows, p.columns)]
            own = [native.matrix(v) if isinstance(v, list) else v for v in arguments]
            own[place] = native.matrix(value)
            if shared or alone == "1":
                noticed += 1
                with pytest.raises(ValueError, match=f"^{name}"):
                    getattr(native, name)(*own)
    assert noticed


@pytest.mark.parametrize("value", [[[1.0, 2.0]], (1.0, 2.0), "text", 3.0, None, b"12345678"])
def test_lists_are_no_native_matrices(native, value):
    with pytest.raises(TypeError, match=r"row_sums: x is a .*C backend.*kernels\.matrix\("):
        native.row_sums(value)


def test_buffers_of_another_kind(native):
    numpy = pytest.importorskip("numpy")
    for wrong in (memoryview(b"12345678"), memoryview(numpy.zeros(4)), memoryview(numpy.zeros((2, 2, 2))),
                  memoryview(numpy.zeros((2, 2), dtype="float32")), memoryview(numpy.zeros((2, 2), dtype="int64")),
                  memoryview(numpy.zeros((2, 2), dtype=">f8"))):
        with pytest.raises(TypeError, match=r"row_sums: x is a (memoryview|binary32 matrix)"):
            native.row_sums(wrong)


def test_a_buffer_with_gaps_is_not_read_as_if_it_had_none(native):
    numpy = pytest.importorskip("numpy")
    for gaps in (numpy.arange(16.0).reshape(4, 4)[:, ::2], numpy.arange(16.0).reshape(4, 4)[::2],
                 numpy.arange(6.0).reshape(2, 3).T, numpy.arange(4.0).reshape(2, 2)[::-1]):
        expected = [[float(row.sum())] for row in gaps]
        try:
            found = native.row_sums(memoryview(gaps)).tolist()
        except (BufferError, ValueError, TypeError):
            continue
        assert found == expected


def test_a_read_only_buffer_is_not_written_to(native):
    memory = bytes(16)
    locked = memoryview(memory).cast("d", (1, 2))
    one = native.matrix([[1.0, 1.0]])
    assert native.row_sums(locked).tolist() == [[0.0]]  # reading is no harm
    with pytest.raises((TypeError, ValueError, BufferError)):
        native.accumulate(locked, one)
    assert memory == bytes(16)


# --- Matrices that overlap ---


def pairs_of(signature):
    """The places of an updated matrix and of any other of the same shape."""
    matrices = [(i, a) for i, a in enumerate(signature.arguments) if a.kind == "matrix"]
    return [(i, j) for i, a in matrices for j, b in matrices
            if a.updated and i != j and (a.rows, a.columns) == (b.rows, b.columns)]


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("name", [name for name, signature in SEAM.items() if pairs_of(signature)])
def test_an_updated_matrix_is_no_other_argument(native, checked, name):
    """The results would depend on which number is computed first, so on the instruction set."""
    k, signature = Checked(REFERENCE) if checked else native, SEAM[name]
    for i, j in pairs_of(signature):
        values = [k.matrix(v) if isinstance(v, list) else v for v in random_arguments(signature, Draws(3, 0))]
        values[j] = values[i]
        before = [k.tolist(v) if a.kind == "matrix" else v for a, v in zip(signature.arguments, values)]
        one, other = (signature.arguments[place].name for place in sorted((i, j)))
        with pytest.raises(ValueError, match=rf"^{name}: ({one} and {other}|{other} and {one}) overlap; allowed: "):
            getattr(k, name)(*values)
        assert before == [k.tolist(v) if a.kind == "matrix" else v for a, v in zip(signature.arguments, values)]


def test_matrices_that_overlap_in_part(native):
    numbers = [[float(10 * i + j) for j in range(3)] for i in range(4)]
    m = native.matrix(numbers)
    for total, x in ((m[1:], m[:-1]), (m[:-1], m[1:]), (m[:3], m[2:]), (m, m[:]), (m[:2], m[1:3])):
        if total.shape == x.shape:
            with pytest.raises(ValueError, match="total and x overlap"):
                native.accumulate(total, x)
    assert m.tolist() == numbers
    native.accumulate(m[:2], m[2:])  # side by side
    assert m.tolist() == [[a + b for a, b in zip(*rows)] for rows in zip(numbers[:2], numbers[2:])] + numbers[2:]


def test_arrays_that_overlap_are_noticed_too(native):
    """Two views of a NumPy array have nothing in common but their memory."""
    numpy = pytest.importorskip("numpy")
    a = numpy.arange(12.0).reshape(4, 3)
    with pytest.raises(ValueError, match="total and x overlap"):
        native.accumulate(memoryview(a[1:]), memoryview(a[:-1]))
    native.accumulate(memoryview(a[2:]), memoryview(a[:2]))
    assert a.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [6.0, 8.0, 10.0], [12.0, 14.0, 16.0]]


def test_matrices_of_the_reference_that_share_a_row():
    k, (a, b, c) = Checked(REFERENCE), ([1.0], [2.0], [3.0])
    with pytest.raises(ValueError, match="total and x overlap"):
        k.accumulate([a, b], [b, c])
    k.accumulate([a, b], [c, c])  # only what is updated has to stand alone
    assert (a, b, c) == ([4.0], [5.0], [3.0])


# --- Numbers out of range ---


@pytest.mark.parametrize("index", [3.0, -1.0, 0.5, NAN, INF, -INF, 1e300, -1e-300, 2.0000000000000004, 2**53])
def test_an_index_that_is_none(native, index):
    data = native.matrix([[1.0], [2.0], [3.0]])
    with pytest.raises(ValueError, match=r"take_rows: rows holds .* at 1; allowed: whole numbers from 0 to 2"):
        native.take_rows(data, native.matrix([[0.0, index]]))
    with pytest.raises(ValueError, match=r"take_byte_rows: rows holds .* at 1; allowed: whole numbers from 0 to 2"):
        native.take_byte_rows(ByteMatrix(b"123", 3, 1), native.matrix([[0.0, index]]))
    with pytest.raises(ValueError, match=r"one_hot: classes holds .* at 1; allowed: whole numbers from 0 to 2"):
        native.one_hot(native.matrix([[0.0], [index]]), 3)


@pytest.mark.parametrize("first", [-1.0, 0.5, NAN, INF, 2.0**53])
def test_a_counter_that_is_none(native, first):
    for name, more in (("uniform", ()), ("normal", ()), ("bernoulli_mask", (0.5,))):
        with pytest.raises(ValueError, match=f"{name}: first holds .* from 0 to {2**53 - 1}"):
            getattr(native, name)(1, native.matrix([[first]]), *more, 2, 2)


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("divisor", [0, 0.0, -0.0, -1.0, -INF, NAN, "2", None])
def test_a_divisor_that_is_not_positive(native, checked, divisor):
    k = Checked(REFERENCE) if checked else native
    x = k.matrix([[1.0, 2.0]])
    said = rf"^half_squared_error_backward: divisor is {divisor!r}; allowed: numbers > 0$"
    with pytest.raises(ValueError, match=said):
        k.half_squared_error_backward(x, x, divisor)
    assert k.tolist(k.half_squared_error_backward(x, k.zeros(1, 2), 5e-1)) == [[2.0, 4.0]]


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("at_zero", [0.5, -1.0, 2, NAN, INF, "0", None])
def test_a_flag_that_is_none(native, checked, at_zero):
    k = Checked(REFERENCE) if checked else native
    x = k.matrix([[0.0, 2.0]])
    with pytest.raises(ValueError, match=rf"^relu_backward: at_zero is {at_zero!r}; allowed: 0\.0 and 1\.0$"):
        k.relu_backward(x, x, at_zero)
    assert k.tolist(k.relu_backward(x, k.matrix([[3.0, 4.0]]), 1.0)) == [[3.0, 4.0]]
    assert k.tolist(k.relu_backward(x, k.matrix([[3.0, 4.0]]), 0.0)) == [[0.0, 4.0]]


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("count", [2**31, 2**62, 2**63, 2**64, 10**400])
def test_a_count_that_is_too_large(native, checked, count):
    """The product of two would not be an integer of C."""
    k = Checked(REFERENCE) if checked else native
    drawn = k.matrix([[0.0]])
    for arguments, name in (((count, 15), "rows"), ((15, count), "columns")):
        with pytest.raises(ValueError, match=rf"^count_draws: {name} is .*; allowed: at most {2**31 - 1}$"):
            k.count_draws(drawn, *arguments)
    k.count_draws(drawn, 2**31 - 1, 2**31 - 1)
    assert k.tolist(drawn) == [[float((2**31 - 1) * (2**31 - 1))]]
    if count >= 2**63:
        with pytest.raises(ValueError, match=rf"^shift_images: width is .*; allowed: at most {2**63 - 1}$"):
            k.shift_images(k.matrix([[1.0, 2.0]]), k.matrix([[0.0, 0.0]]), count, 0.0)
    assert k.tolist(k.shift_images(k.matrix([[1.0, 2.0]]), k.matrix([[0.0, 0.0]]), 2**63 - 1, 0.0)) == [[1.0, 2.0]]


# --- Numbers, counts and keys of other kinds ---


@pytest.mark.parametrize("checked", [False, True])
def test_a_number_is_a_float_whatever_kind_it_had(native, checked):
    """The reference computes with what it gets: a binary32 would make its results binary32."""
    numpy = pytest.importorskip("numpy")
    k = Checked(REFERENCE) if checked else native
    x = k.matrix([[1.0, 3.0]])
    for kind in (float, numpy.float16, numpy.float32, numpy.float64, numpy.longdouble):
        scaled = k.tolist(k.scale(x, kind(0.1)))
        assert scaled == [[float(kind(0.1)), 3.0 * float(kind(0.1))]] and {type(v) for v in scaled[0]} == {float}
    for two in (2, numpy.int8(2), numpy.uint64(2)):
        assert k.tolist(k.scale(x, two)) == [[2.0, 6.0]]
        assert k.tolist(k.half_squared_error_backward(x, k.zeros(1, 2), two)) == [[0.5, 1.5]]
        drawn = k.tolist(k.uniform(two, k.matrix([[0.0]]), two, two))
        assert drawn == REFERENCE.uniform(2, [[0.0]], 2, 2)
    assert k.tolist(k.relu_backward(k.matrix([[0.0]]), k.matrix([[3.0]]), 1)) == [[3.0]]
    key = numpy.uint64(2**64 - 1)
    assert k.tolist(k.uniform(key, k.matrix([[0.0]]), 1, 2)) == REFERENCE.uniform(2**64 - 1, [[0.0]], 1, 2)


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("number", [True, "2", None, Decimal(2), Fraction(2), 2j, [2.0], 10**400, 10**5000],
                         ids=lambda number: type(number).__name__)  # fmt: skip
def test_what_is_no_number_is_refused(native, checked, number):
    k = Checked(REFERENCE) if checked else native
    x = k.matrix([[1.0, 3.0]])
    with pytest.raises(TypeError, match=r"^scale: factor is .*allowed: numbers$"):
        k.scale(x, number)
    if not isinstance(number, int):
        with pytest.raises(TypeError, match=r"^uniform: key is .*allowed: whole numbers$"):
            k.uniform(number, k.matrix([[0.0]]), 1, 2)


# --- Too many, too few, by name ---


def test_wrong_arguments(native):
    x = native.matrix([[1.0]])
    with pytest.raises(TypeError, match=r"row_sums\(x: m n -> m 1\) takes 1 argument"):
        native.row_sums()
    with pytest.raises(TypeError, match="row_sums"):
        native.row_sums(x, x)
    with pytest.raises(TypeError, match="affine"):
        native.affine(x)
    with pytest.raises(TypeError):
        native.scale(x, "2")
    with pytest.raises((TypeError, ValueError)):
        native.uniform(1, native.matrix([[0.0]]), 2.5, 2)
    for rows in (0, -1):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            native.uniform(1, native.matrix([[0.0]]), rows, 2)
    with pytest.raises(AttributeError, match="no kernel 'convolve'"):
        native.convolve(x)


@pytest.fixture(params=["python", "checked", "c"])
def any_kernels(request):
    """The kernels as a network calls them, and as a layer of the user's own does."""
    if request.param == "c":
        return request.getfixturevalue("native")
    return Checked(REFERENCE) if request.param == "checked" else REFERENCE


@pytest.mark.parametrize("name", list(SEAM))
def test_arguments_by_name(any_kernels, name):
    """All arguments by name, in any order, or only the later ones."""
    k, signature = any_kernels, SEAM[name]
    arguments = random_arguments(signature, Draws(3, 0))
    names = [parameter.name for parameter in signature.arguments]

    def call(positional):
        own = [k.matrix(value) if isinstance(value, list) else value for value in arguments]
        named = dict(reversed(list(zip(names, own))[positional:]))
        result = getattr(k, name)(*own[:positional], **named)
        matrices = [x for x, value in zip(own, arguments) if isinstance(value, list)]
        return [k.tolist(x) for x in (result, *matrices) if x is not None]

    for positional in range(len(names)):
        for found, expected in zip(call(positional), call(len(names))):
            same(found, expected)


def test_an_optional_argument_by_name(any_kernels):
    k = any_kernels
    x, bias = k.matrix([[1.0, 2.0]]), k.matrix([[10.0]])
    assert k.tolist(k.affine(weights=x, x=x)) == k.tolist(k.affine(x, weights=x, bias=None)) == [[5.0]]
    assert k.tolist(k.affine(x, bias=bias, weights=x)) == [[15.0]]


@pytest.mark.parametrize("checked", [False, True])
def test_wrong_names(native, checked):
    k = Checked(REFERENCE) if checked else native
    x = k.matrix([[1.0, 2.0]])
    takes = r"^affine\(x: m k, weights: n k, bias: 1 n\? -> m n\) takes 3 arguments; .*"
    for positional, named, got in [
        ((x,), {"weight": x}, "1 by position and weight by name"), ((x, x), {"x": x}, "2 by position and x by name"),
        ((), {"x": x}, "0 by position and x by name"), ((x, x, None, x), {}, "4 by position and none by name"),
        ((x, x, None), {"bias": None}, "3 by position and bias by name"), ((x,), {}, "1 by position and none by name"),
        ((x,), {"bias": None}, "1 by position and bias by name"),
    ]:
        with pytest.raises(TypeError, match=f"{takes}{got}$"):
            k.affine(*positional, **named)
