"""Is a user's value either taken, or refused with its name, the value and what is allowed?"""

import math
from decimal import Decimal
from fractions import Fraction

import pytest

import refnet as rn
from refnet import checks


@pytest.mark.parametrize("value", [10**400, -(10**400), 10**5000, math.inf, math.nan], ids=range(5))
def test_a_number_that_is_not_finite_as_binary64_is_refused(value):
    with pytest.raises(ValueError, match=r"^rate: .*; allowed: finite numbers$"):
        checks.number("rate", value)


def test_a_huge_number_is_refused_where_users_meet_it():
    with pytest.raises(ValueError, match=r"^rate: a whole number of 1329 bits; allowed: finite numbers > 0"):
        rn.SGD(10**400)


@pytest.mark.parametrize("value", [0, -7, 10**308, 0.5, 2**53 + 1], ids=range(5))
def test_a_number_within_range_is_a_float(value):
    result = checks.number("rate", value)
    assert type(result) is float and result == float(value)


def test_a_choice_of_true_and_false_is_not_one_of_numbers():
    for value in (True, False):
        assert checks.choice("bias", value, [True, False]) is value
    for value in (1, 0, 1.0, "yes", None):
        with pytest.raises(ValueError, match=r"^bias: .*; allowed: True, False$"):
            checks.choice("bias", value, [True, False])
    with pytest.raises(ValueError, match=r"^bias: 1; allowed: True, False$"):
        rn.Dense(2, bias=1)


def test_a_choice_of_numbers_is_not_one_of_true_and_false():
    assert [rn.ReLU(value).gradient_at_zero for value in (0, 1)] == [0, 1]
    for value in (True, False, 2):
        with pytest.raises(ValueError, match=r"^gradient_at_zero: .*; allowed: 0, 1$"):
            rn.ReLU(value)


@pytest.mark.parametrize("kind, value", [
    ("int8", 3), ("uint64", 2**64 - 1), ("int64", -7), ("float16", 0.25), ("float32", 0.5), ("float64", 0.1),
    ("longdouble", 0.75),
])  # fmt: skip
def test_numbers_of_numpy_become_pythons_own(kind, value):
    numpy = pytest.importorskip("numpy")
    given = getattr(numpy, kind)(value)
    result = checks.number("rate", given)
    assert type(result) is float and result == float(value)
    if "int" in kind:
        result = checks.count("units", given, least=-10)
        assert type(result) is int and result == value
    else:
        with pytest.raises(TypeError, match=rf"^units: .*{value}.* is a \w+; allowed: whole numbers >= 1$"):
            checks.count("units", given)


def test_numbers_of_numpy_are_held_against_the_bounds_as_binary64():
    """NumPy itself would round the bound to binary32 first, and refuse the next number above 0.1."""
    numpy = pytest.importorskip("numpy")
    assert checks.number("mu", numpy.float32(0.1), above=0.1) == 0.10000000149011612
    with pytest.raises(ValueError, match=r"^mu: .*; allowed: finite numbers < 0\.1$"):
        checks.number("mu", numpy.float32(0.1), below=0.1)
    with pytest.raises(ValueError, match=r"^units: .*-3.*; allowed: whole numbers >= 1$"):
        checks.count("units", numpy.int64(-3))


@pytest.mark.parametrize("make", [
    "numpy.bool_(True)", "numpy.array(3)", "numpy.array([3])", "numpy.timedelta64(3)", "numpy.str_('3')",
    "numpy.complex128(3)", "numpy.ma.masked", "Fraction(3)", "Decimal(3)", "3+0j", "True", "None",
])  # fmt: skip
def test_what_only_looks_like_a_number(make):
    numpy = pytest.importorskip("numpy")
    value = eval(make, {"numpy": numpy, "Fraction": Fraction, "Decimal": Decimal})
    with pytest.raises(TypeError, match=r"^rate: .* is a \w+; allowed: numbers > 0$"):
        checks.number("rate", value, above=0)
    with pytest.raises(TypeError, match=r"^units: .* is a \w+; allowed: whole numbers >= 1$"):
        checks.count("units", value)


