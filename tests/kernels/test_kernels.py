"""The kernels: both backends alike to the last bit, values worked out by hand, and what they refuse."""

import inspect
import math
import sys
import types
from fractions import Fraction

import pytest

import refnet
from refnet.data import ByteMatrix
from refnet.kernels import BackendError, reference, seam
from refnet.kernels.checked import Checked
from refnet.kernels.native import NativeKernels, load
from refnet.kernels.seam import SEAM
from refnet.verify.compare import Draws, compare_kernels, first_difference, random_arguments, run, same_bits

INF, NAN = math.inf, math.nan


def table(k, name, *arguments):
    """Call a kernel with lists; what it returns, as lists."""
    own = [k.matrix(value) if isinstance(value, list) else value for value in arguments]
    return k.tolist(getattr(k, name)(*own))


def updated(k, name, *arguments):
    """Call an updating kernel with lists; what has become of the matrices among its arguments."""
    own = [k.matrix(value) if isinstance(value, list) else value for value in arguments]
    assert getattr(k, name)(*own) is None
    return [k.tolist(matrix) for matrix, value in zip(own, arguments) if isinstance(value, list)]


def same(found, expected):
    assert first_difference(found, expected) == ""


class Altered:
    """A backend with one kernel replaced by a wrong one."""

    def __init__(self, k, name, wrong):
        self._k = k
        setattr(self, name, wrong)

    def __getattr__(self, name):
        return getattr(self._k, name)


# --- Both backends, every kernel --------------------------------------------------------------------------------


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
    results = [run(SEAM["affine"], reference, random_arguments(SEAM["affine"], Draws(case, case % 3)))["result"]
               for case in range(60)]
    finite = [math.isfinite(value) for result in results for row in result for value in row]
    assert finite.count(True) > 3 * finite.count(False) > 0


def test_optional_arguments_are_left_out_now_and_then():
    biases = [random_arguments(SEAM["affine"], Draws(case, 0))[2] for case in range(60)]
    assert 0 < len([bias for bias in biases if bias is None]) < 30


def one_bit_more(name):
    """The reference's kernel with one bit of its last number changed."""
    def wrong(*arguments):
        result = getattr(reference, name)(*arguments)
        result[-1][-1] = math.nextafter(result[-1][-1], INF)
        return result

    return wrong


RETURNING = [name for name, signature in SEAM.items() if signature.result]


@pytest.mark.parametrize("name", RETURNING)
def test_one_bit_is_found(name):
    (outcome,) = compare_kernels(60, names=[name], backends=(reference, Altered(reference, name, one_bit_more(name))))
    assert "result row" in outcome.difference and "case" in outcome.difference
    (outcome,) = compare_kernels(60, names=[name], backends=(reference, reference))
    assert outcome.difference == ""


@pytest.mark.parametrize("name", [name for name in SEAM if name not in RETURNING])
def test_one_bit_of_an_update_is_found(name):
    def wrong(target, *others):
        getattr(reference, name)(target, *others)
        target[0][0] = math.nextafter(target[0][0], INF)

    (outcome,) = compare_kernels(60, names=[name], backends=(reference, Altered(reference, name, wrong)))
    assert SEAM[name].parameters[0].name + " row 0, column 0" in outcome.difference


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
    z = reference.affine(x, weights)
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
                                   else reference.column_sums([[v] for v in c])[0][0] for c in zip(*x)]]),
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
    (outcome,) = compare_kernels(2000, names=[name], backends=(reference, Altered(reference, name, wrong)))
    assert outcome.difference, fault


def test_a_wrong_native_kernel_is_found(both):
    python, c = both
    wrong = Altered(c, "affine", lambda x, weights, bias=None: c.matrix(
        backwards_affine(x.tolist(), weights.tolist(), bias and bias.tolist())))
    (outcome,) = compare_kernels(60, names=["affine"], backends=(python, wrong))
    assert outcome.difference


def test_a_wrong_shape_is_found():
    wrong = Altered(reference, "row_sums", lambda x: [[*reference.row_sums([row])[0], 0.0] for row in x])
    (outcome,) = compare_kernels(5, names=["row_sums"], backends=(reference, wrong))
    assert "shapes" in outcome.difference


