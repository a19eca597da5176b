"""Does a file keep every bit, can anyone read and verify it, and is it written whole or not at all?"""

from __future__ import annotations

import builtins
import copy
import hashlib
import json
import math
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from file_helpers import bits, everything, points, signed, small
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import refnet as rn
from refnet import FileError, load, save
from refnet.files import replacing

ROOT = Path(__file__).resolve().parents[2]


# --- Every bit comes back ----------------------------------------------------------------------------------


def test_a_network_comes_back_with_all_it_has(journey, path):
    start, end = journey
    net = small(start)
    save(net, path, {"classes": ["a", "ä", "\ud800"], "nested": {"x": [1, 2.5, None, True, {}]}})
    back = load(path, backend=end)
    assert back.backend == end
    assert back.fingerprint() == net.fingerprint()
    assert back.notes == {"classes": ["a", "ä", "\ud800"], "nested": {"x": [1, 2.5, None, True, {}]}}
    net.notes = back.notes
    assert everything(back) == everything(net)
    inputs, classes = points(9)
    assert back.forward(inputs) == net.forward(inputs)
    assert back.evaluate(inputs, classes) == net.evaluate(inputs, classes)


def test_the_same_network_makes_the_same_file_on_both_backends(path, both):
    first = path.with_suffix(".1")
    save(small("python"), first)
    save(small("c"), path)
    assert path.read_bytes() == first.read_bytes()
    save(load(path), path)
    assert path.read_bytes() == first.read_bytes()


def test_every_layer_loss_optimizer_penalty_and_schedule_with_its_settings(backend, path):
    net = rn.Network(
        [
            rn.Input(3), rn.Dense(2, weights=rn.He(), penalty=[rn.L1(0.25), rn.L2(0.125, half=True)]), rn.ReLU(1),
            rn.Dense(2), rn.LeakyReLU(0.02), rn.Dense(1, bias=False), rn.Sigmoid(), rn.Dense(1), rn.Tanh(),
        ],
        backend=backend, seed=-(2**70),
    )  # fmt: skip
    losses = [
        rn.HalfSquaredError("sum"), rn.MeanSquaredError("elements"), rn.BinaryCrossEntropy(fused=False),
        rn.BinaryCrossEntropy(from_logits=True), rn.CrossEntropy("sum", fused=False), rn.CrossEntropy(),
    ]  # fmt: skip
    optimizers = [rn.SGD(0.3), rn.Momentum(0.2, mu=0.0), rn.Nesterov(rn.InverseTimeDecay(0.1, 0.0), 0.99), None]
    for i, loss in enumerate(losses):
        net.objective = loss
        net.optimizer = None
        optimizer = copy.copy(optimizers[i % 4])
        if optimizer:
            optimizer.attach(net)
        net.penalties = (rn.L2(0.5), rn.L1(0.0))[: i % 3]
        save(net, path)
        back = load(path, backend)
        assert everything(back) == everything(net)
        assert type(back.parameters["dense1.weights"].initial) is rn.Glorot  # not the one that load put there


def test_an_untrained_network_and_one_without_parameters(backend, path):
    for layers in ([rn.Input(2), rn.Dense(1)], [rn.Input(4), rn.Softmax()]):
        net = rn.Network(layers, backend)
        save(net, path)
        back = load(path, backend)
        assert back.objective is None and back.optimizer is None and back.penalties == () and back.notes == {}
        assert everything(back) == everything(net)


def test_an_optimizer_that_was_never_used(path):
    net = rn.Network([rn.Input(2), rn.Dense(1)], "python")
    net.optimizer = rn.Momentum(0.25)
    save(net, path)
    back = load(path, "python")
    assert back.optimizer.network is None and back.optimizer.state == {}
    inputs, targets = [[1.0, 2.0]], [1.0]
    assert back.fit(inputs, targets) == net.fit(inputs, targets)


def test_the_rate_in_effect_is_kept(backend, path):
    """A user's own loop sets the rate itself, and the next step uses it, whatever the epoch."""
    net = small(backend)
    net.optimizer.set_rate(17)
    save(net, path)
    back = load(path, backend)
    assert back.k.tolist(back.optimizer.rate_matrix) == [[0.5 / (1.0 + 0.1 * 17)]]


