"""Do kernels round, add, divide and compare as the contract says? DESIGN, section 1, rules 1, 2, 5, 6 and 8."""

import math
from fractions import Fraction

import pytest
from kernel_helpers import same, table

import refnet as rn
from refnet.verify import same_bits

INF, NAN = math.inf, math.nan
LARGE, SMALLEST_NORMAL, SMALLEST = 1e16, 2.2250738585072014e-308, 5e-324

# --- Rule 1: one operation, one rounding ---


def test_a_product_is_rounded_before_it_is_added(k):
    """0.1 · 0.1 − (0.1 · 0.1 rounded) is exactly 0.0, and 9.0e-19 when multiply and add are fused."""
    rounded = float(Fraction(0.1) * Fraction(0.1))
    assert Fraction(0.1) * Fraction(0.1) != Fraction(rounded)  # else this shows nothing
    same(table(k, "affine", [[0.1]], [[0.1]], [[-rounded]]), [[0.0]])
    same(table(k, "affine_backward_weights", [[1.0], [0.1]], [[-rounded], [0.1]]), [[0.0]])
    same(table(k, "affine_backward_input", [[1.0, 0.1]], [[-rounded], [0.1]]), [[0.0]])
    same(table(k, "add_scaled", [[-rounded]], [[0.1]], 0.1), [[0.0]])
    w = k.matrix([[rounded]])
    k.sgd_update(w, k.matrix([[0.1]]), k.matrix([[0.1]]))
    same(k.tolist(w), [[0.0]])


def test_subnormals_are_kept(k):
    half = SMALLEST_NORMAL / 2.0
    assert 0.0 < half < SMALLEST_NORMAL
    same(table(k, "scale", [[SMALLEST_NORMAL, SMALLEST, -SMALLEST]], 1.0), [[SMALLEST_NORMAL, SMALLEST, -SMALLEST]])
    same(table(k, "scale", [[SMALLEST_NORMAL, SMALLEST]], 0.5), [[half, 0.0]])  # the tie goes to the even 0
    same(table(k, "affine", [[SMALLEST_NORMAL]], [[0.5]], [[SMALLEST]]), [[half + SMALLEST]])
    same(table(k, "row_maxima", [[-1.0, SMALLEST, 0.0]]), [[SMALLEST]])


def test_division_is_not_multiplication_by_a_reciprocal(k):
    """float(Fraction) is the one correctly rounded quotient; b·(1/255) differs for many bytes."""
    exact = [float(Fraction(byte, 255)) for byte in range(256)]
    assert exact != [byte * (1.0 / 255.0) for byte in range(256)]
    images = rn.data.ByteMatrix(bytes(range(256)), 1, 256)
    same(k.tolist(k.take_byte_rows(images, k.matrix([[0.0]]))), [exact])

    thirds = [float(Fraction(n, 49)) for n in range(100)]
    assert thirds != [n * (1.0 / 49.0) for n in range(100)]
    numbers = [[float(n) for n in range(100)]]
    same(table(k, "half_squared_error_backward", numbers, [[0.0] * 100], 49.0), [thirds])
    same(table(k, "fused_cross_entropy_backward", numbers, [[0.0] * 100], 1.0, 49.0), [thirds])
    same(table(k, "standardize", numbers, [[0.0] * 100], [[49.0] * 100]), [thirds])
    same(table(k, "standardize_backward", numbers, [[49.0] * 100]), [thirds])
    # Softmax of ten equal logits: 1/10 each; of 49 equal ones: 1/49.
    same(table(k, "softmax", [[3.0] * 49], 1.0), [[float(Fraction(1, 49))] * 49])


# --- Rule 2: every sum from a stated value in ascending order ---

