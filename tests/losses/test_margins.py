"""Are the losses of margins right: the hinges, and the hinge of several classes?"""

import math
import warnings

import pytest
from kernel_helpers import same
from losses_helpers import measured

import refnet as rn

INF, NAN = math.inf, math.nan

SIGNS = [[1.0, -1.0], [-1.0, 1.0], [-1.0, 1.0]]
SCORES = [[0.5, 0.25], [1.0, 2.0], [-1.0, -0.5]]  # y·o = ½, −¼; −1, 2; 1 (the corner), −½


@pytest.mark.parametrize("over, divisor", [("rows", 3.0), ("elements", 6.0), ("sum", 1.0)])
def test_hinges_by_hand(backend, over, divisor):
    """The margins that are missing: ½, 5/4; 2, 0; 0, 3/2."""
    value, gradient = measured(backend, rn.Hinge(over), SCORES, SIGNS)
    assert value == (1.75 + 2.0 + 1.5) / divisor
    same(gradient, [[-1.0 / divisor, 1.0 / divisor], [1.0 / divisor, 0.0], [0.0, -1.0 / divisor]])
    value, gradient = measured(backend, rn.SquaredHinge(over), SCORES, SIGNS)
    assert value == (1.8125 + 4.0 + 2.25) / divisor
    # −2y·(missing margin): −2·0 is −0
    same(gradient, [[-1.0 / divisor, 2.5 / divisor], [4.0 / divisor, -0.0], [0.0, -3.0 / divisor]])


def test_hinges_of_what_is_not_finite(backend):
    for loss in (rn.Hinge(), rn.SquaredHinge()):
        assert measured(backend, loss, [[INF]], [[1.0]]) == (0.0, [[0.0]])
        assert measured(backend, loss, [[-INF]], [[1.0]])[0] == INF
        value, gradient = measured(backend, loss, [[NAN]], [[1.0]])
        same([[value], *gradient], [[NAN], [NAN]])


@pytest.mark.parametrize("loss", [rn.Hinge(), rn.SquaredHinge()])
def test_targets_of_the_hinges(backend, loss):
    """A flat list for one output, rows for several. 0 for the other class is a mistake, and so is a class index."""
    name = type(loss).__name__
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend)
    net.fit([[1.0, 2.0], [-1.0, 0.5]], [1, -1], loss=loss)
    before = net.fingerprint()
    for targets, place in (([1, 0], "row 1"), ([0.5, 1], "row 0"), ([[1], [-2]], "row 1")):
        with pytest.raises(ValueError, match=f"^targets: .* in {place}, column 0; .*{name}.*-1 and 1"):
            net.fit([[1.0, 2.0], [-1.0, 0.5]], targets, loss=loss)
    net = rn.Network([rn.Input(2), rn.Dense(2)], backend=backend)
    words = f"^targets: class indices; .*{name}.*rows of -1 and 1.*1 in the column of the class"
    for use in (net.fit, net.evaluate):
        with pytest.raises(ValueError, match=words):
            use([[1.0, 2.0], [-1.0, 0.5]], [1, 0], loss=loss)
    with pytest.raises(ValueError, match=r"^targets: 0\.0 in row 0, column 1"):
        net.evaluate([[1.0, 2.0]], [[1.0, 0.0]], loss)
    net.fit([[1.0, 2.0], [-1.0, 0.5]], [[1, -1], [-1, 1]], loss=loss)
    assert before != net.fingerprint()


@pytest.mark.parametrize("loss, targets", [
    (rn.Hinge(), [1, 1, -1, -1]), (rn.SquaredHinge(), [1, 1, -1, -1]),
    (rn.BinaryCrossEntropy(from_logits=True), [1, 1, 0, 0]),
])  # fmt: skip
def test_a_margin_or_a_logit_decides_at_0(backend, loss, targets):
    net = rn.Network([rn.Input(1)], backend=backend)
    assert net.evaluate([[0.25], [-0.25], [0.25], [-3.0]], targets, loss)["accuracy"] == 0.5
    assert net.evaluate([[0.25], [0.0], [-0.25], [-3.0]], targets, loss)["accuracy"] == 1.0


