"""Does `refnet explain` write what rn.explain writes, and say what is wrong with its arguments?"""

import pytest

import refnet as rn
from refnet.lectures import STEPS


@pytest.fixture
def small(here):
    network = rn.Network([rn.Input(2), rn.Dense(2), rn.Tanh(), rn.Dense(2), rn.Softmax()], seed=1)
    network.save(here / "net.refnet")
    return network


@pytest.mark.parametrize("lecture", STEPS)
def test_a_lecture(refnet_command, lecture):
    status, out, err = refnet_command("explain", lecture, "--digits", "exact")
    step = STEPS[lecture]("python")
    wanted = str(rn.explain(step.network, step.inputs, step.targets, loss=step.loss, optimizer=step.optimizer,
                            digits=None))
    assert (status, err) == (0, "") and out.splitlines()[1:] == wanted.splitlines()[1:]
    assert out.splitlines()[0].startswith("Neural Networks")


def test_a_model(refnet_command, small, here):
    status, out, err = refnet_command("explain", "net.refnet", "--input", "0.1,0.2;0.3,0.4", "--target", "0;1",
                                      "--optimizer", "sgd", "--rate", "0.2", "--steps", "2")
    wanted = rn.explain(small, [[0.1, 0.2], [0.3, 0.4]], [0, 1], optimizer=rn.SGD(0.2), steps=2)
    assert (status, err, out) == (0, "", f"{wanted}\n")
    _, out, _ = refnet_command("explain", "net.refnet", "--input=-0.1,0.2", "--format", "markdown")
    assert out == rn.explain(small, [-0.1, 0.2]).markdown() + "\n" and "backward" not in out
    _, out, _ = refnet_command("explain", "net.refnet", "--input=-0.1,0.2", "--format", "fragment")
    assert out == rn.explain(small, [-0.1, 0.2]).fragment() + "\n" and out.startswith("% forward\n\\begin{align*}")
    status, said, _ = refnet_command("explain", "net.refnet", "--input", "0.1,0.2", "--units", "dense1:1",
                                     "--output", "page.html")
    assert status == 0 and said == "1 step written to page.html\n"
    page = rn.explain(small, [0.1, 0.2], units={"dense1": [1]}).html()
    assert (here / "page.html").read_text(encoding="utf-8") == page


def test_a_spreadsheet(refnet_command, here):
    pytest.importorskip("openpyxl")
    assert refnet_command("explain", "003", "--output", "step.xlsx")[:2] == (0, "1 step written to step.xlsx\n")
    assert (here / "step.xlsx").read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(("arguments", "words"), [
    (["004"], "004: no such file; lectures with a worked step: 002, 003"),
    (["003", "--input", "1,2"], "--input: only for a model"),
    (["net.refnet"], "--input: missing; expected 2 numbers"),
    (["net.refnet", "--input", "1,x"], "--input: 'x'; allowed: numbers"),
    (["net.refnet", "--input", "1"], "expected 2"),
    (["net.refnet", "--input", "1,2", "--rate", "0.1"], "--target: missing"),
    (["net.refnet", "--input", "1,2", "--target", "0", "--rate", "0.1"], "--rate: expected with --optimizer"),
    (["net.refnet", "--input", "1,2", "--target", "5"], "class indices 0 to 1"),
    (["net.refnet", "--input", "1,2", "--units", "dense1"], "--units: 'dense1'; expected all, or layers with units"),
    (["net.refnet", "--input", "1,2", "--units", "dense1:2"], "allowed: whole numbers from 0 to 1"),
    (["003", "--format", "xlsx"], "a spreadsheet is a file; say --output FILE"),
    (["003", "--output", "a.pdf"], "a.pdf; allowed endings: .txt, .md, .tex, .html, .xlsx, or say --format"),
    (["003", "--digits", "many"], "--digits: 'many'"),
])  # fmt: skip
def test_what_is_not_allowed(refnet_command, small, arguments, words):
    status, out, err = refnet_command("explain", *arguments)
    assert (status, out) == (2, "") and words in err and err.count("\n") == 1
