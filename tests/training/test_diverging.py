"""What does fit say, and what is left, when a training diverges or is ended by an error?"""

import math
import signal
import warnings

import pytest
from callback_helpers import VALIDATION, Line, X, Y, fit, network

import refnet as rn

INF, NAN = math.inf, math.nan


def growing(backend, inputs=((1.0,),) * 5):
    """w ← w − η·x²·w: with x = 1 and η = 1e100 the factor is about −1e100, and so 1e200 for the loss ½w²."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[1.0]]]
    return net, [list(row) for row in inputs], [0.0] * len(inputs)


FAST = {"loss": rn.HalfSquaredError(), "shuffle": False}

# --- The warning ---


@pytest.mark.parametrize("batch_size, epoch", [(5, 3), (3, 2), (2, 1), (1, 1)])
@pytest.mark.parametrize("report", [None, lambda told: None])
def test_fit_warns_once_and_names_epoch_and_step(backend, batch_size, epoch, report):
    """The losses of the steps are ½, ½·1e200, then infinite."""
    net, x, y = growing(backend)
    with pytest.warns(RuntimeWarning) as caught:
        history = net.fit(x, y, optimizer=rn.SGD(1e100), batch_size=batch_size, epochs=6, report=report, **FAST)
    (warning,) = caught
    text = str(warning.message)
    assert text.startswith(f"fit: in epoch {epoch}, step 3 of the training, the loss is not finite")
    assert "ClipNorm" in text and "TerminateOnNaN()" in text and warning.filename == __file__
    assert math.isinf(history["loss"][epoch - 1]) and all(map(math.isfinite, history["loss"][: epoch - 1]))


def test_steps_and_epochs_count_from_the_first_fit(backend):
    net, x, y = growing(backend)
    net.fit(x, y, optimizer=rn.SGD(0.5), batch_size=5, epochs=4, **FAST)
    with pytest.warns(RuntimeWarning, match=r"in epoch 7, step 7 "):
        net.fit(x, y, optimizer=rn.SGD(1e100), batch_size=5, epochs=5, **FAST)


def test_the_last_step_of_all_is_not_overlooked(backend):
    """Its loss is that of the weights before it."""
    net, x, y = growing(backend, [[1e200]])
    net.weights = [[[1e-200]]]
    with pytest.warns(RuntimeWarning, match="after epoch 1 dense1.weights is not finite: the training has diverged"):
        assert net.fit(x, y, optimizer=rn.SGD(1e200), **FAST)["loss"] == [0.5]


def test_a_training_that_converges_says_nothing(backend):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(network(backend), 3)
        net, x, y = growing(backend)
        net.fit(x, y, optimizer=rn.SGD(1e100, clip=rn.ClipNorm(1e-100)), epochs=6, batch_size=5, **FAST)


# --- The callback ---


def test_terminate_on_nan_ends_with_that_epoch(backend):
    net, x, y = growing(backend)
    with pytest.warns(RuntimeWarning, match="in epoch 3, step 3 "):
        history = net.fit(x, y, optimizer=rn.SGD(1e100), batch_size=5, epochs=9, callbacks=rn.TerminateOnNaN(), **FAST)
    assert len(history["loss"]) == net.epoch == 3


@pytest.mark.parametrize("line, ends", [
    ({"loss": NAN}, True), ({"loss": -INF}, True), ({"loss": 1.0}, False),
    ({"loss": 1.0, "validation_loss": NAN}, True),
    ({"loss": 1.0, "validation_loss": 1.0, "validation_auc": NAN}, False),  # a metric may have nothing to divide by
])
def test_which_losses_it_looks_at(net, line, ends):
    assert rn.TerminateOnNaN().epoch_end(net, line) is ends


def test_it_is_kept_in_files(path):
    net = network("python")
    fit(net, 1, callbacks=rn.TerminateOnNaN())
    net.save(path)
    assert [type(each) for each in rn.load(path).callbacks] == [rn.TerminateOnNaN]


# --- The history is left, whatever ends the training ---


def test_it_is_the_one_that_fit_returns(backend):
    net = network(backend)
    assert net.history == {}
    for epochs in (3, 2):
        history = fit(net, epochs)
        assert net.history == history and len(history["loss"]) == epochs and len(history) == 4


def test_a_callback_or_a_report_that_raises(backend):
    expected = fit(network(backend), 3)

    def stop(told):
        if told.finished and told.epoch == 3:
            raise RuntimeError("enough")

    for more in ({"report": stop}, {"callbacks": Line([1.0, 1.0])}):  # which has numbers for two epochs
        net = network(backend)
        with pytest.raises((RuntimeError, IndexError)):
            fit(net, 9, **more)
        assert net.history == expected and net.epoch == 3


def test_a_rate_that_runs_out(backend):
    class Listed(rn.Schedule):
        def __call__(self, epoch):
            return [0.5, 0.25, 0.125][epoch]

    net = network(backend)
    with pytest.raises(IndexError):
        net.fit(X, Y, optimizer=rn.SGD(Listed()), epochs=9)
    assert net.history["rate"] == [0.5, 0.25, 0.125] and len(net.history["loss"]) == 3


def test_a_metric_that_raises_later(backend):
    """The loss of its epoch is there: that epoch is trained."""
    calls = []

    def metric(targets, outputs):
        calls.append(1)
        assert len(calls) < 4
        return 0.5

    net = network(backend)
    with pytest.raises(AssertionError):
        fit(net, 9, metrics=metric)
    assert len(net.history["loss"]) == net.epoch == 3 and len(net.history["validation_metric"]) == 2


def test_ctrl_c(backend):
    def press(told):
        if told.finished and told.epoch == 4:
            signal.raise_signal(signal.SIGINT)

    net = network(backend)
    with pytest.raises(KeyboardInterrupt):
        fit(net, 9, report=press)
    assert net.history == fit(network(backend), 4)


def test_a_fit_that_is_refused_leaves_the_last_one_s(backend):
    net = network(backend)
    history = fit(net, 2)
    with pytest.raises(ValueError, match="epochs"):
        net.fit(X, Y, validation=VALIDATION, epochs=0)
    assert net.history == history
