"""Is what a training has reached saved, whatever stops it and wherever it cannot be written?"""

import os
import signal
import subprocess
import sys
import threading

import pytest
from cli_helpers import ROOT, fingerprint, interrupt, start, write_clouds

import refnet
from refnet.cli import main, train
from refnet.files import replacing

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

LONG = ["--epochs", 3000, "--layers", "2-30-3", "--backend", "python"]


@pytest.fixture(autouse=True)
def as_in_a_terminal():
    """The tests may have been started where one of these is ignored, as by nohup."""
    kinds = {signal.SIGHUP: signal.SIG_DFL, signal.SIGTERM: signal.SIG_DFL, signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, kind) for number, kind in kinds.items()}
    yield
    for number, kind in before.items():
        signal.signal(number, kind)


def stopped_by(number, name, *words, **settings):
    """A long training that gets a signal after its second epoch: (status, output, errors)."""
    process = start("train", name, *LONG, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **settings)
    for line in process.stdout:
        if line.startswith(b"epoch    2"):
            process.send_signal(number)
            break
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("name, status", [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 130)])
def test_what_stops_a_training_saves_it(clouds, refnet_command, name, status):
    found, out, err = stopped_by(getattr(signal, name), clouds)
    assert (found, err) == (status, "") and "Stopped after" in out
    assert "saved     clouds.refnet" in out and "train clouds.csv --resume clouds.refnet --backend python" in out
    epoch = refnet.load("clouds.refnet").epoch
    assert 2 <= epoch < 3000
    words = ["train", clouds, "--epochs", epoch + 1, *LONG[2:4]]
    assert refnet_command("train", clouds, "--resume", "clouds.refnet", "--epochs", epoch + 1)[0] == 0
    assert refnet_command(*words, "--save", "whole.refnet")[0] == 0
    assert fingerprint("clouds.refnet") == fingerprint("whole.refnet")


def test_the_terminal_goes_away(clouds, here):
    """Its window is closed: SIGHUP comes, and nothing more can be written to it."""
    import fcntl
    import pty
    import termios

    def own_terminal():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    ours, theirs = pty.openpty()
    process = start("train", clouds, *LONG, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=own_terminal)
    os.close(theirs)
    seen = b""
    while b"loss" not in seen:
        seen += os.read(ours, 1000)
    os.close(ours)
    assert process.wait(timeout=60) == 129
    assert refnet.load("clouds.refnet").progress.step > 0 and os.listdir() == ["clouds.csv", "clouds.refnet"]


