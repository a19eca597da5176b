"""Do the losses have the right values and gradients, and which form is which lecture's?"""

import math

import pytest
from kernel_helpers import same
from losses_helpers import measured
from refusals import refused_with

import refnet as rn
from refnet.arithmetic.elementary import log
from refnet.lectures import deep_networks_004

INF, NAN = math.inf, math.nan


# --- Squared errors, and the loss that a last layer brings along ---


@pytest.mark.parametrize("loss, value, gradient", [
    # squares ¼ + 1/16, ¼ + 9/4
    (rn.HalfSquaredError(), 0.5 * (0.3125 + 2.5) / 2.0, [[-0.25, 0.125], [0.25, 0.75]]),
    (rn.HalfSquaredError(over="sum"), 0.5 * (0.3125 + 2.5), [[-0.5, 0.25], [0.5, 1.5]]),
    (rn.MeanSquaredError(), (0.3125 + 2.5) / 2.0, [[-0.5, 0.25], [0.5, 1.5]]),
    (rn.MeanSquaredError(over="elements"), (0.3125 + 2.5) / 4.0, [[-0.25, 0.125], [0.25, 0.75]]),
    (rn.MeanSquaredError(over="sum"), 0.3125 + 2.5, [[-1.0, 0.5], [1.0, 3.0]]),
])  # fmt: skip
def test_squared_losses_by_hand(backend, loss, value, gradient):
    net = rn.Network([rn.Input(2)], backend=backend)
    net.forward([[0.5, 0.25], [1.0, 2.0]])
    assert net.loss([[1.0, 0.0], [0.5, 0.5]], loss) == value
    same(net.backward(input_gradient=True), gradient)


@pytest.mark.parametrize("last, expected", [
    (rn.Softmax, rn.CrossEntropy), (rn.Sigmoid, rn.BinaryCrossEntropy), (rn.Tanh, rn.MeanSquaredError),
    (rn.ReLU, rn.MeanSquaredError), (None, rn.MeanSquaredError),
])  # fmt: skip
def test_the_loss_that_belongs_with_the_last_layer(backend, last, expected):
    net = rn.Network([rn.Input(2), rn.Dense(2), *([last()] if last else [])], backend=backend)
    net.forward([[0.1, 0.2]])
    net.loss([[1.0, 0.0]])
    assert type(net.objective) is expected
    assert net.objective.over == "rows"


# --- The lectures' variants of the squared error ----------------------------------------------------------------

