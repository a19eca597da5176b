"""Do weights come back from safetensors files bit for bit, and does the library of that name read the same numbers?"""

import json
import os
import struct
import sys

import pytest
from any_network import network, predicted

import refnet as rn
from refnet import FileError
from refnet.exchange import load_safetensors, load_weights, save_safetensors
from refnet.exchange.safetensors_files import read_tensors
from refnet.network import state


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


def tables(net):
    return {name: net.k.tolist(matrix) for name, matrix in state.standing(net).items()}


@pytest.mark.parametrize("number", ["binary64", "binary32", "binary16", "bfloat16", "Q7.8"])
@pytest.mark.parametrize("seed", range(8))
def test_random_networks_come_back(seed, number, path, native):
    net, inputs = network(seed, number)
    save_safetensors(net, path)
    again = load_safetensors(path)
    assert repr(again.layers) == repr(net.layers) and again.parents == net.parents and again.number == number
    assert tables(again) == tables(net) and again.fingerprint() == net.fingerprint()
    assert predicted(again, inputs) == predicted(net, inputs)


@pytest.mark.parametrize("number", ["binary64", "binary32"])
@pytest.mark.parametrize("seed", range(8))
def test_the_library_reads_the_same_numbers(seed, number, path, native):
    library = pytest.importorskip("safetensors", reason="the extra `test` brings safetensors")
    net, _ = network(seed, number)
    save_safetensors(net, path)
    assert struct.unpack("<Q", path.read_bytes()[:8])[0] % 8 == 0  # the numbers are aligned
    with library.safe_open(str(path), "numpy") as file:
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it has no __iter__
        assert json.loads(file.metadata()["refnet"])["format"] == "refnet network"
    assert {str(array.dtype) for array in found.values()} <= {"float64" if number == "binary64" else "float32"}
    for name in net.parameters:
        assert found.pop(name).tolist() == net.get(name)
    for name, array in found.items():
        assert [array.tolist()] == tables(net)[name]


def test_what_the_library_writes_is_read(path, net):
    numpy = pytest.importorskip("safetensors.numpy", reason="the extra `test` brings safetensors")
    import numpy as np

    fresh = rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(3), rn.Softmax()], backend=net.backend, seed=9)
    numpy.save_file({name: np.array(net.get(name)) for name in net.parameters}, str(path))
    load_weights(fresh, path)
    assert fresh.fingerprint() == net.fingerprint()


@pytest.mark.parametrize(("dtype", "code", "value"), [
    ("F64", "d", 0.1), ("F32", "f", 0.5), ("F16", "e", 0.25), ("I64", "q", -3), ("I32", "i", 7), ("U8", "B", 255),
    ("BOOL", "?", True), ("BF16", "<H", 0x3FC0),
])  # fmt: skip
def test_every_type_of_number(dtype, code, value, path):
    write(path, {"x": {"dtype": dtype, "shape": [1, 2], "data_offsets": [0, 2 * struct.calcsize(code)]}},
          struct.pack(f"<2{code[-1]}", value, value))
    assert read_tensors(path)[1]["x"].tolist() == [[1.5 if dtype == "BF16" else value] * 2]


def test_nan_infinity_and_both_zeros_come_back(path, backend):
    net = rn.Network([rn.Input(5), rn.Dense(1)], backend=backend)
    net.set("dense1.weights", [[float("nan"), float("inf"), float("-inf"), -0.0, 0.0]])
    save_safetensors(net, path)
    assert load_safetensors(path, backend).fingerprint() == net.fingerprint()


def test_the_state_of_the_training_stays_behind(path, net):
    save_safetensors(net, path)
    again = load_safetensors(path, net.backend)
    assert again.fingerprint() == net.fingerprint() and repr(again.objective) == repr(net.objective)
    assert repr(again.penalties) == repr(net.penalties) and again.seed == net.seed
    assert (again.optimizer, again.epoch, again.progress.step) == (None, 0, 0) != (None, net.epoch, 0)


def test_both_backends_write_the_same_bytes(path, tmp_path, native):
    for seed in range(4):
        for name in ("python", "c"):
            save_safetensors(network(seed, "binary64", name)[0], tmp_path / name)
        assert (tmp_path / "python").read_bytes() == (tmp_path / "c").read_bytes()


def test_neither_numpy_nor_the_library_is_needed(path, monkeypatch):
    for name in ("numpy", "safetensors"):
        monkeypatch.setitem(sys.modules, name, None)
    net, _ = network(2, "binary64", "python")
    save_safetensors(net, path)
    assert load_safetensors(path, "python").fingerprint() == net.fingerprint()


# --- Files that are none, or not refnet's ---


def write(path, header, data=b"", metadata=None):
    if metadata is not None:
        header = {"__metadata__": metadata, **header}
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + data)


