"""Do the paths of the optimizers obey the valley's own formulas, and leave the optimizers as they were?"""

import pytest

import refnet as rn
from refnet import plots

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")


def lines(axes):
    return {line.get_label(): list(zip(line.get_xdata(), line.get_ydata())) for line in axes.get_lines()}


def test_each_step_is_the_update_of_the_optimizer():
    """The gradient of ½(w1² + 16 w2²) is (w1, 16 w2); its numbers here are exact in binary."""
    axes = plots.optimizer_paths({"plain": rn.SGD(0.125), "heavy": rn.Momentum(0.125, mu=0.5)}, steps=3,
                                 start=(-8.0, 1.0), steepness=16.0)
    assert lines(axes)["plain"] == [(-8.0, 1.0), (-7.0, -1.0), (-6.125, 1.0), (-5.359375, -1.0)]
    velocity, w, expected = [0.0, 0.0], [-8.0, 1.0], [(-8.0, 1.0)]
    for _ in range(3):
        velocity = [0.5 * v - 0.125 * g for v, g in zip(velocity, (w[0], 16.0 * w[1]))]
        w = [each + v for each, v in zip(w, velocity)]
        expected.append(tuple(w))
    assert lines(axes)["heavy"] == expected
    assert lines(axes)["start"] == [(-8.0, 1.0)] and lines(axes)["minimum"] == [(0.0, 0.0)]
    assert axes.get_title() == "3 steps of each optimizer"


def test_nesterov_measures_ahead():
    axes = plots.optimizer_paths([rn.Nesterov(0.125, mu=0.5)], steps=2, start=(-8.0, 1.0), steepness=1.0)
    (path,) = [points for label, points in lines(axes).items() if label.startswith("Nesterov")]
    w, v = -8.0, 0.0
    for i in (1, 2):
        v = 0.5 * v - 0.125 * (w + 0.5 * v)
        w += v
        assert path[i][0] == w


def test_the_lines_of_the_valley_are_lines_of_equal_loss():
    axes = plots.optimizer_paths([rn.SGD(0.1)], steps=1, start=(-8.0, 2.0), steepness=20.0)
    (lines_of_loss,) = [each for each in axes.collections if hasattr(each, "levels")]
    assert len(lines_of_loss.levels) == 8 and 72.0 in lines_of_loss.levels  # 72 = ½(64 + 80) is that of the start
    for level, path in zip(lines_of_loss.levels, lines_of_loss.get_paths()):
        assert len(path.vertices)
        for w1, w2 in path.vertices:  # between two grid points matplotlib interpolates linearly
            assert 0.5 * (w1 * w1 + 20.0 * w2 * w2) == pytest.approx(level, rel=0.03)


def test_optimizers_are_copied():
    optimizer = rn.Adam(0.5)
    first = lines(plots.optimizer_paths([optimizer], steps=4))
    assert optimizer.network is None and lines(plots.optimizer_paths([optimizer], steps=4)) == first
    assert "Adam, η = 0.5" in first


def test_a_schedule_is_named():
    assert "SGD, η = InverseTimeDecay(rate=0.2, decay=1.0)" in lines(
        plots.optimizer_paths([rn.SGD(rn.InverseTimeDecay(0.2, decay=1.0))], steps=1))


def test_what_diverges_leaves_the_picture():
    axes = plots.optimizer_paths([rn.SGD(1.0)], steps=400)
    assert axes.get_xlim() == (-10.0, 10.0) and len(lines(axes)["SGD, η = 1.0"]) == 401


@pytest.mark.parametrize(("arguments", "error", "words"), [
    (([],), TypeError, "optimizers"), ((rn.SGD(0.1),), TypeError, "optimizers"), (({},), TypeError, "optimizers"),
    ((["sgd"],), TypeError, "optimizers: 'sgd'"),
    (([rn.Adam(0.5), rn.Adam(0.5, inside=True)],), ValueError, "two are called 'Adam, η = 0.5'"),
    (([rn.SGD(0.1)], 0), ValueError, "steps: 0"),
    (([rn.SGD(0.1)], 3, 1.0), TypeError, "start: 1.0"),
    (([rn.SGD(0.1)], 3, (1.0, "2")), TypeError, "start: '2'"),
    (([rn.SGD(0.1)], 3, (0.0, 1.0)), ValueError, "that are not 0"),
    (([rn.SGD(0.1)], 3, (1.0, 1.0), -1.0), ValueError, "steepness: -1.0"),
])  # fmt: skip
def test_what_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        plots.optimizer_paths(*arguments)