# Doubles are 2 apart at 1e16, so 1e16 + 1.0 and −1e16 + 1.0 are ties, which go to ±1e16. Ascending from 0.0:
# ((1e16 + 1.0) − 1e16) + 1.0 = 1.0. Descending: ((1.0 − 1e16) + 1.0) + 1e16 = 0.0; exactly it would be 2.0.
TERMS = [LARGE, 1.0, -LARGE, 1.0]


def test_the_terms_tell_orders_apart():
    ascending = ((0.0 + TERMS[0]) + TERMS[1] + TERMS[2]) + TERMS[3]
    descending = ((0.0 + TERMS[3]) + TERMS[2] + TERMS[1]) + TERMS[0]
    pairs = (TERMS[0] + TERMS[1]) + (TERMS[2] + TERMS[3])
    lanes = (TERMS[0] + TERMS[2]) + (TERMS[1] + TERMS[3])
    assert ascending == 1.0
    assert ascending not in (descending, pairs, lanes, math.fsum(TERMS))


def column(values):
    return [[value] for value in values]


def test_affine_sums_inputs_in_order(k):
    ones = [[1.0] * 4]
    same(table(k, "affine", ones, [TERMS]), [[1.0]])
    same(table(k, "affine", [TERMS], ones), [[1.0]])
    same(table(k, "affine", ones, [TERMS], None), [[1.0]])


def test_the_bias_comes_first(k):
    """(1.0 + 1e16) − 1e16 = 0.0; added last, the bias would survive: (1e16 − 1e16) + 1.0 = 1.0."""
    same(table(k, "affine", [[1.0, 1.0]], [[LARGE, -LARGE]], [[1.0]]), [[0.0]])


def test_without_bias_the_start_is_plus_zero(k):
    """0.0 + (−0.0) = +0.0. A sum that starts with its first term would be −0.0."""
    same(table(k, "affine", [[-0.0]], [[1.0]]), [[0.0]])
    same(table(k, "affine", [[-0.0]], [[1.0]], [[-0.0]]), [[-0.0]])
    for name in ("affine_backward_input", "affine_backward_weights"):
        same(table(k, name, [[-0.0]], [[1.0]]), [[0.0]])
    for name in ("row_sums", "column_sums", "sum_of_magnitudes"):
        same(table(k, name, [[-0.0]]), [[0.0]])


def test_gradient_sums_run_in_order(k):
    ones = [[1.0] * 4]
    same(table(k, "affine_backward_input", [TERMS], column([1.0] * 4)), [[1.0]])  # units
    same(table(k, "affine_backward_input", ones, column(TERMS)), [[1.0]])
    same(table(k, "affine_backward_weights", column(TERMS), column([1.0] * 4)), [[1.0]])  # rows
    same(table(k, "affine_backward_weights", column([1.0] * 4), column(TERMS)), [[1.0]])


def test_sums_of_rows_and_columns_run_in_order(k):
    same(table(k, "row_sums", [TERMS, TERMS[::-1]]), [[1.0], [0.0]])
    same(table(k, "column_sums", column(TERMS)), [[1.0]])
    same(table(k, "column_sums", [[v, w] for v, w in zip(TERMS, TERMS[::-1])]), [[1.0, 0.0]])
    # 1e16 + 1 is a tie and goes to 1e16, four times. From the other end 4.0 is added in one step.
    same(table(k, "sum_of_magnitudes", [[LARGE, 1.0], [-1.0, 1.0], [1.0, -0.0]]), [[LARGE]])
    same(table(k, "sum_of_magnitudes", [[1.0, 1.0], [1.0, -1.0], [LARGE, 0.0]]), [[LARGE + 4.0]])
    same(table(k, "sum_of_squares", [[1e8, 1.0], [-1.0, 1.0], [1.0, 0.0]]), [[LARGE]])
    same(table(k, "sum_of_squares", [[1.0, 1.0], [1.0, -1.0], [1e8, 0.0]]), [[LARGE + 4.0]])


