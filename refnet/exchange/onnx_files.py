"""How does a network get into an ONNX file, and out of one? Beside the graph refnet's has its description."""

from __future__ import annotations

import os
import warnings
from typing import Any, Optional

import refnet
from refnet import checks, files, layers
from refnet.exchange.describing import KEY, described, rebuilt
from refnet.exchange.onnx_operators import READERS
from refnet.exchange.onnx_reading import Reading, numbers_of
from refnet.exchange.onnx_writing import IR_VERSION, OPSET, Writing, check_writable
from refnet.files import FileError
from refnet.model import Network

MOST = (1 << 31) - 1  # bytes: protobuf has no larger messages


def save_onnx(network: Network, path: Any) -> list[str]:
    """Write what the network predicts as an ONNX model, opset 15; an existing file is replaced at once.

    The model takes and returns the network's rows, float for binary32, double for binary64. Its initializers are the
    parameters by their names. The description of the network is among its metadata, so that load_onnx builds it again.
    Returns what the graph leaves out, a phrase each: noise, penalties, the optimizer.
    Raises TypeError if it is not a Network, FileError if ONNX cannot say it, ImportError without the library onnx.
    """
    data, left_out = as_onnx(network, path)
    files.replace(os.fsdecode(path), data)
    return left_out


def as_onnx(network: Network, path: Any) -> tuple[bytes, list[str]]:
    """The bytes of the file that is to have this path, not written to a disk, and what the graph leaves out. Errors are
    those of save_onnx."""
    onnx = _library()
    if not isinstance(network, Network):
        raise TypeError(f"network: {checks.shown(network)}; expected a Network")
    with files.about(path):
        check_writable(network)
        text, tables = described(network)
        writing = Writing(onnx, network, tables)
        model = onnx.helper.make_model(writing.graph, producer_name="refnet", producer_version=refnet.__version__,
                                       opset_imports=[onnx.helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.helper.set_model_props(model, {KEY: text})
        size = model.ByteSize()
        if size > MOST:
            raise FileError(f"{size:,} bytes; allowed in an ONNX file: {MOST:,} (save_safetensors has no limit)")
    return model.SerializeToString(deterministic=True), writing.left_out + _of_training(network)


def load_onnx(path: Any, backend: Any = "auto") -> Network:
    """The network of an ONNX model: one that save_onnx has written, or any other that refnet has layers for.

    A float model computes in binary32, a double one in binary64. Each input is rows of numbers, each constant operand
    a parameter of a layer; docs/exchange.md has the list of operators.
    Raises FileNotFoundError if there is no file; FileError if it is none or was damaged, and for what refnet cannot
    say, by node and operator; ImportError without the library onnx.
    """
    onnx = _library()
    with files.about(path):
        model = _parsed(onnx, files.bytes_of(path))
        text = next((each.value for each in model.metadata_props if each.key == KEY), None)
        if text is not None:
            network = _as_described(onnx, model.graph, text, backend)
            if network is not None:
                return network
            warnings.warn(f"{os.fsdecode(path)}: the graph has been changed since refnet wrote it; it is read like any "
                          "other, without what refnet's description says", RuntimeWarning, stacklevel=2)
        return Reading(onnx, model, READERS).network(backend)


def _library() -> Any:
    try:
        import onnx
        import onnx.reference
    except ImportError:
        raise ImportError("ONNX files need the library onnx: pip install 'refnet[onnx]'") from None
    return onnx


def _of_training(network: Network) -> list[str]:
    """What acts in training alone, beside layers."""
    rules: list[tuple[str, Any]] = [("loss", network.objective), ("optimizer", network.optimizer)]
    rules += [("penalty", penalty) for penalty in network.penalties]
    for layer in network.layers:
        if isinstance(layer, layers.Dense):
            rules += [(layer.name, rule) for rule in (*layer.penalties, *layer.constraints)]
    return [f"{name}: {checks.shown(rule)} acts in training alone" for name, rule in rules if rule is not None]


def _parsed(onnx: Any, data: bytes) -> Any:
    """The model. Raises FileError if these bytes are none, or if its numbers are elsewhere."""
    if not data:
        raise FileError("the file is empty")
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf's, whose class depends on its version
        raise FileError(f"not an ONNX file, or cut off: {error}") from error
    tensors = [*model.graph.initializer, *(each.t for node in model.graph.node for each in node.attribute)]
    for tensor in tensors:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            raise FileError(f"{tensor.name}: its numbers are in another file; onnx.save(onnx.load(path), path) puts "
                            "all into one, up to 2 GB")
    for output in model.graph.output:
        output.type.tensor_type.shape.SetInParent()  # the checker wants one; runtimes, and refnet, do without
    try:
        onnx.checker.check_model(model)
    except Exception as error:  # of the checker, or of protobuf
        raise FileError(f"not a valid ONNX model: {str(error).strip()[:500]}") from error
    return model


def _as_described(onnx: Any, graph: Any, text: str, backend: Any) -> Optional[Network]:
    """The network of refnet's description, if that is what the graph says too: another program may have changed it."""
    tables = {}
    for tensor in graph.initializer:
        array = numbers_of(onnx, tensor)
        if array.ndim in (1, 2) and array.dtype.kind == "f":
            tables[tensor.name] = array.reshape(-1, array.shape[-1]).tolist()
    try:
        network = rebuilt(text, tables, backend)
        check_writable(network)
    except (FileError, RecursionError, UnicodeDecodeError):  # the last: bytes where protobuf should have text
        return None
    return network if Writing(onnx, network, described(network)[1]).graph == graph else None
