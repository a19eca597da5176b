"""Do weights of PyTorch and Keras land where they belong, all or none, and what does not fit is named?"""

import struct

import numpy as np
import pytest

import refnet as rn
from refnet import FileError
from refnet.exchange import load_weights, save_safetensors

WEIGHTS = [[0.5, -1.0], [0.25, 2.0], [1.5, -0.125]]  # (units, inputs)
LAST = [[1.0, -2.0, 0.5]]
TORCH = {  # of Sequential(Linear(2, 3), BatchNorm1d(3), PReLU(3), Linear(3, 1)), in the order of its state_dict
    "0.weight": np.array(WEIGHTS), "0.bias": np.array([0.125, 0.0, -1.0]),
    "1.weight": np.array([1.0, 2.0, 3.0]), "1.bias": np.array([0.5, 0.25, 0.125]),
    "1.running_mean": np.array([0.1, 0.2, 0.3]), "1.running_var": np.array([1.0, 4.0, 0.25]),
    "1.num_batches_tracked": np.array(7),
    "2.weight": np.array([0.25, 0.5, 0.75]),
    "3.weight": np.array(LAST), "3.bias": np.array([0.0625]),
}  # fmt: skip
KERAS = [np.array(WEIGHTS).T, TORCH["0.bias"], TORCH["1.weight"], TORCH["1.bias"], TORCH["1.running_mean"],
         TORCH["1.running_var"], TORCH["2.weight"], np.array(LAST).T, TORCH["3.bias"]]
NAMED = dict(zip(["net/dense/kernel:0", "net/dense/bias:0", "net/bn/gamma:0", "net/bn/beta:0", "net/bn/moving_mean:0",
                  "net/bn/moving_variance:0", "net/p_re_lu/alpha:0", "net/dense_1/kernel:0", "net/dense_1/bias:0"],
                 KERAS))  # fmt: skip
OWN = {"dense1.weights": WEIGHTS, "dense1.bias": TORCH["0.bias"], "batchnorm1.gamma": TORCH["1.weight"],
       "batchnorm1.beta": TORCH["1.bias"], "batchnorm1.mean": TORCH["1.running_mean"],
       "batchnorm1.variance": TORCH["1.running_var"], "prelu1.slope": TORCH["2.weight"], "dense2.weights": LAST,
       "dense2.bias": TORCH["3.bias"]}  # fmt: skip


def built(backend="auto", number=None):
    return rn.Network([rn.Input(2), rn.Dense(3), rn.BatchNorm(), rn.PReLU(), rn.Dropout(0.5), rn.Dense(1)],
                      backend=backend, number=number)


def check(net):
    assert net.weights == [WEIGHTS, LAST] and net.biases == [[0.125, 0.0, -1.0], [0.0625]]
    assert net.get("batchnorm1.gamma") == [1.0, 2.0, 3.0] and net.get("batchnorm1.beta") == [0.5, 0.25, 0.125]
    buffers = {name: net.k.tolist(matrix) for name, matrix in net.layers[2].buffers.items()}
    assert buffers == {"mean": [[0.1, 0.2, 0.3]], "variance": [[1.0, 4.0, 0.25]]}
    assert net.get("prelu1.slope") == [0.25, 0.5, 0.75]


@pytest.mark.parametrize(("source", "layout"), [(TORCH, "torch"), (KERAS, "keras"), (tuple(KERAS), "keras"),
                                                (NAMED, "keras"), (OWN, "refnet")])
def test_each_number_lands_where_it_belongs(source, layout, backend):
    net = built(backend)
    assert load_weights(net, source, layout) is None
    check(net)


