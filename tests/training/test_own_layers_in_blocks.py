"""Does a user's own layer keep its bits where C runs the step in blocks of rows, whatever its matrices are?"""

import warnings

import pytest
from blocks import in_blocks
from training_helpers import state

import refnet as rn
from refnet.parameters import Parameter

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("native")]
ROWS = 40
X = [[(i * 7 % 11 - 5) / 4, (i * 5 % 13 - 6) / 8, i / ROWS] for i in range(ROWS)]
Y = [[i % 3 / 2, i % 5 / 4] for i in range(ROWS)]


class Own(rn.Layer, public=False):
    """Base of the layers here: each row times a row of factors, forward and backward."""

    def __init__(self):
        super().__init__()
        self.parameters = {"gamma": Parameter(1.0, is_row=True)}

    def factors(self, x):
        return self.parameters["gamma"].value

    def forward(self, x, training=False):
        self.x = x
        self.used = self.factors(x)
        return self.k.scale_and_shift(x, self.used)

    def backward(self, d, input_gradient=True):
        self.parameters["gamma"].gradient = self.k.column_sums(self.k.multiply(d, self.x))
        return self.k.scale_and_shift(d, self.used)


def part(k, matrix, first, rows):
    """Some rows of a matrix: in C not a copy but the matrix's own memory."""
    if k.name == "python":
        return matrix[first : first + rows]
    width = matrix.shape[1]
    return matrix.cast("B")[8 * width * first : 8 * width * (first + rows)].cast("d", (rows, width))


class ReadsAPart(Own, public=False):
    """Its factors are a row of a matrix that is changed as a whole, before and after they are read."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k, keys)
        self.both = k.matrix([[1.0] * inputs, [0.5] * inputs])
        self.second, self.goal = part(k, self.both, 1, 1), k.matrix([[2.0] * inputs, [3.0] * inputs])

    def factors(self, x):
        return self.second

    def forward(self, x, training=False):
        out = super().forward(x)
        self.k.move_average(self.both, self.goal, 0.9)
        return out


class ReadsFewerRows(Own, public=False):
    """A matrix with a row for each of the minibatch, and its first ten rows, which begin at the same place."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k, keys)
        self.totals = k.wide([[0.0] * inputs for _ in range(ROWS)])
        self.ten = part(k, self.totals, 0, 10)

    def factors(self, x):
        self.k.accumulate(self.totals, x)
        return self.k.column_sums(self.k.tanh(self.ten))


class UpdatesRows(Own, public=False):
    """Rows that are added to from step to step, and read by row and as a whole."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k, keys)
        self.totals = k.wide([[0.0] * inputs for _ in range(ROWS)])

    def factors(self, x):
        sums = self.k.column_sums(self.k.multiply(x, self.totals))
        self.k.accumulate(self.totals, x)
        return self.k.add(sums, self.k.column_sums(self.totals))


class Attends(Own, public=False):
    """Each row weighs all rows of the minibatch."""

    def forward(self, x, training=False):
        self.x, self.used = x, self.parameters["gamma"].value
        weights = self.k.softmax(self.k.affine(x, x), 1.0)
        return self.k.scale_and_shift(self.k.affine_backward_input(weights, x), self.used)


class MinibatchIsTheWeights(Own, public=False):
    """Square matrices: the minibatch has as many rows as another has by accident."""

    def build(self, inputs, k, keys=None):
        super().build(inputs, k, keys)
        self.square = k.matrix([[(i * 3 + j) % 7 / 8 for j in range(ROWS)] for i in range(ROWS)])

    def factors(self, x):
        own = self.k.tanh(self.square)  # m by m, and not of the minibatch
        mixed = self.k.affine_backward_input(own, x)  # its m rows are those of `own`
        return self.k.column_means(mixed)


class OneGradientForTwo(Own, public=False):
    """Two parameters that add up have the very same gradient."""

    def __init__(self):
        super().__init__()
        self.parameters["more"] = Parameter(0.5, is_row=True)

    def factors(self, x):
        return self.k.add(self.parameters["gamma"].value, self.parameters["more"].value)

    def backward(self, d, input_gradient=True):
        below = super().backward(d, input_gradient)
        self.parameters["more"].gradient = self.parameters["gamma"].gradient
        return below


class SumOfASum(Own, public=False):
    """A sum over rows that need another sum over the same rows, twice; and a maximum and its place."""

    def factors(self, x):
        k = self.k
        centred = k.standardize(x, k.column_means(x), k.add(k.column_maxima(x), k.column_maxima(k.scale(x, -1.0))))
        shift = k.column_sums(k.multiply(centred, x))
        return k.add(k.column_sums(k.scale_and_shift(centred, shift)), self.parameters["gamma"].value)


LAYERS = [ReadsAPart, ReadsFewerRows, UpdatesRows, Attends, MinibatchIsTheWeights, OneGradientForTwo, SumOfASum]


def trained(backend, layer, fits=1):
    net = rn.Network([rn.Input(3), rn.Dense(4), layer(), rn.Tanh(), rn.Dense(2)], backend=backend, seed=3)
    for _ in range(fits):
        net.fit(X, Y, loss=rn.HalfSquaredError(), optimizer=rn.Momentum(0.01), epochs=6, batch_size=ROWS)
    return state(net), net.gradients, net.history


@pytest.mark.parametrize("rows, threads", [(1, 1), (7, 2), (16, 3), (1 << 30, 2)])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_with(layer, rows, threads):
    with in_blocks(rows, threads) as found:
        assert trained("c", layer) == trained("python", layer)
    assert len(found) == 1


FAILS = [0]  # in so many forward passes; not an attribute of the layer, which a recorded step must not change


class UsesTheGradientBefore(Own, public=False):
    """Its factors are the gradient of the step before. A forward pass fails once."""

    def factors(self, x):
        FAILS[0] -= 1
        if FAILS[0] == 0:
            raise TimeoutError
        gradient = self.parameters["gamma"].gradient
        return self.parameters["gamma"].value if gradient is None else gradient


def test_a_gradient_of_the_step_before_is_no_result_of_the_step():
    """After an epoch that ends with the smaller batch, the larger ones are recorded anew, alike from the first on."""
    def run(backend):
        net = rn.Network([rn.Input(3), rn.Dense(4), UsesTheGradientBefore(), rn.Dense(2)], backend=backend, seed=3)
        FAILS[0] = 6
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(TimeoutError):
                net.fit(X, Y, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.01), epochs=1, batch_size=7)
            net.fit(X, Y, epochs=3, batch_size=7)
        return state(net), net.gradients

    with in_blocks(2):
        assert run("c") == run("python")
