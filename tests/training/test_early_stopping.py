"""When does early stopping stop, and which weights does a network have then?"""

import copy
import gc
import math
import signal

import pytest
from callback_helpers import VALIDATION, Line, X, Y, fit, network
from spies import Spy
from unchanged import Unchanged

import refnet as rn
from refnet.network.state import snapshot as everything
from refnet.training.callbacks import Callback


@pytest.mark.parametrize(
    ("values", "stops", "best"),
    [
        ([5.0, 4.0, 3.0, 3.0, 3.5, 9.0], 5, 3),  # 3.0 again is no improvement
        ([5.0, 6.0, 4.0, 6.0, 6.0, 9.0], 5, 3),  # an improvement restarts the waiting
        ([5.0, math.nan, math.nan, 1.0], 3, 1),
        ([5.0, -math.inf, 4.0, 6.0, 7.0, 9.0], 5, 3),
        ([math.nan, 5.0, 6.0, 7.0, 9.0], 4, 2),
    ],
)
def test_early_stopping_and_the_weights_it_goes_back_to(backend, values, stops, best):
    net, straight = network(backend), network(backend)
    stopping = rn.EarlyStopping(patience=2, monitor="own_loss")
    fit(net, 20, callbacks=[Line(values), stopping])
    fit(straight, best)
    assert (net.epoch, stopping.best_epoch, stopping.best) == (stops, best, values[best - 1])
    assert net.fingerprint() == straight.fingerprint()
    for here, there in zip(net.layers, straight.layers):  # the running statistics, and the draws that dropout has used
        assert {n: net.k.tolist(m) for n, m in here.buffers.items()} == {
            n: straight.k.tolist(m) for n, m in there.buffers.items()
        }