def test_the_prediction_is_that_of_the_formulas(backend):
    """PyTorch's own: x Wᵀ + b, (z − mean)/√(var + 1e-5)·γ + β, z or αz, x Wᵀ + b; of numbers that round twice alike."""
    net = built(backend)
    load_weights(net, TORCH, "torch")
    x = np.array([[1.0, 2.0], [-0.5, 0.25]])
    z = x @ TORCH["0.weight"].T + TORCH["0.bias"]
    z = (z - TORCH["1.running_mean"]) / np.sqrt(TORCH["1.running_var"] + 1e-5) * TORCH["1.weight"] + TORCH["1.bias"]
    z = np.where(z < 0, TORCH["2.weight"] * z, z)
    # 1e-14: a few roundings of numbers up to 30
    assert np.allclose(net.predict(x), z @ TORCH["3.weight"].T + TORCH["3.bias"], rtol=0, atol=1e-14)


@pytest.mark.parametrize(("arrays", "layout"), [(TORCH, "torch"), (KERAS, "keras"), (NAMED, "keras"), (OWN, "refnet")])
def test_npz_files(arrays, layout, tmp_path, native):
    net, path = built(), tmp_path / "weights.npz"
    if isinstance(arrays, dict):
        np.savez(path, **arrays)
    else:
        np.savez(path, *arrays)
    load_weights(net, path, layout)
    check(net)


def test_safetensors_files(tmp_path, native):
    first, second, path = built(), built(), tmp_path / "weights.safetensors"
    load_weights(first, OWN)
    save_safetensors(first, path)
    load_weights(second, path)
    check(second)


def torch_file(path, arrays):
    """As PyTorch's writer does: the tensors sorted by their names."""
    numpy = pytest.importorskip("safetensors.numpy", reason="the extra `test` brings safetensors")
    numpy.save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, str(path))


def test_numbered_layers_of_a_file_without_order(tmp_path, native):
    """Layer 10 comes after layer 2, whatever the file's order is."""
    path, net = tmp_path / "net.safetensors", rn.Network([rn.Input(2), *(rn.Dense(2) for _ in range(12))])
    torch_file(path, {f"{i}.{name}": np.full(shape, float(i)) for i in range(12)
                      for name, shape in (("weight", (2, 2)), ("bias", (2,)))})
    load_weights(net, path, "torch")
    assert [bias[0] for bias in net.biases] == list(range(12))


def test_named_layers_of_a_file_without_order(tmp_path, native):
    path, net = tmp_path / "net.safetensors", rn.Network([rn.Input(2), rn.Dense(2), rn.Dense(2)])
    arrays = {f"{name}.{kind}": np.full(shape, value) for name, value in (("start", 1.0), ("end", 2.0))
              for kind, shape in (("weight", (2, 2)), ("bias", (2,)))}
    torch_file(path, arrays)
    before = net.fingerprint()
    with pytest.raises(ValueError, match=r"lost the order of its layers, end, start; .*names=\{'dense1': 'end"):
        load_weights(net, path, "torch")
    assert net.fingerprint() == before
    load_weights(net, path, "torch", names={"dense1": "start", "dense2": "end"})
    assert net.biases == [[1.0, 1.0], [2.0, 2.0]]
    load_weights(net, arrays, "torch")  # a state_dict has its order
    assert net.biases == [[1.0, 1.0], [2.0, 2.0]]
    load_weights(net, {name.replace("start", "dense2").replace("end", "dense1"): each for name, each in arrays.items()},
                 "torch")
    assert net.biases == [[2.0, 2.0], [1.0, 1.0]]  # their names are refnet's


def test_names_may_take_a_part_of_a_model(native):
    net = rn.Network([rn.Input(2), rn.Dense(3)])
    load_weights(net, TORCH, "torch", names={"dense1": "0"})
    assert net.weights == [WEIGHTS]


def test_names_where_they_would_say_nothing(native):
    net = rn.Network([rn.Input(2), rn.Dense(1)])
    own = {"dense1.weights": [[1.0, 2.0]], "dense1.bias": [3.0]}
    for source, layout in ((own, "refnet"), ([[[1.0], [2.0]], [3.0]], "keras")):
        load_weights(net, source, layout)
        with pytest.raises(ValueError, match=r"names: \{'dense1': 'fc'\}; allowed: None, as"):
            load_weights(net, source, layout, names={"dense1": "fc"})


