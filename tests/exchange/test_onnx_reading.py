"""Which graphs of other programs are read, and what is said of the others? Models made by hand, node by node."""

import warnings

import numpy as np
import pytest
from onnx_networks import of_onnxruntime, of_reference, onnx

import refnet as rn
from refnet import FileError
from refnet.exchange import load_onnx

helper, numbers = onnx.helper, onnx.numpy_helper
W = [[0.5, -1.0], [0.25, 2.0], [1.5, -0.125]]  # (units, inputs)
WT = [list(column) for column in zip(*W)]
B = [0.125, 0.0, -1.0]
X = [[1.0, 2.0], [-0.5, 0.25], [0.0, -3.0]]
KINDS = {np.float32: onnx.TensorProto.FLOAT, np.float64: onnx.TensorProto.DOUBLE}


def node(operator, inputs, output, **attributes):
    return helper.make_node(operator, inputs.split(), [output], f"n_{output}", **attributes)


def model(path, nodes, constants=None, dtype=np.float32, shape=("rows", 2), outputs="y", opset=17, domain=""):
    """Write a model of an input x; the shape of its outputs is not stated."""
    inputs = [helper.make_tensor_value_info("x", KINDS[dtype], shape)]
    tensors = [numbers.from_array(np.array(value, getattr(value, "dtype", dtype)), name)
               for name, value in (constants or {}).items()]
    graph = helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info(name, KINDS[dtype], None)
                                                   for name in outputs.split()], tensors)
    opsets = [helper.make_opsetid(name, version) for name, version in {"": opset, domain: opset}.items()]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "other.onnx"


def described(net):
    return [type(layer).__name__ for layer in net.layers[1:]]


