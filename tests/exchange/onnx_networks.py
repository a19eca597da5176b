"""Do networks survive ONNX, and do other programs compute them alike? A command: how many random ones, in each format.

    python tests/exchange/onnx_networks.py 200
"""

import collections
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from any_network import network, predicted
from bounds import bounds

import refnet as rn
from refnet.network import state

onnx, onnxruntime = (pytest.importorskip(name, reason=f"the extra `test` brings {name}")
                     for name in ("onnx", "onnxruntime"))
onnx_reference = pytest.importorskip("onnx.reference")
DTYPES = {"binary32": np.float32, "binary64": np.float64}


def of_onnxruntime(path):
    """A function of named inputs that returns the outputs, as onnxruntime computes them."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1  # errors alone
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda inputs: session.run(None, inputs)


def of_reference(path):
    """The same by the reference evaluator of the library onnx."""
    evaluator = onnx_reference.ReferenceEvaluator(str(path))
    return lambda inputs: evaluator.run(None, inputs)


RUNTIMES = {"onnxruntime": of_onnxruntime, "onnx.reference": of_reference}


def fed(path, net, inputs):
    """The rows of each input by the names that the model gives them."""
    names = [each.name for each in onnx.load(path).graph.input]
    return {name: np.array(rows, DTYPES[net.number]) for name, rows in zip(names, inputs)}


def shares(net, inputs, path):
    """How much of the bound the outputs of each runtime take, at most: above 1 they differ too much."""
    expected, allowed, found = predicted(net, inputs), bounds(net, inputs), {}
    for name, runtime in RUNTIMES.items():
        outputs = runtime(path)(fed(path, net, inputs))
        found[name] = 0.0
        for output, rows, bound in zip(outputs, expected, allowed):
            assert output.dtype == DTYPES[net.number] and output.shape == bound.shape
            difference = abs(output.astype(float) - np.array(rows))
            found[name] = max(found[name], float(np.max(difference / (bound + 1e-300))))
    return found


def same(net, again, inputs):
    """Whether a network that was read is the one that was written: layers, settings, every bit, every prediction."""
    matrices = [{name: each.k.tolist(m) for name, m in state.standing(each).items()} for each in (net, again)]
    return (repr(net.layers), net.parents, net.owners) == (repr(again.layers), again.parents, again.owners) and (
        matrices[0] == matrices[1] and net.fingerprint() == again.fingerprint()
        and predicted(net, inputs) == predicted(again, inputs) and net.number == again.number)


def tried(seed, number, path):
    """One random network: is it the same after ONNX, and what `shares` says."""
    net, inputs = network(seed, number)
    rn.exchange.save_onnx(net, path)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    return same(net, rn.exchange.load_onnx(path), inputs), shares(net, inputs, path), net


def main(count):
    kinds = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in DTYPES:
            results = [tried(seed, number, Path(folder) / "net.onnx") for seed in range(count)]
            kinds.update(type(layer).__name__ for _, _, net in results for layer in net.layers)
            print(f"{number}: {count} networks, {sum(each for each, _, _ in results)} the same after ONNX")
            for name in RUNTIMES:
                taken = [share[name] for _, share, _ in results]
                print(f"  {name} takes at most {max(taken):.3f} of the bound, the median {np.median(taken):.4f}")
    print("layers:", ", ".join(f"{name} {times}" for name, times in sorted(kinds.items())))


if __name__ == "__main__":
    main(int(sys.argv[1]))
