"""What does fit(progress=True) show, with tqdm and without?"""

import sys
from types import ModuleType

import pytest
from callback_helpers import X, Y, fit, network

import refnet as rn


class Tqdm:
    """Notes what tqdm would show."""

    made = None

    def __init__(self, total, unit, unit_scale):
        self.total, self.n, self.texts, self.is_closed = total, 0, [], False
        Tqdm.made.append(self)

    def set_postfix_str(self, text, refresh):
        self.texts.append(text)

    def update(self, n):
        assert n >= 0
        self.n += n

    def close(self):
        self.is_closed = True


@pytest.fixture
def tqdm(monkeypatch):
    module = ModuleType("tqdm.auto")
    module.tqdm = Tqdm
    Tqdm.made = []
    monkeypatch.setitem(sys.modules, "tqdm", ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    return Tqdm.made


@pytest.fixture
def no_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


def test_nothing_unless_asked_for(backend, tqdm, capsys):
    fit(network(backend), 2)
    assert not tqdm and capsys.readouterr() == ("", "")


def test_a_bar_counts_the_rows(backend, tqdm, capsys):
    net, told = network(backend), []
    fit(net, 2)
    history = fit(net, 3, progress=True, report=told.append)
    (bar,) = tqdm
    assert (bar.total, bar.n, bar.is_closed) == (15, 15, True)
    assert bar.texts[-1].startswith(f"epoch 5/5, loss {history['loss'][-1]:.6g}, validation_loss ")
    assert [each.epoch for each in told if each.finished] == [3, 4, 5]  # report is told all the same
    assert capsys.readouterr() == ("", "")


def test_a_bar_is_closed_where_an_error_ends_the_training(backend, tqdm):
    def stop(told):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError):
        fit(network(backend), 3, progress=True, report=stop)
    assert tqdm[0].is_closed


def test_lines(backend, no_tqdm, capsys):
    history = fit(network(backend), 3, progress=True)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and [line.split(",")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    names = ["loss", "validation_loss", "validation_accuracy"]
    assert lines[1] == ", ".join(["epoch 2/3", *(f"{name} {history[name][1]:.6g}" for name in names)])


def test_no_more_than_about_twenty_lines(backend, no_tqdm, capsys):
    net = network(backend)
    net.fit(X, Y, epochs=1000, progress=True, optimizer=rn.SGD(0.01))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 20 and lines[0].startswith("epoch 50/1000, loss ")
    net.fit(X, Y, epochs=1000, progress=True, callbacks=rn.StopAtLoss(100.0))  # stops at once: its line is there
    assert [line.split(",")[0] for line in capsys.readouterr().err.splitlines()] == ["epoch 1001/2000"]


def test_with_the_real_tqdm(backend, capsys):
    pytest.importorskip("tqdm", reason="the extra `test` brings tqdm")
    fit(network(backend), 2, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and "100%" in err and "epoch 2/2, loss " in err


def test_it_changes_no_bit(backend, no_tqdm, capsys):
    shown, alone = network(backend), network(backend)
    assert fit(shown, 3, progress=True) == fit(alone, 3) and shown.fingerprint() == alone.fingerprint()
    with pytest.raises(ValueError, match="progress: 'yes'; allowed: True, False"):
        fit(shown, 1, progress="yes")