OPTIMIZERS = [lambda: rn.Momentum(0.3), lambda: rn.Nesterov(0.1), lambda: rn.Adam(0.05), lambda: rn.Nadam(0.05)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_all_of_the_state_is_that_of_the_best_epoch(backend, optimizer):
    """Also velocity, step count, running statistics and the draws of dropout; from there training goes on."""
    net, straight = network(backend), network(backend)
    stopping = rn.EarlyStopping(patience=2, monitor="own_loss")
    fit(net, 20, callbacks=[Line([1.0, 0.5, 2.0, 2.0]), stopping], optimizer=optimizer())
    fit(straight, 2, optimizer=optimizer())
    assert net.epoch == 4 and everything(net) == everything(straight)
    assert any(name.startswith("optimizer.") for name in everything(net))
    straight.progress.epoch = 4  # whose order and rate are next
    assert fit(net, 2, callbacks=[], optimizer=None) == fit(straight, 2, optimizer=None)
    assert everything(net) == everything(straight)


def test_after_a_stop_the_waiting_begins_anew(backend):
    net = network(backend)
    stopping = rn.EarlyStopping(patience=2, monitor="own_loss")
    fit(net, 20, callbacks=[Line([1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.5]), stopping])
    best = everything(net)
    assert (net.epoch, stopping.waited) == (3, 2)
    fit(net, 20, optimizer=None)
    assert net.epoch == 5 and everything(net) == best
    fit(net, 1, optimizer=None)
    assert net.epoch == 6 and everything(net) == best  # the epochs have run out
    fit(net, 1, optimizer=None)
    assert stopping.best_epoch == 7 and everything(net) != best


def test_early_stopping_without_going_back_and_for_what_shall_grow(backend):
    net, straight = network(backend), network(backend)
    stopping = rn.EarlyStopping(patience=1, monitor="own_loss", mode="max", min_delta=0.5, restore=False)
    fit(net, 20, callbacks=[Line([1.0, 1.75, 2.25]), stopping])
    fit(straight, 3)
    assert stopping.best == 1.75 and net.fingerprint() == straight.fingerprint()


# --- The epochs run out ---


def ending(values, patience=9, **more):
    return [Line(values), rn.EarlyStopping(patience, monitor="own_loss", **more)]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_best_is_put_back_when_the_epochs_run_out(backend, optimizer):
    net, straight = network(backend), network(backend)
    callbacks = ending([3.0, 1.0, 2.0, 2.0, 2.0])
    history = fit(net, 5, callbacks=callbacks, optimizer=optimizer())
    assert everything(net) != everything(straight) and net.epoch == 5
    fit(straight, 2, optimizer=optimizer())
    assert everything(net) == everything(straight)
    assert history["loss"] == fit(network(backend), 5, optimizer=optimizer())["loss"]


def test_another_callback_ends_it(backend):
    net, straight = network(backend), network(backend)
    fit(net, 20, callbacks=[*ending([3.0, 1.0, 2.0, 2.0]), Told([False, None, True])])
    fit(straight, 2)
    assert everything(net) == everything(straight)


class Told(Callback):
    """Returns these answers, one for each epoch."""

    def __init__(self, answers):
        self.answers = list(answers)

    def epoch_end(self, network, line):
        return self.answers.pop(0)


def test_the_last_is_kept_where_it_is_the_best_or_nothing_shall_be_put_back(backend):
    for callbacks in (ending([3.0, 2.0, 1.0]), ending([3.0, 1.0, 2.0], restore=False)):
        net, straight = network(backend), network(backend)
        fit(net, 3, callbacks=callbacks)
        fit(straight, 3)
        assert everything(net) == everything(straight) and callbacks[1].last == {}


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, lambda: rn.SGD(rn.Plateau(0.3, 0.5, patience=1))])
@pytest.mark.parametrize("monitor", ["validation_loss", "loss", "validation_accuracy"])
def test_two_fits_are_one_although_the_best_was_put_back_in_between(journey, optimizer, monitor, path):
    """Also if the network was saved at its best and loaded on another backend."""
    start, end = journey

    def settings():
        return {"callbacks": rn.EarlyStopping(9, monitor), "optimizer": optimizer()}

    whole, parts = network(end), network(start)
    expected = fit(whole, 5, **settings())
    found = fit(parts, 2, **settings())
    parts.save(path)
    parts = rn.load(path, end)
    for epochs in (1, 2):
        for name, values in fit(parts, epochs, optimizer=None).items():
            found[name] += values
    assert found == expected == fit(network(end), 5, optimizer=optimizer())
    assert everything(parts) == everything(whole)
    for name in ("best", "best_epoch", "waited", "kept", "last"):
        assert getattr(parts.callbacks[0], name) == getattr(whole.callbacks[0], name)


def at_its_best(backend):
    """A network of three epochs with the state of the second, and a plain one that has taken two only."""
    net, plain = network(backend), network(backend)
    fit(net, 3, callbacks=ending([3.0, 1.0, 2.0, 4.0, 4.0, 4.0]))
    fit(plain, 2)
    plain.progress.epoch = 3
    return net, plain


def test_weights_changed_in_between_are_what_training_goes_on_from(backend):
    net, plain = at_its_best(backend)
    for each in (net, plain):
        each.set("dense1.bias", [0.125] * 6)
    assert fit(net, 2, optimizer=None)["loss"] == fit(plain, 2, optimizer=None)["loss"]


def test_the_best_put_back_by_hand_is_what_training_goes_on_from(backend):
    net, plain = at_its_best(backend)
    net.callbacks[1].restore_best(net)
    assert everything(net) == everything(plain)
    assert fit(net, 2, optimizer=None)["loss"] == fit(plain, 2, optimizer=None)["loss"]


@pytest.mark.parametrize("other", [rn.Adam, rn.Momentum])
def test_another_optimizer_takes_over_where_training_was(backend, other):
    """Without the velocity of the one before."""
    net, _ = at_its_best(backend)
    straight = network(backend)
    fit(straight, 3)
    assert fit(net, 2, optimizer=other(0.1))["loss"] == fit(straight, 2, optimizer=other(0.1))["loss"]