def test_losses_and_softmax_sum_units_in_order(k):
    zeros = [[0.0] * 5]
    up, down = [1e8, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1e8]
    same(table(k, "squared_error", [up], zeros), [[LARGE]])
    same(table(k, "squared_error", [down], zeros), [[LARGE + 4.0]])
    same(table(k, "half_squared_error", [up], zeros), [[LARGE / 2.0]])
    same(table(k, "half_squared_error", [down], zeros), [[LARGE / 2.0 + 2.0]])
    # Σ d·o of softmax's backward pass: 1.0 ascending, so that d = 1.0 becomes o·(d − 1.0) = 0.0 (and ±1e16 ∓ 1.0 are
    # ties again, which go to ±1e16).
    same(table(k, "softmax_backward", [[1.0] * 4], [TERMS], 1.0), [[LARGE, 0.0, -LARGE, 0.0]])


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 16, 17, 33, 70])
def test_long_chains_are_the_naive_loop(k, n):
    """Equal to the triple loop, on numbers with which every sum is rounded."""
    value = iter(math.sin(0.7 * i) * 10.0 ** (i % 7 - 3) for i in range(10**6))
    x, weights = ([[next(value) for _ in range(n)] for _ in range(3)] for _ in range(2))
    bias = [next(value) for _ in range(3)]
    z = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            z[i][j] = bias[j]
            for place in range(n):
                z[i][j] = z[i][j] + x[i][place] * weights[j][place]
    same(table(k, "affine", x, weights, [bias]), z)


# --- Rule 5: division by zero ---


def test_division_by_zero_follows_ieee(k):
    zeros, std = [[0.0] * 4], [[0.0, 0.0, -0.0, 0.0]]
    same(table(k, "standardize", [[1.0, -1.0, 1.0, 0.0]], zeros, std), [[INF, -INF, -INF, NAN]])
    same(table(k, "standardize_backward", [[1.0, -1.0, 1.0, NAN]], std), [[INF, -INF, -INF, NAN]])
    same(table(k, "cross_entropy_backward", [[0.0, -0.0, 0.0]], [[0.5, 0.5, 0.0]], 2.0), [[-INF, INF, 0.0]])
    # y/p and (1 − y)/(1 − p): 1/0 at p = 0 for the first, at p = 1 for the second. A term with factor 0 is 0, not 0/0.
    same(table(k, "binary_cross_entropy_backward", [[0.0, 1.0, 0.0, 1.0]], [[1.0, 0.0, 0.0, 1.0]], 1.0),
         [[-INF, INF, 1.0, -1.0]])
    same(table(k, "cross_entropy", [[0.0, 1.0]], [[1.0, 0.0]]), [[INF]])
    same(table(k, "cross_entropy", [[0.0, 1.0]], [[0.0, 1.0]]), [[0.0]])
    same(table(k, "binary_cross_entropy", [[0.0, 1.0]], [[1.0, 1.0]]), [[INF]])


# --- Rule 6: NaN and the two zeros ---


def test_nan_propagates(k):
    wild = [[1.0, NAN, 3.0], [NAN, 1.0, 2.0], [INF, 1.0, NAN]]
    same(table(k, "relu", [[NAN, -1.0, 2.0, -INF, INF]]), [[NAN, 0.0, 2.0, 0.0, INF]])
    same(table(k, "leaky_relu", [[NAN, -2.0, 2.0, -INF]], 0.5), [[NAN, -1.0, 2.0, -INF]])
    same(table(k, "row_maxima", wild), [[NAN], [NAN], [NAN]])
    same(table(k, "column_maxima", wild), [[NAN, NAN, NAN]])
    same(table(k, "row_maxima", [[1.0, 3.0, 2.0], [-INF, -5.0, -INF]]), [[3.0], [-5.0]])
    same(table(k, "row_argmax", [*wild, [1.0, 3.0, 3.0], [NAN, INF, NAN]]), [[1.0], [0.0], [2.0], [1.0], [0.0]])
    for name in ("sigmoid", "tanh", "softplus", "exp", "log", "expm1", "log1p"):
        same(table(k, name, [[NAN]]), [[NAN]])
    same(table(k, "softmax", [[0.0, NAN], [0.0, 0.0]], 1.0), [[NAN, NAN], [0.5, 0.5]])
    same(table(k, "affine", [[NAN, 1.0], [1.0, 1.0]], [[0.0, 2.0]]), [[NAN], [2.0]])
    same(table(k, "add_scaled_sign", [[1.0]], [[NAN]], 0.5), [[NAN]])


