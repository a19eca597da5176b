"""Does `refnet train` do what its options say?"""

import re
from pathlib import Path

import pytest
from cli_helpers import BACKENDS, STOPPING, TOOLBOX, accuracy, fingerprint, settled, write_images

import refnet
from refnet.arithmetic.random import normal, stream_key
from refnet.cli import train_data, train_network, train_screen

# --- Training ---


@pytest.mark.parametrize("name", ["iris.csv", "wine.csv"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_well_known_data_set_in_one_line(refnet_command, shared_data, name, seed):
    status, out, err = refnet_command("train", shared_data / name, *(["--seed", seed] if seed else []))
    assert status == 0 and err == ""
    assert accuracy(out) >= 90.0


def test_what_training_says(clouds, refnet_command):
    status, out, err = refnet_command("train", clouds, "--epochs", 3, "--save", "net.refnet")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == (
        "data      clouds.csv: 90 examples, 2 features, 3 classes (fern, moss, oak); 72 to train, 18 to test"
    )
    assert lines.pop(1) == "table     delimiter comma, header, label column 'kind'; 2 columns of numbers"
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
    network = refnet.load("net.refnet")
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
    assert type(refnet.load("net.refnet").layers[-1]).__name__ == last


@pytest.mark.parametrize("name, activation, weights", [
    ("sigmoid", refnet.Sigmoid, refnet.Glorot), ("tanh", refnet.Tanh, refnet.Glorot),
    ("linear", refnet.Linear, refnet.Glorot), ("relu", refnet.ReLU, refnet.He),
    ("leaky-relu", refnet.LeakyReLU, refnet.He), ("prelu", refnet.PReLU, refnet.He), ("elu", refnet.ELU, refnet.He),
    ("softplus", refnet.Softplus, refnet.He), ("silu", refnet.SiLU, refnet.He), ("gelu", refnet.GELU, refnet.He),
])
def test_activations_and_initial_weights_that_suit_them(clouds, name, activation, weights):
    network = train_network.built(settled(layers=[2, 5, 3], activation=name), refnet.data.read_csv(clouds), "python")
    assert [type(layer) for layer in network.layers[2:]] == [refnet.Dense, activation, refnet.Dense, refnet.Softmax]
    layers = [refnet.Input(2), refnet.ReLU(), refnet.Dense(5, weights=weights())]
    assert network.weights[0] == refnet.Network(layers, "python").weights[0]


@pytest.mark.parametrize("name, optimizer, rate", [
    ("sgd", refnet.SGD, 0.1), ("momentum", refnet.Momentum, 0.1), ("nesterov", refnet.Nesterov, 0.1),
    ("adagrad", refnet.AdaGrad, 0.1), ("adadelta", refnet.Adadelta, 1.0), ("rmsprop", refnet.RMSprop, 0.003),
    ("adam", refnet.Adam, 0.003), ("adamw", refnet.AdamW, 0.003), ("amsgrad", refnet.AMSGrad, 0.003),
    ("nadam", refnet.Nadam, 0.003),
])
def test_every_optimizer_learns_the_clouds(clouds, refnet_command, name, optimizer, rate):
    status, out, err = refnet_command("train", clouds, "--optimizer", name, "--save", "net.refnet")
    assert (status, err) == (0, "") and accuracy(out) == 100.0
    found = refnet.load("net.refnet").optimizer
    assert type(found) is optimizer and found.schedule.rate == rate


@pytest.mark.parametrize("options, rates, said", [
    ("", [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], "rate 0.5, "),
    ("--schedule inverse", [0.5, 0.25, 0.5 / 3, 0.125, 0.1, 0.5 / 6], "rate 0.5 / (1 + 1·epoch), "),
    ("--decay 0.5", [0.5, 0.5 / 1.5, 0.25, 0.2, 0.5 / 3, 0.5 / 3.5], "rate 0.5 / (1 + 0.5·epoch), "),
    ("--schedule step", [0.5, 0.5, 0.05, 0.05, 0.05 * 0.1, 0.05 * 0.1], "rate 0.5 · 0.1 every 2 epochs, "),
    ("--schedule step --factor 0.5 --every 5", [0.5, 0.5, 0.5, 0.5, 0.5, 0.25], "rate 0.5 · 0.5 every 5 epochs, "),
    ("--schedule exponential --factor 0.5", [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625], "· 0.5 every epoch, "),
    ("--schedule cosine", [0.5, None, 0.375, 0.25, 0.125, None], "rate 0.5 falling to 0 in 6 epochs (cosine), "),
])
def test_schedules(clouds, refnet_command, options, rates, said):
    options = f"--rate 0.5 --epochs 6 --save net.refnet {options}"
    status, out, err = refnet_command("train", clouds, *options.split())
    assert (status, err) == (0, "") and said in out
    found = [refnet.load("net.refnet").optimizer.schedule(epoch) for epoch in range(6)]
    for rate, expected in zip(found, rates):  # the cosine of a third of π is not ½ to the last bit
        assert expected is None or (abs(rate - expected) < 1e-15 if "cosine" in options else rate == expected)
    assert found == sorted(found, reverse=True)


def test_the_toolbox_reaches_the_network(clouds, refnet_command):
    status, out, _ = refnet_command(
        "train", clouds, "--layers", "2-5-4-3", "--activation", "gelu", "--batch-norm", "--dropout", "0.25", "--noise",
        "0.5", "--optimizer", "momentum", "--clip-norm", "2.5", "--patience", "3", "--validation", "0.25",
        "--epochs", "2", "--save", "net.refnet",
    )
    assert status == 0
    network = refnet.load("net.refnet")
    hidden = ["Dense", "BatchNorm", "GELU", "Dropout"]
    assert [type(layer).__name__ for layer in network.layers] == [
        "Input", "Standardize", "GaussianNoise", *hidden, *hidden, "Dense", "Softmax",
    ]
    assert [layer.p for layer in network.layers if isinstance(layer, refnet.Dropout)] == [0.25, 0.25]
    assert network.layers[2].sigma == 0.5
    assert len(network.biases) == 1  # BatchNorm's β is the bias of the layers before it
    assert (network.optimizer.mu, network.optimizer.clip.limit) == (0.9, 2.5)
    (stopping,) = network.callbacks
    assert (stopping.patience, stopping.monitor) == (3, "validation_loss")
    assert "54 to train, 18 to validate, 18 to test" in out
    assert "Standardize → GaussianNoise 0.5 → Dense 5 → BatchNorm → GELU → Dropout 0.25 → Dense 4 → " in out
    assert "momentum 0.9, rate 0.1, gradients clipped to norm 2.5, patience 3, 2 epochs" in out


@pytest.mark.parametrize("name", [name for name in train_network.OPTIMIZERS if name != "adadelta"])
def test_a_regression_does_not_depend_on_the_unit_of_its_targets(here, refnet_command, name):
    """Targets 2²⁰ times as large change no bit of the weights: not through rate, ε or the norm to clip to.

    Adadelta's ε stands with two quantities of different units, so no choice of it does that."""
    key = stream_key(3, 9 << 32)
    rows = [(normal(key, 2 * i), normal(key, 2 * i + 1)) for i in range(40)]
    prints = []
    for unit in (1.0, 2.0**20):
        (here / "y.csv").write_text("".join(f"{x!r},{y!r},{unit * (x * y - x)!r}\n" for x, y in rows))
        options = ["--optimizer", name, "--clip-norm", "0.5", "--epochs", 5, "--save", "net.refnet"]
        assert refnet_command("train", "y.csv", "--regression", *options)[0] == 0
        prints.append(fingerprint("net.refnet"))
    assert prints[0] == prints[1]


@pytest.mark.parametrize("options", [[], TOOLBOX])
def test_both_backends_say_the_same_and_end_with_the_same_bits(clouds, refnet_command, options):
    said = []
    for name in BACKENDS:
        words = ["train", clouds, "--epochs", 6, "--backend", name, "--save", f"{name}.refnet", *options]
        status, out, _ = refnet_command(*words)
        out = re.sub(f"backend {name}|{name}.refnet|time .* s\n", "", out)
        said.append((status, out, fingerprint(f"{name}.refnet")))
    assert said[0][0] == 0 and said == said[:1] * len(BACKENDS)


# --- Validation and early stopping ---


def test_the_validation_part_is_taken_from_the_training_part(clouds):
    data = refnet.data.read_csv(clouds)
    whole, watched = (train_data.read(clouds, settled(validation=share)) for share in (None, 0.25))
    assert watched.test == whole.test  # which decides nothing, and stays what it was
    assert [len(part) for part in watched[:3]] == [54, 18, 18]
    assert sorted(row for part in watched[:3] for row in part.inputs) == sorted(data.inputs)  # each in one part
    assert [watched.validation.targets.count(i) for i in range(3)] == [6, 6, 6]


def test_validation_is_shown_after_each_epoch(clouds, refnet_command):
    status, out, _ = refnet_command("train", clouds, "--epochs", 3, "--validation", "0.25", "--save", "net.refnet")
    lines = re.findall(r"^epoch (\d)/3  loss \S+  validation (\S+), (\S+) %$", out, re.M)
    assert status == 0 and [line[0] for line in lines] == ["1", "2", "3"]
    part = train_data.read(clouds, settled(validation=0.25)).validation
    found = refnet.load("net.refnet").evaluate(part.inputs, part.targets)
    assert lines[-1][1:] == (train_screen.number(found["loss"]), f"{100 * found['accuracy']:.2f}")


def test_early_stopping_goes_back_to_the_best_weights(clouds, refnet_command):
    status, out, err = refnet_command("train", clouds, "--patience", 3, "--save", "net.refnet", *STOPPING)
    found = re.search(r"^stopped   after (\d+) epochs, 3 of them without a better validation loss; the weights are "
                      r"those of epoch (\d+) \(validation loss (\S+)\)$", out, re.M)
    assert (status, err) == (0, "")
    last, best = int(found[1]), int(found[2])
    assert last == best + 3 < 50 and re.findall(r"^epoch +(\d+)", out, re.M)[-1] == str(last)
    assert re.search(rf"^epoch +{best}/50  loss \S+  validation {re.escape(found[3])},", out, re.M)
    assert refnet_command("train", clouds, "--epochs", best, "--save", "best.refnet", *STOPPING)[0] == 0
    assert fingerprint("net.refnet") == fingerprint("best.refnet")
    before = Path("net.refnet").read_bytes()
    for more in ([], ["--epochs", 90]):
        status, out, _ = refnet_command("train", clouds, "--resume", "net.refnet", *more)
        assert status == 0 and "Nothing is left to train: net.refnet has stopped early\nstopped   after" in out
        assert Path("net.refnet").read_bytes() == before


def test_the_best_weights_also_when_the_epochs_run_out(clouds, refnet_command):
    """And --resume goes on where the training was."""
    patient = ["--patience", 40, *STOPPING]
    status, out, err = refnet_command("train", clouds, "--epochs", 9, "--save", "net.refnet", *patient)
    found = re.search(r"^weights   those of epoch (\d+) \(validation loss (\S+)\), the best of 9$", out, re.M)
    assert (status, err) == (0, "") and 0 < int(found[1]) < 9
    assert re.search(rf"^epoch {found[1]}/9  loss \S+  validation {re.escape(found[2])},", out, re.M)
    assert refnet_command("train", clouds, "--epochs", found[1], "--save", "best.refnet", *STOPPING)[0] == 0
    assert fingerprint("net.refnet") == fingerprint("best.refnet")
    assert refnet_command("train", clouds, "--resume", "net.refnet", "--epochs", 12)[0] == 0
    assert refnet_command("train", clouds, "--epochs", 12, "--save", "whole.refnet", *patient)[0] == 0
    assert fingerprint("net.refnet") == fingerprint("whole.refnet")


def test_patience_alone_holds_out_a_fifth(clouds, refnet_command):
    status, out, _ = refnet_command("train", clouds, "--epochs", 1, "--patience", 1)
    assert status == 0 and "57 to train, 15 to validate, 18 to test" in out and "stopped" not in out


def test_standardisation_is_measured_on_the_training_part_alone(clouds, refnet_command, model):
    data = refnet.data.read_csv(clouds)
    train, _ = refnet.data.split(data, 0.2, seed=0, stratify=True)
    layer = refnet.load(model).layers[1]
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
    network = refnet.load("net.refnet")
    assert [type(layer).__name__ for layer in network.layers] == ["Input", "Dense", "Sigmoid", "Dense", "Softmax"]
    for data in (pictures, "pictures/t10k-images-idx3-ubyte"):
        status, out, _ = refnet_command("predict", "net.refnet", data)
        assert (status, out.split()) == (0, ["0", "1"] * 4)
    status, out, _ = refnet_command("evaluate", "net.refnet", pictures)
    assert status == 0 and "accuracy 100.00 % (8 of 8), ROC AUC 1.0000" in out


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


def test_jitter_takes_the_images_for_squares(pictures, refnet_command, here):
    status, out, _ = refnet_command("train", pictures, "--jitter", 1, "--epochs", 1, "--save", "net.refnet")
    layer = refnet.load("net.refnet").layers[1]
    assert status == 0 and (layer.width, layer.height, layer.shift) == (2, 2, 1) and "Jitter ±1 of 2×2" in out
    write_images(here / "wide", "train", [[i % 2 * 200] * 6 for i in range(40)], [i % 2 for i in range(40)], (2, 3))
    error = "refnet: --jitter 1: wide has images of 6 pixels; only square ones\n"
    assert refnet_command("train", "wide", "--jitter", 1) == (2, "", error)
