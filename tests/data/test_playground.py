"""Do the points of the playground's data sets lie where they should, and does the playground's network learn them?"""

import math

import pytest

import refnet as rn
from refnet.arithmetic.elementary import sin
from refnet.data import circle, plane_features, spiral, two_moons, xor

ALL = [circle, xor, spiral, two_moons]

# (set, example, seed, noise, x, y, class): SplitMix64 in whole numbers and the formulas, with mpmath to 50 digits.
POINTS = [
    (circle, 0, 0, 0.0, 3.7312778928558429345, -2.6054374186364606327, 0),
    (circle, 1, 0, 0.0, -0.71372612360610958555, -0.98240226936658872435, 1),
    (circle, 6, 3, 0.25, 0.88765372592326666056, -4.099392210870513821, 0),
    (circle, 7, 3, 0.25, 1.2930952404029743381, 0.37516495484794621665, 1),
    (xor, 0, 0, 0.0, 4.5868775749007237419, 2.1790841960802373567, 1),
    (xor, 1, 0, 0.0, 2.2326105422149064683, 4.9636948194202509921, 1),
    (xor, 6, 3, 0.25, 3.6690762271985730247, 0.48640096659719715927, 1),
    (xor, 7, 3, 0.25, -2.0633970562185478408, -3.1334744699783658461, 1),
    (spiral, 0, 0, 0.0, -2.4380459191602878655, -3.8337181456756644489, 0),
    (spiral, 1, 0, 0.0, -0.6701828381547327187, 0.92706935634957376997, 1),
    (spiral, 6, 3, 0.25, 2.8876133672629025604, -1.9900160208225195176, 0),
    (spiral, 7, 3, 0.25, -0.70138539935842337157, 0.91570506094036639466, 1),
    (two_moons, 0, 0, 0.0, -0.68946775202163148756, 0.72431638040447357386, 0),
    (two_moons, 1, 0, 0.0, 0.095592912136003957785, 0.073329378300584019674, 1),
    (two_moons, 6, 3, 0.25, 1.388574296261880628, 0.04858521432071505234, 0),
    (two_moons, 7, 3, 0.25, 2.270708416832910679, 0.10345782891076755648, 1),
]


@pytest.mark.parametrize("make, i, seed, noise, x, y, target", POINTS)
def test_points_worked_out_otherwise(make, i, seed, noise, x, y, target):
    data = make(i + 1, noise=noise, seed=seed)
    # An angle below 14.2 is rounded three times, by at most 0.9e-15 each, and a point at radius 5 moves 5 times as far.
    assert data.inputs[i] == [pytest.approx(x, abs=2e-14), pytest.approx(y, abs=2e-14)]
    assert data.targets[i] == target


@pytest.mark.parametrize("make", ALL)
def test_a_point_depends_on_its_number_and_the_seed_alone(make):
    many = make(200, noise=0.1, seed=5)
    assert make(50, noise=0.1, seed=5) == many.take(range(50)) and make(1, 0.1, 5) == many.take([0])
    assert not {tuple(row) for row in many.inputs} & {tuple(row) for row in make(200, noise=0.1, seed=6).inputs}
    assert make(10) == make(10, noise=0.0, seed=0) == make(10, noise=0)
    assert many.columns == ["x", "y"] and len(many.classes) == 2 and len(many) == 200
    assert all(type(v) is float for row in many.inputs for v in row)
    train, test = rn.data.split(many, 0.25, stratify=True)
    assert len(train) + len(test) == 200 and abs(test.targets.count(1) - 25) <= 2


@pytest.mark.parametrize("make", ALL)
def test_noise_moves_points_and_changes_no_class(make):
    """The standard deviation of 2000 normal numbers is 1 within four times its own, 1/√4000."""
    clean, noisy, twice = (make(1000, noise=noise, seed=1) for noise in (0.0, 0.5, 1.0))
    assert clean.targets == noisy.targets
    moved = [b - a for p, q in zip(clean.inputs, noisy.inputs) for a, b in zip(p, q)]
    further = [b - a for p, q in zip(clean.inputs, twice.inputs) for a, b in zip(p, q)]
    mean = math.fsum(moved) / 2000
    assert abs(mean) < 0.5 * 4 / math.sqrt(2000)
    assert math.sqrt(math.fsum(d * d for d in moved) / 2000) == pytest.approx(0.5, rel=4 / math.sqrt(4000))
    assert further == pytest.approx([2 * d for d in moved], abs=1e-14)  # after a subtraction from 6 an ulp is 9e-16
    assert len(set(moved)) > 1990  # each coordinate of each point gets its own noise


