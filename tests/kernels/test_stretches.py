"""Are the functions of many numbers those of one number, however many there are and wherever a stretch of them ends?

csrc/arithmetic/stretches.h and rounded.h compute them in several passes, in binary32 by shorter formulas at first.
"""

import math

import pytest

from refnet.arithmetic import elementary
from refnet.kernels import choose, native_or_none, why_no_c
from refnet.kernels.native import FORMATS
from refnet.verify import first_difference

native = native_or_none()
pytestmark = pytest.mark.skipif(native is None, reason=why_no_c() or "built")
SETS = native.instruction_sets if native else []

FUNCTIONS = ("exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus")
OTHERS = ("elu", "silu", "silu_backward", "gelu", "gelu_backward", "softmax", "log_softmax", "log_softmax_backward",
          "binary_cross_entropy", "binary_cross_entropy_from_logits", "cross_entropy_from_logits", "absolute_error",
          "huber")  # fmt: skip
WITH_A_NUMBER = ("elu", "softmax", "log_softmax", "log_softmax_backward", "cross_entropy_from_logits", "huber")
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -2e-45, 1e-39, 1e300, -1e30, 104.0, -104.5, 19.0, -90.0]


@pytest.fixture(params=SETS)
def kernels(request):
    before = native.instruction_set, native.threads
    native.instruction_set, native.threads = request.param, 1
    yield native
    native.instruction_set, native.threads = before


def ordinary(count, start=0):
    """Numbers between -4 and 4, no two alike."""
    return [((start + i) * 7919 % 16381) / 2047.0 - 4.0 for i in range(count)]


@pytest.mark.parametrize("number", FORMATS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_count(kernels, name, number):
    reference, k = choose("python", number), kernels.twin(number)
    for count in (*range(1, 35), 47, 63, 64, 65, 79, 80, 81, 127, 128, 129, 144, 145):
        x = reference.matrix([ordinary(count, count)])
        assert first_difference(getattr(reference, name)(x), k.tolist(getattr(k, name)(k.matrix(x)))) == "", count


@pytest.mark.parametrize("number", FORMATS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_special_number_among_others(kernels, name, number):
    """At each end of the stretch, and in its middle."""
    reference, k = choose("python", number), kernels.twin(number)
    for special in SPECIAL:
        for place in (0, 31, 63):
            x = [ordinary(64)]
            x[0][place] = special
            x = reference.matrix(x)
            assert first_difference(getattr(reference, name)(x), k.tolist(getattr(k, name)(k.matrix(x)))) == "", special


@pytest.mark.parametrize("number", FORMATS)
@pytest.mark.parametrize("name", OTHERS)
def test_rows_of_every_length(kernels, name, number):
    """Rows that end within a stretch, with it and after it, and more of them than a stretch holds."""
    reference, k = choose("python", number), kernels.twin(number)
    inputs = 1 if name in ("elu", "silu", "gelu", "softmax", "log_softmax") else 2
    for rows, columns in ((1, 1), (70, 1), (40, 2), (23, 3), (13, 10), (3, 31), (3, 33), (2, 64), (3, 65), (2, 130)):
        x = [[ordinary(columns, i * columns + 100 * place) for i in range(rows)] for place in range(inputs)]
        if name == "binary_cross_entropy":
            x = [[[abs(value) / 8.0 for value in row] for row in matrix] for matrix in x]
        x = [reference.matrix(matrix) for matrix in x]
        numbers = [0.75] * (name in WITH_A_NUMBER)
        expected = getattr(reference, name)(*x, *numbers)
        found = getattr(k, name)(*map(k.matrix, x), *numbers)
        assert first_difference(expected, k.tolist(found)) == "", (rows, columns)


def test_tanh_at_its_borders(kernels):
    """Where one form takes over from the other, and where the result becomes 1: the nearest doubles on both sides."""
    for border in (0.45, 55.0 * math.log(2.0) / 2.0, 20.0):
        x = border
        for _ in range(200):
            x = math.nextafter(x, 0.0)
        x = [x + i * math.ulp(border) for i in range(400)]
        assert x[0] < border < x[-1]
        found = kernels.tolist(kernels.tanh(kernels.matrix([x, [-value for value in x]])))
        assert first_difference([[elementary.tanh(v) for v in x], [elementary.tanh(-v) for v in x]], found) == ""
