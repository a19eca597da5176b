"""Does `refnet diff` find what differs, say it, and tell by its exit status?"""

import json
import math

import pytest

import refnet as rn
from refnet.trace import dumps, traced

ROWS, TARGETS = [[0.1, 0.1], [0.1, 0.9]], [[0.1], [0.9]]


@pytest.fixture
def files(here):
    """The network of lecture 003, its step with SGD, and the same with one number changed: the trace."""
    layers = [rn.Input(2), rn.Dense(2, bias=False), rn.Sigmoid(), rn.Dense(1, bias=False), rn.Sigmoid()]
    net = rn.Network(layers)
    net.weights = [[[0.1, -0.1], [-0.1, 0.1]], [[-0.1, 0.1]]]
    net.save("net.refnet")
    trace = traced(net, ROWS, TARGETS, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2))
    dumps.write(trace, "ours.json")
    theirs = {name: numbers.tolist() for name, numbers in trace.only().values.items()}
    theirs["dense2.delta"][1][0] = math.nextafter(theirs["dense2.delta"][1][0], 1.0)
    (here / "theirs.json").write_text(json.dumps(theirs))
    (here / "rows.csv").write_text("0.1,0.1\n0.1,0.9\n")
    return trace


STEP = ["--input", "0.1,0.1;0.1,0.9", "--target", "0.1;0.9", "--loss", "half-squared-error", "--optimizer", "sgd",
        "--rate", "0.2"]


def test_a_network(files, refnet_command):
    status, out, err = refnet_command("diff", "ours.json", "net.refnet", *STEP)
    assert (status, out, err) == (0, "the same bits: 20 matrices, 53 numbers\n", "")
    status, out, err = refnet_command("diff", "theirs.json", "net.refnet", *STEP)
    assert (status, err) == (1, "") and out.startswith("first difference: step 1, dense2.delta[1][0]: layer dense2, δ")
    assert "computed by sigmoid_backward (backward)" in out
    assert refnet_command("diff", "theirs.json", "net.refnet", "--input", "rows.csv", *STEP[2:])[1] == out


def test_the_networks_own_settings_and_a_forward_pass(files, refnet_command, here):
    net = rn.load("net.refnet")
    net.fit(ROWS, TARGETS, loss="mean_squared_error", optimizer=rn.Momentum(0.5))
    net.save("own.refnet")
    dumps.write(traced(net, ROWS, TARGETS, steps=2), "own.json")
    words = ["diff", "own.json", "own.refnet", "--input", "rows.csv", "--target", "0.1;0.9"]
    assert refnet_command(*words, "--steps", 2)[0] == 0
    assert refnet_command(*words)[0] == 2  # a step more than refnet computes
    (here / "z.json").write_text(json.dumps({"dense1.z": traced(net, ROWS)["dense1.z"]}))
    assert refnet_command("diff", "z.json", "own.refnet", "--input", "rows.csv")[:2] == (
        0, "the same bits: 1 matrix, 4 numbers\n")
    assert refnet_command("diff", "z.json", "own.refnet", "--input", "rows.csv", "--training")[0] == 0


def test_classes(refnet_command, here):
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Softmax()], seed=1)
    net.save("net.refnet")
    dumps.write(traced(net, ROWS, [2, 0], optimizer=rn.Adam(0.003)), "run.json")
    words = ["diff", "run.json", "net.refnet", "--input", "rows.csv", "--target", "2;0", "--optimizer", "adam"]
    (here / "rows.csv").write_text("0.1,0.1\n0.1,0.9\n")
    assert refnet_command(*words)[0] == 0 and refnet_command(*words, "--rate", 0.1)[0] == 1


def test_a_forward_pass_of_training(refnet_command, here):
    """With dropout another than that of prediction."""
    net = rn.Network([rn.Input(2), rn.Dropout(0.5), rn.Dense(9)], seed=1)
    net.save("net.refnet")
    for words in ([], ["--training"]):
        z = traced(net, ROWS, training=bool(words))["dense1.z"]
        (here / "z.json").write_text(json.dumps({"dense1.z": z}))
        command = ["diff", "z.json", "net.refnet", "--input", "0.1,0.1;0.1,0.9"]
        assert refnet_command(*command, *words)[0] == 0
        assert refnet_command(*command, *({"--training"} - set(words)))[0] == 1


