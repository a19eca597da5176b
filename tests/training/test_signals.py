"""Whatever signal ends a training, wherever it arrives: do weights, progress and handlers agree, is nothing lost?"""

import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from training_helpers import CLASSES, X, by_hand, softmax_net, state

import refnet as rn

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="this system has no SIGALRM")
PACKAGE = str(Path(rn.__file__).parent)
LOOPS = tuple(f"{name}.py" for name in ("interrupts", "loop", "replay", "steps", "recording"))
CALCULATING = tuple(os.path.join(PACKAGE, *room) for room in (["arithmetic"], ["kernels", "reference"]))


class Ended(Exception):
    """What the handlers of these tests raise."""


def end(number, frame):
    raise Ended


class Lines:
    """While it traces, it counts how often Python comes to each line of refnet, (code, line)."""

    def __init__(self):
        self.counts = Counter()

    def __call__(self, frame, event, argument):
        file = frame.f_code.co_filename
        return self.line if file.startswith(PACKAGE) and not file.startswith(CALCULATING) else None

    def line(self, frame, event, argument):
        if event == "line":
            self.counts[frame.f_code, frame.f_lineno] += 1
        return self.line

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self)
        return self

    def __exit__(self, *error):
        sys.settrace(self.before)


class At(Lines):
    """Calls `act` when Python comes to one of these lines for the n-th time."""

    def __init__(self, code, line, n, act):
        self.code, self.at, self.left, self.act = code, line, n, act

    def __call__(self, frame, event, argument):
        return self.line if frame.f_code is self.code else None

    def line(self, frame, event, argument):
        if event == "line" and frame.f_lineno == self.at:
            self.left -= 1
            if self.left == 0:
                sys.settrace(self.before)
                self.act()
        return self.line


def parts():
    return rn.Nesterov(0.3), [rn.EarlyStopping(2)]


def trained(net, optimizer, callbacks, epochs=3):
    """Three steps an epoch. C records two of each size, and replays the others."""
    return net.fit(X[:5], CLASSES[:5], optimizer=optimizer, epochs=epochs, batch_size=2, callbacks=callbacks,
                   validation=(X[5:], CLASSES[5:]), report=lambda told: None)


def everything(net):
    """The state after training, and that nothing of the training is left over."""
    assert not net.is_training and getattr(getattr(net.k, "_thread", None), "recorder", None) is None
    (stopping,) = net.callbacks
    return (*state(net), net.progress.plan, stopping.best, stopping.waited, stopping.kept)


def finished(net, optimizer, callbacks):
    """`everything` after the rest of the three epochs."""
    if net.epoch < 3:
        trained(net, optimizer, callbacks, 3 - net.epoch)
    return everything(net)


@pytest.fixture
def expected(backend):
    net = softmax_net(backend)
    trained(net, *parts())
    return everything(net)


@pytest.fixture
def handle():
    """A function that sets the handler of a signal; the old ones are put back after the test."""
    before = {}

    def set_handler(number, handler):
        before.setdefault(number, signal.getsignal(number))
        signal.signal(number, handler)

    yield set_handler
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def in_a_step(monkeypatch):
    """A function: let this signal arrive in the midst of the second step, between the updates of two parameters."""
    def arrange(number):
        calls, update = [], rn.Nesterov.update_parameter

        def signalling(*arguments):
            update(*arguments)
            calls.append(number)
            if len(calls) == 6:
                signal.raise_signal(number)

        monkeypatch.setattr(rn.Nesterov, "update_parameter", signalling)

    return arrange