# Errors −½, ¼; ½, 3/2; −2, 1; 0, 0: squares ¼ + 1/16, ¼ + 9/4, 4 + 1, 0, together 125/16.
OUTPUTS = [[0.5, 0.25], [1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]
NUMBERS = [[1.0, 0.0], [0.5, 0.5], [2.0, 0.0], [3.0, -1.0]]
ERRORS = [[-0.5, 0.25], [0.5, 1.5], [-2.0, 1.0], [0.0, 0.0]]


@pytest.mark.parametrize("loss, value, slope", [
    (rn.HalfSquaredError(over="sum"), 125 / 32, 1.0),  # ½ ΣΣ, lecture 002
    (rn.MeanSquaredError(), 125 / 64, 0.5),  # 1/n ΣΣ, n = 4, lecture 003
    (rn.HalfSquaredError(), 125 / 128, 0.25),  # 1/2n ΣΣ, lecture 003
    (rn.MeanSquaredError(over="elements"), 125 / 128, 0.25),  # 1/nk ΣΣ, k = 2
    (rn.HalfSquaredError(over="elements"), 125 / 256, 0.125),
    (rn.MeanSquaredError(over="sum"), 125 / 16, 2.0),
])  # fmt: skip
def test_the_squared_errors_of_the_lectures(backend, loss, value, slope):
    found, gradient = measured(backend, loss, OUTPUTS, NUMBERS)
    assert found == value
    same(gradient, [[slope * e for e in row] for row in ERRORS])


def test_one_output_of_lecture_003(backend):
    """½(0.50 − 0.73)² = 0.0529/2, for one row the same with and without the mean."""
    for over in ("rows", "elements", "sum"):
        value, [[slope]] = measured(backend, rn.HalfSquaredError(over), [[0.73]], [[0.5]])
        assert round(value, 10) == 0.02645 and round(slope, 10) == 0.23


# --- Distances --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("over, divisor", [("rows", 4.0), ("elements", 8.0), ("sum", 1.0)])
def test_mean_absolute_error_by_hand(backend, over, divisor):
    value, gradient = measured(backend, rn.MeanAbsoluteError(over), OUTPUTS, NUMBERS)
    assert value == (0.75 + 2.0 + 3.0) / divisor
    signs = [[-1.0, 1.0], [1.0, 1.0], [-1.0, 1.0], [0.0, 0.0]]
    same(gradient, [[sign / divisor for sign in row] for row in signs])


@pytest.mark.parametrize("over, divisor", [("rows", 4.0), ("elements", 8.0), ("sum", 1.0)])
def test_huber_by_hand(backend, over, divisor):
    """δ = 1: ½·¼ + ½·1/16, ½·¼ + (3/2 − ½), (2 − ½) + ½ (on the border), 0; δ = ½: the first is on the border."""
    value, gradient = measured(backend, rn.Huber(over=over), OUTPUTS, NUMBERS)
    assert value == (0.15625 + 1.125 + 2.0) / divisor
    same(gradient, [[e / divisor for e in row] for row in [[-0.5, 0.25], [0.5, 1.0], [-1.0, 1.0], [0.0, 0.0]]])
    value, gradient = measured(backend, rn.Huber(0.5, over), OUTPUTS, NUMBERS)
    # ½·¼ + ½·1/16; ½·¼ + ½(3/2 − ¼); ½(2 − ¼) + ½(1 − ¼)
    assert value == (0.15625 + (0.125 + 0.625) + (0.875 + 0.375)) / divisor
    same(gradient, [[e / divisor for e in row] for row in [[-0.5, 0.25], [0.5, 0.5], [-0.5, 0.5], [0.0, 0.0]]])


def test_distances_of_what_is_not_finite(backend):
    """NaN in, NaN out; beyond δ nothing is squared, so nothing overflows; ∞ − ∞ is NaN."""
    for loss, far in ((rn.MeanAbsoluteError("sum"), 1e300), (rn.Huber(over="sum"), 1e300)):
        assert measured(backend, loss, [[1e300]], [[0.0]]) == (far, [[1.0]])
        assert measured(backend, loss, [[-INF]], [[0.0]]) == (INF, [[-1.0]])
        for outputs, targets in (([[NAN]], [[0.0]]), ([[0.0]], [[NAN]]), ([[INF]], [[INF]])):
            value, gradient = measured(backend, loss, outputs, targets)
            same([[value], *gradient], [[NAN], [NAN]])


# --- Negative log-likelihood ------------------------------------------------------------------------------------


def test_negative_log_likelihood_by_hand(backend):
    """1; ½·¼ + ½·2; a term with y = 0 is 0, also at ln 0 = −∞."""
    outputs, targets = [[-1.0, -INF], [-0.25, -2.0]], [[1.0, 0.0], [0.5, 0.5]]
    loss = rn.NegativeLogLikelihood()
    value, gradient = measured(backend, loss, outputs, targets)
    assert value == (1.0 + 1.125) / 2.0
    same(gradient, [[-0.5, -0.0], [-0.25, -0.25]])
    value, gradient = measured(backend, rn.NegativeLogLikelihood("sum"), outputs, targets)
    assert value == 2.125
    same(gradient, [[-1.0, -0.0], [-0.5, -0.5]])


LOGITS = [[0.5, -1.25, 2.5], [-0.75, 0.0, 1.0], [5000.0, -5000.0, 0.0]]


@pytest.mark.parametrize("beta", [1.0, 0.5, -1.0])
@pytest.mark.parametrize("targets", [[2, 0, 1], [[0.25, 0.5, 0.25], [0.0, 1.0, 0.0], [0.5, 0.0, 0.5]]])
def test_log_softmax_and_likelihood_are_softmax_and_cross_entropy(backend, beta, targets):
    """The loss bit for bit, for −y·((t − m) − ln s) is y·(ln s − (t − m)); the gradient up to rounding: β(d − p·Σd)
    with d = −y/m against β(p − y)/m, numbers below 1 and about four roundings: 1e-15."""
    value, gradient = measured(backend, rn.NegativeLogLikelihood(), LOGITS, targets, [rn.LogSoftmax(beta)])
    other, wanted = measured(backend, rn.CrossEntropy(), LOGITS, targets, [rn.Softmax(beta)])
    assert value == other
    for row, expected in zip(gradient, wanted):
        for a, b in zip(row, expected):
            assert abs(a - b) <= 1e-15
    assert math.isfinite(value)


def test_after_log_softmax_it_is_the_default(backend):
    net = rn.Network([rn.Input(2), rn.LogSoftmax()], backend=backend)
    results = net.evaluate([[0.0, 0.0], [3.0, 3.0]], [0, 1])
    assert results == {"loss": log(2.0), "accuracy": 0.5}  # of two equals the first is chosen
    net.forward([[0.0, 0.0]])
    net.loss([0])
    assert type(net.objective) is rn.NegativeLogLikelihood and net.objective.over == "rows"


@pytest.mark.parametrize("last, loss, words", [
    ([rn.Dense, rn.Softmax], rn.NegativeLogLikelihood, "NegativeLogLikelihood .*LogSoftmax.*not Softmax"),
    ([rn.Dense, rn.Sigmoid], rn.NegativeLogLikelihood, "NegativeLogLikelihood .*LogSoftmax.*not Sigmoid"),
    ([rn.Dense], rn.NegativeLogLikelihood, "NegativeLogLikelihood .*LogSoftmax.*not Dense"),
    ([rn.Dense, rn.Linear], rn.NegativeLogLikelihood, "NegativeLogLikelihood .*LogSoftmax.*not Linear"),
    ([rn.Dense, rn.LogSoftmax], rn.CrossEntropy, "after a LogSoftmax layer; allowed.*NegativeLogLikelihood"),
    ([rn.Dense, rn.LogSoftmax], lambda: rn.CrossEntropy(from_logits=True), "after a LogSoftmax layer"),
    ([rn.Dense, rn.LogSoftmax], rn.BinaryCrossEntropy, "after a LogSoftmax layer"),
    ([rn.Dense, rn.Linear], rn.CrossEntropy, r"probabilities.*Softmax\(\).*from_logits=True"),
    ([rn.Dense, rn.Linear], rn.BinaryCrossEntropy, r"probabilities.*Sigmoid\(\).*from_logits=True"),
])  # fmt: skip
def test_losses_that_do_not_fit_the_last_layer(backend, last, loss, words):
    layers = [layer(2) if layer is rn.Dense else layer() for layer in last]
    net = rn.Network([rn.Input(2), *layers], backend=backend)
    with pytest.raises(ValueError, match=f"^loss: .*{words}"):
        net.fit([[1.0, 2.0]], [1], loss=loss())


UNBOUNDED = [rn.Tanh, rn.ReLU, rn.LeakyReLU, rn.PReLU, rn.ELU, rn.Softplus, rn.SiLU, rn.GELU, rn.BatchNorm,
             lambda: rn.Standardize([0.0, 0.0], [1.0, 1.0]), lambda: rn.Dropout(0.5), lambda: rn.GaussianNoise(0.1),
             lambda: rn.MultiplicativeNoise(0.1)]


@pytest.mark.parametrize("make", UNBOUNDED)
@pytest.mark.parametrize("loss", [rn.CrossEntropy, rn.BinaryCrossEntropy, rn.NegativeLogLikelihood])
def test_losses_of_probabilities_take_nothing_else(backend, make, loss):
    """The logarithm of a number below 0 or above 1 would be NaN from the first step on, or make no sense."""
    for more in ([], [rn.ActivityPenalty(0.1)]):  # which passes on what it gets
        last = make()
        net = rn.Network([rn.Input(2), rn.Dense(2), last, *more], backend=backend)
        before = net.fingerprint()
        for use in (net.fit, net.evaluate):
            with pytest.raises(ValueError, match=f"^loss: {loss.__name__} takes .*probab.*{type(last).__name__}"):
                use([[1.0, 2.0]], [1], loss=loss())
        assert net.fingerprint() == before and net.optimizer is None


def test_what_holds_probabilities_is_taken(backend):
    class Half(rn.Layer):
        def forward(self, x, training=False):
            return self.k.scale(x, 0.5)

        def backward(self, d, input_gradient=True):
            return self.k.scale(d, 0.5)

    class Wide(Half):
        smallest, largest = 0.0, 2.0

    for last in ([rn.Softmax()], [rn.Sigmoid()], [rn.Sigmoid(), rn.KLSparsity()], [rn.Sigmoid(), Half()]):
        net = rn.Network([rn.Input(2), rn.Dense(2), *last], backend=backend)
        for loss in (rn.CrossEntropy(), rn.BinaryCrossEntropy()):
            assert math.isfinite(net.evaluate([[1.0, 2.0]], [1], loss)["loss"])
    net = rn.Network([rn.Input(2), rn.Dense(2), Wide()], backend=backend)
    with pytest.raises(ValueError, match=r"takes probabilities, not the numbers from 0 to 2 of Wide .*`largest`"):
        net.evaluate([[1.0, 2.0]], [1], rn.CrossEntropy())


@pytest.mark.parametrize("loss", [rn.Hinge(), rn.SquaredHinge(), rn.BinaryCrossEntropy(from_logits=True)])
@pytest.mark.parametrize("last", [rn.Sigmoid, rn.ReLU, rn.Softplus])
def test_a_single_output_that_is_never_negative_could_not_decide(backend, last, loss):
    """It would be class 1 for every row."""
    net = rn.Network([rn.Input(1), rn.Dense(1), last()], backend=backend)
    with pytest.raises(ValueError, match=f"^loss: {type(loss).__name__}.*{last.__name__}"):
        net.fit([[1.0]], [1], loss=loss)


@pytest.mark.parametrize("loss", [rn.CrossEntropy, rn.BinaryCrossEntropy])
@pytest.mark.parametrize("last", [rn.Softmax, rn.Sigmoid])
def test_logits_are_no_probabilities(backend, last, loss):
    net = rn.Network([rn.Input(1), rn.Dense(2), last()], backend=backend)
    with pytest.raises(ValueError, match=rf"from_logits=True\) after a {last.__name__} layer; leave one of them out"):
        net.evaluate([[1.0]], [1], loss(from_logits=True))


def test_targets_of_the_likelihood(backend):
    net = rn.Network([rn.Input(2), rn.LogSoftmax()], backend=backend)
    with pytest.raises(ValueError, match=r"row 0 is \[0\.5, 0\.25\]; .*NegativeLogLikelihood.*distributions.*sum 1"):
        net.evaluate([[1.0, 2.0]], [[0.5, 0.25]])


# --- One class against all others, lecture 004 ------------------------------------------------------------------


def one_versus_all_network(backend):
    """z = 0 and h = ½ whatever x = (a, a) is."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid()], backend=backend)
    net.weights, net.biases = [[[1.0, -1.0], [0.5, -0.5]]], [[0.0, 0.0]]
    return net


X, CLASSES = [[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0], [3.0, 3.0]], [0, 1, 1, 1]


def test_one_versus_all_by_hand(backend):
    """λ = ½, m = 4, ΣΘ² = 5/2: J = 2 ln 2 + 5/32. δ1 = (−½, ½, ½, ½) = −δ2, so Δ_1 = (1; 3/2, 3/2) = −Δ_2;
    D = Δ/m, and for weights + Θ/8. A step of rate 1 goes from Θ to Θ − D."""
    settings = rn.one_versus_all(lam=0.5, examples=4)
    net = one_versus_all_network(backend)
    history = net.fit(X, CLASSES, **settings, optimizer=rn.SGD(1.0), batch_size=4)
    assert history["loss"] == [2.0 * log(2.0)]
    assert net.biases == [[-0.25, 0.25]]
    assert net.weights == [[[1.0 - (0.375 + 0.125), -1.0 - (0.375 - 0.125)],
                            [0.5 - (-0.375 + 0.0625), -0.5 - (-0.375 - 0.0625)]]]
    net.weights, net.biases = [[[1.0, -1.0], [0.5, -0.5]]], [[0.0, 0.0]]
    net.forward(X)
    assert net.loss(CLASSES) == 2.0 * log(2.0) + 0.15625
    net.backward()
    assert net.gradients == {"dense1.weights": [[0.5, 0.25], [-0.3125, -0.4375]], "dense1.bias": [0.25, -0.25]}


def test_one_versus_all_gives_the_numbers_of_entry_15(backend):
    """J(Θ) and D of the lecture's two-layer example, to the digits of its decimal arithmetic."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(2), rn.Sigmoid()], backend=backend)
    net.weights = start = [[[0.4, -0.6], [0.7, 0.1]], [[-0.5, 0.9], [0.3, 0.2]]]
    net.biases = biases = [[0.1, -0.2], [0.05, -0.15]]
    x, y = deep_networks_004.X, deep_networks_004.Y
    settings = rn.one_versus_all(deep_networks_004.LAMBDA, len(x))
    net.fit(x, y, **settings, optimizer=rn.SGD(1e-9), batch_size=3)  # makes the penalty the network's
    net.weights, net.biases = start, biases
    net.forward(x)
    digits = {name: float(number) for name, (_, number) in deep_networks_004.COST.items()}
    assert round(net.loss(y), 12) == digits["J(Θ)"]
    net.backward()
    for layer in (1, 2):
        rows = zip(net.gradients[f"dense{layer}.bias"], net.gradients[f"dense{layer}.weights"])
        for j, (bias, weights) in enumerate(rows, 1):
            for i, value in enumerate([bias, *weights]):
                assert round(value, 12) == digits[f"D({layer})_{j}{i}"]


# --- Settings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make, kind, words", [
    (lambda: rn.Huber(0.0), ValueError, "delta: 0.0; allowed: finite numbers > 0"),
    (lambda: rn.Huber(-1), ValueError, "delta: -1; allowed: finite numbers > 0"),
    (lambda: rn.Huber(NAN), ValueError, "delta: nan; allowed: finite numbers > 0"),
    (lambda: rn.Huber("rows"), TypeError, "delta: 'rows' is a str; allowed: numbers > 0"),
    (lambda: rn.Huber(over="all"), ValueError, "over: 'all'; allowed: 'rows', 'elements', 'sum'"),
    (lambda: rn.MeanAbsoluteError("mean"), ValueError, "over: 'mean'; allowed: 'rows', 'elements', 'sum'"),
    (lambda: rn.Hinge(None), ValueError, "over: None; allowed: 'rows', 'elements', 'sum'"),
    (lambda: rn.SquaredHinge(1), ValueError, "over: 1; allowed: 'rows', 'elements', 'sum'"),
    (lambda: rn.NegativeLogLikelihood("elements"), ValueError, "over: 'elements'; allowed: 'rows', 'sum'"),
    (lambda: rn.CrossEntropy("elements"), ValueError, "over: 'elements'; allowed: 'rows', 'sum'"),
    (lambda: rn.one_versus_all(-0.5, 4), ValueError, "lam: -0.5; allowed: finite numbers >= 0"),
    (lambda: rn.one_versus_all("1", 4), TypeError, "lam: '1' is a str; allowed: numbers >= 0"),
    (lambda: rn.one_versus_all(0.5, 0), ValueError, "examples: 0; allowed: whole numbers >= 1"),
    (lambda: rn.one_versus_all(0.5, 4.0), TypeError, "examples: 4.0 is a float; allowed: whole numbers >= 1"),
])  # fmt: skip
def test_settings_out_of_their_range(make, kind, words):
    refused_with(make, kind, words.split("; allowed: "))


def test_binary_cross_entropy_over_elements(backend):
    """h = ½ and y = 1, 0: ln 2 for each of four elements; gradients ∓½ over 4."""
    loss = rn.BinaryCrossEntropy(over="elements")
    value, gradient = measured(backend, loss, [[0.0, 0.0]] * 2, [[1.0, 0.0]] * 2, [rn.Sigmoid()])
    assert value == log(2.0)
    same(gradient, [[-0.125, 0.125]] * 2)


def test_an_epochs_loss_over_elements(backend):
    """The sum of the batches' sums over all elements, as if it were one batch."""
    net = rn.Network([rn.Input(2), rn.Dense(2)], backend=backend)
    net.weights = [[[1.0, 0.0], [0.0, 1.0]]]
    history = net.fit(OUTPUTS, NUMBERS, loss=rn.HalfSquaredError("elements"), optimizer=rn.SGD(1e-300), batch_size=3)
    assert history["loss"] == [125 / 256]
