"""Do the rules learn what they can, and no more? Perceptron and logistic unit, step by step, against a network's."""

import pytest

import refnet as rn
from refnet.arithmetic.elementary import sigmoid
from refnet.neurons import LogisticUnit, Perceptron

ROWS = [[0, 0], [0, 1], [1, 0], [1, 1]]
AND, OR, XOR = [0, 0, 0, 1], [0, 1, 1, 1], [0, 1, 1, 0]


# --- Perceptron ---


def test_the_first_epoch_of_and_by_hand(backend):
    """From zeros, η = 1: z = 0 counts as 1, so the first example is wrong."""
    perceptron = Perceptron([0, 0], backend=backend)
    steps = [([0, 0], 0, True, [-1, 0, 0]), ([0, 1], 0, False, [-1, 0, 0]), ([1, 0], 0, False, [-1, 0, 0]),
             ([1, 1], 1, True, [0, 1, 1])]
    for x, y, was_wrong, after in steps:
        assert perceptron.learn(x, y) is was_wrong
        assert [perceptron.bias, *perceptron.weights] == after


def test_it_learns_and(backend):
    perceptron = Perceptron([0, 0], backend=backend)
    learnt = perceptron.fit(ROWS, AND)
    assert learnt.mistakes == [2, 3, 3, 2, 1, 0] and learnt.converged and learnt.cycle == 0
    assert learnt.weights == [[0, 0, 0], [0, 1, 1], [-1, 2, 1], [-2, 2, 1], [-2, 2, 2], [-3, 2, 1], [-3, 2, 1]]
    assert [perceptron(x) for x in ROWS] == AND and perceptron.weights == [2.0, 1.0]


def test_it_learns_or(backend):
    perceptron = Perceptron([0, 0], backend=backend)
    learnt = perceptron.fit(ROWS, OR)
    assert learnt.mistakes == [2, 2, 1, 0] and learnt.converged
    assert learnt.weights[-1] == [-1, 1, 1] and [perceptron(x) for x in ROWS] == OR


def test_the_rate_only_scales_the_weights(backend):
    """From zeros; a power of two, so that nothing is rounded."""
    one, half = Perceptron([0, 0], backend=backend), Perceptron([0, 0], rate=0.5, backend=backend)
    whole, halved = one.fit(ROWS, AND), half.fit(ROWS, AND)
    assert whole.mistakes == halved.mistakes
    assert halved.weights == [[0.5 * w for w in row] for row in whole.weights]


@pytest.mark.parametrize("start", [[0, 0, 0], [1, 2, -3], [0.25, -0.5, 4.0], [-20, 30, 7]])
def test_it_never_learns_xor(start, backend):
    """Weights come back after an epoch, so what follows has been before: it would not learn it later either."""
    perceptron = Perceptron(start[1:], start[0], backend=backend)
    learnt = perceptron.fit(ROWS, XOR, epochs=1000)
    assert learnt.cycle > 0 and not learnt.converged and 0 not in learnt.mistakes and len(learnt.mistakes) < 1000
    assert learnt.weights[-1] == learnt.weights[-1 - learnt.cycle]
    assert len({tuple(row) for row in learnt.weights}) == len(learnt.weights) - 1  # only these two are the same
    again = perceptron.fit(ROWS, XOR)
    assert again.mistakes == learnt.mistakes[-learnt.cycle :] and again.weights[-1] == learnt.weights[-1]


def test_xor_from_zeros():
    learnt = Perceptron([0, 0]).fit(ROWS, XOR)
    assert learnt == ([3, 3, 4], [[0, 0, 0], [-1, -1, 0], [0, -1, 0], [0, -1, 0]], 1)


def test_fit_stops_after_the_epochs(backend):
    learnt = Perceptron([0, 0], backend=backend).fit(ROWS, AND, epochs=3)
    assert learnt.mistakes == [2, 3, 3] and not learnt.converged and learnt.cycle == 0


# --- Logistic unit ---

EXAMPLES = [([0.5, -1.0], 1), ([1.5, 0.2], 0), ([-0.3, 0.8], 1), ([2.0, 2.0], 0)]


def test_the_rule_of_the_logistic_unit(backend):
    """w ← w − η(o − y)x, in the kernels' order: the gradient is a sum that starts from 0."""
    unit = LogisticUnit([0.5, -0.25], 0.1, rate=0.3, backend=backend)
    b, w = 0.1, [0.5, -0.25]
    for x, y in EXAMPLES:
        o = sigmoid(b + w[0] * x[0] + w[1] * x[1])
        assert unit(x) == o and unit.learn(x, y) == ((o >= 0.5) != y)
        d = o - y
        b, w = b - 0.3 * d, [w[i] - 0.3 * (0.0 + d * x[i]) for i in (0, 1)]
        assert (unit.bias, unit.weights) == (b, w)