def test_the_zeros_are_told_apart(k):
    assert not same_bits(0.0, -0.0)
    same(table(k, "relu", [[-0.0, 0.0]]), [[0.0, 0.0]])  # 0.0 if z <= 0.0
    same(table(k, "leaky_relu", [[-0.0, 0.0]], 0.5), [[-0.0, 0.0]])  # z unless z < 0.0
    same(table(k, "relu_backward", [[-0.0, 0.0, 1.0, -1.0]], [[-0.0, 5.0, -0.0, 5.0]], 0.0), [[0.0, 0.0, -0.0, 0.0]])
    same(table(k, "relu_backward", [[-0.0, 0.0, 1.0, -1.0]], [[-0.0, 5.0, -0.0, 5.0]], 1.0), [[-0.0, 5.0, -0.0, 0.0]])
    same(table(k, "row_maxima", [[-0.0, 0.0], [0.0, -0.0]]), [[-0.0], [0.0]])  # the first of equals stays
    same(table(k, "column_maxima", [[-0.0, 0.0], [0.0, -0.0]]), [[-0.0, 0.0]])
    same(table(k, "add_scaled_sign", [[0.0, -0.0, 1.0]], [[-0.0, 0.0, -0.0]], 3.0), [[0.0, 0.0, 1.0]])
    same(table(k, "scale", [[0.0, -0.0]], -1.0), [[-0.0, 0.0]])
    same(table(k, "copy", [[-0.0, 0.0]]), [[-0.0, 0.0]])
    same(table(k, "tanh", [[-0.0, 0.0]]), [[-0.0, 0.0]])


# --- Rule 8: a row's result does not know its batch ---

ROWS = [[math.sin(1.3 * i + j) for j in range(5)] for i in range(9)]


@pytest.mark.parametrize("name, others", [
    ("affine", ([[0.3, -0.7, 1e-3, 2.0, 0.1], [0.9, 0.2, -0.4, 0.5, -0.6]], [[0.25, -0.125]])),
    ("affine_backward_input", ([[0.3, -0.7], [0.1, 0.2], [0.3, 1e9], [-0.5, 0.5], [0.7, 0.6]],)),
    ("softmax", (0.7,)), ("sigmoid", ()), ("tanh", ()), ("row_sums", ()), ("row_maxima", ()), ("row_argmax", ()),
])  # fmt: skip
def test_a_row_alone_and_in_any_batch(k, name, others):
    whole = table(k, name, ROWS, *others)
    for start in range(9):
        for size in (1, 2, 4):
            same(table(k, name, ROWS[start : start + size], *others), whole[start : start + size])
    same(table(k, name, ROWS[::-1], *others), whole[::-1])


@pytest.mark.parametrize("last", [rn.Softmax, rn.Sigmoid, rn.ReLU])
def test_a_network_predicts_a_row_alike_in_any_batch(backend, last):
    net = rn.Network([rn.Input(5), rn.Dense(7), rn.Tanh(), rn.Dense(3), last()], backend=backend, seed=3)
    whole = net.forward(ROWS)
    assert len({value for row in whole for value in row}) > 3
    for i, row in enumerate(ROWS):
        same(net.forward([row]), [whole[i]])
    for size in (1, 2, 4, 8, 100):
        same(net.predict(ROWS, batch_size=size), whole)
    same(net.forward(ROWS, training=True), whole)
