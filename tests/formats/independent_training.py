"""How does a dense network train? From ARITHMETIC.md, one operation a statement, on any arithmetic; without refnet.

`a` is an arithmetic (independent_numpy.py, independent_fixed.py): a.add, a.subtract, a.multiply, a.divide, a.sqrt,
a.function; a.of rounds a binary64 number to the format. A matrix is a list of rows.
"""

import math

# --- Products and sums: in the accumulator's format, each result then rounded once ---


def moved(source, target, matrix):
    """The numbers of a matrix, rounded to another format."""
    return matrix if source is target else [[target.of(source.value(x)) for x in row] for row in matrix]


def sum_of_products(a, start, xs, ys):
    total = start
    for x, y in zip(xs, ys):
        product = a.multiply(x, y)
        total = a.add(total, product)
    return total


def products(a, left, right, starts=None):
    """start + Σ_k l_k r_k for every row l on the left and every row r on the right."""
    sums = a.accumulator
    left, right = moved(a, sums, left), moved(a, sums, right)
    starts = moved(a, sums, [starts])[0] if starts else [sums.of(0.0)] * len(right)
    table = [[sum_of_products(sums, start, l_row, r_row) for start, r_row in zip(starts, right)] for l_row in left]
    return moved(sums, a, table)


def column_sums(a, matrix):
    sums = a.accumulator
    totals = []
    for column in zip(*moved(a, sums, matrix)):
        total = sums.of(0.0)
        for x in column:
            total = sums.add(total, x)
        totals.append(total)
    return moved(sums, a, [totals])[0]


def transposed(matrix):
    return [list(column) for column in zip(*matrix)]


# --- Activations, element by element: z the net input, o the output, d the arriving gradient ---


def relu(a, z):
    return a.of(0.0) if z <= 0 else z


def relu_backward(a, z, o, d):
    return a.of(0.0) if z <= 0 else d


def relu_backward_with_1_at_0(a, z, o, d):
    return a.of(0.0) if z < 0 else d


def sigmoid(a, z):
    return a.function("sigmoid", z)


def sigmoid_backward(a, z, o, d):
    rest = a.subtract(a.of(1.0), o)
    slope = a.multiply(o, rest)
    return a.multiply(d, slope)


def tanh(a, z):
    return a.function("tanh", z)


def tanh_backward(a, z, o, d):
    square = a.multiply(o, o)
    slope = a.subtract(a.of(1.0), square)
    return a.multiply(d, slope)


def as_it_is(a, z):
    return z


def as_it_is_backward(a, z, o, d):
    return d


ACTIVATIONS = {"relu": (relu, relu_backward), "relu, 1 at 0": (relu, relu_backward_with_1_at_0),
               "sigmoid": (sigmoid, sigmoid_backward), "tanh": (tanh, tanh_backward),
               "linear": (as_it_is, as_it_is_backward)}


def softmax_terms(a, row):
    """The powers e^(t−m), their sum, and the differences t − m; t = 1·z, m the largest t."""
    exponents = [a.multiply(a.of(1.0), z) for z in row]
    largest = exponents[0]
    for t in exponents:
        if t > largest or t != t:
            largest = t
    below = [a.subtract(t, largest) for t in exponents]
    powers = [a.function("exp", t) for t in below]
    total = a.of(0.0)
    for power in powers:
        total = a.add(total, power)
    return powers, total, below


def softmax(a, row):
    powers, total, _ = softmax_terms(a, row)
    return [a.divide(power, total) for power in powers]


# --- Losses of a row: o the outputs, z the net inputs of the last activation, y the targets ---


def half_squared_error(a, o, z, y):
    total = a.of(0.0)
    for p, q in zip(o, y):
        error = a.subtract(p, q)
        square = a.multiply(error, error)
        total = a.add(total, square)
    return a.multiply(a.of(0.5), total)


def half_squared_error_backward(a, p, q, m):
    error = a.subtract(p, q)
    return a.divide(error, m)


def squared_error(a, o, z, y):
    total = a.of(0.0)
    for p, q in zip(o, y):
        error = a.subtract(p, q)
        square = a.multiply(error, error)
        total = a.add(total, square)
    return total


def squared_error_backward(a, p, q, m):
    error = a.subtract(p, q)
    twice = a.multiply(a.of(2.0), error)
    return a.divide(twice, m)


