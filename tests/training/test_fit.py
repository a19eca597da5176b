"""Which rows are in which step, what does the history say, and how does training go on?"""

import pytest
from spies import Spy
from training_helpers import CLASSES, ONE_HOT, X, by_hand, softmax_net, state

import refnet as rn
from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import SHUFFLE_STREAM

STILL = 5e-324  # a rate so small that a weight stays exactly what it is

# --- Minibatches ---


@pytest.mark.parametrize("size, sizes", [(1, [1] * 11), (4, [4, 4, 3]), (5, [5, 5, 1]), (11, [11]), (100, [11])])
def test_minibatches(k, size, sizes):
    """Every row once an epoch, in the epoch's own order; the last batch is what is left."""
    spy = Spy(k)
    net = softmax_net(spy, seed=9)
    net.fit(X, ONE_HOT, epochs=3, batch_size=size)
    batches = spy.batches()
    assert batches[0::2] == batches[1::2]  # inputs and targets of the same rows
    batches = batches[0::2]
    assert [len(batch) for batch in batches] == sizes * 3
    steps = len(sizes)
    orders = [[i for batch in batches[e * steps : (e + 1) * steps] for i in batch] for e in range(3)]
    assert orders == [permutation(stream_key(9, SHUFFLE_STREAM + epoch), 11) for epoch in range(3)]
    assert sorted(orders[0]) == list(range(11)) and orders[0] != orders[1] != orders[2]
    assert net.progress.step == 3 * steps and net.epoch == 3


def test_no_smaller_batch_at_the_end(k):
    """Each epoch leaves out the last rows of its own order. The loss is the mean over the rows that were used."""
    spy = Spy(k)
    net, told = softmax_net(spy, seed=9), []
    history = net.fit(X, ONE_HOT, optimizer=rn.SGD(STILL), epochs=4, batch_size=4, drop_last=True, report=told.append)
    batches = spy.batches()[::2]
    assert [len(batch) for batch in batches] == [4, 4] * 4
    orders = [[int(i) for batch in batches[2 * e : 2 * e + 2] for i in batch] for e in range(4)]
    assert orders == [permutation(stream_key(9, SHUFFLE_STREAM + epoch), 11)[:8] for epoch in range(4)]
    assert len({tuple(sorted(order)) for order in orders}) > 1
    assert net.progress.step == 8 and net.epoch == 4 and {report.rows for report in told} == {8}
    for order, loss in zip(orders, history["loss"]):
        first, second = (net.evaluate([X[i] for i in half], [ONE_HOT[i] for i in half])["loss"]
                         for half in (order[:4], order[4:]))
        assert loss == (first + second) / 2.0


def test_without_shuffle_the_same_rows_are_left_out(backend):
    nets = [softmax_net(backend), softmax_net(backend)]
    histories = [nets[0].fit(X, CLASSES, epochs=3, batch_size=4, shuffle=False, drop_last=True),
                 nets[1].fit(X[:8], CLASSES[:8], epochs=3, batch_size=4, shuffle=False)]
    assert histories[0] == histories[1] and state(nets[0]) == state(nets[1])


def test_a_batch_that_would_never_be_whole(backend):
    net = softmax_net(backend)
    before = state(net)
    with pytest.raises(ValueError, match=r"drop_last: True .* all of 11 rows; .*batch_size of at most 11, not 12"):
        net.fit(X, CLASSES, batch_size=12, drop_last=True)
    assert state(net) == before
    assert len(net.fit(X, CLASSES, batch_size=11, drop_last=True)["loss"]) == 1


def test_the_order_has_a_seed(k):
    def order(**settings):
        spy = Spy(k)
        softmax_net(spy, seed=9).fit(X, ONE_HOT, batch_size=11, **settings)
        return spy.batches()[0]

    assert order(seed=4) == permutation(stream_key(4, SHUFFLE_STREAM), 11) != order()
    assert order(seed=0) == permutation(stream_key(0, SHUFFLE_STREAM), 11)
    assert order(shuffle=False) == list(range(11))


def test_a_second_fit_goes_on_with_the_next_epochs_order(k):
    spy = Spy(k)
    net = softmax_net(spy, seed=9)
    net.fit(X, ONE_HOT, batch_size=11)
    net.fit(X, ONE_HOT, batch_size=11)
    assert spy.batches()[::2] == [permutation(stream_key(9, SHUFFLE_STREAM + epoch), 11) for epoch in range(2)]


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
def test_fit_is_the_loop_written_out(backend, optimizer):
    fitted, looped = softmax_net(backend), softmax_net(backend)
    history = fitted.fit(X, CLASSES, optimizer=optimizer(0.3), epochs=4, batch_size=4)
    losses = by_hand(looped, X, CLASSES, optimizer(0.3), rn.CrossEntropy(), 4, 4)
    assert fitted.fingerprint() == looped.fingerprint() != softmax_net(backend).fingerprint()
    assert history["loss"] == losses
    assert state(fitted)[1] == state(looped)[1]


# --- The history ---


def test_the_loss_of_an_epoch(backend):
    """The batches' sums are added in order, then divided by the rows. Squares 1e16, 1 | 1, 1 | 1 in batches of two give
    1e16 (a tie), + 2, + 1 (a tie, to even). Added row by row it would stay 1e16; batch means would differ too.
    """
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[1.0]]]
    history = net.fit([[1e8], [1.0], [1.0], [1.0], [1.0]], [0.0] * 5, loss=rn.MeanSquaredError(), batch_size=2,
                      optimizer=rn.SGD(STILL), shuffle=False, epochs=2)
    assert net.weights == [[[1.0]]]
    total = (1e16 + 2.0) + 1.0
    assert total != 1e16
    assert history == {"loss": [total / 5.0] * 2, "rate": [STILL] * 2}