def test_settings_that_were_numbers_of_numpy_are_saved(journey, path):
    """They become the plain numbers that they equal, so that a file can keep them."""
    numpy = pytest.importorskip("numpy")
    start, end = journey

    def network(whole, real):
        layers = [rn.Input(whole(2)), rn.Dense(whole(3), weights=rn.Normal(real(0.5)), penalty=rn.L2(real(0.25))),
                  rn.LeakyReLU(real(0.125)), rn.Dense(whole(2)), rn.ReLU(whole(1))]
        net = rn.Network(layers, backend=start, seed=1)
        net.fit(X, X, loss=rn.HalfSquaredError(), optimizer=rn.Momentum(rn.InverseTimeDecay(real(0.5), real(0.75)),
                real(0.875)), epochs=whole(3), batch_size=whole(1), seed=whole(5))
        return net

    with_numpy, plain = network(numpy.int64, numpy.float32), network(int, float)
    rn.save(with_numpy, path)
    loaded = rn.load(path, backend=end)
    assert loaded.fingerprint() == plain.fingerprint()
    rn.save(plain, path.with_name("plain.refnet"))
    assert path.read_bytes() == path.with_name("plain.refnet").read_bytes()


def test_a_choice_is_no_array_and_becomes_pythons_own():
    numpy = pytest.importorskip("numpy")
    with pytest.raises(ValueError, match=r"^gradient_at_zero: array.*; allowed: 0, 1$"):
        rn.ReLU(numpy.array([0, 1]))
    assert type(rn.ReLU(numpy.int64(1)).gradient_at_zero) is int
    assert rn.Glorot(numpy.str_("normal")).distribution == "normal"


X = [[0.5, -1.0], [1.5, 2.0]]


def test_masked_arrays_are_refused(backend):
    """Taken as they are, the numbers under the mask would count too."""
    numpy = pytest.importorskip("numpy")
    net = rn.Network([rn.Input(2), rn.Dense(2)], backend=backend, seed=1)
    before = net.fingerprint()
    masked = numpy.ma.array(X, mask=[[0, 1], [0, 0]])
    for name, use in [
        ("inputs", lambda: net.forward(masked)), ("inputs", lambda: net.fit(masked.astype("float32"), X)),
        ("inputs", lambda: net.predict(numpy.ma.array(X))), ("targets", lambda: net.fit(X, masked)),
        ("targets", lambda: net.fit(X, numpy.ma.array([0, 1], mask=[0, 1]))),
    ]:
        with pytest.raises(TypeError, match=rf"^{name}: .*masked array.*filled\("):
            use()
    with pytest.raises(TypeError, match=r"^inputs: .*row 0, column 1.*MaskedConstant.* numbers?$"):
        net.forward(list(masked))
    with pytest.raises(TypeError, match=r"^targets: .* 1 .*MaskedConstant.* numbers?$"):
        net.fit(X, [0, numpy.ma.masked])
    assert net.fingerprint() == before
    assert net.forward(masked.filled(-1.0)).tolist() == net.forward(X) == net.forward(masked.data).tolist()


def test_class_indices_in_a_column(backend):
    """Many data sets have them, so the error says what to write instead."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Softmax()], backend=backend, seed=1)
    before = net.fingerprint()
    column = [[0], [1]]
    said = r"targets: row 0 has 1 number; .*\b2\b.*\[row\[0\] for row in targets\]$"
    for targets in (column, ((0,), (1,)), *numpy_columns(column)):
        with pytest.raises(ValueError, match=rf"^{said}"):
            net.fit(X, targets, loss=rn.CrossEntropy(), optimizer=rn.SGD(0.1))
    with pytest.raises(ValueError, match=rf"^validation {said}"):
        net.fit(X, [0, 1], loss=rn.CrossEntropy(), optimizer=rn.SGD(0.1), validation=(X, column))
    assert net.fingerprint() == before
    net.fit(X, [row[0] for row in column], loss=rn.CrossEntropy(), optimizer=rn.SGD(0.1))


def numpy_columns(column):
    try:
        import numpy
    except ImportError:
        return []
    return [numpy.array(column, dtype=kind) for kind in ("int64", "float64")]


@pytest.mark.parametrize("number, what, words", [
    (0, "row", "0 rows"), (1, "row", "1 row"), (2, "row", "2 rows"), (1, "class", "1 class"), (2, "class", "2 classes"),
    (60000, "example", "60,000 examples"),
])  # fmt: skip
def test_one_is_not_several(number, what, words):
    assert checks.counted(number, what) == words
