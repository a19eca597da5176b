"""Which learning rate does a schedule give for each epoch?"""

import math

import pytest
from refusals import refused_with

import refnet as rn

NAN, INF = math.nan, math.inf


def rates(schedule, epochs):
    return [schedule(epoch) for epoch in range(epochs)]


def test_a_step_multiplies_by_the_factor():
    assert rates(rn.StepDecay(0.8, factor=0.5, every=3), 10) == [0.8] * 3 + [0.4] * 3 + [0.2] * 3 + [0.1]
    assert rates(rn.StepDecay(0.1, factor=0.3, every=1), 4) == [0.1, 0.1 * 0.3, 0.1 * 0.3 * 0.3, 0.1 * 0.3 * 0.3 * 0.3]
    assert rates(rn.StepDecay(0.1), 11)[9:] == [0.1, 0.1 * 0.1]


def test_exponential_decay_is_a_running_product():
    assert rates(rn.ExponentialDecay(0.8, 0.5), 5) == [0.8, 0.4, 0.2, 0.1, 0.05]
    expected = [0.1]
    for _ in range(9999):
        expected.append(expected[-1] * 0.999)
    schedule = rn.ExponentialDecay(0.1, 0.999)
    assert rates(schedule, 10_000) == expected
    assert expected[5000] != 0.1 * 0.999**5000  # a power would be another number
    # In any order, also backwards, the rates are the same; so are those of a new schedule.
    assert [schedule(epoch) for epoch in (700, 12, 700, 0, 701)] == [expected[i] for i in (700, 12, 700, 0, 701)]
    assert rn.ExponentialDecay(0.1, 0.999)(5000) == expected[5000]


def test_each_epoch_costs_one_product():
    class Factor(float):
        products = 0

        def __rmul__(self, other):
            Factor.products += 1
            return other * float(self)

    schedule = rn.ExponentialDecay(0.5, 0.75)
    vars(schedule)["factor"] = Factor(0.75)  # set as a setting, it would become a plain float
    assert rates(schedule, 1000)[-1] == rn.ExponentialDecay(0.5, 0.75)(999)
    assert Factor.products == 999


def test_a_changed_setting_is_no_old_product():
    schedule = rn.ExponentialDecay(1.0, 0.5)
    assert schedule(3) == 0.125
    schedule.factor = 0.25
    assert schedule(3) == 0.015625
    schedule.rate = 2.0
    assert schedule(4) == 0.0078125


def test_cosine_decay():
    """cos 0 = 1, cos π/2 = 0 (6e-17 in binary64, nothing beside 1), cos π = −1."""
    schedule = rn.CosineDecay(0.5, epochs=4)
    assert (schedule(0), schedule(2), schedule(4), schedule(100)) == (0.5, 0.25, 0.0, 0.0)
    # ¼(1 ± √½), to 16 digits by mpmath; 2 ulp: the cosine's, the sum's and the product's roundings
    for epoch, expected in ((1, 0.4267766952966369), (3, 0.07322330470336312)):
        assert abs(schedule(epoch) - expected) <= 2 * math.ulp(0.25)
    schedule = rn.CosineDecay(0.5, 4, least=0.125)
    assert (schedule(0), schedule(2), schedule(4), schedule(5)) == (0.5, 0.3125, 0.125, 0.125)


def test_beyond_a_cosine_to_nothing_there_is_no_training(backend):
    net = rn.Network([rn.Input(1), rn.Dense(1)], backend)
    optimizer = rn.SGD(rn.CosineDecay(0.5, epochs=3))
    net.fit([[1.0]], [1.0], optimizer=optimizer, epochs=3)
    before = net.fingerprint()
    with pytest.raises(ValueError, match=r"rate of epoch 3: 0\.0; allowed: finite numbers > 0"):
        net.fit([[1.0]], [1.0], epochs=1)
    assert net.fingerprint() == before


def test_warmup():
    assert rates(rn.Warmup(1.0, 4, start=0.5), 6) == [0.5, 0.625, 0.75, 0.875, 1.0, 1.0]
    # The schedule's own epochs count from 0 as well: 1 + ½(4·½ − 1)… at epoch 1, and from epoch 2 on its own.
    assert rates(rn.Warmup(rn.ExponentialDecay(4.0, 0.5), 2, start=1.0), 4) == [1.0, 1.5, 1.0, 0.5]


