"""How is the rate set, and what becomes of it in late epochs?"""

import copy

import pytest
from file_helpers import contents, rewrite
from refusals import refused_with

import refnet as rn

X, Y = [[0.0], [0.0]], [[0.0], [0.0]]  # nothing to learn: the loss is 0 from the first epoch on


def weight(backend, value=1.0):
    """A network of one weight."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend, seed=1)
    net.weights = [[[value]]]
    return net


def step(net, optimizer):
    """A step at a gradient of 1: what the weight loses is the rate."""
    before = net.weights[0][0][0]
    net.parameters["dense1.weights"].gradient = net.k.matrix([[1.0]])
    optimizer.update(net)
    return before - net.weights[0][0][0]


# --- Set and read ---


def test_the_rate_is_a_number_to_read_and_to_set(backend):
    net, optimizer = weight(backend, 8.0), rn.SGD(0.5)
    assert optimizer.rate == 0.5
    optimizer.rate = 0.25
    assert [step(net, optimizer), step(net, optimizer)] == [0.25, 0.25]
    optimizer.rate = 2
    assert (optimizer.rate, repr(optimizer)) == (2.0, "SGD(rate=2.0, weight_decay=0.0, clip=None)")
    assert step(net, optimizer) == 2.0
    optimizer.rate *= 0.25
    assert step(net, optimizer) == 0.5 == optimizer.rate
    net.optimizer.rate = rn.StepDecay(1.0, 0.5, every=1)
    assert step(net, optimizer) == 1.0 == net.optimizer.rate
    optimizer.set_rate(2)
    assert step(net, optimizer) == 0.25 == optimizer.rate
    assert [optimizer.rate_at(epoch) for epoch in range(3)] == [1.0, 0.5, 0.25]


def test_the_rate_between_two_fits(backend, path):
    net = weight(backend)
    assert net.fit(X, Y, optimizer=rn.Momentum(0.5), epochs=2)["rate"] == [0.5, 0.5]
    net.optimizer.rate = 0.125
    assert net.fit(X, Y)["rate"] == [0.125]
    net.save(path)
    assert rn.load(path, backend).optimizer.rate == copy.deepcopy(net).optimizer.rate == 0.125
    net.optimizer.rate = rn.CosineDecay(0.5, epochs=6)
    assert net.fit(X, Y)["rate"] == [0.25]  # of epoch 3
    assert net.optimizer.rate == 0.25


class Halved(rn.Callback):
    def epoch_end(self, network, line):
        network.optimizer.rate *= 0.5


def test_a_callback_sets_it(native):
    found = []
    for backend in ("python", "c"):
        net = rn.Network([rn.Input(1), rn.Dense(2)], backend, seed=1)
        history = net.fit([[0.5], [1.0]], [[1.0, 2.0], [0.5, 1.0]], optimizer=rn.SGD(0.5), epochs=4, callbacks=Halved())
        found.append((net.fingerprint(), history))
    assert found[0] == found[1] and history["rate"] == [0.5, 0.25, 0.125, 0.0625]


class Ends(rn.Schedule):
    def __call__(self, epoch):
        return [0.5, 0.25][epoch]


@pytest.mark.parametrize("rate, kind, words", [
    (0.0, ValueError, ["rate", "0.0", "> 0"]), ("0.1", TypeError, ["rate", "'0.1'", "CosineDecay"]),
    (None, TypeError, ["rate", "None"]), (rn.CosineDecay(0.1, 2), ValueError, ["rate of epoch 2", "0.0", "> 0"]),
    (Ends(), IndexError, ["out of range"]),
])  # fmt: skip
def test_a_rate_that_is_none_changes_nothing(backend, rate, kind, words):
    net = weight(backend)
    net.fit(X, Y, optimizer=rn.SGD(0.5), epochs=2)
    for attribute in ("rate", "schedule"):
        refused_with(lambda name=attribute: setattr(net.optimizer, name, rate), kind, words)
        assert (net.optimizer.rate, repr(net.optimizer.schedule)) == (0.5, "0.5")
    assert step(net, net.optimizer) == 0.5


def test_a_loop_by_hand_that_sets_the_rate_in_each_step(native):
    """C has recorded the update; the rate is not in the recording."""
    found = []
    for backend in ("python", "c"):
        net, optimizer = rn.Network([rn.Input(1), rn.Dense(2)], backend, seed=1), rn.Adam(0.5)
        for i in range(20):
            net.forward([[0.5], [1.0]], training=True)
            net.loss([[1.0, 2.0], [0.5, 1.0]], rn.HalfSquaredError())
            net.backward()
            optimizer.rate = 0.5 / (1 + i)
            optimizer.update(net)
        found.append((net.fingerprint(), optimizer.rate))
    assert found[0] == found[1] and optimizer.rate == 0.025


# --- Late epochs ---


def test_a_schedule_is_not_asked_for_a_million_rates_before_the_first_step(backend, monkeypatch):
    asked = []
    rate_of = rn.CosineDecay.__call__
    monkeypatch.setattr(rn.CosineDecay, "__call__", lambda self, epoch: asked.append(epoch) or rate_of(self, epoch))
    for schedule in (rn.CosineDecay(0.5, 10**7), rn.Warmup(rn.CosineDecay(0.5, 10**7), 10**6, 0.1)):
        history = weight(backend).fit(X, Y, optimizer=rn.SGD(schedule), epochs=10**7, callbacks=rn.StopAtLoss(99.0))
        assert len(history["loss"]) == 1 and len(asked) < 11_000
        asked.clear()


def test_a_schedule_that_ends_too_early_is_still_noticed_before(backend):
    net = weight(backend)
    with pytest.raises(ValueError, match=r"rate of epoch 29: 0\.0; .*; CosineDecay ends before the 30 epochs"):
        net.fit(X, Y, optimizer=rn.SGD(rn.CosineDecay(0.5, 20)), epochs=30)
    with pytest.raises(ValueError, match=r"rate of epoch 1999: 0\.0; .*; Warmup ends before the 2000 epochs"):
        net.fit(X, Y, optimizer=rn.SGD(rn.Warmup(rn.ExponentialDecay(0.5, 0.5), 5, 0.1)), epochs=2000)
    assert net.epoch == 0 and net.optimizer is None


class Counted(rn.Schedule):
    """A user's own, which has to be asked once for each epoch."""

    def __init__(self):
        self.asked = []

    def __call__(self, epoch):
        self.asked.append(epoch)
        return 0.5