def test_nothing_is_put_back_after_ctrl_c(backend):
    def press(told):
        if told.finished and told.epoch == 3:
            signal.raise_signal(signal.SIGINT)

    net, straight = network(backend), network(backend)
    with pytest.raises(KeyboardInterrupt):
        fit(net, 9, callbacks=ending([3.0, 1.0, 2.0, 2.0]), report=press)
    fit(straight, 3)
    assert everything(net) == everything(straight)


# --- The training loss ---


def rising(backend):
    """w ← w − 8η(w − 1): the error halves with each update; from the third epoch on the rate is too large by far."""
    net = rn.Network([rn.Input(1), rn.Dense(1, bias=False)], backend=backend)
    net.weights = [[[0.0]]]
    return net, rn.SGD(rn.PiecewiseConstant([0.0625, 50.0], [2]))


@pytest.mark.parametrize("how", ["stops", "runs out", "through a file"])
def test_the_weights_kept_had_the_training_loss(backend, how, path):
    """It is measured before the update: the one of the third epoch spoils all."""
    net, optimizer = rising(backend)
    x, y = [[2.0], [2.0], [-2.0], [2.0]], [2.0, 2.0, -2.0, 2.0]
    stopping = rn.EarlyStopping(2, "loss")
    epochs = {"stops": 20, "runs out": 4, "through a file": 3}[how]
    settings = {"loss": rn.MeanSquaredError(), "batch_size": 4}
    net.fit(x, y, optimizer=optimizer, callbacks=stopping, epochs=epochs, **settings)
    if how == "through a file":
        net.save(path)
        net = rn.load(path, backend)
        net.fit(x, y, epochs=20, **settings)
        (stopping,) = net.callbacks
    assert stopping.best == net.evaluate(x, y, rn.MeanSquaredError())["loss"] == 0.25
    assert stopping.best_epoch == 2 and net.epoch == {"stops": 5, "runs out": 4, "through a file": 5}[how]


def test_an_epoch_broken_off_began_with_the_weights_that_count(k, path):
    """Saved in the middle of the first epoch, loaded, trained on: as if nothing had happened."""
    calls = []

    def before(kernel):
        calls.append(kernel)
        if calls.count("affine") == 4 and kernel == "affine":  # in the second step
            signal.raise_signal(signal.SIGINT)

    settings = {"batch_size": 2, "epochs": 1}
    whole, net = network(k), network(Spy(k, before))
    whole.fit(X, Y, optimizer=rn.Momentum(20.0), callbacks=rn.EarlyStopping(9, "loss"), **settings)
    with pytest.raises(KeyboardInterrupt):
        net.fit(X, Y, optimizer=rn.Momentum(20.0), callbacks=rn.EarlyStopping(9, "loss"), **settings)
    assert net.progress.position == 4 and everything(net) != everything(network(k))
    net.save(path)
    net = rn.load(path, k)
    net.fit(X, Y, **settings)
    assert everything(net) == everything(whole) and net.callbacks[0].best_epoch == whole.callbacks[0].best_epoch == 0
    assert net.fingerprint() == network(k).fingerprint()


# --- Other data ---

