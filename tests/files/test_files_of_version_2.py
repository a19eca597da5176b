"""Does a file of version 2, written by refnet before its rooms were rebuilt, go on to the same bits?

The program that wrote it trained the network of three epochs, saved it, trained two more epochs and printed the
fingerprints and losses below, the same on both backends.
"""

import json
from pathlib import Path

from file_helpers import rewrite

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
    net.callbacks[0].restore = False  # that program put nothing back when the epochs ran out
    history = net.fit(X, Y, epochs=2, batch_size=4)
    assert history["loss"] == [1.1034892605747342, 0.9465108504044983]
    assert net.fingerprint() == TRAINED_ON


def test_nothing_of_it_is_lost(backend, path):
    """Saved again, it differs in the version, the checksum, and what classes have got since."""
    rn.save(rn.load(RECORDED, backend), path)
    before, after = json.loads(RECORDED.read_text()), json.loads(path.read_text())
    assert (before.pop("version"), after.pop("version")) == (2, 3) and before.pop("sha256") != after.pop("sha256")
    assert without_what_is_new(after, before) == before


def without_what_is_new(after, before):
    """The part of a document that another one has too."""
    if isinstance(before, dict):
        return {name: without_what_is_new(after[name], value) for name, value in before.items()}
    if isinstance(before, list):
        assert len(after) == len(before)
        return [without_what_is_new(*pair) for pair in zip(after, before)]
    return after


def test_a_setting_added_since_has_its_default(path):
    document = json.loads(RECORDED.read_text())
    document["callbacks"] = [{"class": "StopAtLoss", "settings": {"threshold": 0.5, "monitor": "loss"}}]
    rewrite(path, document)
    (stop,) = rn.load(path).callbacks
    assert (stop.threshold, stop.monitor, stop.mode) == (0.5, "loss", "min")
