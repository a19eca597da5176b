"""Is a kernel's signature read as it is written, and does it fit its function?"""

import inspect

import pytest

from refnet.kernels import REFERENCE, seam
from refnet.kernels.seam import SEAM


@pytest.mark.parametrize("name", list(SEAM))
def test_signatures_name_the_arguments_of_their_function(name):
    signature, function = SEAM[name], getattr(REFERENCE, name)
    arguments = inspect.signature(function).parameters
    assert [parameter.name for parameter in signature.arguments] == list(arguments)
    for parameter in signature.arguments:
        default = None if parameter.optional else inspect.Parameter.empty
        assert arguments[parameter.name].default is default
    assert (signature.result is None) == any(parameter.updated for parameter in signature.arguments)
    assert function.__doc__


@pytest.mark.parametrize("name", list(SEAM))
def test_the_native_kernel_has_the_name_and_the_words_of_the_reference(native, name):
    function = getattr(native, name)
    assert function.__name__ == name
    assert function.__doc__ == getattr(REFERENCE, name).__doc__


@pytest.fixture
def declared():
    """Kernels that a test declares are removed at its end."""
    before = dict(SEAM)
    yield
    SEAM.clear()
    SEAM.update(before)


def declare(signature):
    @seam.kernel(signature)
    def tried(*arguments):
        return None

    return SEAM["tried"]


def test_a_signature_is_read(declared):
    signature = declare("x: m k, bias: 1 n?, w: m n!, rows: 1 m < r, first: 1 1 whole, data: bytes r n, "
                        "units: count n, slope: number, divisor: positive, at_zero: flag, key: key -> m n")
    assert signature.result == ("m", "n")
    x, bias, w, rows, first, data, units, *numbers, key = signature.arguments
    assert (x.name, x.kind, x.rows, x.columns, x.below, x.optional, x.updated) == (
        "x", "matrix", "m", "k", "", False, False)
    assert bias.optional and not bias.updated and w.updated and not w.optional
    assert (rows.below, first.below, data.kind, (units.kind, units.rows)) == ("r", "whole", "bytes", ("count", "n"))
    assert [number.kind for number in numbers] == ["number", "positive", "flag"]
    assert key.kind == "key"
    assert declare("w: m n!").result is None
    assert declare("w: m n!").text == "w: m n!"


@pytest.mark.parametrize("signature, wrong", [
    ("x: q n -> m n", "x: q n"), ("x: m -> m n", "x: m"), ("x m n -> m n", "x m n"), ("x: m n k -> m n", "x: m n k"),
    ("x: m n < q -> m n", "x: m n < q"), ("x: m n!? -> m n", "x: m n!"), ("x: m n, y: nombre -> m n", "y: nombre"),
    ("x: 2 n -> m n", "x: 2 n"), ("-> m n", "''"), ("x: m n, -> m n", "''"),
])  # fmt: skip
def test_a_signature_that_cannot_be_read(declared, signature, wrong):
    with pytest.raises(ValueError, match="kernel signature: cannot read") as error:
        declare(signature)
    assert wrong in str(error.value)


@pytest.mark.parametrize("signature", ["x: m n -> m", "x: m n -> m n k", "x: m n -> a b", "n: count q -> m n"])
def test_a_size_or_a_result_that_cannot_be_read(declared, signature):
    with pytest.raises(ValueError):
        declare(signature)


def test_the_values_of_a_call_on_a_backend(native):
    """Rows become its matrices, in binary64 where the signature says so; what is none stays."""
    floats, rows = native.twin("binary32"), [[0.1]]
    own = SEAM["sgd_update"].on(floats, (rows, rows, rows))
    assert [each.tolist()[0][0] == 0.1 for each in own] == [False, False, True]
    kept = SEAM["affine"].on(floats, (own[0], rows, None))
    assert kept[0] is own[0] and kept[2] is None
    made = SEAM["affine"].on(REFERENCE, (rows, rows, None))
    assert made == [rows, rows, None] and made[0] is not rows is not made[1]
