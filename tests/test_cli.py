"""Does the command line do what its help says, and does each mistake end in one clear line?"""

import contextlib
import csv
import gzip
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import refnet
from refnet import files
from refnet.arithmetic.random import normal, stream_key
from refnet.cli import main, reading, screen, training
from refnet.kernels import native_or_none, reference

ROOT = Path(refnet.__file__).resolve().parents[1]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BACKENDS = ["python", "c"] if native_or_none() else ["python"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFNET_BACKEND", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


@pytest.fixture
def refnet_command(here, capsys):
    """Run one command here: (status, output, errors)."""

    def run(*words):
        status = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.fixture
def clouds(here):
    """A CSV file of three well separated classes: clouds.csv."""
    return write_clouds(here / "clouds.csv", 30)


@pytest.fixture
def model(clouds, refnet_command):
    """A network trained on clouds.csv: clouds.refnet."""
    assert refnet_command("train", clouds, "--save", "clouds.refnet", "--epochs", 20)[0] == 0
    return "clouds.refnet"


def write_clouds(path, each):
    """`each` examples of three classes in a CSV file with a header."""
    key = stream_key(7, 9 << 32)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["width", "height", "kind"])
        for i in range(3 * each):
            kind = i % 3
            x, y = (10.0 * kind + normal(key, 2 * i), 1e-3 * (kind * kind + 0.1 * normal(key, 2 * i + 1)))
            writer.writerow([repr(x), repr(y), ["fern", "moss", "oak"][kind]])
    return path.name


def write_images(folder, part, images, labels, pixels=(2, 2)):
    """IDX files of images and labels, the labels gzipped."""
    folder.mkdir(exist_ok=True)
    head = b"\0\0\x08\x03" + struct.pack(">III", len(images), *pixels)
    (folder / f"{part}-images-idx3-ubyte").write_bytes(head + b"".join(map(bytes, images)))
    packed = gzip.compress(b"\0\0\x08\x01" + struct.pack(">I", len(labels)) + bytes(labels))
    (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(packed)


@pytest.fixture
def pictures(here):
    """A folder of 40 + 8 images, 2×2 pixels, class 0 dark and class 1 bright: pictures."""
    for part, number in (("train", 40), ("t10k", 8)):
        images = [[(i * 7) % 60 + 180 * (i % 2)] * 4 for i in range(number)]
        write_images(here / "pictures", part, images, [i % 2 for i in range(number)])
    return "pictures"


def fingerprint(path):
    return files.load(path).fingerprint()


def accuracy(out):
    return float(re.search(r"accuracy ([0-9.]+) %", out)[1])


def start(*words, **settings):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings.pop("env", {})}
    environment.pop("REFNET_BACKEND", None)
    return subprocess.Popen([sys.executable, "-m", "refnet", *map(str, words)], env=environment, **settings)


# --- Training ---