def test_a_shared_layer_is_one(native):
    x, layer = rn.Input(2), rn.Dense(2)
    net = rn.Network(layer(rn.Tanh()(layer(x))))
    load_weights(net, {"lin.weight": [[1.0, 2.0], [3.0, 4.0]], "lin.bias": [5.0, 6.0]}, "torch")
    assert net.weights == [[[1.0, 2.0], [3.0, 4.0]]]


def test_another_number_format_rounds_once(native):
    net = built(number="binary32")
    load_weights(net, TORCH, "torch")
    assert net.k.tolist(net.layers[2].buffers["mean"]) == [[float(np.float32(x)) for x in (0.1, 0.2, 0.3)]]
    with pytest.warns(RuntimeWarning, match=r"dense1\.bias: 300\.0 is 127\.99"):
        load_weights(rn.Network([rn.Input(1), rn.Dense(1)], number="Q7.8"), {"a.weight": [[1.0]], "a.bias": [300.0]},
                     "torch")


def test_the_forward_pass_before_it_is_out_of_date(backend):
    net = built(backend)
    net.forward([[1.0, 2.0]])
    load_weights(net, TORCH, "torch")
    with pytest.raises(ValueError, match="weights have changed since"):
        net.loss([[1.0]], rn.HalfSquaredError())


# --- What does not fit ---


def without(name):
    return {each: array for each, array in TORCH.items() if each != name}


@pytest.mark.parametrize(("source", "layout", "names", "error"), [
    (without("0.bias"), "torch", None,
     r"0: it has weight; dense1 needs weight, bias; a layer without it is Dense\(…, bias=False\)$"),
    ({**TORCH, "3.extra": [1.0]}, "torch", None, r"3: it has weight, bias, extra; dense2 needs weight, bias$"),
    ({**TORCH, "4.weight": [[1.0]]}, "torch", None, r"5 layers with weights, 0, 1, 2, 3, 4; the network has 4: "),
    ({**TORCH, "0.weight": np.zeros((2, 3))}, "torch", None,
     r"0\.weight, for dense1\.weights: shape \(2, 3\); expected \(3, 2\)"),
    ({**TORCH, "0.weight": np.zeros(6)}, "torch", None, r"for dense1\.weights: shape \(6,\); expected \(3, 2\)"),
    ({**TORCH, "0.bias": [[1.0, 2.0, 3.0]]}, "torch", None, r"for dense1\.bias: shape \(1, 3\); expected \(3,\)"),
    ({**TORCH, "0.weight": np.zeros((3, 2, 1))}, "torch", None, r"shape \(3, 2, 1\); expected \(3, 2\)"),
    ({**TORCH, "1.running_var": [1.0, -1.0, 1.0]}, "torch", None,
     r"1\.running_var, for batchnorm1\.variance: -1\.0 in row 0, column 1; allowed: numbers >= 0"),
    ({**TORCH, "3.bias": [float("nan")]}, "torch", None, r"3\.bias, for dense2\.bias: nan in row 0, column 0"),
    ({**TORCH, "3.weight": [[1.0, 2.0, float("inf")]]}, "torch", None, r"dense2\.weights: inf in row 0, column 2"),
    ({**TORCH, "3.bias": ["a"]}, "torch", None, r"3\.bias, for dense2\.bias"),
    (TORCH, "torch", {"dense1": "0"}, r"names: \['dense1'\]; expected each of dense1, batchnorm1, prelu1, dense2"),
    (TORCH, "torch", {"dense1": "0", "batchnorm1": "1", "prelu1": "2", "dense2": "4"}, r"names\['dense2'\]: '4'; the"),
    (TORCH, "torch", {"dense1": "0", "batchnorm1": "1", "prelu1": "2", "dense2": "0"},
     r"names\['dense2'\]: '0', as names\['dense1'\]; allowed: each layer of the source once"),
    (list(TORCH.values()), "torch", None, r"source: a list of arrays; expected names with them"),
    (KERAS[:-1], "keras", None, r"8 arrays; the network has 9: dense1\.weights, dense1\.bias, batchnorm1\.gamma"),
    ([np.array(WEIGHTS), *KERAS[1:]], "keras", None,
     r"array 0, for dense1\.weights: shape \(3, 2\); expected \(2, 3\)"),
    ({name: OWN[name] for name in OWN if name != "dense2.bias"}, "refnet", None, r"dense2\.bias: it is missing; the"),
    ({**OWN, "dense3.bias": [1.0]}, "refnet", None, r"'dense3\.bias'; the network has dense1\.weights, "),
    (TORCH, "pytorch", None, r"layout: 'pytorch'; allowed: 'refnet', 'torch', 'keras'; did you mean torch\?$"),
    (TORCH, "jax", None, r"layout: 'jax'; allowed: 'refnet', 'torch', 'keras'$"),
    (5, "torch", None, r"source: 5; expected a mapping from names to arrays, or a file of one"),
])  # fmt: skip
def test_what_does_not_fit_is_named_and_nothing_has_changed(source, layout, names, error, native):
    net = built()
    load_weights(net, OWN)
    with pytest.raises((KeyError, TypeError, ValueError), match=error):
        load_weights(net, source, layout, names)
    check(net)


