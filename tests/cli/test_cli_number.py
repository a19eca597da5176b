"""Does the command line train in a number format, say it, keep it, and go on in no other?"""

import csv
import json
import re

import pytest
from cli_helpers import fingerprint, interrupt

import refnet
from refnet.cli import train_screen
from refnet.kernels import native_or_none
from refnet.kernels.native import FORMATS
from refnet.kernels.rounded import rounded

NAMES = ["binary32", "binary16", "bfloat16", "binary16:binary32", "Q7.8", "Q5.10-truncate-wrap"]
FEW = ["--epochs", 3, "--no-standardize"]  # heights of some 0.001 have no standard deviation in Q7.8


@pytest.fixture
def short(clouds, refnet_command):
    """A function that trains in a format and returns the name of the file."""

    def train(number, *more):
        name = f"{number.replace(':', '-')}.refnet"
        assert refnet_command("train", clouds, "--save", name, "--number", number, *FEW, *more)[0] == 0
        return name

    return train


@pytest.mark.parametrize("number", NAMES)
def test_train_says_format_and_backend_and_why(clouds, refnet_command, number):
    status, out, err = refnet_command("train", clouds, "--number", number, "--save", "net.refnet", *FEW)
    (line,) = [line for line in out.splitlines() if line.startswith("network")]
    backend = "c" if native_or_none() and number in FORMATS else "python"
    why = "" if number in FORMATS else " (C has binary64 and binary32 only)"
    assert (status, err) == (0, "") and line.endswith(f"parameters, backend {backend}{why}, number {number}")
    net = refnet.load("net.refnet")
    assert (net.number, net.backend, net.epoch) == (number, backend, 3)


def test_the_training_is_that_of_the_library(clouds, short):
    net = refnet.load(short("binary16"))
    layers = [refnet.Input(2), refnet.Dense(16, weights=refnet.Glorot()), refnet.Tanh(), refnet.Dense(3),
              refnet.Softmax()]
    twin = refnet.Network(layers, "python", seed=0, number="binary16")
    train, _ = refnet.data.split(refnet.data.read_csv(clouds), 0.2, seed=0, stratify=True)
    twin.fit(train.inputs, train.targets, optimizer=refnet.SGD(0.1), epochs=3, batch_size=16)
    assert twin.fingerprint() == net.fingerprint()


def test_binary64_is_not_said(clouds, refnet_command):
    texts = [refnet_command("train", clouds, "--save", name, *FEW, *options)[1]
             for name, options in (("a.refnet", []), ("b.refnet", ["--number", "binary64"]))]
    assert ", number " not in texts[0] and fingerprint("a.refnet") == fingerprint("b.refnet")
    assert re.sub("[ab].refnet|[0-9.]+ s", "", texts[0]) == re.sub("[ab].refnet|[0-9.]+ s", "", texts[1])
    document = json.load(open("a.refnet"))  # noqa: SIM115
    assert document["version"] == 3 and "number" not in document["notes"]["settings"]


def test_a_refused_format_says_why(clouds, refnet_command):
    allowed = ("'binary64', 'binary32', 'binary16', 'bfloat16', fixed point as 'Q7.8' or 'Q7.8-truncate-wrap', with "
               "':' and a wider format for the sums as 'binary16:binary32'")
    for name, why in (("Q31.32", " (integer_bits + fraction_bits: 63; allowed: 1 to 52, as one bit is the sign's)"),
                      ("float32", "; did you mean 'binary32'?"), ("int8", "")):
        err = refnet_command("train", clouds, "--number", name)[2]
        assert err == f"refnet: --number: '{name}'; allowed: {allowed}{why} (see refnet train --help)\n"


@pytest.mark.parametrize("words, reason", [
    (["train", "clouds.csv", "--number", "float16"], "--number: 'float16'; allowed: 'binary64', 'binary32', "),
    (["train", "clouds.csv", "--number", "Q40.40"], "--number: 'Q40.40'; allowed: "),
    (["train", "clouds.csv", "--number", ""], "--number: ''; allowed: "),
    (["train", "clouds.csv", "--number", "binary16:bfloat16"], "--number: 'binary16:bfloat16'; allowed: "),
    (["summary", "2-3-2", "--number", "int8"], "--number: 'int8'; allowed: "),
    (["diagnose", "clouds.csv", "--number", "fp16"], "--number: 'fp16'; allowed: "),
    (["train", "clouds.csv", "--number", "Q7.8", "--backend", "c"],
     "backend='c': the C core has binary64 and binary32, not Q7.8"),
])
def test_misspelt_formats_are_one_line(clouds, refnet_command, words, reason):
    status, out, err = refnet_command(*words)
    assert (status, out) == (2, "") and err.startswith(f"refnet: {reason}") and err.count("\n") == 1


def test_warnings_are_a_line_each(clouds, refnet_command):
    status, out, err = refnet_command("train", clouds, "--epochs", 1, "--number", "bfloat16", "--optimizer", "adam")
    assert status == 0 and "epoch 1/1" in out
    assert err == ("refnet: Adam's beta2=0.999 is 1.0 in bfloat16, so that 1 - beta2 is 0.0; the largest number below "
                   "is 0.99609375\n")


# --- Going on ---


