"""How much memory does a replayed step need, and does it ask the system for more? In blocks, whatever the rows are."""

import sys

import pytest

import refnet as rn
from refnet.kernels.native import memory
from refnet.kernels.native.recording import Recording
from refnet.training.replay import Replay

FEW = 384 << 10
"""Bytes that a step of 4-32-16-4 needs at most. A block has up to 256 rows; its results have some 210 numbers a row,
430 kB, but those of one length lie in the same memory by turns. Sums and packed weights add some 20 kB."""


@pytest.fixture
def recordings(native, monkeypatch):
    """The recordings that are laid out."""
    found, lay_out = [], Recording._lay_out
    monkeypatch.setattr(Recording, "_lay_out", lambda self, *given: (found.append(self), lay_out(self, *given))[1])
    threads, native.threads = native.threads, 1
    yield found
    native.threads = threads


def trained(rows, epochs=2):
    numpy = pytest.importorskip("numpy")
    x = numpy.linspace(-1.0, 1.0, rows * 4).reshape(rows, 4)
    net = rn.Network([rn.Input(4), rn.Dense(32), rn.Tanh(), rn.Dense(16), rn.Tanh(), rn.Dense(4)], backend="c", seed=1)
    net.fit(x, x, loss=rn.HalfSquaredError(), optimizer=rn.Adam(0.001), epochs=epochs, batch_size=rows)
    return net


def test_a_step_of_many_rows_needs_no_more_memory_than_one_of_a_block(recordings, native, monkeypatch):
    for rows in (256, 1000, 10_000, 50_000):
        trained(rows)
        assert len(recordings[-1].memory) * 8 <= FEW
    monkeypatch.setattr(memory, "LEAST_ROWS", 1 << 30)
    trained(10_000)
    assert len(recordings[-1].memory) * 8 > 10 * FEW  # guard: all rows at once do need more


@pytest.mark.skipif(sys.platform != "linux", reason="the page faults of a thread, as Linux counts them")
def test_a_replayed_step_has_no_page_faults(recordings, monkeypatch):
    """From the second call of C on: by then each page of the memory was used. Python may have one of its own from call
    to call, and there are fewer calls than steps."""
    resource = pytest.importorskip("resource")
    faults, steps, advance = [], [], Replay.advance

    def noting(self, *given):
        before, done = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt, self.network.progress.step
        finished = advance(self, *given)
        faults.append(resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before)
        steps.append(self.network.progress.step - done)
        return finished

    monkeypatch.setattr(Replay, "advance", noting)
    trained(10_000, epochs=100)
    assert steps[:2] == [1, 1]  # recorded
    assert len(steps) < 60
    assert sum(faults[3:]) <= len(faults[3:])
