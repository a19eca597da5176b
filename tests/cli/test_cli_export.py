"""Does `refnet export` write what the library writes, and refuse what does not go together?"""

import sys

import pytest

import refnet as rn
from refnet.exchange import save_c


@pytest.fixture
def saved(here):
    """A network of two steps of training: net.refnet."""
    network = rn.Network([rn.Input(2), rn.Dense(2), rn.Sigmoid(), rn.Dense(1), rn.Sigmoid()], seed=1)
    network.fit([[0, 1], [1, 1]], [1, 0], loss=rn.HalfSquaredError(), optimizer=rn.Momentum(0.5), epochs=2)
    network.save("net.refnet")
    return "net.refnet"


def test_a_c_file(saved, refnet_command, here):
    assert refnet_command("export", saved, "--c", "net.c", "--training", "--batch-size", 4)[::2] == (0, "")
    save_c(rn.load(saved), "wanted.c", name="net", training=True, batch_size=4)
    assert (here / "net.c").read_bytes() == (here / "wanted.c").read_bytes()
    status, out, _ = refnet_command("export", saved, "--c", "b.c", "--name", "other", "--training", "--loss",
                                    "mean-squared-error", "--optimizer", "adam", "--rate", 0.5)
    text = (here / "b.c").read_text(encoding="utf-8")
    assert status == 0 and "double other_rate = 0.5;" in text and "MeanSquaredError, Adam" in text
    assert f"b.c: {len(text.encode()):,} bytes; memory in bytes: weights 72, other" in " ".join(out.split())


def test_other_formats(saved, refnet_command, here):
    pytest.importorskip("onnx", reason="onnx is not installed")
    status, out, _ = refnet_command("export", saved, "--onnx", "net.onnx", "--safetensors", "net.safetensors")
    assert status == 0 and "net.onnx: " in out and "net.safetensors: " in out
    assert rn.exchange.load_onnx("net.onnx").weights == rn.load(saved).weights
    assert rn.exchange.load_safetensors("net.safetensors").weights == rn.load(saved).weights


@pytest.mark.parametrize(("words", "message"), [
    ([], "--c FILE, --onnx FILE or --safetensors FILE: missing"),
    (["--c", "net.c", "--batch-size", 4], "--batch-size 4: expected with --training"),
    (["--c", "net.c", "--training", "--rate", 4], "--rate 4: expected with --optimizer"),
    (["--safetensors", "n", "--training"], "--training: expected with --c"),
    (["--c", "2-2-1.c"], "--c: '2-2-1.c'; allowed: a file name of letters"),
    (["--c", "net.refnet"], "would overwrite net.refnet"),
    (["--c", "nowhere/net.c"], "there is no folder nowhere"),
    (["--c", "net.c", "--safetensors", "./net.c"], "--safetensors ./net.c: is the file of --c; expected another"),
])  # fmt: skip
def test_what_is_refused(saved, refnet_command, words, message):
    status, out, err = refnet_command("export", saved, *words)
    assert (status, out) == (2, "") and message in " ".join(err.split())


def test_what_one_format_refuses_leaves_no_file_of_another(saved, refnet_command, monkeypatch, here):
    monkeypatch.setitem(sys.modules, "onnx", None)
    words = ["--safetensors", "net.safetensors", "--c", "net.c", "--onnx", "net.onnx"]
    status, out, err = refnet_command("export", saved, *words)
    assert (status, out) == (2, "") and "--onnx net.onnx: ONNX files need the library onnx" in " ".join(err.split())
    assert [path.name for path in here.iterdir()] == ["net.refnet"]


def test_a_hyphen_in_a_file_s_name_becomes_an_underscore_in_c(saved, refnet_command, here):
    assert refnet_command("export", saved, "--c", "two-layers.c")[0] == 0
    assert "two_layers_predict(" in (here / "two-layers.c").read_text(encoding="utf-8")


def test_a_file_that_is_no_name_is_told_of_the_option(saved, refnet_command):
    _, _, err = refnet_command("export", saved, "--c", "2-2-1.c")
    assert " ".join(err.split()).endswith("a letter first, or any with --name NAME")


def test_a_training_step_without_an_optimizer(refnet_command, here):
    """The message has the command line's words."""
    rn.Network([rn.Input(2), rn.Dense(1)], seed=1).save("plain.refnet")
    status, out, err = refnet_command("export", "plain.refnet", "--c", "plain.c", "--training")
    assert (status, out) == (2, "") and not (here / "plain.c").exists()
    assert "--optimizer: missing, and the network has none; expected one, such as --optimizer sgd --rate 0.1" in err
