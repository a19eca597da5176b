"""Does `refnet plot` draw with the model and the data that it is given, and say what is wrong with its arguments?"""

import math
import struct
import sys

import pytest

import refnet as rn
from refnet import plots
from refnet.cli import train
from refnet.cli.plot import PICTURES

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")


@pytest.fixture
def drawn(monkeypatch):
    """The pictures that were drawn: (name of the function, what it returned)."""
    found = []

    def spy(name, function):
        def run(*values, **named):
            found.append((name, function(*values, **named)))
            return found[-1][1]

        return run

    for name in ("decision_surface", "hidden_units", "first_layer", "confusion_matrix", "roc", "network", "history",
                 "activation_functions"):
        monkeypatch.setattr(plots, name, spy(name, getattr(plots, name)))
    return found


@pytest.fixture
def small(here):
    """Two inputs, two classes, by a program; and its rows."""
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(1), rn.Sigmoid()], seed=1)
    net.save(here / "net.refnet")
    (here / "rows.csv").write_text("0.1,0.2,0\n0.9,0.3,1\n0.4,0.8,1\n0.2,0.1,0\n")
    return net


def test_confusion(refnet_command, model, clouds, drawn, here):
    assert refnet_command("plot", "confusion", model, clouds, "-o", "c.png") == (
        0, "confusion of 90 examples written to c.png\n", "")
    ((name, axes),) = drawn
    assert name == "confusion_matrix" and [text.get_text() for text in axes.texts] == ["30", "0", "0", "0", "30", "0",
                                                                                    "0", "0", "30"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["fern", "moss", "oak"]
    start = (here / "c.png").read_bytes()[:24]
    assert start.startswith(b"\x89PNG") and struct.unpack(">I", start[16:20])[0] == 800


def test_surface_and_units(refnet_command, model, clouds, drawn, here):
    assert refnet_command("plot", "surface", model, clouds)[0] == 0
    assert refnet_command("plot", "units", model, clouds, "-o", "units.pdf")[0] == 0
    (_, axes), (_, figure) = drawn
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width", "height") and "100.0 %" in axes.get_title()
    assert figure.subfigs[-1].subfigs[0].get_suptitle() == "softmax1: 3 units"
    assert (here / "surface.png").exists() and (here / "units.pdf").read_bytes().startswith(b"%PDF")


def test_history(refnet_command, clouds, drawn, here):
    """Of all calls of train, also after --resume."""
    refnet_command("train", clouds, "--save", "a.refnet", "--epochs", 3, "--validation", "0.2")
    refnet_command("train", clouds, "--resume", "a.refnet", "--epochs", 5)
    refnet_command("train", clouds, "--save", "b.refnet", "--epochs", 5, "--validation", "0.2")
    noted = rn.load("a.refnet").notes["history"]
    assert len(noted["validation_loss"]) == len(noted["loss"]) == 5 and noted == rn.load("b.refnet").notes["history"]
    assert refnet_command("plot", "history", "a.refnet", "--output", "h.svg")[:2] == (0, "history written to h.svg\n")
    assert list(drawn[0][1].axes[0].get_lines()[0].get_ydata()) == noted["loss"]
    assert b"<svg" in (here / "h.svg").read_bytes()


def test_a_loss_that_is_not_finite_is_a_gap(refnet_command, here, drawn):
    net = rn.Network([rn.Input(1), rn.Dense(1)])
    net.history.update(loss=[1.0, math.nan, math.inf])
    train.save(net, here / "net.refnet")
    assert rn.load(here / "net.refnet").notes == {"history": {"loss": [1.0, None, None]}}
    assert refnet_command("plot", "history", "net.refnet")[0] == 0
    first, *others = drawn[0][1].axes[0].get_lines()[0].get_ydata()
    assert first == 1.0 and all(map(math.isnan, others))


def test_roc(refnet_command, small, drawn):
    assert refnet_command("plot", "roc", "net.refnet", "rows.csv", "--no-header")[0] == 0
    rows = [[0.1, 0.2], [0.9, 0.3], [0.4, 0.8], [0.2, 0.1]]
    false_rates, true_rates, _ = rn.metrics.roc_curve([0, 1, 1, 0], small.predict(rows))
    line = drawn[0][1].get_lines()[0]
    assert (list(line.get_xdata()), list(line.get_ydata())) == (false_rates, true_rates)


def test_weights_and_activations(refnet_command, small, drawn):
    _, out, _ = refnet_command("plot", "weights", "net.refnet", "--shape", "1x2")
    assert out == "weights written to weights.png\n"
    assert refnet_command("plot", "activations")[0] == 0
    assert drawn[0][1].axes[0].get_images()[0].get_array().tolist() == [small.weights[0][0]]
    assert drawn[1][0] == "activation_functions"


def test_network(refnet_command, small, drawn):
    assert refnet_command("plot", "network", "net.refnet")[0] == 0
    assert refnet_command("plot", "network", "net.refnet", "--input", "0.5,0.25", "--target", "1", "--optimizer", "sgd",
                          "--rate", "0.5", "--loss", "half-squared-error")[0] == 0
    alone, step = (axes for _, axes in drawn)
    wanted = plots.network(small, [0.5, 0.25], [1.0], rn.HalfSquaredError(), rn.SGD(0.5))
    assert alone.get_title() == "Network" and step.get_title().startswith("Training step, loss 0.")
    assert [text.get_text() for text in step.texts] == [text.get_text() for text in wanted.texts]


@pytest.mark.parametrize(("words", "said"), [
    (["map"], "WHAT: invalid choice: 'map' (choose from"),
    (["confusion"], "MODEL: missing; expected refnet plot confusion MODEL DATA"),
    (["confusion", "net.refnet"], "DATA: missing; expected refnet plot confusion MODEL DATA"),
    (["history", "net.refnet", "rows.csv"], "rows.csv: not used; expected refnet plot history MODEL"),
    (["activations", "net.refnet"], "net.refnet: not used; expected refnet plot activations"),
    (["history", "net.refnet"], "net.refnet: has no history (`refnet train --save` keeps it"),
    (["history", "none.refnet"], "none.refnet: No such file"),
    (["history", "rows.csv"], "rows.csv"),
    (["confusion", "net.refnet", "none.csv"], "none.csv: No such file"),
    (["activations", "-o", "a.gif"], "--output a.gif: allowed endings: .png, .svg, .pdf"),
    (["activations", "-o", "none/a.png"], "--output none/a.png: there is no folder none"),
    (["activations", "--shape", "2x2"], "--shape: only for refnet plot weights"),
    (["activations", "--header"], "--header: only where DATA is read"),
    (["weights", "net.refnet", "--rate", "0.1"], "--rate: only for refnet plot network"),
    (["weights", "net.refnet", "--shape", "2"], "--shape: '2'; expected rows and columns, such as 28x28"),
    (["weights", "net.refnet", "--shape", "3x3"], "shape: (3, 3) for 2 inputs"),
    (["weights", "net.refnet"], "shape: 2 inputs are no square"),
    (["network", "net.refnet", "--target", "1"], "--input: missing"),
    (["network", "net.refnet", "--input", "1"], "inputs: row 0 has 1 number; expected 2"),
    (["surface", "regression.refnet", "rows.csv"], "surface: regression.refnet predicts a number, not classes"),
])  # fmt: skip
def test_what_is_refused(refnet_command, small, here, words, said):
    rn.Network([rn.Input(2), rn.Dense(1)]).save(here / "regression.refnet")
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    status, out, err = refnet_command("plot", *words)
    assert (status, out) == (2, "") and said in err and len(err.splitlines()) == 1
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


def test_units_of_a_regression_have_no_points(refnet_command, here, drawn):
    rn.Network([rn.Input(2), rn.Dense(1)]).save(here / "regression.refnet")
    (here / "rows.csv").write_text("0.1,0.2,0.5\n0.9,0.3,1.5\n")
    assert refnet_command("plot", "units", "regression.refnet", "rows.csv")[0] == 0
    assert not drawn[0][1].subfigs[0].subfigs[0].axes[0].collections


def test_without_matplotlib(refnet_command, small, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    status, _, err = refnet_command("plot", "activations")
    assert status == 2 and "pip install 'refnet[plot]'" in err


def test_help_has_every_picture(refnet_command):
    status, out, _ = refnet_command("plot", "--help")
    assert status == 0 and all(f"\n  {name} " in out for name in PICTURES)
