"""Is no cause missing in docs/difference.md, and is each attribute that it names one? (test_pages runs its code.)"""

import re
from operator import attrgetter
from pathlib import Path

import refnet as rn
from refnet.trace.compared.causes import CAUSES

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "difference.md").read_text(encoding="utf-8")


def test_its_attributes():
    net = rn.Network([rn.Input(1), rn.Dense(1)], seed=1)
    found = rn.traced(net, [[0.5]], [[1.0]]).difference({"dense1.z": [[2.0]]})
    names = re.findall(r"`([\w.]+)`", DOCUMENT[DOCUMENT.index("its attributes (") :].split(", …)")[0])
    assert len(names) == 9
    for name in names:
        attrgetter(name)(found)


def test_its_causes():
    """Each kind of cause has its word in the list, so that a new kind is not forgotten."""
    causes = DOCUMENT[DOCUMENT.index("## The causes") :].split("## Backends")[0]
    words = ("fused", "bias", "descending", "airwise", "lanes", "blocks", "rounded once", "binary32", "binary16", "−0",
             "flushed", "platform's", "sigmoid", "tanh", "softplus", "x·(1/m)", "√s", "derivative at 0", "NaN",
             "maximum", "not fused", "once", "divided", "root", "Adam's", "digits", "fixed point",
             "accumulator", "momentum", "double literals")
    assert all(word in causes for word in words)
    for cause in CAUSES:
        assert any(word in cause.name for word in words), cause.name