def test_a_difference_can_be_had_again():
    """The same seed gives the same cases, another seed others, and the report names what is needed to repeat it."""
    backends = (reference, Altered(reference, "add", one_bit_more("add")))
    first, again = (compare_kernels(9, seed=4, names=["add"], backends=backends) for _ in range(2))
    assert first == again
    assert "case 0 of seed 4 (a " in first[0].difference
    assert compare_kernels(9, seed=5, names=["add"], backends=backends)[0].difference != first[0].difference


def test_compare_reports_each_kernel():
    told = []
    compare_kernels(1, backends=(reference, reference), report=lambda *what: told.append(what))
    assert told == [(name, i, len(SEAM)) for i, name in enumerate(SEAM)]


@pytest.mark.parametrize("a, b, expected", [
    (1.0, 1.0, True), (0.0, -0.0, False), (NAN, NAN, True), (NAN, -NAN, True), (NAN, 1.0, False), (INF, INF, True),
    (INF, -INF, False), (1.0, math.nextafter(1.0, 2.0), False), (5e-324, 0.0, False),
])  # fmt: skip
def test_same_bits(a, b, expected):
    assert same_bits(a, b) is expected and same_bits(b, a) is expected


# --- Values worked out by hand ----------------------------------------------------------------------------------
# Numbers are sums of few powers of two, so that every product and sum is exact: Fractions and hand agree.

X = [[1.0, 2.0], [-0.5, 4.0]]
W = [[0.5, -1.0], [2.0, 0.25], [-3.0, 1.5]]
B = [[0.125, -1.0, 2.0]]
D = [[1.0, -2.0, 0.5], [0.25, 4.0, -1.0]]


def exact(rows):
    return [[Fraction(value) for value in row] for row in rows]


def product(a, b):
    """a · b in exact numbers."""
    return [[sum(p * q for p, q in zip(row, column)) for column in zip(*b)] for row in a]


def transposed(a):
    return [list(column) for column in zip(*a)]


def floats(a):
    """Exact numbers as doubles, none of them rounded."""
    assert all(Fraction(float(value)) == value for row in a for value in row)
    return [[float(value) for value in row] for row in a]


def test_affine(k):
    z = product(exact(X), transposed(exact(W)))
    same(table(k, "affine", X, W), floats(z))
    same(table(k, "affine", X, W, B), [[float(v + Fraction(b)) for v, b in zip(row, B[0])] for row in z])
    # By hand: 0.125 + 0.5·1 − 1·2 = −1.375; −1 + 2·1 + 0.25·2 = 1.5; 2 − 3·1 + 1.5·2 = 2.
    same(table(k, "affine", X[:1], W, B), [[-1.375, 1.5, 2.0]])


def test_affine_backward(k):
    same(table(k, "affine_backward_input", D, W), floats(product(exact(D), exact(W))))
    same(table(k, "affine_backward_weights", D, X), floats(product(transposed(exact(D)), exact(X))))
    same(table(k, "column_sums", D), [[1.25, 2.0, -0.5]])
    # By hand: the first input of the first row 1·0.5 − 2·2 + 0.5·(−3) = −5; the first weight 1·1 + 0.25·(−0.5) = 0.875.
    assert table(k, "affine_backward_input", D, W)[0][0] == -5.0
    assert table(k, "affine_backward_weights", D, X)[0][0] == 0.875


def test_sums_and_maxima(k):
    same(table(k, "row_sums", D), [[-0.5], [3.25]])
    same(table(k, "column_maxima", D), [[1.0, 4.0, 0.5]])
    same(table(k, "row_maxima", D), [[1.0], [4.0]])
    same(table(k, "row_argmax", [*D, [2.0, 2.0, 1.0], [0.0, 1.0, 1.0], [-0.0, 0.0, -1.0]]),
         [[0.0], [1.0], [0.0], [1.0], [0.0]])
    same(table(k, "sum_of_squares", D), [[1.0 + 4.0 + 0.25 + 0.0625 + 16.0 + 1.0]])
    same(table(k, "sum_of_magnitudes", D), [[8.75]])