def test_the_largest_margin_decides_among_several(backend):
    net = rn.Network([rn.Input(2)], backend=backend)
    assert net.evaluate(SCORES, SIGNS, rn.Hinge())["accuracy"] == 1.0
    assert net.evaluate([[0.5, 0.25], [2.0, 1.0]], SIGNS[:2], rn.Hinge())["accuracy"] == 0.5


@pytest.mark.parametrize("over, divisor", [("rows", 5.0), ("sum", 1.0)])
def test_the_multiclass_hinge_by_hand(backend, over, divisor):
    """1 + rival − own: 1 + 2 − ½; 1 + ½ − 2 < 0; 1 + 1 − 2, the corner; two equal rivals; one equal to the class."""
    outputs = [[0.5, 2.0, -1.0], [0.5, 2.0, -1.0], [2.0, 1.0, 0.0], [1.0, 0.25, 1.0], [-3.0, 4.0, 4.0]]
    classes = [0, 1, 0, 1, 2]
    n = 1.0 / divisor
    for targets in (classes, [[float(j == c) for j in range(3)] for c in classes]):
        value, gradient = measured(backend, rn.MulticlassHinge(over), outputs, targets)
        assert value == (2.5 + 0.0 + 0.0 + 1.75 + 1.0) / divisor
        expected = [[-n, n, 0.0], [0.0] * 3, [0.0] * 3, [0.5 * n, -n, 0.5 * n], [0.0, n, -n]]
        assert gradient == expected


def test_the_multiclass_hinge_of_what_is_not_finite(backend):
    loss = rn.MulticlassHinge()
    assert measured(backend, loss, [[INF, 1.0, -INF]], [0]) == (0.0, [[0.0] * 3])
    assert measured(backend, loss, [[1.0, INF, -INF]], [0]) == (INF, [[-1.0, 1.0, 0.0]])
    assert math.isnan(measured(backend, loss, [[1.0, NAN, 0.0]], [0])[0])


def test_the_multiclass_hinge_learns_and_is_replayed(native):
    """Three classes in the plane; the largest output decides. A step has kernels only."""
    x, classes = [[0.0, 1.0], [1.0, -1.0], [-1.0, -1.0], [0.1, 2.0], [2.0, -1.5], [-1.5, -2.0]], [0, 1, 2, 0, 1, 2]
    prints = []
    for backend in ("python", "c"):
        net = rn.Network([rn.Input(2), rn.Dense(3)], backend=backend, seed=1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            net.fit(x, classes, loss=rn.MulticlassHinge(), optimizer=rn.SGD(0.1), epochs=30, batch_size=4)
        assert net.evaluate(x, classes) == {"loss": 0.0, "accuracy": 1.0}
        prints.append(net.fingerprint())
    assert prints[0] == prints[1]


@pytest.mark.parametrize("targets, words", [
    ([[1.0, 1.0, 0.0]], "row 0"), ([[0.5, 0.5, 0.0]], "row 0"), ([[-1.0, 1.0, -1.0]], "row 0"), ([[0.0] * 3], "row 0"),
    ([[NAN, 1.0, 0.0]], "row 0"),
])
def test_targets_of_the_multiclass_hinge(backend, targets, words):
    net = rn.Network([rn.Input(3)], backend=backend)
    with pytest.raises(ValueError, match=rf"^targets: {words}.*MulticlassHinge: class indices, or rows with 1"):
        net.evaluate([[1.0, 2.0, 3.0]], targets, rn.MulticlassHinge())
    with pytest.raises(ValueError, match=r"MulticlassHinge takes an output for each class.*Hinge\(\)"):
        rn.Network([rn.Input(1)], backend=backend).evaluate([[1.0]], [1], rn.MulticlassHinge())