@pytest.mark.parametrize("loss, divisor", [
    (rn.MeanSquaredError(), 5.0), (rn.MeanSquaredError("elements"), 10.0), (rn.MeanSquaredError("sum"), 1.0),
    (rn.HalfSquaredError(), 10.0),
])  # fmt: skip
def test_what_the_loss_of_an_epoch_is_divided_by(backend, loss, divisor):
    net = rn.Network([rn.Input(2), rn.Dense(2, bias=False)], backend=backend)
    net.weights = [[[1.0, 0.0], [0.0, 1.0]]]
    history = net.fit([[1.0, 2.0]] * 5, [[0.0, 0.0]] * 5, loss=loss, batch_size=2, optimizer=rn.SGD(STILL))
    assert history["loss"] == [25.0 / divisor]


def test_learning_rates_of_lecture_001(backend):
    """Golden 17: α0/(1 + decay·epoch), α0 = 0.2, decay = 1: 0.2, 0.1, 0.0667, 0.05. A second fit goes on with it."""
    def run(*epochs):
        net = softmax_net(backend)
        rates = []
        for n in epochs:
            settings = {} if rates else {"optimizer": rn.SGD(rn.InverseTimeDecay(0.2, 1.0))}
            rates += net.fit(X, CLASSES, epochs=n, batch_size=4, **settings)["rate"]
        return rates, net.fingerprint()

    rates, bits = run(4)
    assert rates == [0.2, 0.1, 0.2 / 3.0, 0.05]
    assert run(1, 2, 1) == (rates, bits)
    assert [f"{rate:.4f}" for rate in rates] == ["0.2000", "0.1000", "0.0667", "0.0500"]


def test_the_rate_of_each_epoch_is_used(backend):
    """w ← w − η·g with g = w·x² = w: 1 → ½ → ½·¾ → …, with η = ½, ¼, all exact."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[1.0]]]
    net.fit([[1.0]], [0.0], loss=rn.HalfSquaredError(), optimizer=rn.SGD(rn.InverseTimeDecay(0.5, 1.0)), epochs=2)
    assert net.weights == [[[0.5 * 0.75]]]


def test_a_plain_number_is_the_same_rate_throughout(backend):
    assert softmax_net(backend).fit(X, CLASSES, optimizer=rn.SGD(0.3), epochs=3)["rate"] == [0.3] * 3
    assert softmax_net(backend).fit(X, CLASSES, epochs=2)["rate"] == [0.01] * 2


# --- Going on ---


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
def test_a_second_fit_goes_on_as_one_long_one(backend, optimizer):
    whole, parts = softmax_net(backend), softmax_net(backend)
    schedule = rn.InverseTimeDecay(0.4, 0.25)
    expected = whole.fit(X, CLASSES, loss=rn.CrossEntropy(fused=False), optimizer=optimizer(schedule), epochs=7,
                         batch_size=4, penalty=rn.L2(0.01))
    found = {"loss": [], "rate": []}
    for n in (1, 4, 2):
        settings = {} if found["loss"] else {
            "loss": rn.CrossEntropy(fused=False), "optimizer": optimizer(schedule), "penalty": rn.L2(0.01)}
        for name, values in parts.fit(X, CLASSES, epochs=n, batch_size=4, **settings).items():
            found[name] += values
    assert state(parts) == state(whole)
    assert found == expected
    assert parts.objective.fused is False and len(parts.penalties) == 1


def test_a_penalty_can_be_taken_off_again(backend):
    net, other = softmax_net(backend), softmax_net(backend)
    net.fit(X, CLASSES, penalty=rn.L2(0.5), batch_size=4)
    other.fit(X, CLASSES, penalty=rn.L2(0.5), batch_size=4)
    net.fit(X, CLASSES, penalty=[], batch_size=4)
    other.fit(X, CLASSES, batch_size=4)
    assert net.penalties == () and net.fingerprint() != other.fingerprint()


def test_another_optimizer_takes_over(backend):
    net = softmax_net(backend)
    net.fit(X, CLASSES, optimizer=rn.Momentum(0.1), batch_size=4)
    weights = net.weights, net.biases
    net.fit(X, CLASSES, optimizer=rn.SGD(0.25), batch_size=4)
    assert type(net.optimizer) is rn.SGD and net.optimizer.state == {name: {} for name in net.parameters}
    again = softmax_net(backend)
    again.weights, again.biases = weights
    again.progress.epoch = 1
    again.fit(X, CLASSES, optimizer=rn.SGD(0.25), batch_size=4)
    assert again.fingerprint() == net.fingerprint()


# --- Learning ---


@pytest.mark.parametrize("optimizer", [rn.SGD(1.0), rn.Momentum(0.2), rn.Nesterov(0.2)], ids=lambda o: type(o).__name__)
def test_xor_is_learnt(backend, optimizer):
    """All four are right. The seed is fixed, so the test cannot flake."""
    inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    net = rn.Network([rn.Input(2), rn.Dense(4), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], backend=backend, seed=1)
    before = net.evaluate(inputs, targets)
    net.fit(inputs, targets, optimizer=type(optimizer)(optimizer.schedule.rate), epochs=400, batch_size=2)
    after = net.evaluate(inputs, targets)
    assert after["accuracy"] == 1.0 and after["loss"] < 0.1 < 0.5 < before["loss"]