def test_a_layer_that_others_do_not_have(native):
    class Own(rn.Layer):
        def __init__(self):
            super().__init__()
            self.parameters["shift"] = rn.Parameter(0.0, is_row=True)

        def forward(self, x, training=False):
            return x

    with pytest.raises(TypeError, match=r"own1: a Own; weights are known of Dense, BatchNorm, PReLU"):
        load_weights(rn.Network([rn.Input(2), Own()]), {"a.shift": [1.0, 2.0]}, "torch")
    with pytest.raises(TypeError, match="network: 5; expected a Network"):
        load_weights(5, {})


def test_a_standardize_keeps_its_own_numbers(native):
    def made():
        return rn.Network([rn.Input(2), rn.Standardize([0.1, 2.0], [3.0, 4.0]), rn.Dense(1)], number="binary32")

    own = {"dense1.weights": [[1.0, 2.0]], "dense1.bias": [0.0], "standardize1.mean": [0.1, 2.0]}
    load_weights(made(), own)
    with pytest.raises(ValueError, match=r"standardize1\.mean: other numbers than the network was built with"):
        load_weights(made(), {**own, "standardize1.mean": [0.5, 2.0]})


def test_while_it_is_being_trained(backend):
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend)
    net.turns.trained_by = 1  # as during a fit of another thread
    with pytest.raises(ValueError, match="another thread is training it"):
        load_weights(net, {"dense1.weights": [[1.0, 2.0]], "dense1.bias": [0.0]})


@pytest.mark.parametrize(("name", "data", "error"), [
    ("model.pt", b"PK", r"model\.pt: expected a \.npz or \.safetensors file; .*numpy\.savez"),
    ("model.npz", b"no archive", r"model\.npz: not a \.npz file of numbers, or damaged"),
    ("model.npz", b"PK\x03\x04" + b"\0" * 50, r"model\.npz: not a \.npz file of numbers, or damaged"),
    ("model.safetensors", struct.pack("<Q", 99), r"model\.safetensors: not a safetensors file, or cut off"),
])  # fmt: skip
def test_files_that_are_none(name, data, error, tmp_path, native):
    path = tmp_path / name
    with pytest.raises((FileNotFoundError, FileError)):
        load_weights(built(), path, "torch")
    path.write_bytes(data)
    with pytest.raises(FileError, match=error):
        load_weights(built(), path, "torch")


def test_a_pickle_in_an_archive_is_not_opened(tmp_path, native):
    np.savez(tmp_path / "a.npz", x=np.array([{}], dtype=object))
    with pytest.raises(FileError, match=r"a\.npz: not a \.npz file of numbers"):
        load_weights(built(), tmp_path / "a.npz", "torch")


def test_without_numpy(tmp_path, monkeypatch, native):
    net = built()
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    with pytest.raises(ImportError, match="needs NumPy: pip install numpy"):
        load_weights(net, tmp_path / "a.npz", "torch")
