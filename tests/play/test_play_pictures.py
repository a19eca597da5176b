"""Are the page's pictures those of the network's own numbers?"""

import math

import pytest

import refnet as rn
from refnet.play import Session, pictures
from refnet.play.settings import TABLE

SIZE = 5


@pytest.fixture
def session(backend):
    session = Session(backend, size=SIZE)
    session.answer({"do": "set", "settings": {"features": ["y", "xy"], "hidden": [3, 2], "activation": "relu"}})
    session.answer({"do": "train", "epochs": 2})
    return session


def grid(session):
    """The points by hand: 5 % beyond the examples on each side, and half a pixel less than the edges."""
    axes = []
    for column in zip(*session.problem.points):
        middle, half = 0.5 * (min(column) + max(column)), 0.55 * (max(column) - min(column))
        axes.append([middle + half * (2.0 * i / (SIZE - 1) - 1.0) for i in range(SIZE)])
    return [(x, y) for y in axes[1] for x in axes[0]]


def test_they_have_the_network_s_numbers(session):
    shown = session.answer({"do": "open"})["state"]["pictures"]
    network, points = session.network, grid(session)
    network.forward([[y, x * y] for x, y in points])
    found = network.activations
    assert shown["size"] == SIZE and list(shown["layers"]) == ["input", "dense1", "dense2"]
    for name, output in (("input", "input"), ("dense1", "relu1"), ("dense2", "relu2")):
        assert shown["layers"][name] == [[round(value, 3) for value in column] for column in zip(*found[output])]
        lowest, highest = shown["limits"][name]
        values = [value for row in found[output] for value in row]
        assert (lowest, highest) == (0.0 if output.startswith("relu") else min(values), max(values))
    assert shown["output"] == [round(row[0], 3) for row in found["sigmoid1"]]
    assert shown["limits"]["dense3"] == [0.0, 1.0]


def test_their_edges_are_around_the_points(session):
    answer = session.answer({"do": "open"})
    left, right, bottom, top = answer["points"]["edges"]
    assert answer["state"]["pictures"]["edges"] == [left, right, bottom, top]
    (x0, y0), (x1, y1) = grid(session)[0], grid(session)[-1]
    pixel = (x1 - x0) / (SIZE - 1), (y1 - y0) / (SIZE - 1)
    rounded = pytest.approx  # half a pixel more; rounded once or twice
    assert (left, right) == rounded((x0 - pixel[0] / 2, x1 + pixel[0] / 2), rel=1e-12)
    assert (bottom, top) == rounded((y0 - pixel[1] / 2, y1 + pixel[1] / 2), rel=1e-12)
    assert all(left < x < right for x in answer["points"]["x"])


def test_the_points_are_those_of_both_parts(session):
    points, problem = session.answer({"do": "open"})["points"], session.problem
    rows = list(zip(points["x"], points["y"]))
    both = [*problem.train.inputs, *problem.test.inputs]
    assert rows == [tuple(row) for row in both] and sorted(both) == sorted(rn.data.circle(200, noise=0.0).inputs)
    assert points["test"] == [False] * 100 + [True] * 100 and points["names"] == ["outside", "inside"]
    assert points["class"] == [*problem.train.targets, *problem.test.targets]


def test_layers_have_their_units_and_names(session):
    layers = session.answer({"do": "open"})["state"]["layers"]
    assert [(each["name"], each["label"], each["kind"], each["units"], each["activation"]) for each in layers] == [
        ("input", "input", "input", 2, "input"), ("dense1", "hidden 1", "hidden", 3, "relu1"),
        ("dense2", "hidden 2", "hidden", 2, "relu2"), ("dense3", "output", "output", 1, "sigmoid1"),
    ]
    assert [each["names"] for each in layers] == [["y", "xy"], ["o3", "o4", "o5"], ["o6", "o7"], ["o8"]]
    assert [each["weights"] for each in layers] == [[], *session.network.weights]
    assert [each["bias"] for each in layers] == [[], *session.network.biases]


def test_the_buttons_pictures(session):
    found = session.answer({"do": "open"})["thumbnails"]
    assert list(found["data"]) == list(TABLE["data"].values)
    for name, points in found["data"].items():
        rows = getattr(rn.data, name)(pictures.FEW)
        assert [points["x"], points["y"]] == [[round(v, 3) for v in column] for column in zip(*rows.inputs)]
        assert points["class"] == rows.targets
    assert list(found["features"]) == list(TABLE["features"].values)
    assert {len(values) for values in found["features"].values()} == {found["size"] ** 2}
    x, y, x2, y2, xy, sin_x, sin_y = (found["features"][name] for name in TABLE["features"].values)
    for i in range(found["size"] ** 2):  # of numbers with three decimals: up to 5.5·0.0005 twice in a product
        assert abs(x2[i] - x[i] * x[i]) < 0.007 and abs(y2[i] - y[i] * y[i]) < 0.007
        assert abs(xy[i] - x[i] * y[i]) < 0.007
        assert abs(sin_x[i] - math.sin(x[i])) < 0.0011 and abs(sin_y[i] - math.sin(y[i])) < 0.0011


def test_the_largest_state_fits_through_any_line():
    """Seven features, six layers of eight: what is sent after each stretch of a training."""
    session = Session("python")
    answer = session.answer({"do": "set", "settings": {"features": list(TABLE["features"].values), "hidden": [8] * 6}})
    units = sum(len(each) for each in answer["state"]["pictures"]["layers"].values())
    assert units == 7 + 48 and len(str(answer)) < 600_000
    assert [name for each in answer["state"]["layers"][1:] for name in each["names"]] == [
        f"o{i}" for i in range(8, 8 + 49)]
