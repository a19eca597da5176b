"""Does Ctrl-C end training between two steps, and does training go on from there to the same bits?"""

import _thread
import signal
import threading
import time

import pytest
from spies import Spy
from training_helpers import CLASSES, X, by_hand, softmax_net, state

import refnet as rn
from refnet.arithmetic.random import permutation, stream_key
from refnet.arithmetic.streams import SHUFFLE_STREAM


def press():
    signal.raise_signal(signal.SIGINT)


def count_down(kernel, n, act):
    """A function for Spy.before: act at the n-th call of this kernel."""
    left = [n]

    def before(name):
        if name == kernel:
            left[0] -= 1
            if left[0] == 0:
                act()

    return before


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Momentum, rn.Nesterov])
@pytest.mark.parametrize("kernel, call, steps", [
    ("affine", 1, 1), ("affine_backward_weights", 3, 2), ("take_rows", 3, 3), ("take_wide_rows", 3, 3),
    ("affine", 8, 4),
])  # fmt: skip
def test_ctrl_c_stops_at_the_end_of_the_step(k, kernel, call, steps, optimizer):
    """Pressed anywhere in a step (it has two affine, two affine_backward_weights, one take_rows): the step is finished,
    the next is not begun, and training goes on from there to the bits of a run that was never interrupted.
    """
    def fit(net, epochs, **settings):
        return net.fit(X, CLASSES, epochs=epochs, batch_size=4, **settings)

    net = softmax_net(Spy(k, count_down(kernel, call, press)))
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(net, 3, optimizer=optimizer(0.3))
    assert signal.getsignal(signal.SIGINT) is handler
    assert net.progress.step == steps
    reference, own = softmax_net(k), optimizer(0.3)
    by_hand(reference, X, CLASSES, own, rn.CrossEntropy(), 3, 4, steps=steps)
    assert (net.fingerprint(), state(net)[1]) == (reference.fingerprint(), state(reference)[1])

    whole = softmax_net(k)
    expected = fit(whole, 3, optimizer=optimizer(0.3))
    epochs_done = net.epoch
    history = fit(net, 3 - epochs_done)
    assert state(net) == state(whole)
    assert history == {name: values[epochs_done:] for name, values in expected.items()}
    assert net.progress.plan is None


def test_an_epoch_broken_off_is_finished_with_the_same_data(k):
    net = softmax_net(Spy(k, count_down("affine", 3, press)))
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, CLASSES, epochs=2, batch_size=4)
    before = state(net)
    assert before[2:5] == (0, 2, 8)
    for settings in ({"batch_size": 5}, {"batch_size": 4, "shuffle": False}, {"batch_size": 4, "seed": 1}):
        with pytest.raises(ValueError, match=r"epoch 1 was broken off with \(11, 4, True, 3, False\)"):
            net.fit(X, CLASSES, **settings)
    with pytest.raises(ValueError, match="broken off"):
        net.fit(X[:8], CLASSES[:8], batch_size=4)
    assert state(net) == before
    net.fit(X, CLASSES, batch_size=4)
    assert state(net)[2:5] == (1, 3, 0)


def long_run(backend):
    """A network and data with which training takes long enough to be interrupted from outside."""
    return softmax_net(backend), [row * 1 for row in X * 20], CLASSES * 20


@pytest.mark.parametrize("optimizer", [rn.SGD, rn.Nesterov])
def test_ctrl_c_from_outside(backend, optimizer):
    """At any moment of a long run, in Python or inside a long call of C, fit returns at once, between two steps."""
    net, inputs, targets = long_run(backend)
    pressed = []
    threading.Timer(0.2, lambda: (pressed.append(time.monotonic()), _thread.interrupt_main())).start()
    with pytest.raises(KeyboardInterrupt):
        net.fit(inputs, targets, optimizer=optimizer(0.01), epochs=10**6, batch_size=7)
    assert time.monotonic() - pressed[0] < 2.0  # a tenth of a second is meant; a loaded machine gets twenty times that
    progress = net.progress
    per_epoch = 32  # 220 rows in batches of 7
    assert progress.step == progress.epoch * per_epoch + -(-progress.position // 7) > 1

    reference, inputs, targets = long_run(backend)
    own = optimizer(0.01)
    if progress.epoch:
        reference.fit(inputs, targets, optimizer=own, epochs=progress.epoch, batch_size=7)
    own.attach(reference)
    order = permutation(stream_key(3, SHUFFLE_STREAM + progress.epoch), 220)
    for start in range(0, progress.position, 7):
        batch = order[start : start + 7]
        own.before_forward(reference)
        reference.forward([inputs[i] for i in batch])
        reference.loss([targets[i] for i in batch])
        reference.backward()
        own.update(reference)
    assert (net.fingerprint(), state(net)[1]) == (reference.fingerprint(), state(reference)[1])

    whole, *_ = long_run(backend)
    expected = whole.fit(inputs, targets, optimizer=optimizer(0.01), epochs=progress.epoch + 1, batch_size=7)
    history = net.fit(inputs, targets, epochs=1, batch_size=7)
    assert state(net) == state(whole)
    assert history["loss"] == expected["loss"][-1:]


def test_ctrl_c_from_a_report(backend):
    """It stops at the end of a step, and goes on to the bits of a run without interruption."""
    net, whole = softmax_net(backend), softmax_net(backend)
    pressed = []

    def report(told):
        if told.finished and not pressed:
            pressed.append(told)
            press()

    with pytest.raises(KeyboardInterrupt):
        net.fit(X, CLASSES, optimizer=rn.Momentum(0.05), epochs=200_000, batch_size=4, report=report)
    assert len(pressed) == 1
    epochs = net.epoch + 1
    assert epochs < 200_000
    net.fit(X, CLASSES, epochs=1, batch_size=4)
    whole.fit(X, CLASSES, optimizer=rn.Momentum(0.05), epochs=epochs, batch_size=4)
    assert state(net) == state(whole)


def test_fit_in_another_thread(backend):
    """Only the main thread can catch Ctrl-C. Training works in other threads all the same."""
    expected = softmax_net(backend)
    history = expected.fit(X, CLASSES, epochs=3, batch_size=4)
    results = []

    def work():
        net = softmax_net(backend)
        results.append((net.fit(X, CLASSES, epochs=3, batch_size=4), net.fingerprint()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results == [(history, expected.fingerprint())] * 4