def test_element_by_element(k):
    a, b = [[1.0, -2.0], [0.5, 4.0]], [[3.0, 0.5], [0.25, -4.0]]
    same(table(k, "add", a, b), [[4.0, -1.5], [0.75, 0.0]])
    same(table(k, "subtract", a, b), [[-2.0, -2.5], [0.25, 8.0]])
    same(table(k, "multiply", a, b), [[3.0, -1.0], [0.125, -16.0]])
    same(table(k, "scale", a, -0.5), [[-0.5, 1.0], [-0.25, -2.0]])
    same(table(k, "copy", a), a)
    same(updated(k, "accumulate", a, b)[0], [[4.0, -1.5], [0.75, 0.0]])
    same(updated(k, "accumulate", a, b)[1], b)
    same(table(k, "standardize", a, [[0.5, -1.0]], [[0.5, 2.0]]), [[1.0, -0.5], [0.0, 2.5]])
    same(table(k, "standardize_backward", a, [[0.5, 2.0]]), [[2.0, -1.0], [1.0, 2.0]])


def test_a_copy_is_its_own(k):
    x = k.matrix([[1.0]])
    y = k.copy(x)
    k.assign(x, [[2.0]])
    assert k.tolist(y) == [[1.0]]


def test_elementary_functions_where_they_are_exact(k):
    same(table(k, "exp", [[0.0, -INF, INF]]), [[1.0, 0.0, INF]])
    same(table(k, "log", [[1.0, 0.0, -1.0]]), [[0.0, -INF, NAN]])
    same(table(k, "expm1", [[0.0, -INF]]), [[0.0, -1.0]])
    same(table(k, "log1p", [[0.0, -1.0]]), [[0.0, -INF]])
    same(table(k, "softplus", [[40.0, -INF]]), [[40.0, 0.0]])
    # e and e − 1, ln 2, correctly rounded: the nearest doubles of 2.718281828459045235…, 0.693147180559945309…
    for name, x, digits in (("exp", 1.0, "2.71828182845904523536"), ("log", 2.0, "0.69314718055994530942"),
                            ("log1p", 1.0, "0.69314718055994530942"), ("softplus", 0.0, "0.69314718055994530942"),
                            ("expm1", 1.0, "1.71828182845904523536")):
        assert math.isclose(table(k, name, [[x]])[0][0], float(digits), rel_tol=2.0**-52), name  # 1 ulp: contract 4


def test_activations(k):
    same(table(k, "sigmoid", [[0.0, -0.0, INF, -INF, 40.0, -800.0]]), [[0.5, 0.5, 1.0, 0.0, 1.0, 0.0]])
    same(table(k, "tanh", [[0.0, INF, -INF, 30.0]]), [[0.0, 1.0, -1.0, 1.0]])
    same(table(k, "relu", [[-1.0, 0.0, 2.5]]), [[0.0, 0.0, 2.5]])
    same(table(k, "leaky_relu", [[-2.0, 0.0, 2.5]], 0.25), [[-0.5, 0.0, 2.5]])
    d = [[3.0, -2.0, 4.0]]
    same(table(k, "sigmoid_backward", [[0.5, 0.25, 1.0]], d), [[0.75, -0.375, 0.0]])
    same(table(k, "tanh_backward", [[0.5, -0.25, 1.0]], d), [[2.25, -1.875, 0.0]])
    same(table(k, "relu_backward", [[-1.0, 0.0, 2.5]], d, 0.0), [[0.0, 0.0, 4.0]])
    same(table(k, "relu_backward", [[-1.0, 0.0, 2.5]], d, 1.0), [[0.0, -2.0, 4.0]])
    same(table(k, "leaky_relu_backward", [[-1.0, 0.0, 2.5]], d, 0.25), [[0.75, -2.0, 4.0]])


def test_the_order_of_a_sigmoid_gradient(k):
    """d·(o·(1 − o)), not (d·o)·(1 − o): on these numbers the two differ."""
    o, d = 0.3, 0.1
    assert d * (o * (1.0 - o)) != (d * o) * (1.0 - o)
    same(table(k, "sigmoid_backward", [[o]], [[d]]), [[d * (o * (1.0 - o))]])


