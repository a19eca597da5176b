"""How is each loop over numbers done? In lists and loops, one operation and one rounding at a time.

This is the specification: the C core is right when no bit differs from what stands here. A matrix is a list
of rows, a row a list of floats; one example a row, and in `weights` one neuron a row (weights[j][i] leads
from input i to unit j). Every sum starts from a stated value and runs in ascending order (ARITHMETIC).
"""

from __future__ import annotations

from typing import Any, Optional

from refnet.arithmetic import elementary, random
from refnet.arithmetic.elementary import divide
from refnet.kernels.seam import kernel

Matrix = list[list[float]]

name = "python"


# --- Matrices: making them, and getting at their numbers -------------------------------------------------


def matrix(rows: Any) -> Matrix:
    """A new matrix with these numbers (any rows of numbers; the copy is this backend's own)."""
    if isinstance(rows, memoryview):
        rows = rows.tolist()
    return [[float(value) for value in row] for row in rows]


def zeros(rows: int, columns: int) -> Matrix:
    """A matrix of zeros."""
    return [[0.0] * columns for _ in range(rows)]


def shape(x: Matrix) -> tuple[int, int]:
    """(rows, columns) of a matrix."""
    return len(x), len(x[0])


def tolist(x: Matrix) -> Matrix:
    """The numbers as a new list of rows."""
    return [list(row) for row in x]


def assign(target: Matrix, rows: Any) -> None:
    """Copy numbers into a matrix that stays the same object: whoever holds it sees the new ones."""
    for row, values in zip(target, matrix(rows)):
        row[:] = values


# --- Matrix products: a Dense layer and its gradients ----------------------------------------------------


@kernel("x: m k, weights: n k, bias: 1 n? -> m n")
def affine(x: Matrix, weights: Matrix, bias: Optional[Matrix] = None) -> Matrix:
    """z = b + w_1 x_1 + w_2 x_2 + …  for each row x and each unit (w, b); without bias b is 0.0."""
    units = list(zip(bias[0] if bias else [0.0] * len(weights), weights))
    z = []
    for row in x:
        nets = []
        for net, unit in units:
            for weight, value in zip(unit, row):
                net += weight * value
            nets.append(net)
        z.append(nets)
    return z


@kernel("delta: m n, weights: n k -> m k")
def affine_backward_input(delta: Matrix, weights: Matrix) -> Matrix:
    """∂L/∂x_i = Σ_j δ_j w_ji  for each row δ: units ascending, from 0.0."""
    return _products(delta, list(zip(*weights)))


@kernel("delta: m n, x: m k -> n k")
def affine_backward_weights(delta: Matrix, x: Matrix) -> Matrix:
    """∂L/∂w_ji = Σ_rows δ_j x_i: rows ascending, from 0.0."""
    return _products(zip(*delta), list(zip(*x)))


def _products(left: Any, right: Any) -> Matrix:
    """Σ_k a_k b_k for every row a on the left and every row b on the right."""
    table = []
    for a_row in left:
        totals = []
        for b_row in right:
            total = 0.0
            for a, b in zip(a_row, b_row):
                total += a * b
            totals.append(total)
        table.append(totals)
    return table


# --- Sums and maxima -------------------------------------------------------------------------------------


@kernel("x: m n -> 1 n")
def column_sums(x: Matrix) -> Matrix:
    """Σ over the rows, for each column: a bias gradient."""
    return [[_total(column) for column in zip(*x)]]


@kernel("x: m n -> m 1")
def row_sums(x: Matrix) -> Matrix:
    """Σ over the columns, for each row."""
    return [[_total(row)] for row in x]


@kernel("x: m n -> 1 n")
def column_maxima(x: Matrix) -> Matrix:
    """The largest number of each column; NaN if there is one."""
    return [[_maximum(column) for column in zip(*x)]]


@kernel("x: m n -> m 1")
def row_maxima(x: Matrix) -> Matrix:
    """The largest number of each row; NaN if there is one."""
    return [[_maximum(row)] for row in x]


@kernel("x: m n -> m 1")
def row_argmax(x: Matrix) -> Matrix:
    """The column of each row's largest number (the first NaN, else the first of equals): the class decided for."""
    winners = []
    for row in x:
        best = 0
        for j, value in enumerate(row):
            if value > row[best] or (value != value and row[best] == row[best]):
                best = j
        winners.append([float(best)])
    return winners