def check(path, net, rows=X, dtype=np.float32, runtimes=(of_onnxruntime, of_reference)):
    """The network predicts what both runtimes do, to 1e-5 or 1e-13: some roundings of numbers up to 30."""
    found = net.predict(rows)
    for runtime in runtimes:
        expected = runtime(path)({"x": np.array(rows, dtype)})
        for ours, theirs in zip(found if len(expected) > 1 else [found], expected):
            assert np.allclose(ours, theirs, rtol=0, atol=1e-5 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("dtype", list(KINDS))
@pytest.mark.parametrize(("nodes", "constants", "layers"), [
    ([node("Gemm", "x w b", "y", transB=1)], {"w": W, "b": B}, ["Dense"]),
    ([node("Gemm", "x w b", "y")], {"w": WT, "b": B}, ["Dense"]),
    ([node("Gemm", "x w b", "y", alpha=0.5, beta=3.0, transB=1)], {"w": W, "b": [B]}, ["Dense"]),
    ([node("Gemm", "x w b", "y", transB=1)], {"w": W, "b": 2.0}, ["Dense"]),
    ([node("Gemm", "x w", "y", transB=1)], {"w": W}, ["Dense"]),
    ([node("MatMul", "x w", "z"), node("Add", "z b", "y")], {"w": WT, "b": B}, ["Dense"]),
    ([node("MatMul", "x w", "z"), node("Add", "b z", "y")], {"w": WT, "b": B}, ["Dense"]),
    ([node("MatMul", "x w", "y")], {"w": WT}, ["Dense"]),
    ([node("Gemm", "x w", "z", transB=1), node("Add", "z b", "y")], {"w": W, "b": B}, ["Dense"]),
    ([node("Transpose", "w", "t"), node("MatMul", "x t", "z"), node("Identity", "b", "c"), node("Add", "z c", "y")],
     {"w": W, "b": B}, ["Dense"]),
    ([node("Dropout", "x p", "y")], {"p": 0.25}, ["Dropout"]),
    ([node("Dropout", "x", "y")], {}, ["Dropout"]),
    ([node("Flatten", "x", "y")], {}, ["Linear"]),
    ([node("Reshape", "x s", "z"), node("Tanh", "z", "y")], {"s": np.array([-1, 2])}, ["Tanh"]),
    ([node("Reshape", "x s", "z"), node("Tanh", "z", "y")], {"s": np.array([0, -1])}, ["Tanh"]),
    ([node("Neg", "x", "y")], {}, ["Scale"]), ([node("Mul", "x c", "y")], {"c": 0.3}, ["Scale"]),
    ([node("Mul", "c x", "y")], {"c": [[3.0]]}, ["Scale"]),
    ([node("Mul", "x c", "y")], {"c": [3.0, 0.1]}, ["BatchNorm"]),
    ([node("Add", "x c", "y")], {"c": [3.0, 0.1]}, ["Standardize"]),
    ([node("Add", "c x", "y")], {"c": 0.1}, ["Standardize"]),
    ([node("Sub", "x c", "y")], {"c": [3.0, 0.1]}, ["Standardize"]),
    ([node("Sub", "c x", "y")], {"c": [3.0, 0.1]}, ["Scale", "Standardize"]),
    ([node("Div", "x c", "y")], {"c": [3.0, 0.1]}, ["Standardize"]),
    ([node("Sub", "x c", "z"), node("Div", "z d", "y")], {"c": [3.0, 0.1], "d": [0.7, 9.0]}, ["Standardize"]),
    ([node("Sub", "x c", "z"), node("Div", "z d", "v"), node("Add", "v z", "y")], {"c": [3.0, 0.1], "d": [0.7, 9.0]},
     ["Standardize", "Standardize", "Add"]),
    ([node("Tanh", "x", "s"), node("Mul", "x s", "y")], {}, ["Tanh", "Multiply"]),
    ([node("Sub", "x x", "y")], {}, ["Subtract"]), ([node("Sum", "x x x", "y")], {}, ["Add"]),
    ([node("Sum", "x", "z"), node("Relu", "z", "y")], {}, ["ReLU"]),
    ([node("Neg", "x", "z"), node("Max", "x z", "y")], {}, ["Scale", "Maximum"]),
    ([node("Concat", "x x x", "z", axis=-1), node("Softmax", "z", "y")], {}, ["Concatenate", "Softmax"]),
    ([node("LogSoftmax", "x", "y", axis=1)], {}, ["LogSoftmax"]),
])  # fmt: skip
def test_operators(dtype, nodes, constants, layers, path, native):
    if dtype == np.float64 and constants.get("p") is not None:
        constants = {"p": np.float32(0.25)}
    net = load_onnx(model(path, nodes, constants, dtype))
    assert described(net) == layers and net.number == ("binary32" if dtype == np.float32 else "binary64")
    check(path, net, dtype=dtype)


def test_constants_are_computed_first(path, native):
    nodes = [node("Constant", "", "c", value_floats=[3.0, 0.5]), node("Cast", "c", "d", to=11),
             node("Cast", "d", "e", to=1), node("Cast", "x", "f", to=1), node("Add", "f e", "y")]
    net = load_onnx(model(path, nodes))
    assert described(net) == ["Standardize"]
    check(path, net)


@pytest.mark.parametrize(("nodes", "constants", "layers"), [
    ([node("PRelu", "x a", "y")], {"a": [0.25, 0.5]}, "PReLU(slope=0.25, shared=False)"),
    ([node("PRelu", "x a", "y")], {"a": [0.25]}, "PReLU(slope=0.25, shared=True)"),
    ([node("LeakyRelu", "x", "y", alpha=0.1)], {}, "LeakyReLU(slope=0.1)"),
    ([node("LeakyRelu", "x", "y")], {}, "LeakyReLU(slope=0.01)"),
    ([node("Elu", "x", "y", alpha=1.5)], {}, "ELU(alpha=1.5)"), ([node("Softplus", "x", "y")], {}, "Softplus()"),
    ([node("Selu", "x", "y")], {}, "ELU(alpha=1.6732631921768188), Scale(factor=1.0507010221481323)"),
    ([node("BatchNormalization", "x g b m v", "y", epsilon=0.001, momentum=0.99)],
     {"g": [1.0, 2.0], "b": [0.5, 0.0], "m": [3.0, 0.1], "v": [0.25, 7.0]}, "BatchNorm(momentum=0.99, eps=0.001)"),
])  # fmt: skip
def test_layers_with_settings(nodes, constants, layers, path, native):
    net = load_onnx(model(path, nodes, constants))
    assert repr(list(net.layers[1:])) == f"[{layers}]"
    check(path, net)


@pytest.mark.parametrize(("operator", "opset", "attributes", "layer"), [
    ("Gelu", 20, {"approximate": "tanh"}, rn.GELU), ("Swish", 24, {}, rn.SiLU), ("Softmax", 11, {}, rn.Softmax),
])  # fmt: skip
def test_operators_of_other_opsets(operator, opset, attributes, layer, path, native):
    net = load_onnx(model(path, [node(operator, "x", "y", **attributes)], opset=opset))
    assert type(net.layers[1]) is layer
    check(path, net, runtimes=[of_reference])


def test_what_others_compute_with_constants_is_not_trained(path, native):
    for operator in ("Mul", "Add", "Sub", "Div"):
        assert load_onnx(model(path, [node(operator, "x c", "y")], {"c": [3.0, 0.1]})).trainable_parameters == {}


def test_weights_are_the_bits_of_the_file(path, native):
    rng = np.random.default_rng(1)
    w, b = rng.normal(size=(3, 2)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    net = load_onnx(model(path, [node("MatMul", "x w", "z"), node("Add", "z b", "y")], {"w": w.T, "b": b}))
    assert net.weights == [w.tolist()] and net.biases == [b.tolist()]
    assert repr(net.parameters["dense1.weights"].initial) == "Glorot(distribution='uniform')"  # it can be made anew


def test_the_bias_is_not_taken_from_who_shares_it(path, native):
    """z is an output too, or has two takers: then the addition is a layer of its own."""
    nodes = [node("MatMul", "x w", "z"), node("Add", "z b", "y")]
    constants = {"w": WT, "b": B}
    net = load_onnx(model(path, nodes, constants, outputs="y z"))
    assert described(net) == ["Dense", "Standardize"] and not net.layers[1].bias
    check(path, net)
    net = load_onnx(model(path, [*nodes[:1], node("Add", "z b", "v"), node("Mul", "v z", "y")], constants))
    assert described(net) == ["Dense", "Standardize", "Multiply"]
    check(path, net)


def test_the_same_constants_are_one_layer(path, native):
    nodes = [node("Gemm", "x w b", "h"), node("Tanh", "h", "g"), node("Gemm", "g w b", "f"), node("Gemm", "f w c", "y")]
    net = load_onnx(model(path, nodes, {"w": [[1.0, 2.0], [3.0, -4.0]], "b": [0.5, 0.25], "c": [1.0, 1.0]}))
    assert list(net.parameters) == ["dense1.weights", "dense1.bias", "dense3.weights", "dense3.bias"]
    check(path, net)


def test_pictures_are_flattened(path, native):
    nodes = [node("Flatten", "x", "h"), node("Gemm", "h w", "y", transB=1)]
    w = np.arange(12.0).reshape(2, 6) / 8
    net = load_onnx(model(path, nodes, {"w": w.astype(np.float32)}, shape=(1, 1, 2, 3)))
    rows = [[0.5, 1.0, -1.0, 2.0, 0.25, 3.0]]
    assert net.inputs == 6
    picture = np.array(rows, np.float32).reshape(1, 1, 2, 3)
    assert np.array_equal(net.predict(rows), of_reference(path)({"x": picture})[0])


def test_several_inputs_and_outputs_keep_their_order(path, native):
    inputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["rows", width])
              for name, width in (("b", 1), ("a", 2))]
    nodes = [node("Concat", "a b", "c", axis=1), node("Relu", "c", "y"), node("Tanh", "b", "z")]
    outputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in ("z", "y")]
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    net = load_onnx(path)
    assert (net.inputs, net.outputs) == ([1, 2], [1, 3])
    z, y = net.predict([[[0.5]], [[1.0, -2.0]]])
    assert y == [[1.0, 0.0, 0.5]] and z[0][0] == pytest.approx(0.46211717)


