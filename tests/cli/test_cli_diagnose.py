"""Do `refnet summary` and `refnet diagnose` say what rn.summary and rn.diagnose say, and refuse bad arguments?"""

import json

import pytest
from cli_helpers import write_clouds

import refnet as rn
from refnet.cli.diagnose import OPTIONS, as_options
from refnet.cli.screen import shown
from refnet.diagnosis import remedies


def test_summary_of_sizes(refnet_command):
    status, out, err = refnet_command("summary", "784-30-10", "--activation", "sigmoid")
    net = rn.Network([rn.Input(784), rn.Dense(30), rn.Sigmoid(), rn.Dense(10), rn.Softmax()], backend="python")
    assert (status, err) == (0, "") and out.split() == shown(str(rn.summary(net))).split()
    status, out, _ = refnet_command("summary", "2-3-1", "--optimizer", "adam", "--batch-size", "7", "--json")
    found = json.loads(out)
    assert status == 0 and found["total"]["parameters"] == 13 and found["total"]["optimizer_memory"] == 2 * 8 * 13
    assert found["layers"][1]["forward"]["multiplications"] == 7 * 6


def test_summary_of_a_model_with_times(refnet_command, model):
    status, out, err = refnet_command("summary", model, "--time", "--steps", "2", "--batch-size", "3")
    assert (status, err) == (0, "") and "standardize1" in out and "a step of 3 rows on backend" in out
    status, out, _ = refnet_command("summary", model, "--time", "--json")
    found = json.loads(out)
    assert found["time"]["steps"] == 20 and found["time"]["kernels"][0]["phase"] == "forward"


def test_diagnose_a_model(refnet_command, model, clouds):
    status, out, err = refnet_command("diagnose", model, clouds)
    assert (status, err) == (0, "") and "Nothing found on 90 rows" in out


def test_diagnose_what_train_would_begin_with(refnet_command, clouds):
    status, out, err = refnet_command("diagnose", clouds, "--no-standardize")
    assert (status, err) == (1, "") and "inputs not standardised, dense1:" in out and "without --no-standardize" in out
    status, out, _ = refnet_command("diagnose", clouds, "--rate", "1e-6", "--json")
    (finding,) = json.loads(out)["findings"]
    assert status == 1 and finding["name"] == "rate too small" and finding["figures"]["rate"] == 1e-6
    assert refnet_command("diagnose", clouds)[0] == 0


def test_remedies_are_options_of_train():
    known = {remedy for several in rn.diagnosis.REMEDIES.values() for remedy in several}
    assert set(OPTIONS) <= known


def test_the_history_in_a_model_counts(refnet_command, model, clouds, here):
    net = rn.load(model)
    net.notes["history"] = {"loss": [None, 0.5, 0.1], "validation_loss": [0.9, 0.8, 3.0]}
    net.save(here / "noted.refnet")
    status, out, _ = refnet_command("diagnose", "noted.refnet", clouds)
    assert status == 1 and "the loss of epoch 1 is not finite" in out
    net.notes["history"]["loss"][0] = 0.9
    net.save(here / "noted.refnet")
    status, out, _ = refnet_command("diagnose", "noted.refnet", clouds)
    assert status == 1 and "overfitting: on the validation the loss was 0.8 in epoch 2 and is 3 in epoch 3" in out


def test_diagnose_images(refnet_command, pictures):
    status, out, err = refnet_command("diagnose", pictures, "--layers", "4-3-2")
    assert err == "" and status in (0, 1) and "40 rows" in out


def test_diverged_in_json(refnet_command, here):
    """NaN and infinity are null: JSON has none."""
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Softmax()])
    net.set("dense1.weights", [[float("inf"), 0.0]] * 3)
    net.notes = {"task": "classification", "classes": ["fern", "moss", "oak"], "columns": ["width", "height"],
                 "settings": {"label": -1}}
    net.save(here / "sick.refnet")
    data = write_clouds(here / "clouds.csv", 5)
    status, out, _ = refnet_command("diagnose", "sick.refnet", data, "--json")
    found = json.loads(out)
    assert status == 1 and found["loss"] is None and "diverging" in [each["name"] for each in found["findings"]]


@pytest.mark.parametrize(("arguments", "words"), [
    (["summary"], "MODEL|SIZES"),
    (["summary", "nothing"], "nothing: no such file; expected a saved network, or sizes such as 784-30-10"),
    (["summary", "0-3"], "SIZES: '0-3'; expected units"),
    (["summary", "clouds.refnet", "--activation", "relu"], "--activation relu: only with sizes"),
    (["summary", "2-3", "--steps", "3"], "--steps 3: expected with --time"),
    (["summary", "2-3", "--batch-size", "0"], "--batch-size: '0'"),
    (["summary", "2-3", "--loss", "hinges"], "--loss"),
    (["summary", "100000-10000-10"], "SIZES: 100000-10000-10 has 1,000,110,010 parameters; expected at most"),
    (["diagnose"], "[MODEL] DATA"),
    (["diagnose", "clouds.refnet"], "DATA: missing; expected the data to examine clouds.refnet on"),
    (["diagnose", "a", "b", "c"], "c: expected [MODEL] DATA, at most two files"),
    (["diagnose", "clouds.refnet", "clouds.csv", "--rate", "3"], "--rate 3.0: only without a model"),
    (["diagnose", "clouds.refnet", "nothing.csv"], "nothing.csv: No such file"),
    (["diagnose", "clouds.csv", "--layers", "5-3"], "--layers 5-3: clouds.csv has 2 features and 3 classes"),
])  # fmt: skip
def test_bad_arguments(refnet_command, model, arguments, words):
    status, out, err = refnet_command(*arguments)
    assert (status, out) == (2, "") and words in err and err.count("\n") == 1


def test_remedies_that_can_be_followed(refnet_command, here):
    """Options of `refnet train`, or said to be Python's."""
    rows = "".join(f"{1000 + i % 7},{'ab'[i % 50 == 0]}\n" for i in range(400))
    (here / "rare.csv").write_text("size,kind\n" + rows)
    status, out, _ = refnet_command("diagnose", "rare.csv", "--no-standardize")
    assert status == 1 and "try refnet train without --no-standardize\n" in out
    assert "try class_weight='balanced' of Network.fit, in Python (refnet train has no option for it)\n" in out
    assert as_options(remedies.SMALLER) == "smaller initial weights, such as Glorot(), in Python"
    assert "standardised inputs" in rn.diagnosis.REMEDIES["constant answer"]