def test_hanging_up_does_not_stop_what_nohup_started(clouds):
    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start("train", clouds, "--epochs", 60, *LONG[2:], "--save", "net.refnet", preexec_fn=ignore,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in process.stdout:
        if line.startswith(b"epoch  2"):
            process.send_signal(signal.SIGHUP)
            break
    process.communicate(timeout=60)
    assert process.returncode == 0 and refnet.load("net.refnet").epoch == 60


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("second", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("when", ["at once", "while saving"])
def test_a_second_signal_changes_nothing(clouds, refnet_command, monkeypatch, first, second, when):
    save, handle = refnet.save, train.stopped

    def meanwhile(function, *arguments):
        signal.raise_signal(getattr(signal, second))
        return function(*arguments)

    if when == "at once":
        monkeypatch.setattr(train, "stopped", lambda *arguments: meanwhile(handle, *arguments))
    else:
        monkeypatch.setattr(refnet, "save", lambda *arguments: meanwhile(save, *arguments))
    interrupt(monkeypatch, 7, getattr(signal, first))
    before = {name: signal.getsignal(getattr(signal, name)) for name in (first, second)}
    status, out, err = refnet_command("train", clouds, "--backend", "python")
    assert (status, err) == (128 + getattr(signal, first), "") and "saved     clouds.refnet" in out
    assert refnet.load("clouds.refnet").epoch == 1
    assert before == {name: signal.getsignal(getattr(signal, name)) for name in (first, second)}


def test_two_signals_in_one_step(clouds, refnet_command, monkeypatch):
    interrupt(monkeypatch, 7, signal.SIGTERM, signal.SIGINT)
    status, out, err = refnet_command("train", clouds, "--backend", "python")
    assert (status, err) == (143, "") and "saved     clouds.refnet" in out


def test_a_signal_in_the_test_after_training(clouds, refnet_command, monkeypatch):
    def pressed(*arguments):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(train, "result", pressed)
    for words, name in (([], "clouds.refnet"), (["--save", "net.refnet"], "net.refnet")):
        status, out, err = refnet_command("train", clouds, "--epochs", 3, *words)
        assert (status, err) == (143, "") and f"saved     {name}" in out
        assert refnet.load(name).epoch == 3


def test_a_program_s_own_handler_stays(clouds, refnet_command):
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("own"))
    try:
        assert refnet_command("info")[0] == 0
        signal.raise_signal(signal.SIGTERM)
        assert seen == ["own"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_another_thread_has_no_signals(clouds):
    found, words = [], ["train", clouds, "--epochs", "1", "--save", "net.refnet"]
    thread = threading.Thread(target=lambda: found.append(main(words)))
    thread.start()
    thread.join()
    assert found == [0]


def test_other_commands_are_stopped_too(here):
    os.mkfifo("pipe.csv")  # which nobody fills
    process = start("train", "pipe.csv", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer = os.open("pipe.csv", os.O_WRONLY)  # waits until it is read
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60) == (b"", b"refnet: stopped\n") and process.returncode == 143
    os.close(writer)


# --- Where it cannot be written ---


@pytest.fixture
def elsewhere(here, monkeypatch):
    """A home folder, and one for temporary files."""
    for name, variable in (("home", "HOME"), ("temporary", "TMPDIR")):
        (here / name).mkdir()
        monkeypatch.setenv(variable, str(here / name))
    monkeypatch.setattr(train.tempfile, "tempdir", None)
    return here


def full(monkeypatch, *folders):
    """Let no file be written in these folders."""
    right = replacing._renamed

    def renamed(path, data):
        if os.path.dirname(path) in map(str, folders):
            raise OSError(28, "No space left on device")
        right(path, data)

    monkeypatch.setattr(replacing, "_renamed", renamed)


@pytest.mark.parametrize("words, path", [([], "clouds.refnet"), (["--save", "net.refnet"], "net.refnet")])
def test_ctrl_c_on_a_full_disk_saves_elsewhere(clouds, elsewhere, refnet_command, monkeypatch, words, path):
    places = [elsewhere, elsewhere / "home", elsewhere / "temporary"]
    for i, place in enumerate(places[1:], 1):
        with monkeypatch.context() as patch:
            full(patch, *places[:i])
            interrupt(patch, 7)
            status, out, err = refnet_command("train", clouds, "--backend", "python", *words)
        saved = str(place / path)
        assert (status, err) == (130, f"refnet: {path}: No space left on device; saved as {saved}\n")
        assert f"saved     {saved}" in out and f"--resume {saved} --backend python" in out
        assert refnet.load(saved).epoch == 1
    full(monkeypatch, *places)
    interrupt(monkeypatch, 7)
    status, out, err = refnet_command("train", clouds, "--backend", "python", *words)
    assert (status, err) == (2, f"refnet: {path}: No space left on device\n")


def test_a_training_that_ends_on_a_full_disk_is_saved_elsewhere_and_says_so(
        clouds, elsewhere, refnet_command, monkeypatch):
    full(monkeypatch, elsewhere)
    (elsewhere / "home" / "net.refnet").write_text("precious")
    status, out, err = refnet_command("train", clouds, "--epochs", 2, "--save", "net.refnet")
    saved = str(elsewhere / "home" / "net-2.refnet")
    assert (status, err) == (2, f"refnet: net.refnet: No space left on device; saved as {saved}\n")
    assert f"saved     {saved}" in out and f"predict {saved} NEW.csv" in out and refnet.load(saved).epoch == 2
    assert (elsewhere / "home" / "net.refnet").read_text() == "precious"


@pytest.mark.skipif(sys.platform != "linux", reason="a folder in which even root makes no file")
def test_ctrl_c_in_a_folder_that_cannot_be_written(elsewhere):
    name = elsewhere / write_clouds(elsewhere / "clouds.csv", 30)
    status, out, err = stopped_by(signal.SIGINT, name, cwd="/proc")
    saved = elsewhere / "home" / "clouds.refnet"
    assert (status, err) == (130, f"refnet: clouds.refnet: No such file or directory; saved as {saved}\n")
    assert refnet.load(saved).epoch >= 2 and str(ROOT) not in out