def test_two_files(files, refnet_command):
    assert refnet_command("diff", "ours.json", "ours.json")[0] == 0
    status, out, _ = refnet_command("diff", "theirs.json", "ours.json")
    assert status == 1 and "dense2.delta[1][0]" in out and "1 of 2 numbers of dense2.delta differ" in out


def test_two_files_are_no_refnet(files, refnet_command):
    """Of two strangers none is called refnet."""
    out = refnet_command("diff", "theirs.json", "ours.json")[1]
    assert "  ours    " in out and "  theirs  " in out and "  refnet  " not in out


def test_an_update_and_a_network_without_optimizer(files, refnet_command):
    """Theirs has weights.new, refnet's run none; and the second step begins with other weights."""
    net = rn.load("net.refnet")
    dumps.write(traced(net, ROWS, TARGETS, loss=rn.HalfSquaredError(), optimizer=rn.SGD(0.2), steps=2), "two.json")
    words = ["net.refnet", *STEP[:6]]
    status, out, _ = refnet_command("diff", "two.json", *words, "--steps", 2)
    assert status == 1 and "first difference: step 2, dense1.weights[0][0]" in out
    assert "cause: the network has no optimizer, see --optimizer, so here no update follows on step 1" in out
    status, out, _ = refnet_command("diff", "ours.json", *words)
    assert status == 0 and out.endswith("dense2.weights.new (they are of an update, and the network has no optimizer, "
                                        "see --optimizer)\n")
    status, _, err = refnet_command("diff", "two.json", *words)
    assert status == 2 and "refnet's run has 1 step; --steps 2 has as many as theirs" in err


def test_nan(files, refnet_command, here):
    (here / "nan.csv").write_text("dense2.z,0,0,nan\ndense2.z,1,0,0.5\n")
    out = refnet_command("diff", "nan.csv", "net.refnet", *STEP)[1]
    assert "  theirs is NaN; 2 of 2 numbers" in out and "cause: theirs is NaN: 0/0, " in out and "usual" not in out


@pytest.mark.parametrize(("words", "said"), [
    (["theirs.json", "net.refnet"], "--input: missing; expected 2 numbers"),
    (["theirs.json", "ours.json", "--steps", 2], "--steps: only with a network; ours.json holds numbers"),
    (["theirs.json", "net.refnet", "--input", "1,2", "--steps", 2], "--target: missing; without it"),
    (["theirs.json", "net.refnet", *STEP[:4], "--rate", 1], "--rate: expected with --optimizer"),
    (["theirs.json", "net.refnet", "--input", "1,b"], "--input: 'b'; allowed: numbers"),
    (["theirs.json", "net.refnet", "--input", "none.csv"], "--input: none.csv: No such file; allowed: numbers, or"),
    (["theirs.json", "net.refnet", "--input", "1,2,3"], "inputs: row 0 has 3 numbers; expected 2"),
    (["theirs.json", "net.refnet", "--input", "1,2;3"], "inputs: row 1 has 1 number"),
    (["theirs.json", "net.refnet", "--input", "1,2"], "input.o: 2×2; refnet's is 1×2"),
    (["net.refnet", "ours.json"], "net.refnet: allowed are files that end in .json, .npz or .csv"),
    (["rows.csv", "ours.json"], "rows.csv: line 1: 0.1,0.1; expected name,row,unit,value"),
    (["none.json", "ours.json"], "none.json: No such file"),
    (["theirs.json", "theirs.refnet", "--input", "1,2"], "theirs.refnet: No such file"),
    (["theirs.json", "net.refnet", "--loss", "square"], "--loss: invalid choice: 'square'"),
])  # fmt: skip
def test_bad_input(files, refnet_command, words, said):
    status, out, err = refnet_command("diff", *words)
    assert (status, out) == (2, "") and said in err and err.count("\n") == 1
