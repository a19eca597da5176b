"""Does `refnet verify` find a training again, whatever has happened to it, and notice whatever was changed?"""

import re

import pytest
from cli_helpers import BACKENDS, STOPPING, TOOLBOX, interrupt

import refnet
from refnet.arithmetic.random import normal, stream_key

COSINE = ["--schedule", "cosine", "--optimizer", "momentum"]


def same(refnet_command, *words):
    """Assert that both backends find the same bits; the output."""
    for name in BACKENDS:
        status, out, err = refnet_command("verify", *words, "--backend", name)
        assert (status, err) == (0, "") and "✓ the same" in out and f"backend {name}" in out
    return out


def test_what_it_says(model, clouds, refnet_command):
    lines = same(refnet_command, model, clouds).splitlines()
    assert lines[:2] == [
        "data      clouds.csv: 72 examples, 2 features, 3 classes (fern, moss, oak) to train: the same files, byte by "
        "byte",
        f"model     clouds.refnet: 20 epochs, trained by refnet {refnet.__version__}",
    ]
    assert lines[2].startswith("training  again, 20 epochs, seed 0, backend ")
    assert lines[3] == ("✓ the same, every loss and every number: fingerprint " + refnet.load(model).fingerprint())


@pytest.mark.parametrize("options", [
    [*TOOLBOX, "--epochs", 12], ["--patience", 3, *STOPPING], ["--patience", 40, "--epochs", 9, *STOPPING],
    ["--loss", "binary-cross-entropy", "--optimizer", "nesterov", "--decay", "0.1", "--l2", "0.01", "--epochs", 5],
    ["--number", "bfloat16", "--epochs", 3], ["--number", "binary32", "--epochs", 3, "--seed", -7],
    ["--epochs", 3, "--test", 0, "--no-standardize", "--label", "kind", "--header"],
])
def test_trainings_of_all_kinds(clouds, refnet_command, options):
    assert refnet_command("train", clouds, "--save", "net.refnet", *options)[0] == 0
    for name in BACKENDS if "bfloat16" not in options else ["python"]:
        status, out, err = refnet_command("verify", "net.refnet", clouds, "--backend", name)
        assert (status, err) == (0, "") and "✓ the same" in out


def test_a_regression(here, refnet_command):
    key = stream_key(3, 9 << 32)
    (here / "y.csv").write_text("".join(f"{normal(key, 2 * i)!r},{normal(key, 2 * i + 1)!r}\n" for i in range(40)))
    words = ["--regression", "--optimizer", "adam", "--epochs", 4, "--save", "net.refnet"]
    assert refnet_command("train", "y.csv", *words)[0] == 0
    same(refnet_command, "net.refnet", "y.csv")


def test_images(pictures, refnet_command):
    assert refnet_command("train", pictures, "--jitter", 1, "--epochs", 3, "--save", "net.refnet")[0] == 0
    assert "the same files" in same(refnet_command, "net.refnet", pictures)


@pytest.mark.parametrize("step", [3, 8, 10, 20])  # 10: at the end of the second epoch
@pytest.mark.parametrize("options", [[], TOOLBOX, ["--patience", 3, *STOPPING], COSINE])
def test_a_training_that_was_stopped(clouds, refnet_command, monkeypatch, options, step):
    with monkeypatch.context() as patch:
        interrupt(patch, step)
        words = ["train", clouds, "--save", "net.refnet", "--backend", "python", "--epochs", 12, *options]
        assert refnet_command(*words)[0] == 130
    assert "(the last one in both)" in same(refnet_command, "net.refnet", clouds)
    assert refnet_command("train", clouds, "--resume", "net.refnet")[0] == 0
    same(refnet_command, "net.refnet", clouds)


@pytest.mark.parametrize("options", [[], COSINE])
def test_a_training_that_went_on(clouds, refnet_command, monkeypatch, options):
    """Also to another number of epochs than was asked for first: for it a cosine is made."""
    with monkeypatch.context() as patch:
        interrupt(patch, 8)
        assert refnet_command("train", clouds, "--save", "net.refnet", "--backend", "python", *options)[0] == 130
    assert refnet_command("train", clouds, "--resume", "net.refnet", "--epochs", 4)[0] == 0
    same(refnet_command, "net.refnet", clouds)
    assert refnet_command("train", clouds, "--resume", "net.refnet", "--epochs", 7)[0] == 0
    same(refnet_command, "net.refnet", clouds)