def test_the_circle():
    data = circle(1000, seed=1)
    radii = [math.hypot(x, y) for x, y in data.inputs]
    assert data.classes == ["outside", "inside"] and data.targets == [0, 1] * 500
    inside, outside = sorted(radii[1::2]), sorted(radii[::2])
    assert 0.0 <= inside[0] < 0.05 and 2.45 < inside[-1] <= 2.5
    assert 3.5 - 1e-14 < outside[0] < 3.55 and 4.95 < outside[-1] <= 5.0 + 1e-14  # cos² + sin² is rounded
    for quarter in range(4):  # all around
        assert 180 < len([1 for x, y in data.inputs if (x > 0) + 2 * (y > 0) == quarter]) < 320


def test_the_xor():
    data = xor(1000, seed=1)
    assert data.classes == ["different", "same"]
    assert data.targets == [int(x * y > 0) for x, y in data.inputs] and 440 < data.targets.count(1) < 560
    sizes = sorted(abs(v) for row in data.inputs for v in row)
    assert 0.3 <= sizes[0] < 0.32 and 5.28 < sizes[-1] <= 5.3
    assert len([1 for x, _ in data.inputs if x > 0]) == pytest.approx(500, abs=64)  # four standard deviations


def test_the_spiral():
    data = spiral(1000, seed=1)
    assert data.classes == ["first", "second"] and data.targets == [0, 1] * 500
    for (x, y), target in zip(data.inputs, data.targets):
        r = math.hypot(x, y)
        angle = 3.5 * math.pi * (r / 5.0) + math.pi * target
        assert (x, y) == pytest.approx((r * math.sin(angle), r * math.cos(angle)), abs=1e-13)
    radii = sorted(math.hypot(x, y) for x, y in data.inputs)
    assert radii[0] < 0.02 and 4.98 < radii[-1] <= 5.0 + 1e-14


def test_the_two_moons():
    data = two_moons(1000, seed=1)
    assert data.classes == ["upper", "lower"] and data.targets == [0, 1] * 500
    for (x, y), target in zip(data.inputs, data.targets):
        centre, side = ((1.0, 0.5), -1.0) if target else ((0.0, 0.0), 1.0)
        assert math.hypot(x - centre[0], y - centre[1]) == pytest.approx(1.0, abs=1e-15)
        assert side * (y - centre[1]) >= 0.0
    upper = [x for x, _ in data.inputs[::2]]
    assert min(upper) < -0.99 and max(upper) > 0.99


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("arguments, error, message", [
    ({"n": 0}, ValueError, "n: 0; allowed: whole numbers >= 1"),
    ({"n": 2.0}, TypeError, "n: 2.0 is a float; allowed: whole numbers >= 1"),
    ({"n": 5, "noise": -0.1}, ValueError, "noise: -0.1; allowed: finite numbers >= 0"),
    ({"n": 5, "noise": math.inf}, ValueError, "noise: inf; allowed: finite numbers >= 0"),
    ({"n": 5, "noise": math.nan}, ValueError, "noise: nan"),
    ({"n": 5, "noise": "much"}, TypeError, "noise: 'much' is a str; allowed: numbers >= 0"),
    ({"n": 5, "seed": -1}, ValueError, "seed: -1; allowed: whole numbers >= 0"),
    ({"n": 5, "seed": 0.5}, TypeError, "seed: 0.5 is a float"),
])  # fmt: skip
def test_bad_input(make, arguments, error, message):
    with pytest.raises(error, match=message):
        make(**arguments)


# --- What a network is given of the points ---

EACH = {"x": lambda x, y: x, "y": lambda x, y: y, "x²": lambda x, y: x * x, "y²": lambda x, y: y * y,
        "xy": lambda x, y: x * y, "sin x": lambda x, y: sin(x), "sin y": lambda x, y: sin(y)}