@pytest.mark.parametrize("loss", [rn.BinaryCrossEntropy(), rn.HalfSquaredError(), rn.MeanSquaredError()])
def test_an_epoch_is_that_of_a_network(loss, backend):
    unit = LogisticUnit([0.5, -0.25], 0.1, rate=0.3, backend=backend, loss=loss)
    unit.fit(*zip(*EXAMPLES), epochs=1)
    net = rn.Network([rn.Input(2), rn.Dense(1, weights=[[0.5, -0.25]], biases=[0.1]), rn.Sigmoid()], backend)
    net.fit(*zip(*EXAMPLES), loss=loss, optimizer=rn.SGD(0.3), batch_size=1, shuffle=False)
    assert (net.weights[0][0], net.biases[0][0]) == (unit.weights, unit.bias)


def test_the_step_of_lecture_003(backend):
    """Golden entry 4: ŷ = σ(w1 x1 + w2 x2) with ½(y − ŷ)², here with a bias; δ = (ŷ − y) ŷ(1 − ŷ)."""
    unit = LogisticUnit([0.5, 0.25], rate=0.1, backend=backend, loss=rn.HalfSquaredError())
    o = sigmoid(0.0 + 0.5 * 1.0 + 0.25 * 2.0)
    delta = (o - 1) * (o * (1.0 - o))
    unit.learn([1.0, 2.0], 1)
    assert (unit.bias, unit.weights) == (0.0 - 0.1 * delta, [0.5 - 0.1 * delta, 0.25 - 0.1 * (delta * 2.0)])


def test_it_learns_and_or_but_not_xor(backend):
    for targets in (AND, OR):
        unit = LogisticUnit([0, 0], backend=backend)
        learnt = unit.fit(ROWS, targets)
        assert learnt.converged and [unit.decide(x) for x in ROWS] == targets
    assert not LogisticUnit([0, 0], backend=backend).fit(ROWS, XOR, epochs=200).converged


def test_it_goes_on_when_told_to(backend):
    """Without mistakes the perceptron stands still, and the logistic unit's error falls further."""
    perceptron, unit = Perceptron([0, 0], backend=backend), LogisticUnit([0, 0], backend=backend)
    learnt = perceptron.fit(ROWS, AND, epochs=9, stop_when_right=False)
    assert learnt.mistakes == [2, 3, 3, 2, 1, 0, 0, 0, 0] and learnt.weights[6] == learnt.weights[-1]
    assert learnt.converged and learnt.cycle == 0
    first = len(unit.fit(ROWS, AND).mistakes)
    before = unit([1, 1])
    learnt = unit.fit(ROWS, AND, epochs=50, stop_when_right=False)
    assert first < 50 == len(learnt.mistakes) and learnt.converged and 0.5 < before < 0.9 < unit([1, 1])


# --- What is refused ---


@pytest.mark.parametrize("make", [Perceptron, LogisticUnit])
@pytest.mark.parametrize(("rows", "targets", "more", "error", "names"), [
    (ROWS, [0, 1], {}, ValueError, r"targets: 4 rows, targets \[0, 1\]"), ([], [], {}, ValueError, "rows"),
    (ROWS, 1, {}, ValueError, "targets: 4 rows, targets 1"), (None, AND, {}, TypeError, "rows: None"),
    ([[0, 1], [0, float("nan")]], [0, 1], {}, ValueError, r"rows\[1\]\[1\]: nan"),
    (ROWS, [0, 1, 2, 0], {}, ValueError, r"targets\[2\]: 2; allowed: 0, 1"),
    (ROWS, [0, 1, 0.5, 0], {}, ValueError, r"targets\[2\]: 0.5"), (ROWS, AND, {"epochs": 0}, ValueError, "epochs: 0"),
    (ROWS, AND, {"stop_when_right": "no"}, ValueError, "stop_when_right: 'no'"),
    ([[1]], [1], {}, ValueError, "rows: row 0"),
])  # fmt: skip
def test_what_fit_refuses(make, rows, targets, more, error, names):
    neuron = make([0.5, 0.5])
    with pytest.raises(error, match=names):
        neuron.fit(rows, targets, **more)
    assert (neuron.weights, neuron.bias) == ([0.5, 0.5], 0.0)


@pytest.mark.parametrize("make", [Perceptron, LogisticUnit])
def test_what_else_is_refused(make):
    with pytest.raises(ValueError, match="rate: 0"):
        make([0.0], rate=0.0)
    with pytest.raises(ValueError, match="y: -1; allowed: 0, 1"):
        make([0.0]).learn([1.0], -1)
    with pytest.raises(TypeError, match="loss"):
        LogisticUnit([0.0], loss=3).learn([1.0], 1)
