"""May several threads use one network? They wait for one another, or are told what to do; no number is wrong."""

import copy
import math
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import refnet as rn

ROWS = [[math.sin(1.3 * i + j) for j in range(3)] for i in range(24)]
CLASSES = [i * 7 % 3 for i in range(24)]


def network(backend):
    layers = [rn.Input(3), rn.Dense(4), rn.BatchNorm(), rn.Tanh(), rn.Dropout(0.5), rn.Dense(3), rn.Softmax()]
    net = rn.Network(layers, backend=backend, seed=5)
    net.fit(ROWS, CLASSES, optimizer=rn.Momentum(0.1), batch_size=8)
    return net


def elsewhere(act):
    """What act() returns or raises in another thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(act).result()


def step(net, optimizer, rows=ROWS, classes=CLASSES):
    net.forward(rows, training=True)
    loss = net.loss(classes)
    net.backward()
    optimizer.update(net)
    return loss


@pytest.fixture
def often():
    """Python changes threads as often as it can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_predictions_and_evaluations_at_once(backend, often):
    """Each thread has rows of its own, in numbers of its own."""
    net = network(backend)
    shares = [slice(3 * i, 24 - i) for i in range(6)]
    expected = [(net.predict(ROWS[s]), net.evaluate(ROWS[s], CLASSES[s], rn.CrossEntropy()),
                 net.forward(ROWS[s])) for s in shares]

    def use(i):
        s = shares[i]
        return [(net.predict(ROWS[s]), net.evaluate(ROWS[s], CLASSES[s], rn.CrossEntropy()), net.forward(ROWS[s]))
                for _ in range(30)]

    with ThreadPoolExecutor(6) as pool:
        for i, found in enumerate(pool.map(use, range(6))):
            assert found == [expected[i]] * 30


def test_steps_at_once_are_right_or_refused(backend, often):
    """Three threads train by hand. Weights end as after the steps that were not refused, one after the other."""
    class Noting(rn.SGD):
        def begin_step(self, k):
            order.append(numbers[threading.get_ident()])

    def work(i):
        numbers[threading.get_ident()], refused = i, 0
        for _ in range(40):
            try:
                step(net, optimizer, ROWS[5 * i : 5 * i + 7], CLASSES[5 * i : 5 * i + 7])
            except ValueError as error:
                assert "another thread has used the network since" in str(error) and "copy.deepcopy(net)" in str(error)
                refused += 1
        return refused

    net, optimizer, numbers, order = network(backend), Noting(0.1), {}, []
    with ThreadPoolExecutor(3) as pool:
        refused = sum(pool.map(work, range(3)))
    assert len(order) + refused == 120
    alone, other = network(backend), rn.SGD(0.1)
    for i in order:
        step(alone, other, ROWS[5 * i : 5 * i + 7], CLASSES[5 * i : 5 * i + 7])
    assert net.fingerprint() == alone.fingerprint()


@pytest.mark.parametrize("call", ["loss", "losses", "backward", "update"])
def test_a_step_belongs_to_one_thread(backend, call):
    """The forward pass of one thread is not mixed with the loss, the gradients or the update of another."""
    net, optimizer = network(backend), rn.SGD(0.1)
    calls = {"loss": lambda: net.loss(CLASSES[:4]), "losses": lambda: net.losses(CLASSES[:4]), "backward": net.backward,
             "update": lambda: optimizer.update(net)}
    net.forward(ROWS, training=True)
    net.loss(CLASSES)
    net.backward()
    before = net.fingerprint()
    elsewhere(lambda: net.predict(ROWS[:4]))
    with pytest.raises(ValueError, match=rf"^{call}: another thread has used the network since; .*deepcopy"):
        calls[call]()
    with pytest.raises(ValueError, match=rf"^{call}: another thread"):
        net.forward(ROWS[:4], training=True)
        elsewhere(calls[call])
    assert net.fingerprint() == before
    step(net, optimizer)  # whole steps may come from any thread, in turn
    elsewhere(lambda: step(net, optimizer))
    alone, other = network(backend), rn.SGD(0.1)
    step(alone, other)
    step(alone, other)
    assert net.fingerprint() == alone.fingerprint()


def test_one_training_at_a_time(backend):
    net, begun, go_on = network(backend), threading.Event(), threading.Event()

    def report(told):
        begun.set()
        go_on.wait(30)

    with ThreadPoolExecutor(1) as pool:
        training = pool.submit(lambda: net.fit(ROWS, CLASSES, report=report))
        begun.wait(30)
        try:
            for act in (lambda: net.fit(ROWS, CLASSES), lambda: net.predict(ROWS), lambda: net.forward(ROWS),
                        lambda: net.set("dense1.bias", [0.0] * 4), lambda: setattr(net, "biases", net.biases),
                        lambda: copy.deepcopy(net), lambda: net.save("/nowhere"), lambda: rn.save(net, "/nowhere")):
                with pytest.raises(ValueError, match=r"another thread is training it|being trained"):
                    act()
            assert net.is_training
        finally:
            go_on.set()
        training.result()
    assert not net.is_training and len(net.predict(ROWS)) == 24


def test_copies_are_independent(backend, often):
    """Made while others use the original, and trained at once."""
    net = network(backend)
    alone = copy.deepcopy(net)
    expected = alone.fit(ROWS, CLASSES, epochs=3, batch_size=8), alone.fingerprint()

    def work(i):
        twin = copy.deepcopy(net)
        net.predict(ROWS)
        return twin.fit(ROWS, CLASSES, epochs=3, batch_size=8), twin.fingerprint()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [expected] * 8
