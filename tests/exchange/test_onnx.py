"""Do networks come back from ONNX bit for bit, and do other programs compute what refnet does?

onnx_networks.py beside this file is a command that tries any number of random networks; here are some.
"""

import warnings

import numpy as np
import pytest
from any_network import layers, network, predicted
from onnx_networks import onnx, same, shares, tried

import refnet as rn
from refnet import FileError
from refnet.exchange import load_onnx, onnx_files, save_onnx


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.onnx"


@pytest.mark.parametrize("number", ["binary32", "binary64"])
@pytest.mark.parametrize("seed", range(20))
def test_random_networks(seed, number, path, native):
    is_same, of_bound, _ = tried(seed, number, path)
    assert is_same
    assert max(of_bound.values()) < 1, of_bound


class Fixed:
    """What any_network.layers asks for, without chance: the middle of every range."""

    def uniform(self, low, high):
        return round((low + high) / 2 + 0.1, 3)


@pytest.mark.parametrize("number", ["binary32", "binary64"])
@pytest.mark.parametrize("i", range(len(layers(Fixed(), 3))))
def test_every_layer(i, number, path, native):
    layer = layers(Fixed(), 3)[i]
    net = rn.Network([rn.Input(2), rn.Dense(3), layer], seed=i, number=number)
    inputs = [[[0.5, -1.0], [3.0, 2.0], [0.0, 0.0], [-20.0, 30.0]]]
    save_onnx(net, path)
    assert same(net, load_onnx(path), inputs)
    assert max(shares(net, inputs, path).values()) < 1


def test_a_wrong_number_is_noticed(path, native):
    """The bound is not so wide that it would let an error pass: the weights' last bits are too much for it."""
    net, inputs = network(2, "binary64")
    save_onnx(net, path)
    net.weights = [[[weight * (1 + 1e-13) for weight in row] for row in table] for table in net.weights]
    assert min(shares(net, inputs, path).values()) > 1


def test_both_backends_write_the_same_bytes(path, tmp_path, native):
    for seed in range(8):
        for name in ("python", "c"):
            save_onnx(network(seed, "binary32", name)[0], tmp_path / name)
        assert (tmp_path / "python").read_bytes() == (tmp_path / "c").read_bytes()


def test_it_comes_back_on_the_backend_that_is_asked_for(path, backend):
    net, inputs = network(3, "binary64")
    save_onnx(net, path)
    again = load_onnx(path, backend)
    assert again.backend == backend and same(net, again, inputs)


def test_what_is_not_in_the_graph_is_said_and_comes_back(path, net, backend):
    net = rn.Network([rn.Input(2), rn.GaussianNoise(0.1), rn.Dense(3, penalty=rn.L1(0.5), constraint=rn.MaxNorm(2.0)),
                      rn.Dropout(0.25, scaling="prediction"), rn.Dense(2), rn.Softmax()], backend=backend)
    net.fit([[1, 2], [3, 4]], ["a", "b"], optimizer=rn.Adam(0.1), epochs=2, penalty=rn.L2(0.25))
    left_out = save_onnx(net, path)
    assert left_out == [
        "gaussiannoise1: GaussianNoise(sigma=0.1) acts in training alone",
        "dropout1: units are not switched off; what is scaled in a prediction is",
        "loss: CrossEntropy(over='rows', from_logits=False, fused=True) acts in training alone",
        f"optimizer: {net.optimizer!r} acts in training alone",
        "penalty: L2(lam=0.25, half=False, start=0) acts in training alone",
        "dense1: L1(lam=0.5, start=0) acts in training alone",
        "dense1: MaxNorm(limit=2.0) acts in training alone",
    ]
    again = load_onnx(path, backend)
    assert repr(again.layers) == repr(net.layers) and repr(again.penalties) == repr(net.penalties)
    assert again.notes == {"classes": ["a", "b"]} and again.predict_class([[1, 2]]) == net.predict_class([[1, 2]])
    assert (again.optimizer, again.epoch) == (None, 0)
    assert repr(again.layers[2].penalties + again.layers[2].constraints) == "(L1(lam=0.5, start=0), MaxNorm(limit=2.0))"


