"""Is the C core's binary32 its own format: matrices of floats, rounded once, beside binary64 where that is said?"""

import gc
import math
import struct
from array import array

import pytest
from kernel_helpers import same

from refnet.kernels.native.recording import Phase

INF, NAN = math.inf, math.nan


@pytest.fixture
def floats(native):
    """The kernels of the C core in binary32."""
    return native.twin("binary32")


def test_one_backend_for_each_format(native, floats):
    assert (native.number, floats.number) == ("binary64", "binary32")
    assert native.twin("binary32") is floats and floats.twin("binary64") is native
    assert floats.binary64 is native.binary64 is native
    assert floats.name == native.name == "c"
    with pytest.raises(ValueError, match="number: 'binary16'; allowed in the C core: binary64 and binary32"):
        native.twin("binary16")


# Each number, and the nearest float: IEEE-754 rounding to nearest, ties to even, subnormals kept, overflow infinite.
ROUNDED = {
    0.1: 0.10000000149011612, 1.0: 1.0, -0.0: -0.0, 1.0 + 2.0**-24: 1.0, 1.0 + 3 * 2.0**-24: 1.0 + 2.0**-22,
    16777217.0: 16777216.0, 3.4028235677973362e38: 3.4028234663852886e38, 3.4028235677973366e38: INF, -1e300: -INF,
    INF: INF, 2.0**-149: 2.0**-149, 2.0**-150: 0.0, 1.5 * 2.0**-149: 2.0**-148, -1e-60: -0.0,
}


def test_numbers_are_rounded_once_on_the_way_in(native, floats):
    for made in (list, tuple, lambda row: memoryview(array("d", row))):
        same(floats.matrix([made([*ROUNDED, NAN])]).tolist(), [[*ROUNDED.values(), NAN]])
    same(floats.matrix(native.matrix([[*ROUNDED]])).tolist(), [[*ROUNDED.values()]])
    same(floats.narrow(native.matrix([[*ROUNDED]])).tolist(), [[*ROUNDED.values()]])
    same(floats.matrix([[*ROUNDED.values()]]).tolist(), [[*ROUNDED.values()]])
    target = floats.zeros(1, len(ROUNDED))
    floats.assign(target, [[*ROUNDED]])
    same(target.tolist(), [[*ROUNDED.values()]])