@kernel("w: m n -> 1 1")
def sum_of_squares(w: Matrix) -> Matrix:
    """Σ w², unit by unit."""
    total = 0.0
    for unit in w:
        for weight in unit:
            total += weight * weight
    return [[total]]


@kernel("w: m n -> 1 1")
def sum_of_magnitudes(w: Matrix) -> Matrix:
    """Σ |w|, unit by unit."""
    total = 0.0
    for unit in w:
        for weight in unit:
            total += abs(weight)
    return [[total]]


def _total(values: Any) -> float:
    total = 0.0
    for value in values:  # not sum(): it compensates since Python 3.12
        total += value
    return total


def _maximum(values: Any) -> float:
    largest = values[0]
    for value in values:
        if value > largest or value != value:
            largest = value
    return largest


# --- Element by element ----------------------------------------------------------------------------------


@kernel("a: m n, b: m n -> m n")
def add(a: Matrix, b: Matrix) -> Matrix:
    """a + b"""
    return [[p + q for p, q in zip(u, v)] for u, v in zip(a, b)]


@kernel("a: m n, b: m n -> m n")
def subtract(a: Matrix, b: Matrix) -> Matrix:
    """a − b"""
    return [[p - q for p, q in zip(u, v)] for u, v in zip(a, b)]


@kernel("a: m n, b: m n -> m n")
def multiply(a: Matrix, b: Matrix) -> Matrix:
    """a · b, element by element"""
    return [[p * q for p, q in zip(u, v)] for u, v in zip(a, b)]


@kernel("x: m n, factor: number -> m n")
def scale(x: Matrix, factor: float) -> Matrix:
    """factor · x"""
    return [[factor * value for value in row] for row in x]


@kernel("total: m n!, x: m n")
def accumulate(total: Matrix, x: Matrix) -> None:
    """total += x"""
    for sums, row in zip(total, x):
        sums[:] = [p + q for p, q in zip(sums, row)]


@kernel("x: m n -> m n")
def copy(x: Matrix) -> Matrix:
    """The same numbers in a matrix of their own."""
    return [list(row) for row in x]


@kernel("x: m n, mean: 1 n, std: 1 n -> m n")
def standardize(x: Matrix, mean: Matrix, std: Matrix) -> Matrix:
    """(x − mean) / std, column by column."""
    return [[divide(value - mu, sigma) for value, mu, sigma in zip(row, mean[0], std[0])] for row in x]


@kernel("d: m n, std: 1 n -> m n")
def standardize_backward(d: Matrix, std: Matrix) -> Matrix:
    """d / std, column by column."""
    return [[divide(value, sigma) for value, sigma in zip(row, std[0])] for row in d]


