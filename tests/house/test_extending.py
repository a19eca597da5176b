"""Do the classes of docs/extending.md train on both backends to the same bits, replayed, saved and copied?"""

import copy
import math
import pickle
import warnings
from pathlib import Path

import pages
import pytest

import refnet as rn
from refnet.kernels import Wrapper, choose
from refnet.training.replay import Replay

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "extending.md"
BLOCKS = [block.text for block in pages.blocks(DOCUMENT.read_text(encoding="utf-8")) if block.language == "python"]
BASES = (rn.Layer, rn.Loss, rn.Penalty, rn.Initializer, rn.Optimizer, rn.Callback, Wrapper)
NAMES = ["Cubic", "Monotone", "Quartic", "L4", "Identity", "Signum", "StopOnRise", "Counting"]
X = [[0.25, -0.5], [0.75, 0.125], [-0.375, 1.0], [0.0625, -0.25], [0.5, 0.5]]
Y = [[0.5, -1.0], [2.0, 0.25], [-0.5, 1.5], [0.0, 3.0], [1.0, 0.0]]


@pytest.fixture(scope="module")
def own():
    """The document's code, run as a module, so that pickles find its classes by name."""
    with pages.module("extending") as module:
        for block in BLOCKS:
            exec(compile(block, str(DOCUMENT), "exec"), vars(module))
        yield module


def network(own, name, backend, number=None):
    """A network 2-3-3-2 with the class in it, if it belongs there."""
    layer = {"Cubic": lambda: own.Cubic(), "Monotone": lambda: own.Monotone(3)}.get(name, rn.Tanh)()
    weights, penalty = own.Identity() if name == "Identity" else None, own.L4() if name == "L4" else None
    layers = [rn.Input(2), rn.Dense(3), layer, rn.Dense(2, weights=weights, penalty=penalty)]
    if name == "Counting":
        backend, number = own.Counting(choose(backend, number)), None
    return rn.Network(layers, backend=backend, seed=3, number=number)


def settings(own, name):
    """The settings of fit, with the class among them, if it belongs there. With SGD(3.0) the loss rises soon."""
    chosen = {"loss": rn.HalfSquaredError(), "optimizer": rn.SGD(0.01)}
    chosen.update({"Quartic": {"loss": own.Quartic("elements", 0.5)},
                   "Signum": {"optimizer": own.Signum(rn.CosineDecay(0.02, epochs=9), 0.75, rn.ClipNorm(1.0))},
                   "StopOnRise": {"callbacks": own.StopOnRise(), "optimizer": rn.SGD(3.0)}}.get(name, {}))
    return chosen


def fit(net, epochs, **chosen):
    """Batches of two rows and of one: two recordings. No warning of being trained step by step is allowed."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return net.fit(X, Y, batch_size=2, epochs=epochs, **chosen)


def test_every_class_of_the_document_is_tested(own):
    kinds = {name: thing for name, thing in vars(own).items() if getattr(thing, "__module__", "") == "extending"}
    classes = {name for name, thing in kinds.items() if isinstance(thing, type)}
    assert classes == set(NAMES)
    assert {base for base in BASES for name in NAMES if issubclass(getattr(own, name), base)} == set(BASES)
    assert len(DOCUMENT.read_text(encoding="utf-8").splitlines()) <= 145  # three lines a class, and its text


@pytest.mark.parametrize("number", ["binary64", "binary32"])
@pytest.mark.parametrize("name", NAMES)
def test_it_trains_to_the_same_bits_and_c_replays(own, name, number, native, monkeypatch):
    recorded, record = [], Replay._record
    monkeypatch.setattr(Replay, "_record", lambda self, recording: recorded.append(record(self, recording)))
    given = (("python", name), ("c", name), ("python", ""))
    python, c, plain = (network(own, kind, backend, number) for backend, kind in given)
    histories = [fit(net, 8, **settings(own, name)) for net in (python, c)]
    assert histories[0] == histories[1] and all(map(math.isfinite, histories[0]["loss"]))
    assert python.fingerprint() == c.fingerprint()
    assert 0 < len(recorded) < c.progress.step
    fit(plain, 8, **settings(own, ""))
    assert (plain.fingerprint() == c.fingerprint()) == (name == "Counting")  # the others change the training


@pytest.mark.parametrize("name", ["Cubic", "Monotone", "Quartic", "L4"])
def test_its_gradient_is_right(own, name, backend):
    loss = settings(own, name)["loss"]
    # 1e-6: the two-sided difference is wrong by about ε² = 1e-10 times the third derivative
    assert rn.gradient_check(network(own, name, backend), X, Y, loss) < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_files_copies_and_pickles_go_on_to_the_same_bits(own, name, backend, path):
    straight, net = network(own, name, backend), network(own, name, backend)
    fit(straight, 2, **settings(own, name))
    fit(straight, 3)
    fit(net, 2, **settings(own, name))
    rn.save(net, path)
    for again in (rn.load(path, net.k), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert type(again.layers[2]) is type(net.layers[2]) and type(again.k) is type(net.k)
        assert type(again.optimizer) is type(net.optimizer) and type(again.objective) is type(net.objective)
        fit(again, 3)
        assert again.fingerprint() == straight.fingerprint() != net.fingerprint()


def test_the_callback_stops_and_the_wrapper_counts(own, backend):
    net = network(own, "StopOnRise", backend)
    losses = fit(net, 50, **settings(own, "StopOnRise"))["loss"]
    assert 1 < len(losses) < 50 and losses[-1] > losses[-2] and losses[:-1] == sorted(losses[:-1], reverse=True)
    net = network(own, "Counting", backend)
    fit(net, 3, **settings(own, "Counting"))
    steps = 2 * 2 if backend == "c" else 3 * 3  # C replays all but two steps of each batch size
    assert net.k.calls["sgd_update"] == 4 * steps  # parameters


def test_all_at_once(own, native):
    python, c = own.nets
    assert python.fingerprint() == c.fingerprint()
    assert python.k.calls["affine"] > c.k.calls["affine"] > 0  # C replays


def test_numbers_added_and_divided_by(backend):
    """The page's two lines: one operation with one rounding each, −0.0 and subnormal numbers too."""
    k, c, rows = choose(backend), 3.0, [[1.0, -0.0, 0.1], [5e-324, 1e308, -7.0]]
    x = k.matrix(rows)
    m, n = k.shape(x)
    added, divided = k.add(x, k.matrix([[c] * n] * m)), k.standardize(x, k.zeros(1, n), k.matrix([[c] * n]))
    assert k.tolist(added) == [[value + c for value in row] for row in rows]
    assert list(map(repr, k.tolist(divided))) == list(map(repr, [[value / c for value in row] for row in rows]))
    for code in ("k.add(x, k.matrix([[c] * n] * m))", "k.standardize(x, k.zeros(1, n), k.matrix([[c] * n]))"):
        assert code in DOCUMENT.read_text(encoding="utf-8")