@pytest.mark.parametrize("part", range(4))  # of the lines; the tests can then run side by side
def test_a_handler_that_raises_at_any_line(backend, handle, expected, part):
    """Training ends between two steps, and goes on from there to the bits of a training that was never ended. Lines of
    the loop itself are tried at the first and the last time, others at a middle time.
    """
    handle(signal.SIGALRM, end)
    net, made = softmax_net(backend), parts()
    with Lines() as lines:
        trained(net, *made)
    ends = set()
    for (code, line), times in [*lines.counts.items()][part::4]:
        for n in {1, times} if code.co_filename.endswith(LOOPS) else {times // 2 + 1}:
            net, made = softmax_net(backend), parts()
            with At(code, line, n, lambda: signal.raise_signal(signal.SIGALRM)), pytest.raises(Ended):
                trained(net, *made)
            assert signal.getsignal(signal.SIGALRM) is end, (code, line, n)
            ends.add(net.progress.step)
            assert finished(net, *made) == expected, (code, line, n)
    assert {0, 1, 3, 9} <= ends  # before, in the midst, at the end of an epoch, and after the last step


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, TimeoutError, Ended])
def test_every_signal_and_every_error(backend, expected, handle, in_a_step, number, error):
    def handler(number, frame):
        raise error

    number = getattr(signal, number)
    handle(number, handler)
    in_a_step(number)
    net, made = softmax_net(backend), parts()
    with pytest.raises(error):
        trained(net, *made)
    assert net.progress.step == 2 and signal.getsignal(number) is handler
    assert finished(net, *made) == expected


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGALRM"])
def test_a_handler_that_does_not_raise(backend, expected, handle, in_a_step, number):
    """It is called once, after the step, with the frame that the signal interrupted; the training goes on."""
    called = []
    number = getattr(signal, number)
    net, made = softmax_net(backend), parts()
    handle(number, lambda *arguments: called.append((*arguments, net.progress.step, net.fingerprint())))
    in_a_step(number)
    trained(net, *made)
    assert everything(net) == expected
    ((arrived, frame, steps, fingerprint),) = called
    assert (arrived, steps, frame.f_code.co_name) == (number, 2, "signalling")
    reference, optimizer = softmax_net(backend), rn.Nesterov(0.3)
    by_hand(reference, X[:5], CLASSES[:5], optimizer, rn.CrossEntropy(), 3, 2, steps=2)
    assert fingerprint == reference.fingerprint()


def test_a_handler_that_saves(backend, handle, in_a_step, tmp_path):
    """A network saved by a handler in mid-training goes on to the same bits."""
    net, made = softmax_net(backend), parts()
    handle(signal.SIGTERM, lambda number, frame: (net.save(tmp_path / "net.refnet"), sys.exit(3)))
    in_a_step(signal.SIGTERM)
    with pytest.raises(SystemExit):
        trained(net, *made)
    loaded = rn.load(tmp_path / "net.refnet", backend=backend)
    assert loaded.progress.step == 2 and state(loaded) == state(net)
    assert finished(loaded, None, None) == finished(net, *made)


def test_a_handler_that_sets_another(backend, expected, handle, in_a_step):
    """At the first Ctrl-C a program says that the second will end it. Both are handled between two steps."""
    def first(number, frame):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)

    handle(signal.SIGINT, first)
    in_a_step(signal.SIGINT)
    net, made = softmax_net(backend), parts()
    with pytest.raises(KeyboardInterrupt):
        trained(net, *made)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert finished(net, *made) == expected


def test_ctrl_c_in_a_fit_within_a_report_ends_both(backend):
    inner, outer = softmax_net(backend), softmax_net(backend)

    def report(told):
        if told.finished:
            inner.fit(X, CLASSES, epochs=5, report=lambda told: signal.raise_signal(signal.SIGINT))

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        outer.fit(X, CLASSES, epochs=5, report=report)
    assert (inner.epoch, outer.epoch) == (1, 1)
    assert signal.getsignal(signal.SIGINT) is handler


def test_signals_that_the_program_ignores(backend, handle):
    handle(signal.SIGINT, signal.SIG_IGN)
    net = softmax_net(backend)
    net.fit(X, CLASSES, epochs=2, report=lambda told: signal.raise_signal(signal.SIGINT))
    assert net.epoch == 2 and signal.getsignal(signal.SIGINT) is signal.SIG_IGN


class Failing(rn.Layer):
    """Passes everything on, until the forward pass of its second training step raises."""

    def __init__(self, error=None):
        super().__init__()
        self.error, self.steps = error, 0

    def forward(self, x, training=False):
        self.steps += training
        if self.steps == 2 and self.error is not None:
            raise self.error
        return self.k.scale(x, 1.0)

    def backward(self, d, input_gradient=True):
        return self.k.scale(d, 1.0)


@pytest.mark.filterwarnings("ignore::UserWarning")  # C says that it trains such a network step by step
@pytest.mark.parametrize("error", [TimeoutError("too slow"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()])
def test_an_error_that_recording_cannot_cause_ends_the_step(backend, error):
    """The step has not taken place, and training can go on."""
    def made(layer):
        return rn.Network([rn.Input(3), rn.Dense(3), layer, rn.Softmax()], backend=backend, seed=3)

    net, whole = made(Failing(error)), made(Failing())
    whole.fit(X, CLASSES, optimizer=rn.Nesterov(0.3), batch_size=4)
    with pytest.raises(type(error)):
        net.fit(X, CLASSES, optimizer=rn.Nesterov(0.3), batch_size=4)
    assert net.progress.step == 1
    net.fit(X, CLASSES, batch_size=4)
    assert state(net) == state(whole)
