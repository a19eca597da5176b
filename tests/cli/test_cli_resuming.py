"""Does `refnet train` go on after Ctrl-C as if it had never stopped?"""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from cli_helpers import BACKENDS, STOPPING, TOOLBOX, fingerprint, interrupt, settled, start, write_clouds
from file_helpers import everything

import refnet
from refnet.cli import tables, train_data


@pytest.mark.parametrize("options", [[], ["--optimizer", "nesterov", "--decay", "0.1", "--l2", "0.001"]])
@pytest.mark.parametrize("resuming", BACKENDS)
def test_interrupted_and_resumed_is_as_if_never_stopped(clouds, refnet_command, monkeypatch, options, resuming):
    assert refnet_command("train", clouds, "--epochs", 6, "--save", "whole.refnet", *options)[0] == 0
    with monkeypatch.context() as patch:
        interrupt(patch, 2 * 5 + 1)
        words = ["train", clouds, "--epochs", 6, "--save", "part.refnet", "--backend", "python", *options]
        status, out, err = refnet_command(*words)
    assert (status, err) == (130, "")
    network = refnet.load("part.refnet")
    assert (network.epoch, network.progress.position) == (2, 16)  # the step under way was finished
    assert "Stopped after 2 epochs and 16 of 72 rows of the next." in out
    assert "saved     part.refnet" in out
    resume = re.search(r"to resume (?:python -m )?refnet (.*)", out)[1].split()
    assert resume == ["train", "clouds.csv", "--resume", "part.refnet", "--backend", "python"]
    status, out, err = refnet_command(*resume[:-1], resuming)
    assert (status, err) == (0, "") and "epoch 6/6" in out
    assert fingerprint("part.refnet") == fingerprint("whole.refnet")
    assert refnet.load("part.refnet").progress.step == refnet.load("whole.refnet").progress.step


@pytest.mark.parametrize("step", [3, 8, 20, 28])  # 20: in the evaluation after an epoch
@pytest.mark.parametrize("data, options", [
    ("clouds", [*TOOLBOX, "--epochs", 12]), ("clouds", ["--patience", 3, *STOPPING]),
    ("pictures", ["--jitter", 1, "--dropout", "0.4", "--schedule", "step", "--patience", 5, "--epochs", 20]),
])
def test_the_toolbox_goes_on_as_if_never_stopped(request, refnet_command, monkeypatch, data, options, step):
    """Schedules, draws, running means, the epochs waited for a better one and the best weights are in the file."""
    data = request.getfixturevalue(data)
    assert refnet_command("train", data, "--save", "whole.refnet", *options)[0] == 0
    with monkeypatch.context() as patch:
        interrupt(patch, step)
        assert refnet_command("train", data, "--save", "part.refnet", "--backend", "python", *options)[0] == 130
    assert refnet_command("train", data, "--resume", "part.refnet")[0] == 0
    assert everything(refnet.load("part.refnet")) == everything(refnet.load("whole.refnet"))


def test_without_a_name_an_interrupted_network_gets_a_free_one(clouds, refnet_command, here, monkeypatch):
    (here / "clouds.refnet").write_text("precious")
    interrupt(monkeypatch, 7)
    status, out, _ = refnet_command("train", clouds, "--backend", "python")
    assert status == 130 and "saved     clouds-2.refnet" in out
    assert "train clouds.csv --resume clouds-2.refnet --backend python" in out
    assert (here / "clouds.refnet").read_text() == "precious"
    assert refnet.load("clouds-2.refnet").epoch == 1


def test_more_epochs(clouds, refnet_command, model):
    assert refnet_command("train", clouds, "--epochs", 25, "--save", "whole.refnet")[0] == 0
    status, out, _ = refnet_command("train", clouds, "--resume", model, "--epochs", 25, "--save", "more.refnet")
    assert status == 0 and "epoch 21/25" in out and "epoch 20/25" not in out
    assert fingerprint("more.refnet") == fingerprint("whole.refnet") != fingerprint(model)
    assert refnet.load(model).epoch == 20  # --save says otherwise
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
    for option in ("--batch-norm", "--no-standardize", "--header", "--regression", "--momentum 0.5", "--patience 2"):
        assert f"{option}: clouds.refnet was trained without it" in error(clouds, "--resume", model, *option.split())
    assert "--dropout 0.5: clouds.refnet was trained with 0.0" in error(clouds, "--resume", model, "--dropout", "0.5")
    assert refnet_command("train", clouds, "--resume", model, "--rate", "0.1", "--label", "-1")[0] == 0
    refnet.save(refnet.Network([refnet.Input(2), refnet.Dense(3), refnet.Softmax()]), "own.refnet")
    assert "own.refnet: not saved by this version's `refnet train`" in error(clouds, "--resume", "own.refnet")
    assert Path(model).read_bytes() == before


def test_resuming_with_another_validation_part(clouds, refnet_command, here):
    options = ["--validation", "0.25", "--epochs", 1, "--save", "net.refnet"]
    assert refnet_command("train", clouds, *options)[0] == 0
    x, y = train_data.read(clouds, settled(validation=0.25)).validation.inputs[0]
    text = (here / clouds).read_text()
    (here / "other.csv").write_text(text.replace(f"{x!r},{y!r}", f"{x!r},0.5"))
    error = "refnet: other.csv: not the data that net.refnet was trained on\n"
    assert refnet_command("train", "other.csv", "--resume", "net.refnet", "--epochs", 2) == (2, "", error)


def test_a_cosine_has_no_more_epochs_than_it_was_made_for(clouds, refnet_command):
    options = ["--schedule", "cosine", "--epochs", 4, "--save", "net.refnet"]
    assert refnet_command("train", clouds, *options)[0] == 0
    assert refnet_command("evaluate", "net.refnet", clouds)[0] == 0
    status, out, err = refnet_command("train", clouds, "--resume", "net.refnet", "--epochs", 5)
    assert (status, out) == (2, "")
    assert err == "refnet: --epochs 5; allowed with this --schedule cosine: at most 4; from then on the rate is 0\n"


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
    assert refnet.load("many.refnet").epoch < 150
    assert refnet_command("train", name, "--resume", "many.refnet")[0] == 0
    assert refnet_command(*options, "--save", "whole.refnet")[0] == 0
    assert fingerprint("many.refnet") == fingerprint("whole.refnet")


def test_a_second_ctrl_c_does_not_stop_the_saving(clouds, refnet_command, monkeypatch):
    interrupt(monkeypatch, 7)
    save = refnet.save

    def impatient(*arguments):
        signal.raise_signal(signal.SIGINT)
        save(*arguments)

    monkeypatch.setattr(refnet, "save", impatient)
    status, out, _ = refnet_command("train", clouds, "--backend", "python")
    assert status == 130 and "saved     clouds.refnet" in out and refnet.load("clouds.refnet").epoch == 1


def test_ctrl_c_before_there_is_anything_to_save(clouds, refnet_command, here, monkeypatch):
    def pressed(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(refnet.Network, "fit", pressed)
    status, out, _ = refnet_command("train", clouds)
    assert status == 130 and "nothing to save" in out and not list(here.glob("*.refnet"))
    monkeypatch.setattr(tables, "read_both", pressed)
    assert refnet_command("train", clouds) == (130, "", "refnet: stopped\n")