def cross_entropy(a, o, z, y):
    _, powers, below = softmax_terms(a, z)
    log_powers = a.function("log", powers)
    total = a.of(0.0)
    for t, target in zip(below, y):
        if target != 0:
            rest = a.subtract(log_powers, t)
            term = a.multiply(target, rest)
            total = a.add(total, term)
    return total


def binary_cross_entropy(a, o, z, y):
    total = a.of(0.0)
    for net, target in zip(z, y):
        zero = a.of(0.0)
        positive = net if net > 0 else zero
        product = a.multiply(net, target)
        magnitude = net if net > 0 else a.subtract(zero, net)
        power = a.function("exp", a.subtract(zero, magnitude))
        head = a.subtract(positive, product)
        tail = a.function("log1p", power)
        term = a.add(head, tail)
        total = a.add(total, term)
    return total


def fused_backward(a, p, q, m):
    """Softmax with cross-entropy, sigmoid with binary cross-entropy: from the loss straight to the net input."""
    error = a.subtract(p, q)
    scaled = a.multiply(a.of(1.0), error)
    return a.divide(scaled, m)


LOSSES = {"half squared": (half_squared_error, half_squared_error_backward),
          "squared": (squared_error, squared_error_backward),
          "cross-entropy": (cross_entropy, fused_backward),
          "binary cross-entropy": (binary_cross_entropy, fused_backward)}
FUSED = {("softmax", "cross-entropy"), ("sigmoid", "binary cross-entropy")}


# --- Random numbers: SplitMix64, whole numbers and binary64 in every format ---

WORD = (1 << 64) - 1
SHUFFLES, LAYERS = 2 << 32, 4 << 32  # streams: of an epoch's order, of a layer's draws


def mix(word):
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & WORD
    return word ^ (word >> 31)


def uniform(seed, stream, n):
    """Draw n of a stream of a seed, a binary64 number in [0, 1)."""
    key = mix((mix(seed) + stream) & WORD)
    return (mix((key + (n + 1) * 0x9E3779B97F4A7C15) & WORD) >> 11) * 2.0**-53