def test_a_users_own_schedule_is_asked_for_the_first_epoch_only_also_inside_another():
    own = Counted()
    for schedule in (own, rn.LinearScaling(own, 32)):
        with pytest.raises(ValueError, match="monitor"):
            weight("python").fit(X, Y, optimizer=rn.SGD(schedule), epochs=9, callbacks=rn.EarlyStopping())
        assert own.asked == [0]
        own.asked.clear()


def test_a_running_product_in_any_order():
    """Each rate is the one before it times the factor, to the bit; however it is asked for."""
    expected = [0.5]
    for _ in range(30_000):
        expected.append(expected[-1] * 0.9997)
    schedule = rn.ExponentialDecay(0.5, 0.9997)
    for epoch in (29_999, 3, 10_000, 9_999, 10_001, 20_000, 20_000, 19_999, 0, 30_000, 12_345, 12_346):
        assert schedule(epoch) == expected[epoch]
    again = rn.StepDecay(0.5, 0.9997, every=7)
    assert [again(7 * i + i % 7) for i in range(0, 30_000, 997)] == expected[::997]


def test_the_rate_of_any_epoch_is_known_soon():
    """Products of so many factors have come to their end, or they are refused: 10¹² would take hours."""
    late = 10**12
    assert rn.ExponentialDecay(0.5, 1.0)(late) == 0.5
    assert rn.ExponentialDecay(0.5, 0.75)(late) == rn.ExponentialDecay(0.5, 0.75)(5000) == 1e-323  # it rounds to itself
    assert rn.StepDecay(0.5)(late) == 0.0
    never = 1.0 - 2.0**-53
    for schedule, factors in ((rn.ExponentialDecay(0.5, never), late), (rn.StepDecay(0.5, 1.0 - 1e-7), late // 10)):
        with pytest.raises(ValueError, match=rf"rate of epoch {late}: a product of {factors:,} factors; allowed"):
            schedule(late)


def test_a_file_that_says_it_has_trained_for_ever(backend, path):
    net = weight(backend)
    slow = rn.StepDecay(0.5, 1.0 - 1e-9)
    for schedule, said in ((rn.StepDecay(0.5), r"0\.0; allowed: .* > 0"), (slow, "a product of")):
        net.optimizer = None
        net.progress.epoch = 0
        net.fit(X, Y, optimizer=rn.SGD(schedule))
        net.progress.epoch = 10**12
        net.save(path)
        loaded = rn.load(path, backend)
        with pytest.raises(ValueError, match=rf"rate of epoch 1000000000000: {said}"):
            loaded.fit(X, Y)
        assert loaded.predict([[2.0]]) == [[2.0]]


# --- Plateau ---


def test_a_plateau_goes_on_for_ever(native, path):
    """Its rate was 0 after 324 reductions: fit raised in mid-training, and the file could not be loaded."""
    found = []
    for backend in ("python", "c"):
        net = weight(backend)
        plateau = rn.Plateau(0.5, factor=0.1, patience=1, monitor="loss")
        rates = net.fit(X, Y, optimizer=rn.SGD(plateau), epochs=700)["rate"]
        assert rates[:4] == [0.5, 0.5, 0.5 * 0.1, 0.5 * (0.1 * 0.1)] and sorted(rates, reverse=True) == rates
        assert rates[-1] == plateau.current == 5e-324 == net.optimizer.rate
        net.save(path)
        again = rn.load(path, backend)
        assert again.fit(X, Y)["rate"] == [5e-324]
        found.append((net.fingerprint(), rates))
    assert found[0] == found[1]


def test_a_plateau_is_never_below_its_least_rate(backend, path):
    net = weight(backend)
    plateau = rn.Plateau(0.5, factor=0.1, patience=1, least=1e-6, monitor="loss")
    rates = net.fit(X, Y, optimizer=rn.SGD(plateau), epochs=700)["rate"]
    assert min(rates) == rates[-1] == 1e-6 and plateau.current > 0.0
    net.save(path)
    assert rn.load(path, backend).fit(X, Y)["rate"] == [1e-6]


def test_files_of_a_plateau_that_had_come_to_nothing(backend, path):
    """Earlier versions wrote them."""
    net = weight(backend)
    net.fit(X, Y, optimizer=rn.SGD(rn.Plateau(0.5, least=0.125, monitor="loss")))
    net.save(path)
    document = contents(path)
    document["optimizer"]["settings"]["rate"]["state"]["current"] = 0.0
    rewrite(path, document)
    assert rn.load(path, backend).fit(X, Y)["rate"] == [0.125]