def test_linear_scaling():
    assert rates(rn.LinearScaling(0.1, batch_size=96, base=32), 2) == [0.1 * 96 / 32] * 2
    assert rates(rn.LinearScaling(rn.ExponentialDecay(0.5, 0.5), 128), 3) == [2.0, 1.0, 0.5]
    assert rn.LinearScaling(0.1, 8192, base=256)(0) == 0.1 * 8192 / 256  # Goyal et al.: 3.2
    goyal = rn.Warmup(rn.LinearScaling(rn.PiecewiseConstant([0.1, 0.01], [30]), 512, 256), 5, start=0.1)
    assert (goyal(0), goyal(5), goyal(29), goyal(30)) == (0.1, 0.2, 0.2, 0.02)


def test_piecewise_constant():
    assert rates(rn.PiecewiseConstant([0.5, 0.25, 1.0], [2, 3]), 5) == [0.5, 0.5, 0.25, 1.0, 1.0]
    assert rates(rn.PiecewiseConstant([0.5], []), 2) == [0.5, 0.5]


def watch(schedule, name, values):
    """The rates of the epochs after each of these values."""
    found = []
    for epoch, value in enumerate(values):
        schedule.observe({"loss": 7.0, name: value})
        found.append(schedule(epoch + 1))
    return found


def test_plateau():
    """Two epochs in a row without improvement, then two more; an improvement between them restarts the count."""
    schedule = rn.Plateau(0.5, factor=0.5, patience=2)
    assert schedule(0) == 0.5
    losses = [3.0, 3.0, 2.0, 2.5, 2.0, 2.0, 2.0, 1.0, 1.0]
    assert watch(schedule, "validation_loss", losses) == [0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125]
    assert (schedule.current, schedule.best, schedule.waited) == (0.25, 1.0, 1)
    assert schedule.state == ("current", "best", "waited", "data")


def test_plateaus_settings():
    assert watch(rn.Plateau(1.0, 0.5, 1, monitor="loss"), "x", [0.0] * 3) == [1.0, 0.5, 0.25]
    rising = rn.Plateau(1.0, 0.5, 1, monitor="accuracy", mode="max")
    assert watch(rising, "accuracy", [0.5, 0.75, 0.75, 0.25]) == [1.0, 1.0, 0.5, 0.25]
    choosy = rn.Plateau(1.0, 0.5, 1, min_delta=0.5)
    assert watch(choosy, "validation_loss", [3.0, 2.75, 2.5, 2.25]) == [1.0, 0.5, 0.25, 0.25]
    choosy = rn.Plateau(1.0, 0.5, 1, min_delta=0.5, mode="max")
    assert watch(choosy, "validation_loss", [2.0, 2.25, 2.5, 2.75]) == [1.0, 0.5, 0.25, 0.25]
    floored = rn.Plateau(1.0, 0.5, 1, least=0.375)
    assert watch(floored, "validation_loss", [1.0] * 4) == [1.0, 0.5, 0.375, 0.375]
    # The schedule inside is followed, also below `least`.
    inner = rn.Plateau(rn.PiecewiseConstant([1.0, 0.25], [3]), 0.5, 1, least=0.5)
    assert watch(inner, "validation_loss", [1.0] * 4) == [1.0, 0.5, 0.25, 0.25]


