"""Do the others train the same network? Their losses against refnet's; a library that is missing is skipped."""

import pytest

from refnet.bench import networks, peers, workloads
from refnet.bench.peers.numpy import NumPy, NumPy32
from refnet.bench.peers.scikit_learn import ScikitLearn32
from refnet.bench.workloads import Workload
from refnet.kernels import choose

SMALL = Workload((4, 3, 3), "sigmoid", "binary-cross-entropy", 4, 24, 0.5, shuffle=False)
REGRESSION = SMALL._replace(loss="half-squared-error", linear=True, targets="numbers", rate=0.1)
KINDS = {
    "softmax": SMALL._replace(hidden="tanh", loss="cross-entropy"),
    "sigmoid": SMALL,
    "squared": SMALL._replace(hidden="relu", loss="half-squared-error"),
    "relu": SMALL._replace(hidden="relu", loss="cross-entropy"),
    "linear": REGRESSION._replace(hidden="tanh"),
    "numbers": REGRESSION._replace(sizes=(4, 3, 1), linear=False, rate=0.5),
    "one-output": REGRESSION._replace(sizes=(4, 3, 1)),
    "Adam": REGRESSION._replace(hidden="tanh", optimizer="Adam"),
    "whole-batch": REGRESSION._replace(sizes=(4, 3, 4), hidden="tanh", targets="exponentials", batch=24),
    "larger": SMALL._replace(sizes=(4, 20, 3), batch=12),  # numba's other way
}


@pytest.fixture(params=peers.CLASSES, ids=lambda cls: cls.name)
def peer(request, monkeypatch):
    cls = request.param
    monkeypatch.setenv("NPROC", "1")  # prepare sets it: what it was comes back
    cls.prepare(1)
    pytest.importorskip(cls.package, exc_type=ImportError)
    if cls.library == "numba":
        pytest.importorskip("scipy.linalg", exc_type=ImportError)
    return cls


@pytest.mark.parametrize("kind", KINDS)
def test_peers_train_the_same_network(peer, kind):
    """To rounding: the losses of ten epochs from the same weights, whose first differs from the last by much more."""
    workload = KINDS[kind]
    data = workloads.data(workload)
    contestant = peer(workload, data)
    if contestant.note:
        assert peer.library == "scikit-learn" and workload.loss == "half-squared-error" and not workload.linear
        return
    number = "binary32" if peer.dtype == "float32" else "binary64"
    wanted = networks.Refnet(workload, data, "python", number=number).epoch_losses(10)
    # 100 roundings of 2⁻⁵³ (2⁻²⁴) relative to numbers near 1
    tolerance = 1e-5 if number == "binary32" else 1e-13
    if (peer.library, workload.optimizer) == ("scikit-learn", "Adam"):
        tolerance = 1e-5  # it corrects s after the root: ε = 1e-8 counts as ε/√(1−β₂) = 3e-7 in the first step
    assert contestant.epoch_losses(10) == pytest.approx(wanted, rel=tolerance)
    assert abs(wanted[0] - wanted[-1]) > 100 * tolerance * wanted[0]


def test_a_turn_is_whole_epochs_in_new_orders(peer):
    """After it a peer goes on from where it is, and its samples are counted in steps."""
    workload = SMALL._replace(shuffle=True)
    contestant = peer(workload, workloads.data(workload))
    samples = contestant.turn(0.0)
    assert samples and all(took > 0.0 and count % workload.steps == 0 and count for took, count in samples)
    first, second = contestant.epoch_losses(2)
    assert second != first


@pytest.mark.parametrize("cls", peers.CLASSES, ids=lambda cls: cls.name)
def test_every_peer_says_what_it_does(cls):
    assert cls.library in cls.name and cls.package and len(cls.about) > 30
    assert not cls.about.endswith(".")  # it stands in a sentence


def test_peers_of_binary32_compute_in_it():
    pytest.importorskip("sklearn", exc_type=ImportError)
    data = workloads.data(SMALL)
    contestant = NumPy32(SMALL, data)
    contestant.epoch()
    assert {each.dtype.name for each in [contestant.x, *contestant.weights, *contestant.biases]} == {"float32"}
    contestant = ScikitLearn32(SMALL, data)
    contestant.epoch()
    assert {each.dtype.name for each in [*contestant.model.coefs_, *contestant.model.intercepts_]} == {"float32"}


def test_jax_computes_in_its_format(peer):
    if peer.library != "JAX":
        return
    jax = pytest.importorskip("jax")
    workload = KINDS["Adam"]
    contestant = peer(workload, workloads.data(workload))
    contestant.epoch()
    assert {each.dtype.name for each in jax.tree.leaves(contestant.state)} == {peer.dtype}


def test_who_is_measured_in_which_format():
    pytest.importorskip("numpy")
    names = [[each.name for each in peers.load_peers(1, number).contestants] for number in peers.PEER_FORMATS]
    assert [own[0] for own in names] == ["NumPy f64", "NumPy f32"]
    assert all(name.endswith("f32") for name in names[1])


def test_a_library_that_is_missing_is_named(monkeypatch):
    def module(name):
        raise ImportError(name)

    monkeypatch.setattr(peers, "module", module)
    found = peers.load_peers(1)
    assert (found.contestants, found.versions) == ((), {})
    assert found.missing == ["NumPy", "scikit-learn", "PyTorch", "JAX", "numba"]


@pytest.mark.parametrize("cls", [NumPy, NumPy32])
@pytest.mark.parametrize("kernel", networks.PRODUCTS)
def test_numpy_computes_the_same_product(kernel, cls):
    pytest.importorskip("numpy")
    a, b = [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 9.0]]
    wanted = getattr(choose("python"), kernel)(a, b)
    product = cls.product(kernel, a, b)()
    assert product.tolist() == wanted and product.dtype.name == cls.dtype
