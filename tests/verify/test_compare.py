"""Do both backends' kernels agree in every bit, and would the comparison find one that does not?"""

import math

import pytest

from refnet.arithmetic.formats import as_format
from refnet.kernels import REFERENCE, choose
from refnet.kernels.seam import SEAM
from refnet.verify import Draws, compare_kernels, random_arguments, run, same_bits

INF, NAN = math.inf, math.nan


class Altered:
    """A backend with one kernel replaced by a wrong one."""

    def __init__(self, k, name, wrong):
        self._k = k
        setattr(self, name, wrong)

    def __getattr__(self, name):
        return getattr(self._k, name)


@pytest.mark.parametrize("name", list(SEAM))
def test_no_bit_differs_in_binary32(both, name):
    backends = choose("python", "binary32"), both[1].twin("binary32")
    (outcome,) = compare_kernels(20, seed=20, names=[name], backends=backends)
    assert outcome.difference == ""


def test_the_random_cases_know_the_format():
    form = as_format("binary32")
    values = {draws.value() for case in range(400) for draws in [Draws(case, 1 + case % 2, form)] for _ in range(9)}
    assert values >= {form.largest, -form.smallest, 2.0**-126, 1.0 + form.epsilon, 1.0 + 0.5 * form.epsilon, 5e-324}
    assert any(0.0 < abs(float(form.number(value))) < 2.0**-126 and value != form.smallest for value in values)


@pytest.mark.parametrize("name", list(SEAM))
def test_no_bit_differs(both, name):
    (outcome,) = compare_kernels(60, seed=20, names=[name], backends=both)
    assert outcome.difference == ""
    assert (outcome.kernel, outcome.cases) == (name, 60)
    assert outcome.values >= 60


def test_the_random_cases_hold_awkward_numbers():
    """±0, infinities, NaN, subnormals and 1e±300 are all among the arguments; results are not all NaN."""
    values = [
        value
        for case in range(60)
        for argument in random_arguments(SEAM["affine"], Draws(case, case % 3)) if argument is not None
        for row in argument
        for value in row
    ]
    for wanted in (0.0, -0.0, INF, -INF, NAN, 1e300, -1e300, 1e-300, -1e-300, 5e-324, -5e-324):
        assert any(same_bits(value, wanted) for value in values), wanted
    results = [run(SEAM["affine"], REFERENCE, random_arguments(SEAM["affine"], Draws(case, case % 3)))["result"]
               for case in range(60)]
    finite = [math.isfinite(value) for result in results for row in result for value in row]
    assert finite.count(True) > 3 * finite.count(False) > 0


def test_optional_arguments_are_left_out_now_and_then():
    biases = [random_arguments(SEAM["affine"], Draws(case, 0))[2] for case in range(60)]
    assert 0 < len([bias for bias in biases if bias is None]) < 30


def one_bit_more(name):
    """The reference's kernel with one bit of its last number changed."""
    def wrong(*arguments):
        result = getattr(REFERENCE, name)(*arguments)
        result[-1][-1] = math.nextafter(result[-1][-1], INF)
        return result

    return wrong


RETURNING = [name for name, signature in SEAM.items() if signature.result]


@pytest.mark.parametrize("name", RETURNING)
def test_one_bit_is_found(name):
    (outcome,) = compare_kernels(60, names=[name], backends=(REFERENCE, Altered(REFERENCE, name, one_bit_more(name))))
    assert "result row" in outcome.difference and "case" in outcome.difference
    (outcome,) = compare_kernels(60, names=[name], backends=(REFERENCE, REFERENCE))
    assert outcome.difference == ""


@pytest.mark.parametrize("name", [name for name in SEAM if name not in RETURNING])
def test_one_bit_of_an_update_is_found(name):
    def wrong(target, *others):
        getattr(REFERENCE, name)(target, *others)
        target[0][0] = math.nextafter(target[0][0], INF)

    (outcome,) = compare_kernels(60, names=[name], backends=(REFERENCE, Altered(REFERENCE, name, wrong)))
    assert SEAM[name].arguments[0].name + " row 0, column 0" in outcome.difference


def backwards_affine(x, weights, bias=None):
    z = []
    for row in x:
        z.append([])
        for j, unit in enumerate(weights):
            net = bias[0][j] if bias else 0.0
            for i in reversed(range(len(row))):
                net += unit[i] * row[i]
            z[-1].append(net)
    return z


def affine_with_the_bias_last(x, weights, bias=None):
    z = REFERENCE.affine(x, weights)
    return [[net + bias[0][j] for j, net in enumerate(row)] for row in z] if bias else z