def test_softmax(k):
    same(table(k, "softmax", [[7.0, 7.0, 7.0, 7.0]], 3.0), [[0.25] * 4])
    same(table(k, "softmax", [[1000.0, 0.0], [-1000.0, -2000.0]], 1.0), [[1.0, 0.0], [1.0, 0.0]])
    same(table(k, "softmax", [[5.0, 9.0]], 0.0), [[0.5, 0.5]])
    same(table(k, "softmax", [[800.0, 0.0]], -1.0), [[0.0, 1.0]])  # the energy form of lecture 002
    same(table(k, "softmax", [[-3.0]], 2.0), [[1.0]])
    # o = (1, ½, ¼, 0): Σ d·o = 2 − 1 + 1 = 2; o·(d − 2)·β
    same(table(k, "softmax_backward", [[1.0, 0.5, 0.25, 0.0]], [[2.0, -2.0, 4.0, 8.0]], 2.0), [[0.0, -4.0, 1.0, 0.0]])


def test_softmax_is_the_formula(k):
    """e^(t − m)/Σ with refnet's own exp, the sum ascending, t = β·z."""
    from refnet.arithmetic.elementary import exp

    z, beta = [0.3, -1.7, 2.9, 0.4], 0.7
    powers = [exp(beta * v - beta * 2.9) for v in z]
    total = ((powers[0] + powers[1]) + powers[2]) + powers[3]
    same(table(k, "softmax", [z], beta), [[power / total for power in powers]])


def test_squared_errors(k):
    o, y = [[1.0, 0.5], [2.0, -1.0]], [[0.0, 1.0], [2.0, 1.0]]
    same(table(k, "squared_error", o, y), [[1.25], [4.0]])
    same(table(k, "half_squared_error", o, y), [[0.625], [2.0]])
    same(table(k, "half_squared_error_backward", o, y, 4.0), [[0.25, -0.125], [0.0, -0.5]])
    same(table(k, "squared_error_backward", o, y, 4.0), [[0.5, -0.25], [0.0, -1.0]])


def test_cross_entropies_from_probabilities(k):
    from refnet.arithmetic.elementary import log

    p, y = [[0.5, 0.25, 0.25]], [[0.5, 0.5, 0.0]]
    same(table(k, "cross_entropy", p, y), [[0.0 - 0.5 * log(0.5) - 0.5 * log(0.25)]])
    same(table(k, "cross_entropy_backward", p, y, 2.0), [[-0.5, -1.0, 0.0]])
    same(table(k, "cross_entropy", [[1.0, 0.0]], [[1.0, 0.0]]), [[0.0]])
    # A term with y = 0 is 0 whatever the logarithm gives.
    same(table(k, "cross_entropy", [[0.5, 0.0, NAN]], [[1.0, 0.0, 0.0]]), [[-log(0.5)]])
    yes, no = 0.75 * log(0.5), 0.25 * log(0.5)
    same(table(k, "binary_cross_entropy", [[0.5, 0.25]], [[0.75, 0.0]]), [[(0.0 - (yes + no)) - (0.0 + log(0.75))]])
    # (1 − y)/(1 − p) − y/p, over 4: (0.25/0.5 − 0.75/0.5)/4 and (1/0.75)/4.
    same(table(k, "binary_cross_entropy_backward", [[0.5, 0.25]], [[0.75, 0.0]], 4.0), [[-0.25, (1.0 / 0.75) / 4.0]])


