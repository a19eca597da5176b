"""Does a file of version 2, written by refnet before its rooms were rebuilt, go on to the same bits?

The program that wrote it trained the network of three epochs, saved it, trained two more epochs and printed the
fingerprints and losses below, the same on both backends.
"""

from pathlib import Path

import refnet as rn
from refnet.arithmetic.random import uniform

RECORDED = Path(__file__).parent / "recorded" / "version_2.refnet"
X = [[uniform(7, i * 4 + j) * 2.0 - 1.0 for j in range(4)] for i in range(21)]
Y = [int(uniform(99, i) * 3) for i in range(21)]
SAVED = "cc678ca8f982ed46dccc2c62ef2237d0160e04808d4c163db5ef5656d4add9eb"
TRAINED_ON = "7f28e6286fa9a2f19fccff115235645a61ed0f10d92fbb0c6a75f153c7e6d0f4"


def test_it_goes_on_where_it_was(backend):
    net = rn.load(RECORDED, backend)
    assert net.fingerprint() == SAVED and net.notes == {"classes": ["a", "b", "c"]}
    assert type(net.optimizer.schedule) is rn.Plateau and net.optimizer.clip.limit == 1.0
    assert [type(each) for each in net.callbacks] == [rn.EarlyStopping] and net.penalties[0].start == 2
    history = net.fit(X, Y, epochs=2, batch_size=4)
    assert history["loss"] == [1.1034892605747342, 0.9465108504044983]
    assert net.fingerprint() == TRAINED_ON


def test_it_is_saved_as_it_was(backend, path):
    """Not a byte differs."""
    rn.save(rn.load(RECORDED, backend), path)
    assert path.read_bytes() == RECORDED.read_bytes()