def total_in_pairs(values):
    return values[0] if len(values) == 1 else (
        total_in_pairs(values[: len(values) // 2]) + total_in_pairs(values[len(values) // 2 :]))


WRONG = {
    "affine in descending order": ("affine", backwards_affine),
    "affine with the bias added last": ("affine", affine_with_the_bias_last),
    "rows summed in pairs": ("row_sums", lambda x: [[total_in_pairs(row)] for row in x]),
    "columns summed with compensation": (
        "column_sums", lambda x: [[math.fsum(c) if all(map(math.isfinite, c)) and max(map(abs, c)) < 1e200
                                   else REFERENCE.column_sums([[v] for v in c])[0][0] for c in zip(*x)]]),
    "relu drops NaN": ("relu", lambda z: [[net if net > 0.0 else 0.0 for net in row] for row in z]),
    "relu keeps −0": ("relu", lambda z: [[0.0 if net < 0.0 else net for net in row] for row in z]),
    "maxima drop NaN": ("row_maxima", lambda x: [[max([-INF, *(v for v in row if v == v)])] for row in x]),
    "maxima take the last of equals": (
        "row_maxima", lambda x: [[NAN if any(v != v for v in row) else max(reversed(row))] for row in x]),
    "the sign of −0 is −1": (
        "add_scaled_sign", lambda g, w, factor: [
            [p + factor * (q if q != q else math.copysign(1.0, q)) for p, q in zip(*rows)] for rows in zip(g, w)]),
    "scaling swaps the sign of zero": (
        "scale", lambda x, factor: [[factor * v + 0.0 for v in row] for row in x]),
    "subnormals are flushed": (
        "copy", lambda x: [[v if not abs(v) < 2.2250738585072014e-308 else 0.0 * v for v in row] for row in x]),
    "a reciprocal for a division": (
        "half_squared_error_backward", lambda o, y, divisor: [
            [(p - q) * (1.0 / divisor) for p, q in zip(*rows)] for rows in zip(o, y)]),
    "bytes times 1/255": (
        "take_byte_rows", lambda data, rows: [
            [v * 255.0 * (1.0 / 255.0) for v in data.row(int(i))] for i in rows[0]]),
}


@pytest.mark.parametrize("fault", list(WRONG))
def test_a_wrong_kernel_is_found(fault):
    """Within the 2,000 cases that `refnet check` runs: zeros of either sign and NaN are rare among the values."""
    name, wrong = WRONG[fault]
    (outcome,) = compare_kernels(2000, names=[name], backends=(REFERENCE, Altered(REFERENCE, name, wrong)))
    assert outcome.difference, fault


def test_a_wrong_native_kernel_is_found(both):
    python, c = both
    wrong = Altered(c, "affine", lambda x, weights, bias=None: c.matrix(
        backwards_affine(x.tolist(), weights.tolist(), bias and bias.tolist())))
    (outcome,) = compare_kernels(60, names=["affine"], backends=(python, wrong))
    assert outcome.difference


def test_a_wrong_shape_is_found():
    wrong = Altered(REFERENCE, "row_sums", lambda x: [[*REFERENCE.row_sums([row])[0], 0.0] for row in x])
    (outcome,) = compare_kernels(5, names=["row_sums"], backends=(REFERENCE, wrong))
    assert "shapes" in outcome.difference


def test_a_difference_can_be_had_again():
    """The same seed gives the same cases, another seed others, and the report names what is needed to repeat it."""
    backends = (REFERENCE, Altered(REFERENCE, "add", one_bit_more("add")))
    first, again = (compare_kernels(9, seed=4, names=["add"], backends=backends) for _ in range(2))
    assert first == again
    assert "case 0 of seed 4 (a " in first[0].difference
    assert compare_kernels(9, seed=5, names=["add"], backends=backends)[0].difference != first[0].difference


def test_compare_reports_each_kernel():
    told = []
    compare_kernels(1, backends=(REFERENCE, REFERENCE), report=lambda *what: told.append(what))
    assert told == [(name, i, len(SEAM)) for i, name in enumerate(SEAM)]


@pytest.mark.parametrize("a, b, expected", [
    (1.0, 1.0, True), (0.0, -0.0, False), (NAN, NAN, True), (NAN, -NAN, True), (NAN, 1.0, False), (INF, INF, True),
    (INF, -INF, False), (1.0, math.nextafter(1.0, 2.0), False), (5e-324, 0.0, False),
])  # fmt: skip
def test_same_bits(a, b, expected):
    assert same_bits(a, b) is expected and same_bits(b, a) is expected