SPECIAL = [
    0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, math.inf,
    -math.inf, math.nan, 0.1, 1e22, 1e23, 123456789012345680.0, 9007199254740993.0, 1 / 3, 1e16, -1.0,
]  # fmt: skip
numbers = st.one_of(st.sampled_from(SPECIAL), st.floats(), st.floats(-1, 1))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_numbers_come_back(data, tmp_path):
    backends = st.sampled_from(["python", "auto"])
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    layers = [rn.Input(sizes[0])] + [rn.Dense(n, bias=data.draw(st.booleans())) for n in sizes[1:]]
    net = rn.Network(layers, data.draw(backends), seed=data.draw(st.integers()))
    data.draw(st.sampled_from([rn.SGD, rn.Momentum, rn.Nesterov]))().attach(net)

    def matrix(like):
        rows, columns = net.k.shape(like)
        row = st.lists(numbers, min_size=columns, max_size=columns)
        net.k.assign(like, data.draw(st.lists(row, min_size=rows, max_size=rows)))

    for name, parameter in net.parameters.items():
        matrix(parameter.value)
        for values in net.optimizer.state[name].values():
            matrix(values)
    matrix(net.optimizer.rate_matrix)
    net.progress.loss_sum = data.draw(numbers)
    path = tmp_path / "any.refnet"
    save(net, path)
    back = load(path, data.draw(backends))
    assert everything(back) == everything(net)
    assert back.fingerprint() == net.fingerprint()


def test_numbers_as_other_languages_write_them(path):
    """JavaScript writes 1 for 1.0, C's printf -0 for −0.0."""
    net = rn.Network([rn.Input(4), rn.Dense(1, bias=False)], "python")
    save(net, path)
    row = re.compile(rb'"rows": \[\s*\[[^]]*\]')
    body = row.sub(b'"rows": [[1, -0, 100000000000000000000000, 1E-3]', path.read_bytes())[:-81]
    path.write_bytes(signed(body))
    assert bits(load(path, "python").weights) == bits([[[1.0, -0.0, 1e23, 0.001]]])


def test_the_file_is_readable_and_verifiable(path):
    net = rn.Network([rn.Input(3), rn.Dense(2)], "python")
    net.weights = [[[0.1, -0.0, math.nan], [1e300, -math.inf, 5e-324]]]
    save(net, path)
    data = path.read_bytes()
    assert data.isascii() and b"NaN" not in data and b"Infinity" not in data
    lines = data.decode().splitlines()
    assert '        [0.1, -0.0, "nan"],' in lines
    assert '        [1e+300, "-inf", 5e-324]' in lines
    assert '  "format": "refnet network",' in lines
    document = json.loads(data, parse_constant=pytest.fail)  # standard JSON
    assert document["version"] == 3 and document["contract"] == rn.CONTRACT
    assert document["sha256"] == hashlib.sha256(data[:-81]).hexdigest()  # as the docstring of refnet.files says


def test_notes_are_kept_when_a_loaded_network_is_saved_again(path):
    net = small()
    save(net, path, {"a": 1})
    assert net.notes == {}  # saving changes nothing
    back = load(path, "python")
    save(back, path)
    assert load(path).notes == {"a": 1}
    save(back, path, {})
    assert load(path).notes == {}


def test_a_large_network_takes_seconds(path, backend):
    net = rn.Network([rn.Input(784), rn.Dense(512), rn.ReLU(), rn.Dense(512), rn.ReLU(), rn.Dense(10), rn.Softmax()])
    rn.Momentum(0.1).attach(net)
    for name, parameter in net.parameters.items():
        net.optimizer.state[name]["velocity"] = net.k.copy(parameter.value)
    start = time.monotonic()
    save(net, path)
    back = load(path, backend)
    assert time.monotonic() - start < 20  # it takes 2 s; a busy machine gets ten times that
    assert back.fingerprint() == net.fingerprint()


# --- Written whole or not at all ---------------------------------------------------------------------------


