"""When does early stopping stop, and which weights does a network have then?"""

import math

import pytest
from callback_helpers import Line, fit, network

import refnet as rn


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


def test_after_a_stop_the_waiting_begins_anew_and_the_best_can_be_put_back_by_hand(backend):
    net = network(backend)
    stopping = rn.EarlyStopping(patience=2, monitor="own_loss")
    fit(net, 20, callbacks=[Line([1.0, 2.0, 2.0, 2.0, 2.0, 2.0]), stopping])
    best = net.fingerprint()
    assert (net.epoch, stopping.waited) == (3, 2)
    fit(net, 20, optimizer=None)
    assert net.epoch == 5
    fit(net, 1, optimizer=None)
    assert net.epoch == 6 and net.fingerprint() != best
    stopping.restore_best(net)
    assert net.fingerprint() == best


def test_early_stopping_without_going_back_and_for_what_shall_grow(backend):
    net, straight = network(backend), network(backend)
    stopping = rn.EarlyStopping(patience=1, monitor="own_loss", mode="max", min_delta=0.5, restore=False)
    fit(net, 20, callbacks=[Line([1.0, 1.75, 2.25]), stopping])
    fit(straight, 3)
    assert stopping.best == 1.75 and net.fingerprint() == straight.fingerprint()
