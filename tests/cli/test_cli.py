"""Does the command line do what its help says, wherever its data come from and its output goes?"""

import contextlib
import gzip
import json
import os
import re
import struct
import subprocess
import sys
import threading

import pytest
from cli_helpers import BACKENDS, ROOT, fingerprint, start

import refnet
from refnet.cli import main, screen
from refnet.kernels import native_or_none

# --- Where the output goes ---


@pytest.mark.skipif(os.name == "nt", reason="sh")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command, expected", [
    ("info", 0), ("--help", 0), ("--version", 0), ("learn", 2), ("train clouds.csv --epochs 1 --save net.refnet", 0),
])
def test_closed_output(clouds, command, expected, closed):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(f'exec "{sys.executable}" -m refnet {command} {closed}', shell=True, env=environment,
                          capture_output=True, timeout=60)
    assert done.returncode == expected
    assert b"Traceback" not in done.stderr and ("2>" in closed or expected == 2 or done.stderr == b"")
    assert "--save" not in command or refnet.load("net.refnet").epoch == 1


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_no_output_at_all(refnet_command, monkeypatch, stream):
    """As a program without console has it on Windows."""
    monkeypatch.setattr(sys, stream, None)
    assert main(["info"]) == 0
    assert main(["learn"]) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_errors_that_cannot_be_written(here):
    with open("/dev/full", "w") as full:
        assert start("learn", stderr=full).wait() == 2
        process = start("info", stdout=full, stderr=subprocess.PIPE)
        assert process.communicate() == (None, b"refnet: No space left on device\n") and process.returncode == 2