class HalfWritten:
    """A file that fails halfway: the disk is full, or the user presses Ctrl-C."""

    def __init__(self, error, *given, **named):
        self.error, self.given, self.named = error, given, named

    def __enter__(self):
        self.file = builtins.open(*self.given, **self.named)
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        raise self.error


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize("point", ["open", "write", "fsync", "chmod", "replace"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(monkeypatch, path, point, error):
    net = small()
    save(net, path, {"which": "old"})
    before = path.read_bytes()

    def fail(*_, **__):
        raise error

    if point == "write":
        monkeypatch.setattr(
            replacing, "open", lambda *given, **named: HalfWritten(error, *given, **named), raising=False
        )
    elif point == "open":
        monkeypatch.setattr(replacing, "open", fail, raising=False)
    else:
        monkeypatch.setattr(os, point, fail)
    with pytest.raises(type(error)):
        save(net, path, {"which": "new"})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    path.unlink()
    if point != "chmod":  # a new file gets its permissions when it is made
        with pytest.raises(type(error)):
            save(net, path)
        assert os.listdir(path.parent) == []


def test_all_bytes_are_on_the_disk_before_the_old_file_goes(monkeypatch, path):
    calls, opened = [], []
    fsync, replace = os.fsync, os.replace

    def noting_open(name, *given, **named):
        opened.append(Path(name))
        return builtins.open(name, *given, **named)


    def noting_fsync(descriptor):
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        calls.append("folder" if is_folder else os.fstat(descriptor).st_size)
        fsync(descriptor)

    def noting_replace(source, target):
        calls.append("replace")
        assert Path(source).parent == path.parent  # a rename within one file system
        replace(source, target)

    monkeypatch.setattr(replacing, "open", noting_open, raising=False)
    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "replace", noting_replace)
    save(small(), path)
    assert calls[:2] == [path.stat().st_size, "replace"]
    assert calls[2:] in (["folder"], [])  # not every system can
    assert len(opened) == 1 and opened[0].name.startswith(".refnet-")  # the file itself is never written to


def test_a_folder_that_cannot_be_synchronised_is_no_error(monkeypatch, path):
    fsync = os.fsync

    def picky(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", picky)
    save(small(), path)
    load(path)


KILLED = """
import os, signal, sys
import refnet as rn
import refnet
path, point = sys.argv[1:]
net = refnet.load(path, "python")
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if point == "any time":
    print("ready", flush=True)
    while True:
        refnet.save(net, path, {"which": "new"})
setattr(os, point, kill)
refnet.save(net, path, {"which": "new"})
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
@pytest.mark.parametrize("point", ["fsync", "replace", "any time"])
def test_a_process_killed_while_saving(path, point):
    save(small(), path, {"which": "old"})
    before = path.read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path), point], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with process:
        if point == "any time":
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.2)
            process.kill()
    assert process.returncode == -signal.SIGKILL
    if point == "any time":
        load(path)
    else:
        assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="permissions as POSIX has them")
def test_permissions_are_those_of_any_new_file_or_of_the_old_one(path):
    net = small()
    umask = os.umask(0o027)
    try:
        save(net, path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        for mode in (0o600, 0o664, 0o644):
            path.chmod(mode)
            save(net, path)
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(umask)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes as POSIX has them")
def test_links_protected_files_pipes_and_folders(path, monkeypatch):
    net = small()
    save(net, path)
    link = path.with_name("link")
    link.symlink_to(path)
    save(net, link, {"by": "link"})
    assert link.is_symlink() and load(path).notes == {"by": "link"}

    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    for refuse in (lambda: save(net, pipe), lambda: load(pipe)):
        with pytest.raises(FileError, match="pipe: not a file"):
            refuse()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(FileError, match="not a file"):
        save(net, path.parent)
    with pytest.raises(FileNotFoundError, match=r"no such folder.*nowhere"):
        save(net, path.parent / "nowhere" / "model.refnet")

    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(PermissionError, match=r"model\.refnet"):
        save(net, path)
    assert load(path).notes == {"by": "link"}


def test_a_path_relative_to_the_working_folder(monkeypatch, path):
    monkeypatch.chdir(path.parent)
    save(small(), "model.refnet")
    assert load("model.refnet").fingerprint() == load(path).fingerprint()