def order_of_epoch(seed, epoch, rows):
    order = list(range(rows))
    for i in range(rows - 1, 0, -1):
        j = math.floor(uniform(seed, SHUFFLES + epoch, rows - 1 - i) * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order


# --- The network ---


class Dropout:
    """o = x/(1 − p) where u ≥ p, else 0; u and the comparison are binary64. Nothing at p = 0."""

    def __init__(self, p, seed, place):
        self.p, self.seed, self.stream, self.drawn = p, seed, LAYERS + place, 0

    def disturbed(self, a, x):
        divisor, n, rows = a.of(1.0 - self.p), self.drawn, []
        for row in x:
            rows.append([])
            for value in row:
                is_kept = uniform(self.seed, self.stream, n) >= self.p
                rows[-1].append(a.divide(value, divisor) if is_kept else a.of(0.0))
                n += 1
        return rows


class Parameter:
    """Rows of weights, or one row of biases, and what the optimizer keeps for each number."""

    def __init__(self, a, rows, optimizer):
        self.rows = [[a.of(w) for w in row] for row in rows]
        self.kept = [[[a.of(0.0)] * optimizer.kept for _ in row] for row in rows]

    def changed(self, change, *others):
        """Each number becomes change(number, what is kept for it, numbers of others)."""
        self.rows = [[change(*each) for each in zip(*rows)] for rows in zip(self.rows, self.kept, *others)]


class Dense:
    def __init__(self, a, weights, bias, activation, optimizer, dropout):
        self.weights, self.bias = Parameter(a, weights, optimizer), Parameter(a, [bias], optimizer)
        self.activation, self.dropout = activation, dropout

    def forward(self, a, x, is_training):
        self.x = x
        self.z = products(a, x, self.weights.rows, self.bias.rows[0])
        if self.activation == "softmax":
            self.o = [softmax(a, row) for row in self.z]
        else:
            function, _ = ACTIVATIONS[self.activation]
            self.o = [[function(a, z) for z in row] for row in self.z]
        return self.dropout.disturbed(a, self.o) if self.dropout and is_training else self.o

    def through_activation(self, a, d):
        d = self.dropout.disturbed(a, d) if self.dropout else d
        _, backward = ACTIVATIONS[self.activation]
        return [[backward(a, z, o, g) for z, o, g in zip(zs, os, gs)] for zs, os, gs in zip(self.z, self.o, d)]

    def take_gradients(self, a, delta, lam):
        self.gradient = products(a, transposed(delta), transposed(self.x))
        self.bias_gradient = [column_sums(a, delta)]
        if lam:  # 2λw, of the penalty λw², for weights and not for biases
            for row, ws in zip(self.gradient, self.weights.rows):
                for i, w in enumerate(ws):
                    penalty = a.multiply(a.of(2.0 * lam), w)
                    row[i] = a.add(row[i], penalty)

    def update(self, a, optimizer):
        for parameter, gradient in ((self.weights, self.gradient), (self.bias, self.bias_gradient)):
            if parameter is self.weights:
                parameter.changed(lambda w, kept: optimizer.decayed(a, w, kept))
            parameter.changed(lambda w, kept, g: optimizer.change(a, w, kept, g), gradient)
        if self.dropout:
            self.dropout.drawn += len(self.o) * len(self.o[0])


class Independent:
    """A network of dense layers.

    weights, biases  of each layer, in binary64; rounded once
    activations      of each layer: a name of ACTIVATIONS; the last may be "softmax"
    loss             a name of LOSSES; lam: λ of the penalty λ Σ w²
    dropout          p behind each layer but the last; 0 for none
    """

    def __init__(self, arithmetic, weights, biases, activations, loss, optimizer, lam, dropout, seed):
        a, self.layers = arithmetic, []
        for i, (w, b, activation) in enumerate(zip(weights, biases, activations)):
            is_last = i == len(activations) - 1
            # Input is layer 0; then three layers each: Dense, activation, Dropout.
            behind = Dropout(dropout, seed, 3 * i + 3) if dropout and not is_last else None
            self.layers.append(Dense(a, w, b, activation, optimizer, behind))
        self.a, self.loss, self.optimizer, self.lam, self.seed = a, loss, optimizer, lam, seed

    def weights(self):
        return [[[self.a.value(w) for w in row] for row in layer.weights.rows] for layer in self.layers]

    def biases(self):
        return [[self.a.value(b) for b in layer.bias.rows[0]] for layer in self.layers]

    def predict(self, inputs):
        outputs = self.forward([[self.a.of(x) for x in row] for row in inputs], False)
        return [[self.a.value(o) for o in row] for row in outputs]

    def forward(self, rows, is_training):
        for layer in self.layers:
            rows = layer.forward(self.a, rows, is_training)
        return rows

    def fit(self, inputs, targets, epochs, batch_size):
        """The mean loss of each epoch: the sums of its batches, which are in the format, are added in binary64."""
        a, losses = self.a, []
        x, y = ([[a.of(value) for value in row] for row in rows] for rows in (inputs, targets))
        for epoch in range(epochs):
            order, loss_sum = order_of_epoch(self.seed, epoch, len(x)), 0.0
            for first in range(0, len(x), batch_size):
                rows = order[first : first + batch_size]
                batch_loss = self.step([x[i] for i in rows], [y[i] for i in rows])
                loss_sum = loss_sum + batch_loss
            losses.append(loss_sum / len(x))
        return losses

    def step(self, x, y):
        """One training step; returns the sum of the batch's losses."""
        a, last, optimizer = self.a, self.layers[-1], self.optimizer
        measure, measure_backward = LOSSES[self.loss]
        for layer in self.layers:
            for parameter in (layer.weights, layer.bias):
                parameter.changed(lambda w, kept: optimizer.ahead(a, w, kept))
        outputs = self.forward(x, True)
        row_losses = [[measure(a, o, z, targets)] for o, z, targets in zip(outputs, last.z, y)]
        batch_loss = a.value(column_sums(a, row_losses)[0])
        m = a.of(float(len(x)))
        d = [[measure_backward(a, p, q, m) for p, q in zip(os, ys)] for os, ys in zip(outputs, y)]
        for layer in reversed(self.layers):
            is_fused = layer is last and (last.activation, self.loss) in FUSED
            delta = d if is_fused else layer.through_activation(a, d)
            layer.take_gradients(a, delta, self.lam)
            if layer is not self.layers[0]:
                d = products(a, delta, transposed(layer.weights.rows))
        optimizer.begin_step()
        for layer in self.layers:
            layer.update(a, optimizer)
        return batch_loss
