"""Do the kernels give the values worked out by hand?"""

import math
from fractions import Fraction

from kernel_helpers import same, table, updated

from refnet.arithmetic.elementary import exp, log, log1p
from refnet.data import ByteMatrix

INF, NAN = math.inf, math.nan

# Numbers are sums of a few powers of two, so that every product and sum is exact and Fractions give the same.
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
    """Exact numbers as doubles; none of them may be rounded."""
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
        assert math.isclose(table(k, name, [[x]])[0][0], float(digits), rel_tol=2.0**-52), name  # 1 ulp: rule 4


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
    """e^(t − m)/Σ with refnet's own exp, t = β·z, the sum in ascending order."""
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
    same(table(k, "binary_cross_entropy_from_logits", [[0.0]], [[1.0]]), [[log1p(1.0)]])
    same(table(k, "binary_cross_entropy_from_logits", [[2.0, -2.0]], [[0.5, 1.0]]),
         [[((2.0 - 1.0) + log1p(exp(-2.0))) + (2.0 + log1p(exp(-2.0)))]])
    # Stable for any logit: max(z, 0) − z·y where e^−|z| vanishes.
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
