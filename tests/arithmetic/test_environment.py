"""Is it noticed, and said, when the processor computes otherwise than the contract says?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from modes import MODES, mode, needs_modes
from unchanged import X, Y, state

import refnet as rn
from refnet.arithmetic import environment

HELPERS, ROOT = Path(__file__).parents[1] / "helpers", Path(rn.__file__).parents[1]


def test_no_fault_here():
    assert environment.fault() == ""
    environment.check()


@needs_modes
@pytest.mark.parametrize("name", MODES)
def test_each_mode_is_named(name):
    with mode(name):
        reason = environment.fault()
    assert name in reason and "this thread" in reason
    assert environment.fault() == ""


def test_an_x87_is_named(monkeypatch):
    monkeypatch.setattr(environment, "_SUM", 10000000000000004.0)  # what it computes there
    with pytest.raises(FloatingPointError, match=r"rounds twice.*x87.*SSE2.*REFNET_OTHER_BITS=1"):
        environment.check()


USES = {
    "Network": lambda net, path: rn.Network([rn.Input(2), rn.Dense(1)], backend=net.backend),
    "fit": lambda net, path: net.fit(X, Y, batch_size=3),
    "predict": lambda net, path: net.predict(X),
    "evaluate": lambda net, path: net.evaluate(X, Y),
    "save": lambda net, path: net.save(path),
    "load": lambda net, path: rn.load(path, net.backend),
}


@needs_modes
@pytest.mark.parametrize("name", MODES)
@pytest.mark.parametrize("use", USES)
def test_what_would_give_other_bits_is_refused(net, path, use, name):
    net.save(path)
    before, written = state(net), path.read_bytes()
    with mode(name):
        try:
            USES[use](net, path)
            found = None
        except FloatingPointError as error:
            found = error
    assert found is not None and name in str(found)
    assert "fesetenv" in str(found) and "REFNET_OTHER_BITS=1" in str(found)
    assert state(net) == before and path.read_bytes() == written
    USES[use](net, path)


@needs_modes
@pytest.mark.parametrize("use", USES)
def test_other_bits_can_be_allowed(net, path, use, monkeypatch):
    monkeypatch.setenv("REFNET_OTHER_BITS", "1")
    net.save(path)
    with mode("subnormal"):
        USES[use](net, path)


def imported(name, **settings):
    program = f"from modes import mode\nwith mode({name!r}):\n    import refnet\nprint('imported')"
    path = os.pathsep.join([str(HELPERS), str(ROOT)])
    done = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path, **settings},
                          capture_output=True, text=True)
    return done.stdout + done.stderr


@needs_modes
@pytest.mark.parametrize("name", MODES)
def test_import(name):
    assert "ImportError" in imported(name) and f"{name}" in imported(name)
    assert imported(name, REFNET_OTHER_BITS="1") == imported("") == "imported\n"