def differs(refnet_command, *words):
    """What it says of a file that was changed."""
    status, out, err = refnet_command("verify", *words)
    assert (status, err) == (1, "")
    return re.search("^✗ differs   (.*)$", out, re.M)[1]


def test_a_weight_that_was_changed(model, clouds, refnet_command):
    network = refnet.load(model)
    rows = network.get("dense2.weights")
    before = rows[2][3]
    rows[2][3] = changed = 1.0000000001 * before
    network.set("dense2.weights", rows)
    refnet.save(network, model)
    assert differs(refnet_command, model, clouds) == (
        f"after training, parameters.dense2.weights.rows.2.3: {changed!r} in the file, {before!r} when trained again")


def test_a_mean_of_the_inputs_and_a_number_of_the_optimizer_that_were_changed(clouds, refnet_command):
    """The fingerprint, which is of the weights, has neither."""
    words = ["--batch-norm", "--optimizer", "momentum", "--epochs", 2, "--save"]
    assert refnet_command("train", clouds, *words, "net.refnet")[0] == 0
    for place in ("buffers.batchnorm1.mean", "optimizer.state.dense1.weights.velocity"):
        network = refnet.load("net.refnet")
        matrix = (network.layers[3].buffers["mean"] if "buffers" in place
                  else network.optimizer.state["dense1.weights"]["velocity"])
        rows = network.k.tolist(matrix)
        rows[0][1] += 0.5
        network.k.assign(matrix, rows)
        refnet.save(network, "changed.refnet")
        assert differs(refnet_command, "changed.refnet", clouds).startswith(f"after training, {place}.rows.0.1: ")


@pytest.mark.parametrize("name, value, said", [
    ("history", 0.25, "epoch 3, loss: 0.25 in the file, "), ("settings", 0.2, "epoch 2, loss: "),
    ("history", None, "epoch 3, loss: None in the file, "),
])
def test_notes_that_were_changed(model, clouds, refnet_command, name, value, said):
    """With another rate the first epoch that differs is the second: the loss is that before an update."""
    network = refnet.load(model)
    if name == "history":
        network.notes["history"]["loss"][2] = value
    else:
        network.notes["settings"].update(schedule="step", rate=0.1, factor=value, every=1)
    refnet.save(network, model)
    assert differs(refnet_command, model, clouds).startswith(said)


def test_what_cannot_be_verified(model, clouds, refnet_command, here):
    lines = (here / clouds).read_text().splitlines()
    (here / "other.csv").write_text("\n".join([*lines[:-1], "1.5,2.5,oak"]))
    status, out, err = refnet_command("verify", model, "other.csv")
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert "other.csv: not the data that clouds.refnet was trained on (the SHA-256 of its numbers is " in err
    assert err.endswith(f", of those in training {refnet.load(model).notes['data']})\n")
    refnet.save(refnet.Network([refnet.Input(2), refnet.Dense(3), refnet.Softmax()]), "own.refnet")
    error = "refnet: own.refnet: not saved by this version's `refnet train`, so it cannot be verified\n"
    assert refnet_command("verify", "own.refnet", clouds) == (2, "", error)
    for words in ([], [model], [model, "nowhere.csv"], ["nowhere.refnet", clouds], [model, clouds, "--epochs", "3"]):
        assert refnet_command("verify", *words)[:2] == (2, "")


def test_the_same_numbers_in_another_file(model, clouds, refnet_command, here):
    (here / "spaced.csv").write_text((here / clouds).read_text() + "\n")
    assert "to train: the same numbers, from another file" in same(refnet_command, model, "spaced.csv")
    network = refnet.load(model)
    network.notes.pop("provenance")  # as a file of before has it
    refnet.save(network, model)
    out = same(refnet_command, model, clouds)
    assert "to train: the same numbers\n" in out and "trained by" not in out