@pytest.mark.parametrize("number", ["bfloat16", "Q7.8"])
def test_interrupted_and_resumed_is_as_if_never_stopped(clouds, refnet_command, monkeypatch, number):
    words = ["train", clouds, "--number", number, "--patience", 5, *FEW]
    assert refnet_command(*words, "--save", "whole.refnet")[0] == 0
    k, right, steps = rounded(number), rounded(number).softmax, []
    with monkeypatch.context() as patch:
        def softmax(z, beta):
            steps.append(z)
            if len(steps) == 6:  # an epoch has 4 steps, and 2 evaluations after it
                raise KeyboardInterrupt
            return right(z, beta)

        patch.setattr(k, "softmax", softmax)
        status, out, _ = refnet_command(*words, "--save", "part.refnet")
    assert status == 130 and "train clouds.csv --resume part.refnet\n" in out
    assert refnet_command("train", clouds, "--resume", "part.refnet")[0] == 0
    assert fingerprint("part.refnet") == fingerprint("whole.refnet")
    assert refnet.load("part.refnet").number == number


def test_only_in_the_files_own_format(clouds, refnet_command, short):
    name = short("binary16")
    status, out, err = refnet_command("train", clouds, "--resume", name, "--number", "binary32", "--epochs", 4)
    assert (status, out) == (2, "")
    assert err == f"refnet: --number binary32: {name} was trained with binary16, and can only go on like that\n"
    assert refnet_command("train", clouds, "--resume", name, "--number", "binary16", "--epochs", 4)[0] == 0
    assert refnet.load(name).number == "binary16" and refnet.load(name).epoch == 4
    assert refnet_command("train", clouds, "--resume", name, "--epochs", 5)[0] == 0  # and without saying it


def test_a_file_from_before_the_formats_goes_on(clouds, refnet_command, monkeypatch):
    """`refnet train` had no setting of this name when it was written; the file has the same notes today."""
    with monkeypatch.context() as patch:
        interrupt(patch, 7)
        assert refnet_command("train", clouds, "--backend", "python", "--save", "net.refnet")[0] == 130
    status, _, err = refnet_command("train", clouds, "--resume", "net.refnet", "--number", "bfloat16")
    assert status == 2 and "--number bfloat16: net.refnet was trained with binary64" in err
    assert refnet_command("train", clouds, "--resume", "net.refnet")[0] == 0


# --- Using ---


@pytest.mark.parametrize("number", ["binary32", "bfloat16", "Q7.8"])
def test_other_commands_compute_in_the_files_format(clouds, refnet_command, short, number, here):
    name = short(number)
    net, data = refnet.load(name), refnet.data.read_csv(clouds)
    status, out, _ = refnet_command("predict", name, clouds, "--label", "kind", "--proba")
    rows = [[float(cell) for cell in row[1:]] for row in list(csv.reader(out.splitlines()))[1:]]
    assert status == 0 and rows == net.predict(data.inputs)
    status, out, _ = refnet_command("evaluate", name, clouds)
    assert status == 0 and f"loss {train_screen.number(net.evaluate(data.inputs, data.targets)['loss'])}," in out
    for words in (["explain", name, "--input", "0.5,0.25"], ["summary", name],
                  ["plot", "network", name, "-o", "net.svg"], ["plot", "history", name, "-o", "history.svg"]):
        status, out, err = refnet_command(*words)
        assert (status, err) == (0, "") and out
    status, out, err = refnet_command("diagnose", name, clouds)
    assert err == "" and f"number '{number}'" in out and "wrong gradient" not in out
    if number not in FORMATS:
        status, out, err = refnet_command("evaluate", name, clouds, "--backend", "c")
        assert (status, out) == (2, "") and f"the C core has binary64 and binary32, not {number}" in err


def test_diagnose_a_training_that_has_not_begun(clouds, refnet_command):
    _, out, _ = refnet_command("diagnose", clouds, "--number", "binary16", "--no-standardize", "--layers", "2-3-3")
    assert "number 'binary16'" in out and "wrong gradient" not in out


@pytest.mark.parametrize("number, size, note", [
    ("binary64", 8, None), ("binary32", 4, "a number of binary32 takes 4 bytes"),
    ("bfloat16", 2, "a number of bfloat16 takes 2 bytes"), ("Q3.4", 1, "a number of Q3.4 takes 1 byte"),
    ("Q7.4", 2, "a number of Q7.4 takes 2 bytes"),
])
def test_summary_has_the_formats_bytes(refnet_command, number, size, note):
    status, out, _ = refnet_command("summary", "2-3-2", "--number", number)
    last = out.splitlines()[-1]
    assert status == 0 and (last == note if note else "bytes" not in out)
    document = json.loads(refnet_command("summary", "2-3-2", "--number", number, "--json")[1])
    assert document["number"] == number and document["total"]["parameter_memory"] == 17 * size


def test_summary_of_a_file_takes_its_format(refnet_command, short):
    name = short("Q7.8")
    assert "a number of Q7.8 takes 2 bytes" in refnet_command("summary", name)[1]
    status, _, err = refnet_command("summary", name, "--number", "binary16")
    assert (status, err) == (2, f"refnet: --number binary16: only with sizes; {name} has its own\n")


def test_info_lists_the_formats(refnet_command):
    found = json.loads(refnet_command("info", "--json")[1])
    assert found["C_formats"] == ("binary64, binary32" if native_or_none() else None)
    assert found["Python_formats"] == "binary64, binary32, binary16, bfloat16, fixed point such as Q7.8"
    assert re.search("^Python formats  binary64, binary32, ", refnet_command("info")[1], re.M)


def test_help_has_an_example(refnet_command):
    out = refnet_command("train", "--help")[1]
    assert "--number FORMAT" in out and "--number bfloat16 --save iris-bfloat16.refnet" in out