def test_an_output_that_is_an_input_and_a_lone_identity(path, native):
    net = load_onnx(model(path, [node("Identity", "x", "y")]))
    assert net.predict(X) == X and described(net) == ["Linear"]
    net = load_onnx(model(path, [node("Tanh", "x", "y")], outputs="x y"))
    assert net.predict(X)[0] == X and net.outputs == [2, 2]


def test_no_warning_for_files_of_others(path, native):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_onnx(model(path, [node("Tanh", "x", "y")]))


VARIANCE = {"g": [1.0, 1.0], "b": [0.0, 0.0], "m": [0.0, 0.0], "v": [1.0, -1.0]}


@pytest.mark.parametrize(("nodes", "constants", "settings", "error"), [
    ([node("Sin", "x", "y")], {}, {}, r"node 'n_y' \(Sin\): refnet has no layer for this operator; read are Add, "),
    ([helper.make_node("Erf", ["x"], ["y"])], {}, {}, r"node 'y' \(Erf\): refnet has no layer"),
    ([node("Gelu", "x", "y")], {}, {"opset": 20}, r"\(Gelu\): approximate: 'none'; read is 'tanh'"),
    ([node("Gemm", "x w b", "y", transA=1)], {"w": W, "b": B}, {}, r"\(Gemm\): transA: 1; read is 0"),
    ([node("Gemm", "x w b", "y")], {"w": W, "b": B}, {}, r"\(Gemm\): weights of shape \(3, 2\) for 2 columns"),
    ([node("MatMul", "x w", "y")], {"w": [1.0, 2.0]}, {}, r"weights of shape \(2,\) for 2 columns"),
    ([node("Gemm", "x w b", "y", transB=1)], {"w": W, "b": [1.0, 2.0]}, {}, r"operand 'b' has shape \(2,\); read is a"),
    ([node("Gemm", "x w b", "y", transB=1)], {"w": W, "b": [[1.0], [2.0], [3.0]]}, {}, r"'b' has shape \(3, 1\)"),
    ([node("Gemm", "x x", "y")], {}, {}, r"\(Gemm\): operand 'x'; refnet needs a constant there"),
    ([node("MatMul", "w x", "y")], {"w": W}, {}, r"operand 'w'; refnet needs one there that depends on the inputs"),
    ([node("MatMul", "x w", "y")], {"w": [[1.0], [np.nan]]}, {}, r"operand 'w' has NaN or infinity"),
    ([node("Add", "x c", "y")], {"c": [1.0, np.inf]}, {}, r"operand 'c' has NaN or infinity"),
    ([node("Add", "x c", "y")], {"c": [1.0, 2.0, 3.0]}, {}, r"operand 'c' has shape \(3,\); read is a number for"),
    ([node("Add", "x c", "y")], {"c": [[[1.0, 2.0]]]}, {}, r"operand 'c' has shape \(1, 1, 2\)"),
    ([node("Add", "x c", "y")], {"c": [[1.0], [2.0]]}, {}, r"operand 'c' has shape \(2, 1\)"),
    ([node("MatMul", "x w", "y")], {"w": np.array(WT)}, {}, r"operand 'w' is float64; the model computes in float32"),
    ([node("Div", "c x", "y")], {"c": 1.0}, {}, r"\(Div\): a quotient; read are those by constants above 0"),
    ([node("Div", "x c", "y")], {"c": [1.0, -1.0]}, {}, r"a quotient; read are those by constants above 0"),
    ([node("Sub", "x c", "z"), node("Div", "c z", "y")], {"c": [1.0, 2.0]}, {}, r"node 'n_y' \(Div\): a quotient"),
    ([node("Div", "x x", "y")], {}, {}, r"a quotient of two values"),
    ([node("Max", "x c", "y")], {"c": 0.0}, {}, r"\(Max\): a constant among its operands"),
    ([node("Sum", "x c x", "y")], {"c": 0.0}, {}, r"\(Sum\): a constant among its operands"),
    ([node("Concat", "x x", "z", axis=1), node("Add", "x z", "y")], {}, {}, r"\(Add\): operands of 2, 4 columns"),
    ([node("Concat", "x x", "y", axis=0)], {}, {}, r"\(Concat\): axis: 0; read is 1 or -1"),
    ([node("Softmax", "x", "y", axis=0)], {}, {}, r"\(Softmax\): axis: 0; read is 1 or -1"),
    ([node("Flatten", "x", "y", axis=0)], {}, {}, r"\(Flatten\): axis: 0; read is 1"),
    ([node("Reshape", "x s", "y")], {"s": np.array([1, 2, 1])}, {}, r"\(Reshape\): to shape \[1, 2, 1\]; read is a"),
    ([node("Reshape", "x s", "y")], {"s": np.array([2, -1])}, {}, r"\(Reshape\): to shape \[2, -1\]"),
    ([node("Relu", "x", "y")], {}, {"shape": (1, 2, 3)}, r"operand 'x' has rows of shape \(2, 3\); read are rows"),
    ([node("Relu", "x", "y")], {}, {"shape": ("rows", "columns")}, r"input 'x': shape \(\?, \?\); read are rows"),
    ([node("Relu", "x", "y")], {}, {"shape": (2,)}, r"input 'x': shape \(2\); read are rows"),
    ([node("Relu", "x", "y")], {}, {"shape": None}, r"Field 'shape' of 'type' is required but missing"),
    ([node("Relu", "x", "y")], {}, {"opset": 6}, r"opset 6; read are 7 and later"),
    ([node("Cast", "x", "y", to=11)], {}, {}, r"\(Cast\): to DOUBLE; read is a model with one type of numbers"),
    ([node("Gemm", "x w", "y", alpha=3e38)], {"w": np.array(WT, np.float32) * 100}, {}, r"weights up to 200\.0 times"),
    ([node("Elu", "x", "y", alpha=-1.0)], {}, {}, r"\(Elu\): alpha: -1\.0; allowed: finite numbers > 0"),
    ([node("Dropout", "x p t", "y")], {"p": 0.5, "t": np.array(True)}, {}, r"training_mode: True; read are"),
    ([node("BatchNormalization", "x g b m v", "y")], VARIANCE, {}, r"operand 'v' has a variance of -1\.0; read are"),
    ([node("BatchNormalization", "x g b m v", "y", epsilon=0.0)], {**VARIANCE, "v": [1.0, 1.0]}, {}, r"eps: 0\.0"),
    ([node("Relu", "x", "z"), node("Identity", "c", "y")], {"c": 1.0}, {}, r"output 'y': it does not depend on"),
    ([helper.make_node("Mine", ["x"], ["y"], "n", domain="ai.mine")], {}, {"domain": "ai.mine"},
     r"node 'n' \(ai\.mine\.Mine\): refnet has no layer"),
    ([helper.make_node("Dropout", ["x"], ["z", "mask"], "d"), node("Identity", "mask", "y")], {}, {},
     r"node 'n_y' \(Identity\): operand 'mask' is a result that refnet does not have"),
    ([node("Sqrt", "s", "c"), node("Add", "x c", "y")], {"s": np.array(["text"])}, {}, r"\(Sqrt\): it cannot be"),
])  # fmt: skip
def test_what_is_not_read_is_named(nodes, constants, settings, error, path, native):
    with pytest.raises(FileError, match=rf"other\.onnx: {error}" if error.startswith("node") else error):
        load_onnx(model(path, nodes, constants, **settings))


def test_one_type_of_numbers(path, native):
    inputs = [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT16, ["rows", 2])]
    outputs = [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT16, None)]
    graph = helper.make_graph([node("Relu", "x", "y")], "g", inputs, outputs)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    with pytest.raises(FileError, match="inputs of FLOAT16; read are those of one type, FLOAT or DOUBLE"):
        load_onnx(path)


def test_an_input_that_leads_nowhere(path, native):
    inputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["rows", 2]) for name in ("x", "mask")]
    outputs = [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)]
    graph = helper.make_graph([node("Relu", "x", "y")], "g", inputs, outputs)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    with pytest.raises(FileError, match="graph: inputs: got 2; expected each of the 1 Inputs that lead to an output"):
        load_onnx(path)


def test_bytes_that_do_not_fit_their_shape(path, native):
    made = onnx.load(model(path, [node("Gemm", "x w", "y", transB=1)], {"w": W}))
    made.graph.initializer[0].raw_data = b"\0" * 20
    onnx.save(made, path)
    with pytest.raises(FileError, match=r"not a valid ONNX model|w: "):
        load_onnx(path)