def test_matrices_are_floats_and_wide_ones_doubles(native, floats):
    x = floats.matrix([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert (x.format, x.shape, x.nbytes) == ("f", (2, 3), 24)
    assert floats.zeros(2, 3).format == floats.copy(x).format == "f"
    wide = floats.wide([[0.1]])
    assert wide.format == "d" and wide.tolist() == [[0.1]]
    assert native.wide([[0.1]]).tolist() == [[0.1]]
    assert floats.row_argmax(x).format == floats.permutation(3, 5).format == "d"
    floats.assign(wide, [[0.3]])
    assert wide.tolist() == [[0.3]]
    assert native.matrix(x).tolist() == x.tolist()  # floats are exact as doubles
    views = [memoryview(floats.matrix([[float(i)] * 1000])) for i in range(50)]
    gc.collect()
    assert [view[0, 999] for view in views] == [float(i) for i in range(50)]


def test_float_buffers_are_read_where_they_are(native, floats):
    numpy = pytest.importorskip("numpy")
    given = numpy.array([[1.5, -2.0], [0.25, 8.0]], dtype="float32")
    borrowed = floats.borrowed(memoryview(given))
    given[0, 0] = 3.0
    assert floats.row_sums(borrowed).tolist() == [[1.0], [8.25]]
    seen = numpy.asarray(floats.matrix(given))
    assert seen.dtype == numpy.float32 and not seen.flags.owndata and seen.tolist() == given.tolist()
    assert floats.borrowed(memoryview(given[:, ::-1])).tolist() == given[:, ::-1].tolist()
    assert native.borrowed(memoryview(given)).format == "d"
    rows = native.wide([[1.0, 0.0, 1.0]])
    assert floats.take_float_rows(memoryview(given), rows).tolist() == given[[1, 0, 1]].tolist()


@pytest.mark.parametrize("call, said", [
    (lambda k, x, w: k.sgd_update(x, x, x), r"rate is a binary32 matrix; allowed: binary64, as kernels\.wide\(rows\)"),
    (lambda k, x, w: k.sgd_update(w, x, w), r"w is a binary64 matrix; allowed: binary32, as kernels\.matrix\("),
    (lambda k, x, w: k.binary64.sigmoid(x), r"z is a binary32 matrix; allowed: binary64, as kernels\.matrix\(rows\)"),
    (lambda k, x, w: k.sgd_update(x, x, [[1.0]]), r"rate is a list; allowed: matrices .* kernels\.wide\(rows\)"),
])  # fmt: skip
def test_a_matrix_of_the_other_format_is_refused(floats, call, said):
    x = floats.matrix([[1.0]])
    with pytest.raises(TypeError, match=f"^(sgd_update|sigmoid): {said}"):
        call(floats, x, floats.wide([[1.0]]))
    assert x.tolist() == [[1.0]]


def test_what_stays_binary64_is_rounded_where_it_meets_the_weights(floats):
    """A rate of 0.1, 1 − βᵗ and a total have binary64's digits; a weight's update has binary32's."""
    w, total = floats.matrix([[1.0]]), floats.wide([[0.1]])
    floats.sgd_update(w, floats.matrix([[1.0]]), floats.wide([[0.1]]))
    assert w.tolist() == [[0.8999999761581421]]  # 1 − the float 0.1, rounded
    floats.accumulate(total, floats.matrix([[0.1]]))
    assert total.tolist() == [[0.1 + 0.10000000149011612]]
    power = floats.wide([[0.9]])
    floats.advance_power(power, 0.9)
    assert power.tolist() == [[0.9 * 0.9]]
    drawn = floats.wide([[2.0**40]])
    floats.count_draws(drawn, 3, 5)
    assert drawn.tolist() == [[2.0**40 + 15.0]]


def test_a_recording_holds_kernels_of_both_formats(native, floats):
    def step(x):
        y = floats.narrow(native.scale(native.copy(x), 0.1))
        return y, floats.scale(y, 3.0)

    phase = Phase(floats, step, [native.matrix([[1.0, 2.0]])])
    assert phase.unfit == "" and [phase.calls[i].format for i in range(4)] == [0, 0, 1, 1]
    phase.run([native.matrix([[3.0, 4.0]])])
    tenths = [struct.unpack("f", struct.pack("f", x))[0] for x in (0.1 * 3.0, 0.1 * 4.0)]
    assert phase.results[0].tolist() == [tenths]
    same(phase.results[1].tolist(), floats.scale(floats.matrix([tenths]), 3.0).tolist())


def test_no_memory_is_told_in_bytes(floats):
    with pytest.raises(MemoryError, match=r"1,000,000,000,000,000 numbers, 4,000,000,000,000,000 bytes"):
        floats.zeros(10**7, 10**8)


def dense_step(x, y, w1, w2, m, s, rate):
    """A dense layer of ReLUs, a linear one, half squared error, SGD for w2 and Adam's first step for w1, in NumPy's
    float32, operation by operation."""
    numpy = pytest.importorskip("numpy")
    f = numpy.float32

    def product(a, b):
        total = numpy.zeros((a.shape[0], b.shape[1]), f)
        for k in range(a.shape[1]):
            total = total + a[:, k : k + 1] * b[k : k + 1, :]
        return total

    z = product(x, w1.T)
    o = z * (z > 0)
    d = (product(o, w2.T) - y) / f(len(x))
    g2, d1 = product(d.T, o), product(d, w2) * (z > 0)
    g1 = product(d1.T, x)
    m = f(0.9) * m + (f(1) - f(0.9)) * g1
    s = f(0.999) * s + (f(1) - f(0.999)) * (g1 * g1)
    rooted = numpy.sqrt(s / f(1.0 - 0.999)) + f(1e-8)
    return w1 - f(rate) * (m / f(1.0 - 0.9)) / rooted, w2 - f(rate) * g2, m, s


def test_against_numpy_operation_by_operation(floats):
    numpy = pytest.importorskip("numpy")
    draw = numpy.random.default_rng(1)
    x, y, w1, w2 = (draw.standard_normal(shape).astype("float32") for shape in ((17, 31), (17, 5), (23, 31), (5, 23)))
    m, s = draw.random((2, 23, 31)).astype("float32")
    expected = dense_step(x, y, w1, w2, m, s, 0.1)
    k = floats
    x, y, w1, w2, m, s = map(k.matrix, (x, y, w1, w2, m, s))
    z = k.affine(x, w1)
    o = k.relu(z)
    d = k.half_squared_error_backward(k.affine(o, w2), y, 17.0)
    g1 = k.affine_backward_weights(k.relu_backward(z, k.affine_backward_input(d, w2), 0.0), x)
    k.sgd_update(w2, k.affine_backward_weights(d, o), k.wide([[0.1]]))
    k.adam_update(w1, m, s, g1, k.wide([[0.1]]), k.wide([[0.9]]), k.wide([[0.999]]), 0.9, 0.999, 1e-8, 0.0)
    for name, one, other in zip(("w1", "w2", "m", "s"), (w1, w2, m, s), expected):
        assert numpy.array_equal(numpy.asarray(one), other), name