OTHER = ([[5.0, 5.0], [-5.0, 4.0], [3.0, -3.0]], [1, 1, 0])
CHANGES = {
    "other rows": lambda fit: fit(inputs=[[row[0] + 1.0, row[1]] for row in X]),
    "other targets": lambda fit: fit(targets=[1 - y for y in Y]),
    "other validation": lambda fit: fit(validation=OTHER),
    "weights": lambda fit: fit(sample_weight=[1, 2, 3, 4, 5]),
    "another loss": lambda fit: fit(loss=rn.CrossEntropy(over="sum")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_with_other_data_the_watch_begins_anew(backend, change, path):
    """Else the old best, measured with the old data, would wipe out what the second training learns."""
    def fitted(net, **more):
        return net.fit(**{"inputs": X, "targets": Y, "validation": VALIDATION, "epochs": 3, "batch_size": 2, **more})

    net, optimizer = network(backend), rn.SGD(rn.Plateau(0.1, 0.5, patience=1))
    fitted(net, optimizer=optimizer, callbacks=rn.EarlyStopping(patience=9))
    stopping, plateau = net.callbacks[0], optimizer.schedule
    stopping.best = plateau.best = -1e9  # as if nothing could be better
    before = everything(net)
    net.save(path)
    assert CHANGES[change](lambda **more: fitted(net, **more))["rate"][0] == 0.1
    assert -1e9 < stopping.best == plateau.best and stopping.best_epoch > 3 and everything(net) != before
    again = rn.load(path, backend)
    CHANGES[change](lambda **more: fitted(again, **more))
    assert everything(again) == everything(net)
    same = rn.load(path, backend)
    fitted(same)
    assert same.callbacks[0].best == same.optimizer.schedule.best == -1e9  # these data it knows


def test_validation_is_no_other_data_for_the_training_loss(backend):
    net = network(backend)
    net.fit(X, Y, callbacks=rn.EarlyStopping(9, "loss"), optimizer=rn.SGD(rn.Plateau(0.1, patience=9, monitor="loss")))
    waited = net.optimizer.schedule.waited, net.callbacks[0].data
    net.callbacks[0].best = -1e9
    fit(net, 1, optimizer=None)
    assert net.callbacks[0].best == -1e9 and net.callbacks[0].data == waited[1]


@pytest.mark.parametrize("form", ["lists", "arrays", "binary32", "reversed and back"])
def test_the_same_numbers_are_the_same_data(backend, form):
    numpy = pytest.importorskip("numpy")
    make = {"lists": lambda table: table, "arrays": numpy.array,
            "binary32": lambda table: numpy.array(table, dtype="float32" if isinstance(table[0], list) else "int8"),
            "reversed and back": lambda table: numpy.array(table)[::-1].copy()[::-1]}[form]
    net = network(backend)
    fit(net, 1, callbacks=rn.EarlyStopping())
    data = net.callbacks[0].data
    (xv, yv), allowed = VALIDATION, {"allow_nonfinite": form == "binary32"}
    net.fit(make(X), make(Y), validation=(make(xv), make(yv)), **allowed)
    assert net.callbacks[0].data == data


# --- Whose is it? ---


def test_what_remembers_a_training_is_not_shared(backend):
    """The rates of the second optimizer would be those that the first has fallen to."""
    class Halving(rn.Schedule):
        rate = 0.5

        def __call__(self, epoch):
            return self.rate

        def observe(self, line):
            self.rate *= 0.5

    for schedule in (rn.Plateau(0.1, 1e-3, patience=1), Halving()):
        net = network(backend)
        fit(net, 3, optimizer=rn.SGD(schedule))
        fit(net, 1, optimizer=None)
        kept = rn.SGD(copy.deepcopy(schedule))
        for gone in (False, True):
            other = network(backend)
            with Unchanged(other, ValueError, "rate", type(schedule).__name__, "another optimizer"):
                fit(other, 1, optimizer=rn.SGD(schedule))
            if not gone:
                del net
                gc.collect()
        fit(other, 1, optimizer=kept)  # a copy is its own
    plain = rn.StepDecay(0.1)
    for _ in range(2):
        fit(network(backend), 1, optimizer=rn.SGD(plain))


def test_early_stopping_belongs_to_a_network_also_when_that_is_gone(backend):
    net, stopping = network(backend), rn.EarlyStopping()
    fit(net, 1, callbacks=stopping)
    del net
    gc.collect()
    other = network(backend)
    with Unchanged(other, ValueError, "callbacks", "EarlyStopping", "another network"):
        fit(other, 1, callbacks=stopping)
    fit(other, 1, callbacks=copy.deepcopy(stopping))