@pytest.mark.parametrize("name", ["iris.csv", "wine.csv"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_well_known_data_set_in_one_line(refnet_command, name, seed):
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not in shared/data")
    status, out, err = refnet_command("train", DATA / name, *(["--seed", seed] if seed else []))
    assert status == 0 and err == ""
    assert accuracy(out) >= 90.0


def test_what_training_says(clouds, refnet_command):
    status, out, err = refnet_command("train", clouds, "--epochs", 3, "--save", "net.refnet")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == (
        "data      clouds.csv: 90 examples, 2 features, 3 classes (fern, moss, oak); 72 to train, 18 to test"
    )
    assert lines[1].startswith(
        "network   Input 2 → Standardize → Dense 16 → Tanh → Dense 3 → Softmax; 99 parameters, backend "
    )
    assert lines[2] == "training  cross-entropy, sgd, rate 0.1, 3 epochs in minibatches of 16, seed 0"
    assert [line.split()[:2] for line in lines[3:6]] == [["epoch", f"{i}/3"] for i in (1, 2, 3)]
    assert re.fullmatch(r"test      loss 0\.\d{6}, accuracy 1?\d\d\.\d\d % \(\d+ of 18\)", lines[6])
    assert lines[8] == "saved     net.refnet"
    assert lines[9].endswith("predict net.refnet NEW.csv")
    assert "\r" not in out  # no progress bar where there is no terminal


def test_every_option_reaches_the_network(clouds, refnet_command):
    status, out, _ = refnet_command(
        "train", clouds, "--layers", "2-5-4-3", "--activation", "leaky-relu", "--loss", "half-squared-error",
        "--optimizer", "nesterov", "--rate", "0.02", "--momentum", "0.7", "--decay", "0.5", "--epochs", "2",
        "--batch-size", "7", "--l2", "0.001", "--l1", "0.002", "--test", "0.3", "--label", "kind", "--header",
        "--no-standardize", "--seed", "-4", "--backend", "python", "--save", "net.refnet",
    )
    assert status == 0
    network = files.load("net.refnet")
    assert [type(layer).__name__ for layer in network.layers] == [
        "Input", "Dense", "LeakyReLU", "Dense", "LeakyReLU", "Dense", "Sigmoid",
    ]
    assert [layer.units for layer in network.layers] == [2, 5, 5, 4, 4, 3, 3]
    optimizer = network.optimizer
    assert (type(optimizer).__name__, optimizer.mu) == ("Nesterov", 0.7)
    assert (optimizer.schedule.rate, optimizer.schedule.decay) == (0.02, 0.5)
    assert [(type(each).__name__, each.lam) for each in network.penalties] == [("L2", 0.001), ("L1", 0.002)]
    assert type(network.objective).__name__ == "HalfSquaredError"
    assert (network.epoch, network.progress.step, network.seed) == (2, 2 * 9, -4)  # 63 examples: 9 steps an epoch
    assert "63 to train, 27 to test" in out and "rate 0.02 / (1 + 0.5·epoch), L2 0.001, L1 0.002" in out
    assert "backend python" in out


@pytest.mark.parametrize("loss, last", [
    ("cross-entropy", "Softmax"), ("binary-cross-entropy", "Sigmoid"), ("mean-squared-error", "Sigmoid"),
])
def test_the_output_layer_follows_the_loss(clouds, refnet_command, loss, last):
    assert refnet_command("train", clouds, "--loss", loss, "--epochs", 1, "--save", "net.refnet")[0] == 0
    assert type(files.load("net.refnet").layers[-1]).__name__ == last


@pytest.mark.parametrize("activation, weights", [
    ("relu", refnet.He), ("leaky-relu", refnet.He), ("tanh", refnet.Glorot), ("sigmoid", refnet.Glorot),
])
def test_the_initial_weights_suit_the_activation(clouds, activation, weights):
    settings = {**training.DEFAULTS, "layers": [2, 5, 3], "activation": activation, "loss": "cross-entropy"}
    network = training.built(settings, refnet.data.read_csv(clouds), "python")
    layers = [refnet.Input(2), refnet.ReLU(), refnet.Dense(5, weights=weights())]
    assert network.weights[0] == refnet.Network(layers, "python").weights[0]


def test_both_backends_end_with_the_same_bits(clouds, refnet_command):
    for name in BACKENDS:
        assert refnet_command("train", clouds, "--epochs", 4, "--backend", name, "--save", f"{name}.refnet")[0] == 0
    assert len({fingerprint(f"{name}.refnet") for name in BACKENDS}) == 1


def test_standardisation_is_measured_on_the_training_part_alone(clouds, refnet_command, model):
    data = refnet.data.read_csv(clouds)
    train, _ = refnet.data.split(data, 0.2, seed=0, stratify=True)
    layer = files.load(model).layers[1]
    assert (layer.mean, layer.std) == refnet.data.column_statistics(train.inputs)


def test_a_regression_learns_real_numbers(here, refnet_command):
    key = stream_key(3, 9 << 32)
    rows = [(normal(key, 2 * i), normal(key, 2 * i + 1)) for i in range(80)]
    (here / "price.csv").write_text("".join(f"{x!r},{y!r},{50000 + 20000 * x - 7000 * y!r}\n" for x, y in rows))
    status, out, err = refnet_command("train", "price.csv", "--regression", "--save", "price.refnet")
    assert (status, err) == (0, "")
    error = float(re.search(r"root mean squared error ([0-9.e+]+)", out)[1])
    assert error < 0.2 * 20000  # the targets' standard deviation is about 21,000
    status, out, _ = refnet_command("predict", "price.refnet", "price.csv", "--label", -1)
    predicted = [float(line) for line in out.splitlines()]
    assert status == 0 and len(predicted) == 80 and 30000 < sum(predicted) / 80 < 70000
    status, out, _ = refnet_command("evaluate", "price.refnet", "price.csv")
    assert status == 0 and "root mean squared error" in out and "matrix" not in out


def test_no_test_part(clouds, refnet_command):
    status, out, _ = refnet_command("train", clouds, "--test", 0, "--epochs", 1)
    assert status == 0 and "90 to train, 0 to test" in out and "no examples were held out" in out


def test_training_that_diverges_says_so(clouds, refnet_command, here):
    status, _, err = refnet_command("train", clouds, "--rate", "1e300", "--activation", "relu", "--save", "net.refnet")
    assert status == 2 and "the loss is nan" in err and "--rate" in err and err.count("\n") == 1
    assert not (here / "net.refnet").exists()


# --- Images ---


def test_a_folder_of_images(pictures, refnet_command):
    status, out, err = refnet_command(
        "train", pictures, "--layers", "4-3-2", "--activation", "sigmoid", "--batch-size", 10, "--epochs", 60,
        "--rate", 1, "--save", "net.refnet",
    )
    assert (status, err) == (0, "")
    assert "pictures: 48 examples, 4 features, 2 classes (0, 1); 40 to train, 8 to test" in out
    assert accuracy(out) == 100.0
    network = files.load("net.refnet")
    assert [type(layer).__name__ for layer in network.layers] == ["Input", "Dense", "Sigmoid", "Dense", "Softmax"]
    for data in (pictures, "pictures/t10k-images-idx3-ubyte"):
        status, out, _ = refnet_command("predict", "net.refnet", data)
        assert (status, out.split()) == (0, ["0", "1"] * 4)
    status, out, _ = refnet_command("evaluate", "net.refnet", pictures)
    assert status == 0 and "accuracy 100.00 % (8 of 8)" in out


def test_images_stay_bytes(pictures, refnet_command, monkeypatch):
    seen = []
    fit = refnet.Network.fit
    monkeypatch.setattr(refnet.Network, "fit", lambda net, x, y, **s: (seen.append(type(x)), fit(net, x, y, **s))[1])
    assert refnet_command("train", pictures, "--epochs", 1)[0] == 0
    assert seen == [refnet.data.ByteMatrix]


def test_images_without_test_data_are_split(here, refnet_command):
    write_images(here / "some", "train", [[i % 2 * 200] * 4 for i in range(40)], [i % 2 for i in range(40)])
    status, out, _ = refnet_command("train", "some", "--epochs", 1)
    assert status == 0 and "32 to train, 8 to test" in out
    status, out, _ = refnet_command("train", "some", "--epochs", 1, "--test", "0.5")
    assert status == 0 and "20 to train, 20 to test" in out


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
    assert "--save" not in command or files.load("net.refnet").epoch == 1


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


# --- Interrupting and resuming ---


def interrupt(monkeypatch, step):
    """Press Ctrl-C in the middle of this training step of the Python backend, counted from 1."""
    right = reference.softmax
    steps = []

    def softmax(z, beta):
        steps.append(z)
        if len(steps) == step:
            signal.raise_signal(signal.SIGINT)
        return right(z, beta)

    monkeypatch.setattr(reference, "softmax", softmax)


@pytest.mark.parametrize("options", [[], ["--optimizer", "nesterov", "--decay", "0.1", "--l2", "0.001"]])
@pytest.mark.parametrize("resuming", BACKENDS)
def test_interrupted_and_resumed_is_as_if_never_stopped(clouds, refnet_command, monkeypatch, options, resuming):
    assert refnet_command("train", clouds, "--epochs", 6, "--save", "whole.refnet", *options)[0] == 0
    with monkeypatch.context() as patch:
        interrupt(patch, 2 * 5 + 1)
        words = ["train", clouds, "--epochs", 6, "--save", "part.refnet", "--backend", "python", *options]
        status, out, err = refnet_command(*words)
    assert (status, err) == (130, "")
    network = files.load("part.refnet")
    assert (network.epoch, network.progress.position) == (2, 16)  # the step under way was finished
    assert "Stopped after 2 epochs and 16 of 72 rows of the next." in out
    assert "saved     part.refnet" in out
    resume = re.search(r"to resume (?:python -m )?refnet (.*)", out)[1].split()
    assert resume == ["train", "clouds.csv", "--resume", "part.refnet", "--backend", "python"]
    status, out, err = refnet_command(*resume[:-1], resuming)
    assert (status, err) == (0, "") and "epoch 6/6" in out
    assert fingerprint("part.refnet") == fingerprint("whole.refnet")
    assert files.load("part.refnet").progress.step == files.load("whole.refnet").progress.step


def test_without_a_name_an_interrupted_network_gets_a_free_one(clouds, refnet_command, here, monkeypatch):
    (here / "clouds.refnet").write_text("precious")
    interrupt(monkeypatch, 7)
    status, out, _ = refnet_command("train", clouds, "--backend", "python")
    assert status == 130 and "saved     clouds-2.refnet" in out
    assert "train clouds.csv --resume clouds-2.refnet --backend python" in out
    assert (here / "clouds.refnet").read_text() == "precious"
    assert files.load("clouds-2.refnet").epoch == 1


def test_more_epochs(clouds, refnet_command, model):
    assert refnet_command("train", clouds, "--epochs", 25, "--save", "whole.refnet")[0] == 0
    status, out, _ = refnet_command("train", clouds, "--resume", model, "--epochs", 25, "--save", "more.refnet")
    assert status == 0 and "epoch 21/25" in out and "epoch 20/25" not in out
    assert fingerprint("more.refnet") == fingerprint("whole.refnet") != fingerprint(model)
    assert files.load(model).epoch == 20  # --save says otherwise
    before = Path(model).read_bytes()
    status, out, _ = refnet_command("train", clouds, "--resume", model)
    assert status == 0 and "Nothing is left to train" in out and Path(model).read_bytes() == before


def test_resuming_with_something_else(clouds, refnet_command, model, here):
    def error(*words):
        status, out, err = refnet_command("train", *words)
        assert (status, out) == (2, "") and err.startswith("refnet: ") and err.count("\n") == 1
        return err

    before = Path(model).read_bytes()
    assert "--rate 0.5: clouds.refnet was trained with 0.1" in error(clouds, "--resume", model, "--rate", "0.5")
    assert "--layers 2-3-3: clouds.refnet was trained with 2-16-3" in error(
        clouds, "--resume", model, "--layers", "2-3-3")
    assert "--batch-size 9" in error(clouds, "--resume", model, "--batch-size", 9)
    assert "--epochs 3: clouds.refnet has 20" in error(clouds, "--resume", model, "--epochs", 3)
    lines = (here / clouds).read_text().splitlines()
    (here / "other.csv").write_text("\n".join([*lines[:-1], "1.5,2.5,oak"]))
    assert "other.csv: not the data that clouds.refnet was trained on" in error("other.csv", "--resume", model)
    assert refnet_command("train", clouds, "--resume", model, "--rate", "0.1", "--label", "-1")[0] == 0
    files.save(refnet.Network([refnet.Input(2), refnet.Dense(3), refnet.Softmax()]), "own.refnet")
    assert "own.refnet: not saved by this version's `refnet train`" in error(clouds, "--resume", "own.refnet")
    assert Path(model).read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_a_real_ctrl_c(here, refnet_command):
    name = write_clouds(here / "many.csv", 100)
    options = ["train", name, "--epochs", 150, "--layers", "2-30-3"]
    process = start(*options, "--backend", "python", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in process.stdout:
        if line.startswith(b"epoch   2"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate()
    assert process.returncode == 130 and err == b""
    assert b"saved     many.refnet" in out and b"python -m refnet train many.csv --resume many.refnet" in out
    assert files.load("many.refnet").epoch < 150
    assert refnet_command("train", name, "--resume", "many.refnet")[0] == 0
    assert refnet_command(*options, "--save", "whole.refnet")[0] == 0
    assert fingerprint("many.refnet") == fingerprint("whole.refnet")


def test_a_second_ctrl_c_does_not_stop_the_saving(clouds, refnet_command, monkeypatch):
    interrupt(monkeypatch, 7)
    save = files.save

    def impatient(*arguments):
        signal.raise_signal(signal.SIGINT)
        save(*arguments)

    monkeypatch.setattr(files, "save", impatient)
    status, out, _ = refnet_command("train", clouds, "--backend", "python")
    assert status == 130 and "saved     clouds.refnet" in out and files.load("clouds.refnet").epoch == 1


def test_ctrl_c_before_there_is_anything_to_save(clouds, refnet_command, here, monkeypatch):
    def pressed(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(refnet.Network, "fit", pressed)
    status, out, _ = refnet_command("train", clouds)
    assert status == 130 and "nothing to save" in out and not list(here.glob("*.refnet"))
    monkeypatch.setattr(reading, "read_csv", pressed)
    assert refnet_command("train", clouds) == (130, "", "refnet: stopped\n")


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
    text = on_a_terminal(80, "check", "--cases", "20")
    assert len(BACKENDS) == 1 or re.search(r"\rkernel \d+/\d+  █*░*", text)
    assert not any("░" in line.split("\r")[-1] or "█" in line.split("\r")[-1] for line in text.split("\n"))


def test_the_bar_does_not_draw_where_nobody_looks(capsys):
    bar = screen.Bar()
    bar.show(0.5, "half")
    bar.clear()
    assert capsys.readouterr() == ("", "")


# --- Predicting and evaluating ---


def test_predictions_are_class_names(clouds, refnet_command, model, here):
    lines = (here / clouds).read_text().splitlines()
    (here / "new.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines))
    status, out, err = refnet_command("predict", model, "new.csv")
    assert (status, err) == (0, "") and out.split() == ["fern", "moss", "oak"] * 30
    assert refnet_command("predict", model, clouds, "--label", "kind")[1] == out
    status, said, _ = refnet_command("predict", model, "new.csv", "--output", "classes.txt")
    assert status == 0 and said == "90 predictions written to classes.txt\n"
    assert (here / "classes.txt").read_text() == out


def test_probabilities_keep_every_bit(clouds, refnet_command, model):
    status, out, _ = refnet_command("predict", model, clouds, "--label", "kind", "--proba")
    header, *rows = csv.reader(out.splitlines())
    assert status == 0 and header == ["prediction", "fern", "moss", "oak"]
    network, data = files.load(model), refnet.data.read_csv(clouds)
    assert [[float(cell) for cell in row[1:]] for row in rows] == network.predict(data.inputs)
    assert all(row[0] == header[1:][max(range(3), key=lambda j: float(row[1 + j]))] for row in rows)


def test_evaluation_counts_who_was_taken_for_whom(clouds, refnet_command, model, here):
    lines = (here / clouds).read_text().splitlines()
    lines[1] = lines[1].replace("fern", "oak")  # an example of class fern that says oak
    (here / "mixed.csv").write_text("\n".join(lines))
    status, out, err = refnet_command("evaluate", model, "mixed.csv")
    assert (status, err) == (0, "") and "accuracy 98.89 % (89 of 90)" in out
    assert out.splitlines()[-4:] == [
        "      fern  moss  oak",
        "fern    29     ·    ·",
        "moss     ·    30    ·",
        "oak      1     ·   30",
    ]


def test_evaluation_agrees_with_the_library(clouds, refnet_command, model):
    data = refnet.data.read_csv(clouds)
    found = files.load(model).evaluate(data.inputs, data.targets)
    out = refnet_command("evaluate", model, clouds)[1]
    assert training.number(found["loss"]) in out and accuracy(out) == round(100 * found["accuracy"], 2)


def test_a_confusion_matrix_wider_than_the_terminal_is_headed_by_numbers():
    from refnet.cli.using import confusion

    classes = ["a very long name", "another long name", "x"]
    lines = confusion(classes, [[1, 0, 0], [0, 20, 3], [0, 0, 4]], 40)
    assert lines == [
        "                     0   1  2",
        "0 a very long name   1   ·  ·",
        "1 another long name  ·  20  3",
        "2 x                  ·   ·  4",
    ]


def test_a_network_saved_by_python_code(here, refnet_command):
    network = refnet.Network([refnet.Input(2), refnet.Dense(1), refnet.Sigmoid()])
    network.weights, network.biases = [[[20.0, 20.0]]], [[-30.0]]
    files.save(network, "and.refnet")
    (here / "table.csv").write_text("0,0,0\n0,1,0\n1,0,0\n1,1,1\n")
    status, out, _ = refnet_command("predict", "and.refnet", "table.csv", "--label", -1)
    assert (status, out.split()) == (0, ["0", "0", "0", "1"])
    status, out, _ = refnet_command("evaluate", "and.refnet", "table.csv")
    assert status == 0 and "accuracy 100.00 % (4 of 4)" in out


def test_the_label_is_found_where_training_had_it(here, refnet_command):
    (here / "first.csv").write_text("kind;x\n" + "".join(f"{'ab'[i % 2]};{i % 2 + i / 100}\n" for i in range(40)))
    options = ["--label", "kind", "--delimiter", ";"]
    assert refnet_command("train", "first.csv", *options, "--save", "net.refnet")[0] == 0
    status, out, _ = refnet_command("evaluate", "net.refnet", "first.csv")
    assert status == 0 and "40 examples, 1 feature, 2 classes (a, b)" in out


# --- What is wrong, in one line ---


@pytest.fixture
def bad(clouds, model, pictures, here):
    """Files with something wrong in them."""
    (here / "ragged.csv").write_text("1,2,x\n1,2\n")
    (here / "word.csv").write_text("a,b,kind\n1,2,x\n1,two,x\n")
    (here / "nan.csv").write_text("1,2,x\nnan,2,y\n")
    (here / "one.csv").write_text("1,2,x\n2,3,x\n")
    (here / "few.csv").write_text("1,2,x\n2,3,x\n4,5,y\n")
    (here / "empty.csv").write_text("")
    (here / "binary.csv").write_bytes(b"\xff\xfe\0\0" * 9)
    (here / "cut.csv.gz").write_bytes(gzip.compress((here / clouds).read_bytes())[:99])
    (here / "wide.csv").write_text("1,2,3,fern\n")
    (here / "rose.csv").write_text("width,height,kind\n1,2,rose\n")
    (here / "swapped.csv").write_text("height,width,kind\n1,2,oak\n")
    (here / "folder").mkdir()
    whole = Path(model).read_bytes()
    (here / "cut.refnet").write_bytes(whole[:900])
    (here / "flipped.refnet").write_bytes(whole.replace(b"1", b"2", 1))
    (here / "foreign.refnet").write_bytes(b"PK\x03\x04 something else")
    (here / "lying.refnet").write_bytes(b"{}")
    network = files.load(model)
    files.save(network, "notes.refnet", {**network.notes, "classes": ["fern", "moss"]})
    files.save(network, "odd.refnet", {"classes": 7})
    return here


@pytest.mark.parametrize("command, parts", [
    ("", ["COMMAND", "--help"]),
    ("learn", ["learn", "train"]),
    ("train", ["DATA", "train --help"]),
    ("train no.csv", ["no.csv", "No such file"]),
    ("train folder", ["folder: no IDX data here"]),
    ("train ragged.csv", ["ragged.csv, line 2: 2 cells"]),
    ("train word.csv", ["word.csv, line 3, column 'b'", "'two'"]),
    ("train nan.csv", ["nan.csv, line 2", "not finite"]),
    ("train one.csv", ["one.csv: all labels are 'x'"]),
    ("train few.csv", ["few.csv, --test 0.2: class 'x' has 2 examples, too few", "--test 0"]),
    ("train empty.csv", ["empty.csv: empty"]),
    ("train binary.csv", ["binary.csv"]),
    ("train cut.csv.gz", ["cut.csv.gz", "damaged gzip"]),
    ("train clouds.csv --label colour", ["clouds.csv: --label 'colour'", "width, height, kind"]),
    ("train clouds.csv --label 3", ["--label 3", "-3 to 2"]),
    ("train clouds.csv --delimiter ;", ["clouds.csv", "--delimiter"]),
    ("train clouds.csv --regression", ["clouds.csv, line 2, column 'kind': 'fern' is not a number"]),
    ("train clouds.csv --layers 2-x-3", ["--layers", "'2-x-3'", "784-30-10"]),
    ("train clouds.csv --layers 3", ["--layers", "'3'"]),
    ("train clouds.csv --layers 2-0-3", ["--layers", "'2-0-3'"]),
    ("train clouds.csv --layers 4-9-8-3", ["--layers 4-9-8-3: clouds.csv has 2 features and 3 classes, so 2-9-8-3"]),
    ("train clouds.csv --layers 2-9-2", ["so 2-9-3"]),
    ("train clouds.csv --rate 0", ["--rate: '0'", "> 0"]),
    ("train clouds.csv --rate inf", ["--rate: 'inf'"]),
    ("train clouds.csv --rate fast", ["--rate: 'fast'"]),
    ("train clouds.csv --batch-size 0", ["--batch-size: '0'", ">= 1"]),
    ("train clouds.csv --epochs 0", ["--epochs: '0'", ">= 1"]),
    ("train clouds.csv --epochs 1.5", ["--epochs: '1.5'"]),
    ("train clouds.csv --l2 -1", ["--l2: '-1'"]),
    ("train clouds.csv --decay -1", ["--decay: '-1'"]),
    ("train clouds.csv --test 1", ["--test: '1'", "< 1"]),
    ("train clouds.csv --momentum 0.5", ["--momentum", "nesterov"]),
    ("train clouds.csv --optimizer momentum --momentum 1", ["--momentum: '1'"]),
    ("train clouds.csv --loss cross-entropy --regression", ["--loss cross-entropy", "mean-squared-error"]),
    ("train clouds.csv --activation swish", ["--activation", "swish", "leaky-relu"]),
    ("train clouds.csv --speed 3", ["--speed"]),
    ("train clouds.csv --epo 3", ["--epo"]),
    ("train clouds.csv --backend fortran", ["--backend", "fortran"]),
    ("train clouds.csv --save nowhere/net.refnet", ["--save nowhere/net.refnet", "no folder nowhere"]),
    ("train clouds.csv --save folder", ["--save folder: is a folder"]),
    ("train clouds.csv --save ./clouds.csv", ["would overwrite clouds.csv"]),
    ("train clouds.csv --resume no.refnet", ["no.refnet", "No such file"]),
    ("train pictures --label 1", ["--label", "pictures is a folder of IDX files"]),
    ("train pictures --no-standardize", ["--no-standardize", "pictures"]),
    ("train pictures --test 0.3", ["--test", "t10k"]),
    ("train pictures/train-images-idx3-ubyte", ["one IDX file", "folder"]),
    ("predict no.refnet clouds.csv", ["no.refnet", "No such file"]),
    ("predict cut.refnet clouds.csv", ["cut.refnet"]),
    ("predict flipped.refnet clouds.csv", ["flipped.refnet"]),
    ("predict foreign.refnet clouds.csv", ["foreign.refnet: not a refnet file"]),
    ("predict lying.refnet clouds.csv", ["lying.refnet"]),
    ("predict notes.refnet clouds.csv", ["notes.refnet: its notes name 2 classes; the network has 3 outputs"]),
    ("predict odd.refnet clouds.csv", ["odd.refnet: its notes"]),
    ("predict folder clouds.csv", ["folder"]),
    ("predict clouds.refnet clouds.csv", ["clouds.csv, line 2, column 'kind': 'fern'", "--label"]),
    ("predict clouds.refnet wide.csv --label -1", ["wide.csv: 3 features a row; clouds.refnet takes 2"]),
    ("predict clouds.refnet pictures", ["pictures: 4 features a row; clouds.refnet takes 2"]),
    ("predict clouds.refnet pictures --label 1", ["--label", "pictures"]),
    ("predict clouds.refnet pictures/t10k-labels-idx1-ubyte.gz", ["holds labels"]),
    ("predict clouds.refnet clouds.csv --label kind --output clouds.csv", ["would overwrite clouds.csv"]),
    ("predict clouds.refnet clouds.csv --label kind --output clouds.refnet", ["would overwrite clouds.refnet"]),
    ("evaluate clouds.refnet rose.csv", ["rose.csv, line 2", "'rose'", "fern, moss, oak"]),
    ("evaluate clouds.refnet swapped.csv", ["swapped.csv: columns height, width", "trained with width, height"]),
    ("evaluate clouds.refnet wide.csv", ["wide.csv: 3 features"]),
    ("evaluate clouds.refnet pictures", ["pictures", "'0'", "fern, moss, oak"]),
    ("evaluate clouds.refnet no.csv", ["no.csv", "No such file"]),
    ("check --cases 0", ["--cases: '0'", ">= 1"]),
    ("check --seed x", ["--seed: 'x'"]),
])
def test_bad_input_is_one_clear_line_and_changes_nothing(bad, refnet_command, command, parts):
    before = {path.name: path.read_bytes() for path in bad.iterdir() if path.is_file()}
    status, out, err = refnet_command(*command.split())
    assert (status, out) == (2, "")
    assert err.startswith("refnet: ") and err.endswith("\n") and err.count("\n") == 1
    for part in parts:
        assert part in err
    assert "True" not in err and "None" not in err  # words of Python
    assert {path.name: path.read_bytes() for path in bad.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("words", [
    ["train", "clouds.csv", "--save", ""], ["train", "clouds.csv", "--resume", ""],
    ["predict", "clouds.refnet", "clouds.csv", "--output", ""], ["bench", "networks", "--plot", ""],
    ["train", ""], ["predict", "", "clouds.csv"], ["evaluate", "clouds.refnet", ""],
])
def test_an_empty_name_is_not_an_option_left_out(bad, refnet_command, words):
    status, out, err = refnet_command(*words)
    name = words[-2] if len(words) > 3 else "MODEL" if words[:2] == ["predict", ""] else "DATA"
    assert (status, out) == (2, "") and err.startswith(f"refnet: {name}: ''; expected the name of a file (see ")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no devices in folders")
@pytest.mark.parametrize("option", ["--save", "--resume"])
def test_what_cannot_be_written_is_found_before_training(bad, refnet_command, monkeypatch, option):
    """Nothing is read or trained, nothing is left behind."""
    monkeypatch.setattr(training, "read", None)
    os.mkfifo("pipe")
    os.symlink("nowhere/net.refnet", "link")
    folder = "is a folder; expected the name of a file"
    device = "is a device or a pipe; expected the name of a file"
    gone = "may not be written: No such file or directory"
    before = sorted(os.listdir())
    places = [("/dev/null", device), ("pipe", device), ("folder", folder), ("folder/", folder), ("link", gone),
              ("n" * 300, "may not be written: File name too long")]
    if sys.platform == "linux":
        places.append(("/proc/net.refnet", gone))
    for path, said in places:
        assert refnet_command("train", "clouds.csv", option, path) == (2, "", f"refnet: {option} {path}: {said}\n")
    assert sorted(os.listdir()) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(bad, refnet_command):
    os.chmod("folder", 0o555)
    status, out, err = refnet_command("train", "clouds.csv", "--save", "folder/net.refnet")
    assert (status, out) == (2, "") and "--save folder/net.refnet: may not be written: Permission denied" in err


def test_c_asked_for_where_there_is_none(clouds, refnet_command, model, monkeypatch):
    import refnet.kernels

    monkeypatch.setattr(refnet.kernels, "_native", None)
    monkeypatch.setattr(refnet.kernels, "_why_no_c", refnet.BackendError("the C core is not built: for this test"))
    for words in (["train", clouds], ["predict", model, clouds], ["evaluate", model, clouds]):
        status, out, err = refnet_command(*words, "--backend", "c")
        assert (status, out, err) == (2, "", "refnet: backend='c', but the C core is not built: for this test\n")
    monkeypatch.setenv("REFNET_BACKEND", "c")
    status, out, _ = refnet_command("info")
    assert status == 1 and "none" in out and "REFNET_BACKEND='c', but the C core is not built" in out


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


def test_version(refnet_command):
    status, out, _ = refnet_command("--version")
    assert (status, out) == (0, f"refnet {refnet.__version__} (contract {refnet.CONTRACT})\n")


@pytest.mark.parametrize("command", ["check", "train", "predict", "evaluate", "bench", "info"])
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
