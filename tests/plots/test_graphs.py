"""Are graphs drawn with their numbers, by Graphviz and without it? Pictures are read back where that can be done."""

import html
import re
import shutil
import sys

import pytest

import refnet as rn
from refnet.graph import Unit, relu
from refnet.plots import graphs


def small():
    a, b = Unit(-4.0, "a"), Unit(2.0, 'say "b"')
    f = relu(a * b + 12.5) / 2.0
    f.name = "f"
    f.backward()
    return f


def network():
    net = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(2), rn.Softmax()], seed=1)
    g = rn.graph.expand(net, [0.5, -1.0], [1], loss=rn.CrossEntropy(fused=False))
    g.loss.backward()
    return g


@pytest.fixture(params=["dot", "matplotlib"])
def program(request, monkeypatch):
    """What draws. The lack of Graphviz is played, or the test is skipped where it is real."""
    if request.param == "matplotlib":
        monkeypatch.setattr(graphs.shutil, "which", lambda name: None)
    elif not shutil.which("dot"):
        pytest.skip("Graphviz is not installed")
    return request.param


STARTS = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", STARTS)
def test_each_format(suffix, program, tmp_path):
    rn.draw_graph(small(), str(tmp_path / f"f{suffix}"))
    rn.draw_graph([row[0] for row in network().outputs], tmp_path / f"g{suffix}")
    for name in ("f", "g"):
        assert (tmp_path / f"{name}{suffix}").read_bytes().startswith(STARTS[suffix])


def test_the_numbers_are_in_the_picture(program, tmp_path, monkeypatch):
    if program == "matplotlib":
        pytest.importorskip("matplotlib").rcParams["svg.fonttype"] = "none"  # text stays text
    rn.draw_graph(network().loss, tmp_path / "g.svg", digits=3)
    text = (tmp_path / "g.svg").read_text(encoding="utf-8")
    words = {html.unescape(word) for word in re.findall(r">([^<>\n]+)<", text)}
    g = network()
    assert {"dense1.weights[2][1]", "tanh1.o[0][2]", "softmax1", "CrossEntropy", "tanh", "affine"} <= words
    for unit in g.loss.units():
        if isinstance(unit.value, float):
            assert {f"{unit.value:.3g}", f"∂ {unit.gradient:.3g}"} <= words, unit


def test_the_description(tmp_path):
    rn.draw_graph(small(), tmp_path / "f.dot")
    text = (tmp_path / "f.dot").read_text(encoding="utf-8")
    labels = dict(re.findall(r"(u\d+) \[label=\"(.*)\", fill", text))
    assert sorted(labels.values()) == sorted(["a\\n-4\\n∂ 1", 'say \\"b\\"\\n2\\n∂ -2', "·\\n-8\\n∂ 0.5", "12.5", "2",
                                              "+\\n4.5\\n∂ 0.5", "relu\\n4.5\\n∂ 0.5", "f\\n/\\n2.25\\n∂ 1"])
    first = {name: label.split("\\n")[0] for name, label in labels.items()}
    edges = {(first[start], first[end]) for start, end in re.findall(r"(u\d+) -> (u\d+)", text)}
    assert edges == {("a", "·"), ('say \\"b\\"', "·"), ("·", "+"), ("12.5", "+"), ("+", "relu"), ("relu", "f"),
                     ("2", "f")}


def test_columns_run_from_left_to_right():
    nodes = [graphs._Node(unit, 4, False) for unit in network().loss.units()]
    columns = graphs._columns(nodes)
    place = {node.unit.number: i for i, column in enumerate(columns) for node in column}
    assert len(place) == len(nodes)
    for node in nodes:
        assert all(place[operand.number] < place[node.unit.number] for operand in node.unit.operands)


@pytest.mark.parametrize(("units", "path", "settings", "error", "names"), [
    (1.0, "f.svg", {}, TypeError, "units: 1.0"),
    ([], "f.svg", {}, TypeError, r"units: \[\]"),
    (Unit(1.0), "f.gif", {}, ValueError, "f.gif.*svg, .png, .pdf, .dot"),
    (Unit(1.0), 3, {}, TypeError, "path"),
    (Unit(1.0), "f.svg", {"digits": 0}, ValueError, "digits: 0"),
    ([Unit(1.0) for _ in range(1001)], "f.svg", {}, ValueError, "1,001 units to draw; allowed: at most 1,000"),
])  # fmt: skip
def test_what_is_refused(units, path, settings, error, names, tmp_path):
    with pytest.raises(error, match=names):
        rn.draw_graph(units, tmp_path / path if isinstance(path, str) else path, **settings)
    assert not list(tmp_path.iterdir())


def test_without_graphviz_and_matplotlib(monkeypatch, tmp_path):
    monkeypatch.setattr(graphs.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"dot.*refnet\[plot\]"):
        rn.draw_graph(small(), tmp_path / "f.svg")