def test_an_output_that_is_an_input(path, native):
    a, b = rn.Input(2), rn.Input(3)
    net = rn.Network([a, rn.Dense(1)(b)], inputs=[b, a])
    save_onnx(net, path)
    inputs = [[[1.0, 2.0, 3.0]], [[4.0, 5.0]]]
    assert same(net, load_onnx(path), inputs) and max(shares(net, inputs, path).values()) < 1
    rewritten(path, forgotten)
    assert predicted(load_onnx(path), inputs) == predicted(net, inputs)
    alone = rn.Network([rn.Input(2)])
    save_onnx(alone, path)
    assert same(alone, load_onnx(path), inputs[1:]) and max(shares(alone, inputs[1:], path).values()) < 1


# --- Without the description, or when it no longer fits: as anybody's graph ---


def rewritten(path, change):
    """Read a model, change it, write it."""
    model = onnx.load(path)
    change(model)
    onnx.save(model, path)


def forgotten(model):
    del model.metadata_props[:]


UNREADABLE = {("binary64", kind) for kind in (rn.ELU, rn.Softplus, rn.SiLU)}  # written out with Exp
ONE_TO_ONE = {  # what one operator says with all its settings
    "binary32": [rn.Sigmoid, rn.Tanh, rn.LeakyReLU, rn.ELU, rn.Softplus, rn.BatchNorm, rn.Scale, rn.Standardize],
    "binary64": [rn.Sigmoid, rn.Tanh, rn.Scale, rn.Standardize],
}


@pytest.mark.parametrize("number", ["binary32", "binary64"])
@pytest.mark.parametrize("i", range(len(layers(Fixed(), 3))))
def test_every_layer_without_the_description(i, number, path, native):
    """Every operation of the graph has its layer, so no prediction changes by a bit."""
    layer = layers(Fixed(), 3)[i]
    net = rn.Network([rn.Input(2), rn.Dense(3), layer], seed=i, number=number)
    inputs = [[[0.5, -1.0], [3.0, 2.0], [0.0, 0.0], [-20.0, 30.0]]]
    save_onnx(net, path)
    rewritten(path, forgotten)
    if (number, type(layer)) in UNREADABLE:
        with pytest.raises(FileError, match=r"node '(elu|softplus|silu)1\.\w+' \(\w+\): refnet has no layer for this"):
            load_onnx(path)
        return
    again = load_onnx(path)
    assert predicted(again, inputs) == predicted(net, inputs)
    if type(layer) in ONE_TO_ONE[number]:
        assert repr(again.layers[-1]) == repr(layer)


@pytest.mark.parametrize("seed", range(30))
def test_random_networks_without_the_description(seed, path, native):
    net, inputs = network(seed, "binary32")
    save_onnx(net, path)
    rewritten(path, forgotten)
    again = load_onnx(path)
    assert predicted(again, inputs) == predicted(net, inputs)
    assert len(again.parameters) >= len(net.trainable_parameters) and again.weights == net.weights


def test_a_graph_that_was_changed_is_what_counts(path, native):
    net = rn.Network([rn.Input(2), rn.Dense(2), rn.ReLU()])
    save_onnx(net, path)

    def tanh(model):
        model.graph.node[-1].op_type = "Tanh"

    rewritten(path, tanh)
    with pytest.warns(RuntimeWarning, match="the graph has been changed since refnet wrote it"):
        again = load_onnx(path)
    assert [type(layer) for layer in again.layers] == [rn.Input, rn.Dense, rn.Tanh]
    assert again.weights == net.weights


def test_weights_that_another_program_has_changed(path, native):
    """The description still fits: it has no numbers."""
    net = rn.Network([rn.Input(2), rn.GaussianNoise(0.5), rn.Dense(1)])
    save_onnx(net, path)

    def other(model):
        model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.array([[5.0, 6.0]]), "dense1.weights"))

    rewritten(path, other)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = load_onnx(path)
    assert again.weights == [[[5.0, 6.0]]] and type(again.layers[1]) is rn.GaussianNoise


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "refnet network", "version": 3, "contract": 999}',
                                  '{"format": "refnet network", "version": 3, "parameters": 5}', "[" * 5000])
def test_a_description_that_is_none(text, path, native):
    net, inputs = network(2, "binary32")
    save_onnx(net, path)

    def wrong(model):
        model.metadata_props[0].value = text

    rewritten(path, wrong)
    with pytest.warns(RuntimeWarning, match="changed"):
        assert predicted(load_onnx(path), inputs) == predicted(net, inputs)


