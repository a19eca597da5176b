"""Does `refnet info MODEL` say what the file has, and does the file have what it should, and nothing else?"""

import csv
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from cli_helpers import BACKENDS, TOOLBOX, interrupt

import refnet


def sha(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def info(refnet_command, path):
    """(the text, the document) of a file."""
    status, out, err = refnet_command("info", path)
    assert (status, err) == (0, "")
    status, document, err = refnet_command("info", path, "--json")
    assert (status, err) == (0, "")
    return out, json.loads(document)


@pytest.mark.parametrize("options", [["--epochs", 3], [*TOOLBOX, "--epochs", 12]])
def test_the_same_training_is_the_same_bytes(clouds, refnet_command, here, options):
    """In Python and in C, under any name, whenever."""
    found = []
    for i, name in enumerate(BACKENDS):
        (here / f"data{i}").mkdir()
        data = (here / clouds).rename(here / f"data{i}" / "clouds.csv")
        assert refnet_command("train", data, "--backend", name, "--save", f"{name}.refnet", *options)[0] == 0
        found.append(Path(f"{name}.refnet").read_bytes())
        clouds = data
    assert found == found[:1] * len(BACKENDS)


def test_where_it_comes_from(model, clouds, refnet_command):
    text, found = info(refnet_command, model)
    provenance = found["notes"]["provenance"]
    assert provenance == {"refnet": [refnet.__version__], "files": [sha(clouds)]}
    network = refnet.load(model)
    assert (found["fingerprint"], found["contract"], found["seed"]) == (network.fingerprint(), refnet.CONTRACT, 0)
    for line in (
        f"file      clouds.refnet, contract {refnet.CONTRACT}, trained by refnet {refnet.__version__}",
        f"data      SHA-256 of the numbers {network.notes['data']}", f"          of a file {sha(clouds)}",
        f"weights   fingerprint {network.fingerprint()}", "seed      0", "number    binary64",
        "task      classification", "classes   fern, moss, oak", "columns   width, height",
        "trained   20 epochs, 100 steps", "penalties none", "optimizer SGD(rate=0.1)",
    ):
        assert f"\n{line}\n" in f"\n{text}", line
    assert re.search("^options   --layers 2-16-3 .*--epochs 20", text, re.M)


def test_layers_and_history(clouds, refnet_command):
    assert refnet_command("train", clouds, "--epochs", 7, "--validation", "0.2", "--save", "net.refnet")[0] == 0
    text, found = info(refnet_command, "net.refnet")
    lines = text.splitlines()
    at = lines.index(next(line for line in lines if line.startswith("layer ")))
    assert [line.split()[0] for line in lines[at + 1 : at + 7]] == [
        "input", "standardize1", "dense1", "tanh1", "dense2", "softmax1"]
    assert re.search(r"^dense2 .* 3  weights 3×16; bias 1×3$", text, re.M) and "99 parameters in all" in text
    assert found["numbers"] == 99 and found["layers"][2]["parameters"] == {"weights": [16, 2], "bias": [1, 16]}
    assert (found["epochs"], found["steps"], found["position"]) == (7, 7 * 4, 0)
    history = found["notes"]["history"]
    assert {name: len(values) for name, values in history.items()} == dict.fromkeys(
        ["loss", "rate", "validation_loss", "validation_accuracy"], 7)
    assert lines[-6].split() == ["epoch", "loss", "rate", "validation", "loss", "validation", "accuracy"]
    assert lines[-1].split() == ["7", *(f"{values[-1]:.6f}" for values in history.values())]
    assert lines[-5].split()[0] == "3"


def test_a_pipe_has_no_digest_and_a_folder_has_four(clouds, pictures, refnet_command, here, monkeypatch):
    assert refnet_command("train", pictures, "--epochs", 1, "--save", "net.refnet")[0] == 0
    files = info(refnet_command, "net.refnet")[1]["notes"]["provenance"]["files"]
    assert files == [sha(path) for path in sorted((here / pictures).iterdir())] and len(files) == 4
    monkeypatch.setattr("os.path.isfile", lambda path: False)
    from refnet.cli import provenance

    assert provenance.digests(clouds) is None


def test_a_packed_file_has_the_digest_of_its_bytes(clouds, refnet_command, here):
    (here / "clouds.csv.gz").write_bytes(gzip.compress((here / clouds).read_bytes()))
    for name in (clouds, "clouds.csv.gz"):
        assert refnet_command("train", name, "--epochs", 1, "--save", "net.refnet")[0] == 0
        notes = refnet.load("net.refnet").notes
        assert notes["provenance"]["files"] == [sha(name)]
    assert refnet_command("verify", "net.refnet", clouds)[0] == 0


def test_a_training_by_two_versions(clouds, refnet_command, monkeypatch):
    assert refnet_command("train", clouds, "--epochs", 1, "--save", "net.refnet")[0] == 0
    this = refnet.__version__
    monkeypatch.setattr(refnet, "__version__", "99.0")
    for epochs in (2, 3):
        assert refnet_command("train", clouds, "--resume", "net.refnet", "--epochs", epochs)[0] == 0
    text, found = info(refnet_command, "net.refnet")
    assert found["notes"]["provenance"]["refnet"] == [this, "99.0"] and f"trained by refnet {this} and 99.0" in text


def test_a_training_that_was_stopped(clouds, refnet_command, monkeypatch):
    interrupt(monkeypatch, 8)
    assert refnet_command("train", clouds, "--backend", "python")[0] == 130
    text, found = info(refnet_command, "clouds.refnet")
    assert (found["epochs"], found["steps"], found["position"]) == (1, 8, 48)
    assert "trained   1 epoch, 8 steps and 48 rows of the next epoch\n" in text


def test_a_network_of_ones_own(here, refnet_command):
    """A graph with shared and frozen parameters, saved by Python code, with notes of its own or strange ones."""
    x, y, shared = refnet.Input(2), refnet.Input(2), refnet.Dense(2, trainable=False)
    network = refnet.Network([refnet.Dense(1)(refnet.Add()(shared(x), shared(y)))])
    for notes in ({"mine": [1, 2]}, {"history": {}, "provenance": 3, "settings": [], "task": None, "classes": 3}):
        refnet.save(network, "own.refnet", notes)
        text, found = info(refnet_command, "own.refnet")
        assert found["notes"] == notes and found["inputs"] == ["input1", "input2"]
        assert "not noted by which refnet" in text and "SHA-256 of the numbers not noted" in text
        assert "optimizer none" in text and "loss      none" in text and "those of dense1" in text
        assert "after input1      2  weights 2×2, frozen; bias 1×2, frozen\n" in text
        assert "after input2      2  those of dense1\n" in text and "Add after dense1, dense2" in text


def test_names_stay_in_their_line(here, refnet_command):
    rows = [(i % 2 + i / 100, ["a\nb", "β"][i % 2]) for i in range(40)]
    with open("names.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("x\ny", "kind"), *rows])
    assert refnet_command("train", "names.csv", "--epochs", 1, "--save", "net.refnet")[0] == 0
    text, _ = info(refnet_command, "net.refnet")
    assert "\nclasses   a\\nb, β\ncolumns   x\\ny\n" in text


def test_what_is_no_network(here, refnet_command):
    (here / "no.refnet").write_text("{}")
    for name in ("no.refnet", "nowhere.refnet"):
        status, out, err = refnet_command("info", name)
        assert (status, out) == (2, "") and err.startswith(f"refnet: {name}: ")