def test_training_goes_on_when_nobody_reads(here, clouds, model):
    """As in `refnet train … | head -1`: for the sake of the file. Without one there is nothing to go on for."""
    words = ["train", clouds, "--epochs", 20, "--backend", "python"]
    for options, status in ([["--save", "unread.refnet"], 0], [[], 141]):
        process = start(*words, *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout.readline().startswith(b"data")
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait(timeout=60) == status
    assert fingerprint("unread.refnet") == fingerprint(model)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")
def test_training_goes_on_when_the_disk_of_the_log_is_full(here, clouds, model):
    with open("/dev/full", "w") as full:
        assert start("train", clouds, "--epochs", 20, "--save", "unread.refnet", stdout=full).wait(timeout=60) == 0
    assert fingerprint("unread.refnet") == fingerprint(model)


# --- From a pipe ---


def pour(path, content):
    """A named pipe at this path, filled by a thread as soon as somebody reads it."""
    os.mkfifo(path)

    def write():
        with contextlib.suppress(BrokenPipeError), open(path, "wb") as pipe:
            pipe.write(content)

    threading.Thread(target=write, daemon=True).start()
    return path.name


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_data_from_a_pipe(clouds, refnet_command, model, here):
    """It can be read once: a pipe that is opened to look what is in it, and closed, never comes again."""
    content = (here / clouds).read_bytes()
    pipe = pour(here / "pipe.csv", content)
    status, out, err = refnet_command("train", pipe, "--epochs", 20, "--save", "piped.refnet")
    assert (status, err) == (0, "") and "pipe.csv: 90 examples" in out
    assert fingerprint("piped.refnet") == fingerprint(model)
    (here / pipe).unlink()
    expected = refnet_command("predict", model, clouds, "--label", "kind")
    assert refnet_command("predict", model, pour(here / "pipe.csv", content), "--label", "kind") == expected
    (here / pipe).unlink()
    status, out, _ = refnet_command("evaluate", model, pour(here / "pipe.csv", gzip.compress(content)))
    assert status == 0 and "(90 of 90)" in out


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="this system does not name its standard input")
def test_data_from_standard_input(clouds, here, model):
    process = start("train", "/dev/stdin", "--epochs", 20, "--save", "piped.refnet",
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate((here / clouds).read_bytes(), timeout=60)
    assert (process.returncode, err) == (0, b"") and b"stdin: 90 examples" in out
    assert fingerprint("piped.refnet") == fingerprint(model)


# --- On a terminal ---


def on_a_terminal(columns, *words):
    """What the command writes to a terminal of this width."""
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    settings = {"COLUMNS": "", "PYTHONIOENCODING": "utf-8"}
    process = start(*words, stdin=theirs, stdout=theirs, stderr=theirs, env=settings)
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait() == 0
    return written.decode().replace("\r\n", "\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
@pytest.mark.parametrize("columns", [60, 100])
def test_a_progress_bar_on_a_terminal(clouds, columns):
    text = on_a_terminal(columns, "train", clouds, "--epochs", "30", "--backend", "python")
    bars = re.findall(r"\r(epoch [^\r\n]*)", text)
    assert any("█" in bar and "░" in bar and " %" in bar and "loss 0." in bar for bar in bars)
    assert all(len(part) <= columns for line in text.split("\n") for part in line.split("\r"))
    shown = [line.split("\r")[-1] for line in text.split("\n")]  # what is left on the screen
    assert not any("█" in line for line in shown)
    epochs = [line for line in shown if line.startswith("epoch")]
    assert 15 <= len(epochs) <= 20 and epochs[-1].startswith("epoch 30/30  loss 0.")
    assert "accuracy" in text


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
def test_check_on_a_terminal(here):
    text = on_a_terminal(80, "check", "--cases", "20", "--number", "binary64")
    assert len(BACKENDS) == 1 or re.search(r"\rkernel \d+/\d+  █*░*", text)
    assert not any("░" in line.split("\r")[-1] or "█" in line.split("\r")[-1] for line in text.split("\n"))


def test_the_bar_does_not_draw_where_nobody_looks(capsys):
    bar = screen.Bar()
    bar.show(0.5, "half")
    bar.clear()
    assert capsys.readouterr() == ("", "")


# --- The rest ---


def test_info(refnet_command, monkeypatch):
    status, out, err = refnet_command("info", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert found["refnet"] == refnet.__version__ and found["contract"] == refnet.CONTRACT
    assert found["threads"] == (native_or_none().threads if native_or_none() else 1)
    assert found["backend"] == BACKENDS[-1] and found["because"]
    if len(BACKENDS) == 2:
        assert found["compiler"] and found["instruction_set"] and found["cffi"]
    status, out, _ = refnet_command("info")
    assert status == 0 and re.search(r"^backend +" + BACKENDS[-1] + "$", out, re.M)
    monkeypatch.setenv("REFNET_BACKEND", "python")
    out = refnet_command("info")[1]
    assert re.search(r"^backend +python$", out, re.M) and "REFNET_BACKEND=python asks for it" in out


def test_a_command_imports_no_other():
    """Each start would take a fifth of a second more."""
    code = "import sys; from refnet.cli import COMMANDS, main; main(['info']); " \
           "print([name for name in COMMANDS if f'refnet.cli.{name}' in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["['info']"])


def test_version(refnet_command):
    status, out, _ = refnet_command("--version")
    assert (status, out) == (0, f"refnet {refnet.__version__} (contract {refnet.CONTRACT})\n")


@pytest.mark.parametrize("command", ["check", "train", "predict", "evaluate", "verify", "bench", "info"])
@pytest.mark.parametrize("columns", [60, 100])
def test_help_has_an_example(refnet_command, command, columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    status, out, err = refnet_command(command, "--help")
    assert (status, err) == (0, "")
    assert f"example:\n  refnet {command}" in out
    assert all(len(line) <= columns for line in out.splitlines())
    assert len(out.partition("\n\n")[0].splitlines()) == 1  # the usage; the options stand below
    for broken in ("half-squared-\n", "train-images-\n", "--reg-\n"):
        assert broken not in out
    assert command in refnet_command("--help")[1]


def test_an_example_of_the_help_that_is_folded_can_be_pasted(refnet_command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out = refnet_command("train", "--help")[1]
    pasted = out.partition("example:\n")[2].replace("\\\n", " ")
    monkeypatch.setenv("COLUMNS", "200")
    assert [line.split() for line in pasted.splitlines()] == [
        line.split() for line in refnet_command("train", "--help")[1].partition("example:\n")[2].splitlines()]
    assert "refnet train iris.csv --resume iris.refnet" in pasted


def test_importing_refnet_does_not_import_the_command_line():
    code = "import sys, refnet; print([name for name in sys.modules if {'cli', 'argparse'} & set(name.split('.'))])"
    found = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=True
    )
    assert found.stdout.strip() == b"[]"


def test_a_class_name_that_the_output_cannot_show(here):
    rows = "".join(f"{i % 2 + i / 100},{['été', 'hiver'][i % 2]}\n" for i in range(40))
    (here / "saison.csv").write_text(rows, encoding="utf-8")
    process = start(
        "train", "saison.csv", "--epochs", "1", env={"PYTHONIOENCODING": "ascii"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    out, err = process.communicate()
    assert process.returncode == 0 and err == b"" and b"2 classes (hiver, \\xe9t\\xe9)" in out
    assert b"Input 1 -> Standardize -> Dense 16" in out


@pytest.mark.skipif(native_or_none() is None, reason="needs the C core")
def test_info_says_what_the_environment_chose():
    environment = {**os.environ, "REFNET_THREADS": "3", "REFNET_ISA": "baseline", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "refnet", "info", "--json"], env=environment, capture_output=True)
    found = json.loads(done.stdout)
    assert (found["threads"], found["instruction_set"]) == (3, "baseline")