def test_a_description_of_what_onnx_cannot_say(path, native):
    net = rn.Network([rn.Input(1), rn.Dense(1, weights=[[0.5]])], number="binary32")
    save_onnx(net, path)

    def other_format(model):
        text = model.metadata_props[0].value
        model.metadata_props[0].value = text.replace('"number": "binary32"', '"number": "binary16"')
        assert model.metadata_props[0].value != text

    rewritten(path, other_format)
    with pytest.warns(RuntimeWarning, match="changed"):
        assert load_onnx(path).number == "binary32"


# --- What cannot be written or read ---


def test_what_onnx_does_not_have(path, native):
    class Own(rn.Layer):
        def forward(self, x, training=False):
            return x

    with pytest.raises(FileError, match=r"net\.onnx: own1: a Own; ONNX has no operator for a layer of your own"):
        save_onnx(rn.Network([rn.Input(2), Own()]), path)
    with pytest.raises(FileError, match=r"number: 'Q7\.8'; allowed in ONNX: binary32 and binary64"):
        save_onnx(rn.Network([rn.Input(2), rn.Dense(1)], number="Q7.8"), path)
    with pytest.raises(TypeError, match="network: 5; expected a Network"):
        save_onnx(5, path)
    assert not path.exists()


def test_more_than_protobuf_holds(path, native, monkeypatch):
    monkeypatch.setattr(onnx_files, "MOST", 1000)
    with pytest.raises(FileError, match=r"bytes; allowed in an ONNX file: 1,000 \(save_safetensors has no limit\)"):
        save_onnx(rn.Network([rn.Input(20), rn.Dense(10)]), path)


def test_the_old_file_stays_when_the_new_one_cannot_be_written(path, native):
    path.write_bytes(b"old")
    with pytest.raises(FileError):
        save_onnx(rn.Network([rn.Input(2), rn.Dense(1)], number="binary16"), path)
    assert path.read_bytes() == b"old"


def test_without_the_library(path, native, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    for call in (lambda: save_onnx(rn.Network([rn.Input(2), rn.Dense(1)]), path), lambda: load_onnx(path)):
        with pytest.raises(ImportError, match=r"pip install 'refnet\[onnx\]'"):
            call()


@pytest.mark.parametrize(("data", "error"), [
    (b"", "the file is empty"), (b"# a text, no model", "not an ONNX file, or cut off|not a valid ONNX model"),
    (b"\x00" * 100, "not an ONNX file, or cut off|not a valid ONNX model"),
])  # fmt: skip
def test_a_file_that_is_none(data, error, path):
    path.write_bytes(data)
    with pytest.raises(FileError, match=rf"net\.onnx: ({error})"):
        load_onnx(path)


def test_no_file(path):
    with pytest.raises(FileNotFoundError):
        load_onnx(path)
    with pytest.raises(FileError, match="a folder, not a file"):
        load_onnx(path.parent)


def test_a_file_that_was_cut_off(path, native):
    """Wherever it was: no cut makes another network of it."""
    save_onnx(network(2, "binary32")[0], path)
    data = path.read_bytes()
    for length in range(1, len(data), 97):
        path.write_bytes(data[:length])
        with pytest.raises(FileError, match=r"net\.onnx: "):
            load_onnx(path)


def test_numbers_in_another_file(path, native):
    save_onnx(rn.Network([rn.Input(20), rn.Dense(20)]), path)
    model = onnx.load(path)
    onnx.save(model, path, save_as_external_data=True, location="numbers", size_threshold=0)
    with pytest.raises(FileError, match=r"dense1\.weights: its numbers are in another file; onnx\.save"):
        load_onnx(path)


def test_a_nan_among_the_weights(path, native):
    """A network that has diverged comes back as it is; in another program's file NaN is no weight."""
    net = rn.Network([rn.Input(2), rn.Dense(1)])
    net.set("dense1.weights", [[float("nan"), 1.0]])
    save_onnx(net, path)
    assert load_onnx(path).fingerprint() == net.fingerprint()
    rewritten(path, forgotten)
    with pytest.raises(FileError, match=r"node 'dense1\.z' \(Gemm\): operand 'dense1\.weights' has NaN or infinity"):
        load_onnx(path)