def test_cross_entropies_from_logits(k):
    from refnet.arithmetic.elementary import exp, log, log1p

    same(table(k, "binary_cross_entropy_from_logits", [[0.0]], [[1.0]]), [[log1p(1.0)]])
    same(table(k, "binary_cross_entropy_from_logits", [[2.0, -2.0]], [[0.5, 1.0]]),
         [[((2.0 - 1.0) + log1p(exp(-2.0))) + (2.0 + log1p(exp(-2.0)))]])
    # Stable for any logit: max(z, 0) − z·y where e^−|z| is nothing.
    same(table(k, "binary_cross_entropy_from_logits", [[1e4, -1e4, 1e4], [-1e300, 1e300, 0.0]],
               [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), [[1e4], [log1p(1.0)]])
    same(table(k, "cross_entropy_from_logits", [[3.0, 3.0, 3.0, 3.0]], [[0.0, 1.0, 0.0, 0.0]], 1.0), [[log(4.0)]])
    same(table(k, "cross_entropy_from_logits", [[1e4, 0.0], [0.0, 1e4]], [[1.0, 0.0], [1.0, 0.0]], 1.0), [[0.0], [1e4]])
    same(table(k, "cross_entropy_from_logits", [[1e3, 0.0]], [[0.5, 0.5]], 4.0), [[2e3]])
    # 0·inf does not occur: the logits' difference overflows, y = 0 there.
    same(table(k, "cross_entropy_from_logits", [[1.7e308, -1.7e308]], [[1.0, 0.0]], 1.0), [[0.0]])
    same(table(k, "fused_cross_entropy_backward", [[0.75, 0.25]], [[0.5, 0.5]], 2.0, 4.0), [[0.125, -0.125]])


def test_penalties(k):
    g, w = [[1.0, -1.0, 0.5, 0.5]], [[2.0, -4.0, 0.0, -0.0]]
    same(table(k, "add_scaled", g, w, 0.25), [[1.5, -2.0, 0.5, 0.5]])
    same(table(k, "add_scaled_sign", g, w, 0.25), [[1.25, -1.25, 0.5, 0.5]])


def test_updates(k):
    w, v, g, rate = [[1.0, -2.0]], [[0.5, 4.0]], [[2.0, -1.0]], [[0.25]]
    same(updated(k, "sgd_update", w, g, rate)[0], [[0.5, -1.75]])
    # v = ½·v − ¼·g = (0.25 − 0.5, 2 + 0.25); w + v
    new_w, new_v, same_g, same_rate = updated(k, "momentum_update", w, v, g, rate, 0.5)
    same(new_v, [[-0.25, 2.25]])
    same(new_w, [[0.75, 0.25]])
    assert (same_g, same_rate) == (g, rate)
    ahead, same_v = updated(k, "nesterov_look_ahead", w, v, 0.5)
    same(ahead, [[1.25, 0.0]])
    same(same_v, v)
    new_w, new_v, _, start, _ = updated(k, "nesterov_update", ahead, v, g, w, rate, 0.5)
    same(new_v, [[-0.25, 2.25]])
    same(new_w, [[0.75, 0.25]])
    same(start, w)


def test_the_grouping_of_momentum(k):
    """w + (μv − ηg), not (w + μv) − ηg."""
    w, v, g, rate, mu = 0.1, 0.5, 0.7, 0.3, 0.9
    step = mu * v - rate * g
    assert w + step != (w + mu * v) - rate * g
    new_w, new_v, *_ = updated(k, "momentum_update", [[w]], [[v]], [[g]], [[rate]], mu)
    same(new_v, [[step]])
    same(new_w, [[w + step]])


def test_gathering_rows(k):
    data = [[float(10 * i + j) for j in range(3)] for i in range(5)]
    same(table(k, "take_rows", data, [[4.0, 0.0, 4.0, 2.0]]), [data[4], data[0], data[4], data[2]])
    same(table(k, "take_rows", data, [[-0.0]]), [data[0]])
    images = ByteMatrix(bytes([0, 51, 255, 102, 1, 2]), 2, 3)
    expected = [[float(Fraction(b, 255)) for b in row] for row in ([102, 1, 2], [0, 51, 255], [102, 1, 2])]
    same(k.tolist(k.take_byte_rows(images, k.matrix([[1.0, 0.0, 1.0]]))), expected)
    same(table(k, "one_hot", [[2.0], [0.0]], 3), [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    same(table(k, "one_hot", [[0.0]], 1), [[1.0]])


# --- Matrices ---------------------------------------------------------------------------------------------------


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
    view[1, 2] = 60.0  # written through one, read through the other
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
    import gc

    views = [memoryview(native.matrix([[float(i)] * 1000])) for i in range(50)]
    gc.collect()
    assert [view[0, 999] for view in views] == [float(i) for i in range(50)]


# --- What the native kernels refuse -----------------------------------------------------------------------------


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
                                  if len([p for p in s.parameters if p.kind == "matrix"]) > 1])
def test_every_kernel_checks_every_shape(native, name):
    """One matrix after the other is made a row longer and a column wider; none may go through unnoticed."""
    signature = SEAM[name]
    noticed = 0
    for place, parameter in enumerate(signature.parameters):
        if parameter.kind != "matrix":
            continue
        for rows, columns in ((1, 0), (0, 1)):
            arguments = random_arguments(signature, Draws(place, 0))
            if arguments[place] is None:
                arguments[place] = [[0.0] * len(arguments[1])]
            value = [row + [0.0] * columns for row in arguments[place]]
            value += [value[0]] * rows
            alone = (parameter.rows, parameter.columns)[columns]
            shared = [p for p in signature.parameters if p is not parameter and alone in (p.rows, p.columns)]
            own = [native.matrix(v) if isinstance(v, list) else v for v in arguments]
            own[place] = native.matrix(value)
            if shared or alone == "1":
                noticed += 1
                with pytest.raises(ValueError, match=f"^{name}"):
                    getattr(native, name)(*own)
    assert noticed


@pytest.mark.parametrize("value", [[[1.0, 2.0]], (1.0, 2.0), "text", 3.0, None, b"12345678"])
def test_lists_are_no_native_matrices(native, value):
    with pytest.raises(TypeError, match=r"row_sums: x is a .*the C backend takes"):
        native.row_sums(value)


def test_buffers_of_another_kind(native):
    numpy = pytest.importorskip("numpy")
    for wrong in (memoryview(b"12345678"), memoryview(numpy.zeros(4)), memoryview(numpy.zeros((2, 2, 2))),
                  memoryview(numpy.zeros((2, 2), dtype="float32")), memoryview(numpy.zeros((2, 2), dtype="int64")),
                  memoryview(numpy.zeros((2, 2), dtype=">f8"))):
        with pytest.raises(TypeError, match="row_sums: x is a memoryview"):
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


@pytest.mark.parametrize("index", [3.0, -1.0, 0.5, NAN, INF, -INF, 1e300, -1e-300, 2.0000000000000004, 2**53])
def test_an_index_that_is_none(native, index):
    data = native.matrix([[1.0], [2.0], [3.0]])
    with pytest.raises(ValueError, match=r"take_rows: rows holds .* at 1; allowed are whole numbers from 0 to 2"):
        native.take_rows(data, native.matrix([[0.0, index]]))
    with pytest.raises(ValueError, match=r"take_byte_rows: rows holds .* at 1; allowed are whole numbers from 0 to 2"):
        native.take_byte_rows(ByteMatrix(b"123", 3, 1), native.matrix([[0.0, index]]))
    with pytest.raises(ValueError, match=r"one_hot: classes holds .* at 1; allowed are whole numbers from 0 to 2"):
        native.one_hot(native.matrix([[0.0], [index]]), 3)


@pytest.mark.parametrize("first", [-1.0, 0.5, NAN, INF, 2.0**53])
def test_a_counter_that_is_none(native, first):
    for name, more in (("uniform", ()), ("normal", ()), ("bernoulli_mask", (0.5,))):
        with pytest.raises(ValueError, match=f"{name}: first holds .* from 0 to {2**53 - 1}"):
            getattr(native, name)(1, native.matrix([[first]]), *more, 2, 2)


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


NO_MATRIX = [
    ([[1.0, 2.0], [3.0]], "rows: row 1 has 1 numbers, row 0 has 2; expected as many in each"),
    ([[1.0], [2.0], [2.0, 3.0]], "rows: row 2 has 2 numbers, row 0 has 1; expected as many in each"),
    ([[1.0, 2.0], []], "rows: row 1 has 0 numbers, row 0 has 2; expected as many in each"),
    ([], "rows: 0 of 0 numbers; expected at least one of at least one"),
    ([[], []], "rows: 2 of 0 numbers; expected at least one of at least one"),
]


@pytest.mark.parametrize("rows, said", NO_MATRIX)
def test_rows_that_make_no_matrix(k, rows, said):
    for numbers in (rows, tuple(map(tuple, rows))):
        with pytest.raises(ValueError, match=f"^{said}$"):
            k.matrix(numbers)
    x = k.matrix([[1.0, 2.0]])
    with pytest.raises(ValueError, match=f"^{said}$"):
        k.assign(x, rows)
    assert k.tolist(x) == [[1.0, 2.0]]


def test_arrays_without_numbers_make_no_matrix(k):
    numpy = pytest.importorskip("numpy")
    said = "rows: [02] of [02] numbers; expected at least one of at least one"
    for shape in ((0, 2), (2, 0), (0, 0)):
        for array in (numpy.zeros(shape), memoryview(numpy.zeros(shape))):
            with pytest.raises(ValueError, match=f"^{said}$"):
                k.matrix(array)


@pytest.mark.parametrize("rows, columns", [(0, 3), (3, 0), (0, 0), (-1, 2), (2, -1)])
def test_zeros_of_no_numbers(k, rows, columns):
    with pytest.raises(ValueError, match=f"^rows: {rows} of {columns} numbers; expected at least one of at least one$"):
        k.zeros(rows, columns)


def test_assigning_another_shape_is_told_alike(k):
    with pytest.raises(ValueError, match=r"^rows: shape \(1, 3\); expected \(2, 2\)$"):
        k.assign(k.zeros(2, 2), [[1.0, 2.0, 3.0]])


# --- Arguments by name and numbers out of range -----------------------------------------------------------------


@pytest.fixture(params=["python", "checked", "c"])
def any_kernels(request):
    """The kernels as a network calls them, and as a layer of the user's own does."""
    if request.param == "c":
        return request.getfixturevalue("native")
    return Checked(reference) if request.param == "checked" else reference


@pytest.mark.parametrize("name", list(SEAM))
def test_arguments_by_name(any_kernels, name):
    """All of them by name, in any order, and the later ones alone."""
    k, signature = any_kernels, SEAM[name]
    arguments = random_arguments(signature, Draws(3, 0))
    names = [parameter.name for parameter in signature.parameters]

    def call(by_place):
        own = [k.matrix(value) if isinstance(value, list) else value for value in arguments]
        named = dict(reversed(list(zip(names, own))[by_place:]))
        result = getattr(k, name)(*own[:by_place], **named)
        return [k.tolist(x) for x in (result, *own) if x is not None and not isinstance(x, (int, float, ByteMatrix))]

    for by_place in range(len(names)):
        for found, expected in zip(call(by_place), call(len(names))):
            same(found, expected)


def test_an_optional_argument_by_name(any_kernels):
    k = any_kernels
    x, bias = k.matrix([[1.0, 2.0]]), k.matrix([[10.0]])
    assert k.tolist(k.affine(weights=x, x=x)) == k.tolist(k.affine(x, weights=x, bias=None)) == [[5.0]]
    assert k.tolist(k.affine(x, bias=bias, weights=x)) == [[15.0]]


@pytest.mark.parametrize("checked", [False, True])
def test_wrong_names(native, checked):
    k = Checked(reference) if checked else native
    x = k.matrix([[1.0, 2.0]])
    takes = r"^affine\(x: m k, weights: n k, bias: 1 n\? -> m n\) takes 3 arguments; given are "
    for by_place, named, given_ in [
        ((x,), {"weight": x}, "1 by place and weight by name"), ((x, x), {"x": x}, "2 by place and x by name"),
        ((), {"x": x}, "0 by place and x by name"), ((x, x, None, x), {}, "4 by place and none by name"),
        ((x, x, None), {"bias": None}, "3 by place and bias by name"), ((x,), {}, "1 by place and none by name"),
        ((x,), {"bias": None}, "1 by place and bias by name"),
    ]:
        with pytest.raises(TypeError, match=f"{takes}{given_}$"):
            k.affine(*by_place, **named)


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("divisor", [0, 0.0, -0.0, -1.0, -INF, NAN, "2", None])
def test_a_divisor_that_is_not_positive(native, checked, divisor):
    k = Checked(reference) if checked else native
    x = k.matrix([[1.0, 2.0]])
    said = rf"^half_squared_error_backward: divisor is {divisor!r}; allowed are numbers > 0$"
    with pytest.raises(ValueError, match=said):
        k.half_squared_error_backward(x, x, divisor)
    assert k.tolist(k.half_squared_error_backward(x, k.zeros(1, 2), 5e-1)) == [[2.0, 4.0]]


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("at_zero", [0.5, -1.0, 2, NAN, INF, "0", None])
def test_a_flag_that_is_none(native, checked, at_zero):
    k = Checked(reference) if checked else native
    x = k.matrix([[0.0, 2.0]])
    with pytest.raises(ValueError, match=rf"^relu_backward: at_zero is {at_zero!r}; allowed are 0\.0 and 1\.0$"):
        k.relu_backward(x, x, at_zero)
    assert k.tolist(k.relu_backward(x, k.matrix([[3.0, 4.0]]), 1.0)) == [[3.0, 4.0]]
    assert k.tolist(k.relu_backward(x, k.matrix([[3.0, 4.0]]), 0.0)) == [[0.0, 4.0]]


@pytest.mark.parametrize("rows", [[[1.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0, 2.0, 3.0], [4.0]],
                                  [[1.0, 2.0, 3.0, 4.0]], [[1.0, "x"], [1.0, 1.0]]])
def test_assigning_another_shape_changes_nothing(native, rows):
    x = native.matrix([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises((TypeError, ValueError)):
        native.assign(x, rows)
    assert native.tolist(x) == [[1.0, 2.0], [3.0, 4.0]]


# --- The seam ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(SEAM))
def test_signatures_name_the_arguments_of_their_function(name):
    signature, function = SEAM[name], getattr(reference, name)
    arguments = inspect.signature(function).parameters
    assert [parameter.name for parameter in signature.parameters] == list(arguments)
    for parameter in signature.parameters:
        default = None if parameter.optional else inspect.Parameter.empty
        assert arguments[parameter.name].default is default
    assert (signature.result is None) == any(parameter.updated for parameter in signature.parameters)
    assert function.__doc__


@pytest.mark.parametrize("name", list(SEAM))
def test_the_native_kernel_has_the_name_and_the_words_of_the_reference(native, name):
    function = getattr(native, name)
    assert function.__name__ == name
    assert function.__doc__ == getattr(reference, name).__doc__


@pytest.fixture
def declared():
    """Kernels that a test declares are taken out again."""
    before = dict(SEAM), dict(seam.SEAM_TEXT)
    yield
    for table_, old in zip((SEAM, seam.SEAM_TEXT), before):
        table_.clear()
        table_.update(old)


def declare(signature):
    @seam.kernel(signature)
    def tried(*arguments):
        return None

    return SEAM["tried"]


def test_a_signature_is_read(declared):
    signature = declare("x: m k, bias: 1 n?, w: m n!, rows: 1 m < r, first: 1 1 whole, data: bytes r n, "
                        "units: count n, slope: number, divisor: positive, at_zero: flag, key: key -> m n")
    assert signature.result == ("m", "n")
    x, bias, w, rows, first, data, units, *numbers, key = signature.parameters
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


# --- A core that cannot be used ---------------------------------------------------------------------------------


class Stub:
    """As much of cffi's ffi and lib as a core with these kernels needs to introduce itself."""

    NULL = None

    def __init__(self, names, failed=0):
        self.names, self.failed = names, failed

    def refnet_kernel_name(self, number):
        return self.names[number].encode() if number < len(self.names) else None

    def refnet_threads(self):
        return 1

    def refnet_self_test(self):
        return self.failed

    @staticmethod
    def string(text):
        return text


@pytest.mark.parametrize("names, missing", [
    ([name for name in SEAM if name != "tanh"], "tanh"), ([*SEAM, "convolve"], "convolve"), ([], "affine"),
])  # fmt: skip
def test_a_stale_core_is_refused(names, missing):
    stub = Stub(names)
    with pytest.raises(BackendError, match=f"stale, build it again.*{missing}"):
        NativeKernels(stub, stub)


def test_a_core_that_computes_other_bits_is_refused(monkeypatch):
    stub = Stub(list(SEAM), failed=3)
    monkeypatch.setitem(sys.modules, "_cffi_backend", types.ModuleType("_cffi_backend"))
    core = types.ModuleType("refnet._core")
    core.ffi = core.lib = stub
    core.__file__ = refnet.__file__.replace("__init__.py", "_core.so")
    monkeypatch.setitem(sys.modules, "refnet._core", core)
    with pytest.warns(RuntimeWarning, match="other bits"), pytest.raises(BackendError, match="self-test 3"):
        load()