def entry(dtype="F64", shape=(2,), offsets=(0, 16)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(("header", "data", "error"), [
    (b"{", b"", r"not a safetensors file, or cut off: 9 bytes, a header of 1"),
    (b"{]", b"", r"its header is no JSON"), (b"\xff\xff", b"", r"its header is no JSON"),
    (b"[]", b"", r"header: \[\]; expected an object"), (b"[" * 99999, b"", "nested too deeply|is no JSON"),
    ({"__metadata__": 5}, b"", r"__metadata__: 5; expected an object of texts"),
    ({"x": 5}, b"", r"x: 5; expected an object with dtype, shape, data_offsets"),
    ({"x": {"dtype": "F64"}}, b"", r"x: 'shape' is missing"),
    ({"x": entry("F8_E4M3")}, b"\0" * 16, r"x\.dtype: 'F8_E4M3'; allowed: BF16, F64"),
    ({"x": entry(["F64"])}, b"\0" * 16, r"x\.dtype: \['F64'\]"),
    ({"x": entry(shape=[0])}, b"\0" * 16, r"x\.shape: 0; expected a whole number from 1"),
    ({"x": entry(shape=[2.0])}, b"\0" * 16, r"x\.shape: 2\.0; expected a whole number"),
    ({"x": entry(shape=[3])}, b"\0" * 16, r"x: 16 bytes for the shape \[3\] of F64"),
    ({"x": entry(offsets=[0, 24])}, b"\0" * 16, r"x\.data_offsets: 24; expected a whole number from 0 to 16"),
    ({"x": entry(offsets=[0])}, b"\0" * 16, r"x\.data_offsets: \[0\]; expected where it begins and where it ends"),
    ({"x": entry(offsets=[0, 16, 16])}, b"\0" * 16, r"x\.data_offsets: \[0, 16, 16\]; expected where it begins"),
    ({"y": entry(shape=[1], offsets=[8, 16]), "x": entry()}, b"\0" * 16,
     r"y\.data_offsets: begins at 8; expected 16, the end of the tensor before"),
    ({"x": entry(), "y": entry(offsets=[24, 40])}, b"\0" * 40, r"y\.data_offsets: begins at 24; expected 16"),
    ({"x": entry(offsets=[-8, 8])}, b"\0" * 16, r"x\.data_offsets: -8"),
    ({"x": entry()}, b"\0" * 24, r"24 bytes of numbers; its header names 16"),
    ({"x": entry()}, b"\0" * 16, r"its metadata have no 'refnet': another program's file; build the network and call"),
])  # fmt: skip
def test_a_file_that_is_none(header, data, error, path):
    write(path, header, data)
    with pytest.raises(FileError, match=rf"net\.safetensors: .*({error})"):
        load_safetensors(path)


def test_an_empty_file_a_folder_and_none(path):
    path.write_bytes(b"")
    with pytest.raises(FileError, match="not a safetensors file, or cut off: 0 bytes"):
        load_safetensors(path)
    with pytest.raises(FileError, match="a folder, not a file"):
        load_safetensors(path.parent)
    if hasattr(os, "mkfifo"):
        os.mkfifo(path.parent / "pipe")  # which would wait for a writer
        with pytest.raises(FileError, match="pipe: not a file"):
            load_safetensors(path.parent / "pipe")
    with pytest.raises(FileNotFoundError):
        load_safetensors(path.parent / "none")


def test_a_file_that_was_cut_off(path, net):
    save_safetensors(net, path)
    data = path.read_bytes()
    for length in (1, 8, 9, 100, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(FileError):
            load_safetensors(path)


def test_a_description_that_does_not_fit(path, net):
    save_safetensors(net, path)
    data = path.read_bytes()
    for old, new, error in ((b"dense1.weights", b"dense9.weights", r"dense1\.weights: it is missing|dense9"),
                            (b"Softmax", b"Softmux", r"layers\[4\]\.class: 'Softmux' is not a known layer")):
        path.write_bytes(data.replace(old, new, 1))
        with pytest.raises(FileError, match=error):
            load_safetensors(path, net.backend)


def test_only_a_network_is_written(path):
    with pytest.raises(TypeError, match="network: 'net'; expected a Network"):
        save_safetensors("net", path)


def test_a_layer_of_ones_own_is_kept_when_it_is_registered(path, backend):
    class Twice(rn.Layer):
        def forward(self, x, training=False):
            return self.k.add(x, x)

    net = rn.Network([rn.Input(2), rn.Dense(1), Twice()], backend=backend)
    with pytest.raises(FileError, match=r"layers\[2\]: .*Twice is not known to files"):
        save_safetensors(net, path)
    assert not path.exists()