@kernel("x: m n -> m n")
def exp(x: Matrix) -> Matrix:
    """eˣ"""
    return [[elementary.exp(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def log(x: Matrix) -> Matrix:
    """ln x"""
    return [[elementary.log(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def expm1(x: Matrix) -> Matrix:
    """eˣ − 1"""
    return [[elementary.expm1(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def log1p(x: Matrix) -> Matrix:
    """ln(1 + x)"""
    return [[elementary.log1p(value) for value in row] for row in x]


@kernel("x: m n -> m n")
def softplus(x: Matrix) -> Matrix:
    """ln(1 + eˣ)"""
    return [[elementary.softplus(value) for value in row] for row in x]


# --- Activations: z net input, o output, d the gradient that arrives at the output ---------------------------


@kernel("z: m n -> m n")
def sigmoid(z: Matrix) -> Matrix:
    """o = 1 / (1 + e⁻ᶻ)"""
    return [[elementary.sigmoid(net) for net in row] for row in z]


@kernel("o: m n, d: m n -> m n")
def sigmoid_backward(o: Matrix, d: Matrix) -> Matrix:
    """d · o(1 − o)"""
    return [[g * (y * (1.0 - y)) for y, g in zip(ys, gs)] for ys, gs in zip(o, d)]


@kernel("z: m n -> m n")
def tanh(z: Matrix) -> Matrix:
    """o = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)"""
    return [[elementary.tanh(net) for net in row] for row in z]


@kernel("o: m n, d: m n -> m n")
def tanh_backward(o: Matrix, d: Matrix) -> Matrix:
    """d · (1 − o²)"""
    return [[g * (1.0 - y * y) for y, g in zip(ys, gs)] for ys, gs in zip(o, d)]


@kernel("z: m n -> m n")
def relu(z: Matrix) -> Matrix:
    """o = max(0, z), and NaN stays NaN"""
    return [[0.0 if net <= 0.0 else net for net in row] for row in z]


@kernel("z: m n, d: m n, at_zero: flag -> m n")
def relu_backward(z: Matrix, d: Matrix, at_zero: float) -> Matrix:
    """d where z > 0, 0 where z < 0; at z = 0 the derivative is 0 unless at_zero says 1."""
    if at_zero == 1.0:
        return [[0.0 if net < 0.0 else g for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]
    return [[0.0 if net <= 0.0 else g for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


@kernel("z: m n, slope: number -> m n")
def leaky_relu(z: Matrix, slope: float) -> Matrix:
    """o = z where z ≥ 0, slope·z where z < 0"""
    return [[slope * net if net < 0.0 else net for net in row] for row in z]


@kernel("z: m n, d: m n, slope: number -> m n")
def leaky_relu_backward(z: Matrix, d: Matrix, slope: float) -> Matrix:
    """d where z ≥ 0, slope·d where z < 0"""
    return [[slope * g if net < 0.0 else g for net, g in zip(nets, gs)] for nets, gs in zip(z, d)]


@kernel("z: m n, beta: number -> m n")
def softmax(z: Matrix, beta: float) -> Matrix:
    """o_j = e^(βz_j) / Σ e^(βz_k), the largest βz taken off every exponent first"""
    outputs = []
    for row in z:
        powers, total, _, _ = _softmax_terms(row, beta)
        outputs.append([power / total for power in powers])
    return outputs


@kernel("o: m n, d: m n, beta: number -> m n")
def softmax_backward(o: Matrix, d: Matrix, beta: float) -> Matrix:
    """β · o_j (d_j − Σ_k d_k o_k): the Jacobian o_j(1 − o_j), −o_j o_k, times d"""
    gradients = []
    for ys, gs in zip(o, d):
        mean = 0.0
        for y, g in zip(ys, gs):
            mean += g * y
        gradients.append([beta * (y * (g - mean)) for y, g in zip(ys, gs)])
    return gradients


def _softmax_terms(row: list[float], beta: float) -> tuple[list[float], float, list[float], float]:
    """The powers e^(t−m), their sum, the exponents t = βz and their maximum m."""
    exponents = [beta * net for net in row]
    largest = _maximum(exponents)
    powers = [elementary.exp(t - largest) for t in exponents]
    return powers, _total(powers), exponents, largest


# --- Losses: a number a row, and the gradient with its divisor (the number of rows) -----------------------------


@kernel("o: m n, y: m n -> m 1")
def half_squared_error(o: Matrix, y: Matrix) -> Matrix:
    """½ Σ (o − y)²"""
    return [[0.5 * _squared_distance(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, divisor: positive -> m n")
def half_squared_error_backward(o: Matrix, y: Matrix, divisor: float) -> Matrix:
    """(o − y) / divisor"""
    return [[(p - q) / divisor for p, q in zip(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n -> m 1")
def squared_error(o: Matrix, y: Matrix) -> Matrix:
    """Σ (o − y)²"""
    return [[_squared_distance(os, ys)] for os, ys in zip(o, y)]


@kernel("o: m n, y: m n, divisor: positive -> m n")
def squared_error_backward(o: Matrix, y: Matrix, divisor: float) -> Matrix:
    """2(o − y) / divisor"""
    return [[2.0 * (p - q) / divisor for p, q in zip(os, ys)] for os, ys in zip(o, y)]


@kernel("p: m n, y: m n -> m 1")
def binary_cross_entropy(p: Matrix, y: Matrix) -> Matrix:
    """−Σ (y ln p + (1 − y) ln(1 − p)); a term whose factor is 0 is 0"""
    losses = []
    for ps, ys in zip(p, y):
        total = 0.0
        for o, t in zip(ps, ys):
            yes = t * elementary.log(o) if t != 0.0 else 0.0
            no = (1.0 - t) * elementary.log(1.0 - o) if t != 1.0 else 0.0
            total -= yes + no
        losses.append([total])
    return losses


@kernel("p: m n, y: m n, divisor: positive -> m n")
def binary_cross_entropy_backward(p: Matrix, y: Matrix, divisor: float) -> Matrix:
    """((1 − y)/(1 − p) − y/p) / divisor; a term whose factor is 0 is 0"""
    gradients = []
    for ps, ys in zip(p, y):
        row = []
        for o, t in zip(ps, ys):
            yes = divide(t, o) if t != 0.0 else 0.0
            no = divide(1.0 - t, 1.0 - o) if t != 1.0 else 0.0
            row.append((no - yes) / divisor)
        gradients.append(row)
    return gradients


@kernel("z: m n, y: m n -> m 1")
def binary_cross_entropy_from_logits(z: Matrix, y: Matrix) -> Matrix:
    """Σ (max(z, 0) − z·y) + ln(1 + e^−|z|), with z the net input of the sigmoid"""
    losses = []
    for nets, ys in zip(z, y):
        total = 0.0
        for net, t in zip(nets, ys):
            positive = net if net > 0.0 else 0.0
            total += (positive - net * t) + elementary.log1p(elementary.exp(-abs(net)))
        losses.append([total])
    return losses


@kernel("p: m n, y: m n -> m 1")
def cross_entropy(p: Matrix, y: Matrix) -> Matrix:
    """−Σ y ln p; a term with y = 0 is 0"""
    losses = []
    for ps, ys in zip(p, y):
        total = 0.0
        for o, t in zip(ps, ys):
            if t != 0.0:
                total -= t * elementary.log(o)
        losses.append([total])
    return losses


@kernel("p: m n, y: m n, divisor: positive -> m n")
def cross_entropy_backward(p: Matrix, y: Matrix, divisor: float) -> Matrix:
    """−y/p / divisor; a term with y = 0 is 0"""
    return [
        [-divide(t, o) / divisor if t != 0.0 else 0.0 for o, t in zip(ps, ys)] for ps, ys in zip(p, y)
    ]


@kernel("z: m n, y: m n, beta: number -> m 1")
def cross_entropy_from_logits(z: Matrix, y: Matrix, beta: float) -> Matrix:
    """Σ y (ln Σe^(t−m) − (t − m)) with t = βz, m = max t: the cross-entropy of the softmax of z"""
    losses = []
    for nets, ys in zip(z, y):
        _, all_powers, exponents, largest = _softmax_terms(nets, beta)
        log_powers = elementary.log(all_powers)
        total = 0.0
        for exponent, t in zip(exponents, ys):
            if t != 0.0:  # keeps 0·inf out where two logits differ by more than the largest number
                total += t * (log_powers - (exponent - largest))
        losses.append([total])
    return losses


@kernel("p: m n, y: m n, beta: number, divisor: positive -> m n")
def fused_cross_entropy_backward(p: Matrix, y: Matrix, beta: float, divisor: float) -> Matrix:
    """β(p − y) / divisor: softmax and cross-entropy (or, β = 1, sigmoid and binary cross-entropy) in one"""
    return [[beta * (o - t) / divisor for o, t in zip(ps, ys)] for ps, ys in zip(p, y)]


def _squared_distance(row: list[float], other: list[float]) -> float:
    total = 0.0
    for p, q in zip(row, other):
        error = p - q
        total += error * error
    return total


# --- Penalties and updates: w weights, g gradient, v velocity, rate a 1×1 matrix -----------------------------


@kernel("g: m n, w: m n, factor: number -> m n")
def add_scaled(g: Matrix, w: Matrix, factor: float) -> Matrix:
    """g + factor·w: the gradient with that of λw² (factor 2λ) or ½λw² (factor λ)"""
    return [[p + factor * q for p, q in zip(gs, ws)] for gs, ws in zip(g, w)]


@kernel("g: m n, w: m n, factor: number -> m n")
def add_scaled_sign(g: Matrix, w: Matrix, factor: float) -> Matrix:
    """g + factor·sign(w), sign(±0) = 0: the gradient with that of λ|w|"""
    return [[p + factor * _sign(q) for p, q in zip(gs, ws)] for gs, ws in zip(g, w)]


@kernel("w: m n!, g: m n, rate: 1 1")
def sgd_update(w: Matrix, g: Matrix, rate: Matrix) -> None:
    """w ← w − η g"""
    eta = rate[0][0]
    for ws, gs in zip(w, g):
        ws[:] = [p - eta * q for p, q in zip(ws, gs)]


@kernel("w: m n!, v: m n!, g: m n, rate: 1 1, mu: number")
def momentum_update(w: Matrix, v: Matrix, g: Matrix, rate: Matrix, mu: float) -> None:
    """v ← μv − η g;  w ← w + v"""
    nesterov_update(w, v, g, w, rate, mu)


@kernel("w: m n!, v: m n, mu: number")
def nesterov_look_ahead(w: Matrix, v: Matrix, mu: float) -> None:
    """w ← w + μv: the point at which Nesterov's method measures the gradient"""
    for ws, vs in zip(w, v):
        ws[:] = [p + mu * q for p, q in zip(ws, vs)]


@kernel("w: m n!, v: m n!, g: m n, start: m n, rate: 1 1, mu: number")
def nesterov_update(w: Matrix, v: Matrix, g: Matrix, start: Matrix, rate: Matrix, mu: float) -> None:
    """v ← μv − η g;  w ← start + v, with start the weights before the look ahead"""
    eta = rate[0][0]
    for ws, vs, gs, starts in zip(w, v, g, start):
        vs[:] = [mu * velocity - eta * q for velocity, q in zip(vs, gs)]
        ws[:] = [p + velocity for p, velocity in zip(starts, vs)]


def _sign(value: float) -> float:
    return 1.0 if value > 0.0 else -1.0 if value < 0.0 else 0.0 if value == 0.0 else value


# --- Examples: gathering a minibatch ---------------------------------------------------------------------


@kernel("data: r n, rows: 1 m < r -> m n")
def take_rows(data: Matrix, rows: Matrix) -> Matrix:
    """The rows of data with these numbers."""
    return [list(data[int(i)]) for i in rows[0]]


@kernel("data: bytes r n, rows: 1 m < r -> m n")
def take_byte_rows(data: Any, rows: Matrix) -> Matrix:
    """The rows of a ByteMatrix with these numbers, each byte divided by 255."""
    return [data.row(int(i)) for i in rows[0]]


@kernel("classes: m 1 < n, units: count n -> m n")
def one_hot(classes: Matrix, units: int) -> Matrix:
    """A row for each class index: 1 in the column of the class, 0 elsewhere."""
    table = []
    for (label,) in classes:
        row = [0.0] * units
        row[int(label)] = 1.0
        table.append(row)
    return table


# --- Random numbers: draw number `first` and those after it, row by row ----------------------------------------


@kernel("key: key, first: 1 1 whole, rows: count m, columns: count n -> m n")
def uniform(key: int, first: Matrix, rows: int, columns: int) -> Matrix:
    """Uniform numbers in [0, 1)."""
    start = int(first[0][0])
    return [[random.uniform(key, start + i * columns + j) for j in range(columns)] for i in range(rows)]


@kernel("key: key, first: 1 1 whole, rows: count m, columns: count n -> m n")
def normal(key: int, first: Matrix, rows: int, columns: int) -> Matrix:
    """Standard normal numbers."""
    start = int(first[0][0])
    return [[random.normal(key, start + i * columns + j) for j in range(columns)] for i in range(rows)]


@kernel("key: key, first: 1 1 whole, p: number, rows: count m, columns: count n -> m n")
def bernoulli_mask(key: int, first: Matrix, p: float, rows: int, columns: int) -> Matrix:
    """1 with probability 1 − p, 0 with probability p: a uniform u is kept where u ≥ p."""
    return [[1.0 if u >= p else 0.0 for u in row] for row in uniform(key, first, rows, columns)]


@kernel("key: key, columns: count n -> 1 n")
def permutation(key: int, columns: int) -> Matrix:
    """The numbers 0 … n−1 in random order."""
    return [[float(i) for i in random.permutation(key, columns)]]
