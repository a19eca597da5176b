"""Are the lists of docs/exchange.md complete? (test_pages runs its code.)"""

import re
from pathlib import Path

import refnet as rn
from refnet.exchange.onnx_operators import READERS
from refnet.exchange.onnx_writing import IR_VERSION, OPSET, WRITERS
from refnet.exchange.weights import LAYOUTS

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "exchange.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`(\w+)`", DOCUMENT))


def test_its_lists():
    of_training = {rn.GaussianNoise, rn.MultiplicativeNoise, rn.Jitter, rn.ActivityPenalty, rn.KLSparsity}
    assert {cls.__name__ for cls in set(WRITERS) - of_training} <= WORDS
    assert set(READERS) - {"Softplus", "LeakyRelu", "PRelu", "Elu", "Relu", "Sigmoid", "Tanh"} <= WORDS
    assert set(READERS) & {"Elu", "LeakyRelu", "PRelu"} <= set(re.findall(r"\w+", DOCUMENT))
    for layout in LAYOUTS.values():
        assert {name for names in layout.names.values() for name in names.values()} <= WORDS
    assert f"Opset {OPSET}, IR version {IR_VERSION}" in DOCUMENT