@pytest.mark.parametrize("names", [[name] for name in EACH] + [["y", "x"], list(EACH), ("xy", "xy", "sin y")])
def test_features(names):
    rows = spiral(30, noise=0.3, seed=1).inputs
    assert plane_features(rows, names) == [[EACH[name](x, y) for name in names] for x, y in rows]


def test_features_are_of_the_kind_that_comes_in():
    numpy = pytest.importorskip("numpy", reason="the extra `test` brings NumPy")
    rows = circle(5).inputs
    found = plane_features(numpy.array(rows), ["x²", "y"])
    assert isinstance(found, numpy.ndarray) and found.tolist() == plane_features(rows, ["x²", "y"])
    assert plane_features([[1, 2]], ["xy"]) == [[2.0]]


@pytest.mark.parametrize("rows, names, error, message", [
    ([[1.0, 2.0]], ["z"], ValueError, r"names\[0\]: 'z'; allowed: 'x', 'y', 'x²'"),
    ([[1.0, 2.0]], ["x", 3], ValueError, r"names\[1\]: 3; allowed"),
    ([[1.0, 2.0]], [], ValueError, r"names: \[\]; allowed: at least one of 'x', 'y'"),
    ([[1.0, 2.0]], "xy", TypeError, "names: 'xy'; expected a list of names"),
    ([[1.0, 2.0, 3.0]], ["x"], ValueError, "rows: row 0 has 3 numbers; expected 2"),
    ([[1.0, math.nan]], ["x"], ValueError, "rows: "),
    ([1.0, 2.0], ["x"], TypeError, "rows: "),
    ([], ["x"], ValueError, "rows: "),
])  # fmt: skip
def test_features_that_cannot_be_made(rows, names, error, message):
    with pytest.raises(error, match=message):
        plane_features(rows, names)


def test_two_squares_are_enough_for_the_circle(native):
    """x² + y² is below a number inside: one unit without a hidden layer draws that border."""
    train, test = circle(200, seed=1), circle(1000, seed=2)
    net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend="c")
    net.fit(plane_features(train.inputs, ["x²", "y²"]), train.targets, optimizer=rn.SGD(0.1), epochs=50, batch_size=10)
    assert net.evaluate(plane_features(test.inputs, ["x²", "y²"]), test.targets)["accuracy"] == 1.0


# --- The playground's network: 2-8-8-2, tanh, and one sigmoid output ---


def network(backend, seed):
    hidden = [layer for units in (8, 8, 2) for layer in (rn.Dense(units), rn.Tanh())]
    return rn.Network([rn.Input(2), *hidden, rn.Dense(1), rn.Sigmoid()], backend=backend, seed=seed)


def learn(net, data, epochs):
    return net.fit(data.inputs, data.targets, optimizer=rn.Momentum(0.003), epochs=epochs, batch_size=10)


@pytest.mark.parametrize("seed", [2, 4])
@pytest.mark.parametrize("make, epochs, accuracy", [
    (circle, 200, 0.99), (xor, 200, 0.99), (two_moons, 200, 0.99), (spiral, 2000, 0.95),
])  # fmt: skip
def test_it_is_learnt(native, make, epochs, accuracy, seed):
    """On 1000 points that it has not seen. The seeds are fixed, and so is every bit of the result."""
    train, test = make(400, seed=1), make(1000, seed=2)
    net = network("c", seed)
    before = net.evaluate(test.inputs, test.targets)["accuracy"]
    learn(net, train, epochs)
    assert before < 0.9 and net.evaluate(test.inputs, test.targets)["accuracy"] >= accuracy


@pytest.mark.parametrize("make", ALL)
def test_both_backends_learn_alike(native, make):
    data = make(60, noise=0.1, seed=3)
    nets = [network(backend, seed=2) for backend in ("python", "c")]
    histories = [learn(net, data, 3) for net in nets]
    assert histories[0] == histories[1] and nets[0].fingerprint() == nets[1].fingerprint()
    assert histories[0]["loss"][2] < histories[0]["loss"][0]


def test_a_line_learns_none_of_them_well(native):
    """Without hidden units the network splits the plane in two. The moons' best line is right for 9 of 10."""
    for make in ALL:
        train = make(400, seed=1)
        net = rn.Network([rn.Input(2), rn.Dense(1), rn.Sigmoid()], backend="c", seed=1)
        learn(net, train, 200)
        assert net.evaluate(train.inputs, train.targets)["accuracy"] < 0.92