def test_no_number_is_no_improvement():
    schedule = rn.Plateau(1.0, 0.5, 2)
    assert watch(schedule, "validation_loss", [NAN, INF, 3.0, NAN, -INF, 2.0]) == [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert (schedule.best, schedule.waited) == (2.0, 0)
    upwards = rn.Plateau(1.0, 0.5, 1, mode="max")
    assert watch(upwards, "validation_loss", [INF, NAN, 1.0]) == [0.5, 0.25, 0.25]


def test_plateau_says_what_there_is_to_watch():
    schedule = rn.Plateau(1.0)
    with pytest.raises(ValueError, match=r"monitor: 'validation_loss'; the history has loss, rate"):
        schedule.observe({"loss": 1.0, "rate": 1.0})
    assert (schedule.current, schedule.best, schedule.waited) == (1.0, None, 0)


def test_the_others_do_not_care():
    for schedule in (rn.StepDecay(0.1), rn.Warmup(0.1, 2, 0.01)):
        schedule.observe({})
        assert schedule.state == ()


def test_training_follows_a_schedule(backend):
    """w − η at a gradient of 1: the rates add up."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend)
    net.weights = [[[0.0]]]
    history = net.fit([[0.0]], [0.0], optimizer=rn.SGD(rn.StepDecay(0.5, 0.5, every=2)), epochs=5)
    assert history["rate"] == [0.5, 0.5, 0.25, 0.25, 0.125]
    for epoch in range(5):
        net.optimizer.set_rate(epoch)
        net.parameters["dense1.weights"].gradient = net.k.matrix([[1.0]])
        net.optimizer.update(net)
    assert net.weights == [[[-1.625]]]


BAD = [
    *[(lambda make=make: make(0.0), ValueError, ["rate", "0.0", "> 0"]) for make in (
        rn.StepDecay, rn.ExponentialDecay, lambda rate: rn.CosineDecay(rate, 3), lambda rate: rn.Warmup(rate, 3, 0.1),
        lambda rate: rn.LinearScaling(rate, 3), rn.Plateau)],
    *[(lambda kind=kind, factor=factor: kind(0.1, factor), ValueError, ["factor", repr(factor), "> 0 and <= 1"])
      for kind in (rn.StepDecay, rn.ExponentialDecay) for factor in (0.0, -0.5, 1.5, NAN)],
    (lambda: rn.StepDecay(0.1, "0.5"), TypeError, ["factor", "'0.5'"]),
    (lambda: rn.StepDecay(0.1, 0.5, 0), ValueError, ["every", "0", ">= 1"]),
    (lambda: rn.StepDecay(0.1, 0.5, 2.5), TypeError, ["every", "2.5", "whole numbers"]),
    (lambda: rn.CosineDecay(0.1, 0), ValueError, ["epochs", "0", ">= 1"]),
    (lambda: rn.CosineDecay(0.1, 5, 0.2), ValueError, ["least", "0.2", ">= 0 and <= 0.1"]),
    (lambda: rn.CosineDecay(0.1, 5, -0.1), ValueError, ["least", "-0.1", ">= 0"]),
    (lambda: rn.Warmup(0.1, 0, 0.01), ValueError, ["epochs", "0", ">= 1"]),
    (lambda: rn.Warmup(0.1, 5, 0.0), ValueError, ["start", "0.0", "> 0"]),
    (lambda: rn.Warmup("0.1", 5, 0.1), TypeError, ["rate", "'0.1'"]),
    (lambda: rn.Warmup(rn.Plateau(0.1), 5, 0.1), ValueError, ["rate: Plateau", "another", "Plateau(…) around"]),
    (lambda: rn.LinearScaling(rn.Plateau(0.1), 5), ValueError, ["rate: Plateau", "another schedule"]),
    (lambda: rn.Plateau(rn.Plateau(0.1)), ValueError, ["rate: Plateau", "another schedule"]),
    (lambda: rn.LinearScaling(0.1, 0), ValueError, ["batch_size", "0", ">= 1"]),
    (lambda: rn.LinearScaling(0.1, 32, 0), ValueError, ["base", "0", ">= 1"]),
    (lambda: rn.LinearScaling(0.1, 32.0), TypeError, ["batch_size", "32.0", "whole numbers"]),
    (lambda: rn.PiecewiseConstant(0.1, [1]), TypeError, ["rates", "0.1", "list"]),
    (lambda: rn.PiecewiseConstant([0.1], 1), TypeError, ["boundaries", "1", "list"]),
    (lambda: rn.PiecewiseConstant([0.1, 0.2], []), ValueError, ["rates", "2", "0 boundaries", "more"]),
    (lambda: rn.PiecewiseConstant([0.1, 0.0], [3]), ValueError, ["rates[1]", "0.0", "> 0"]),
    (lambda: rn.PiecewiseConstant([0.1, 0.2], [0]), ValueError, ["boundaries[0]", "0", ">= 1"]),
    (lambda: rn.PiecewiseConstant([1, 2, 3], [5, 5]), ValueError, ["boundaries[1]", "5", ">= 6"]),
    (lambda: rn.PiecewiseConstant([0.1, 0.2], [1.5]), TypeError, ["boundaries[0]", "1.5"]),
    *[(lambda factor=factor: rn.Plateau(0.1, factor), ValueError, ["factor", repr(factor), "> 0 and < 1"])
      for factor in (0.0, 1.0, 3.0, NAN)],
    (lambda: rn.Plateau(0.1, patience=0), ValueError, ["patience", "0", ">= 1"]),
    (lambda: rn.Plateau(0.1, least=-1), ValueError, ["least", "-1", ">= 0"]),
    (lambda: rn.Plateau(0.1, monitor=None), TypeError, ["monitor", "None", "text"]),
    (lambda: rn.Plateau(0.1, min_delta=-0.1), ValueError, ["min_delta", "-0.1", ">= 0"]),
    (lambda: rn.Plateau(0.1, mode="least"), ValueError, ["mode", "'least'", "'min', 'max'"]),
]


@pytest.mark.parametrize("make, kind, words", BAD, ids=range(len(BAD)))
def test_what_cannot_be_made(make, kind, words):
    refused_with(make, kind, words)
