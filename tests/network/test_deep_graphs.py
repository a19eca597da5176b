"""Does a residual network of depth 2,000 work like any other? No function may recurse over its layers."""

import copy
import pickle
import warnings

import refnet as rn

DEPTH = 2000  # twice the depth at which Python stops a recursion


def residual(backend, units=2, weights=None, bias=True):
    """h ← h + f(h), DEPTH times."""
    h = x = rn.Input(units)
    for _ in range(DEPTH):
        h = rn.Add()(h, rn.Dense(units, bias=bias, weights=weights or rn.Normal(0.01))(h))
    assert h is not x
    return rn.Network(h, backend=backend, seed=1)


def step(net, epochs=1):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "trained step by step, not replayed"
        net.fit([[0.5, -1.0], [0.25, 2.0]], [[1.0, 0.0], [0.5, 0.5]], optimizer=net.optimizer or rn.Momentum(1e-3),
                loss=rn.HalfSquaredError(), epochs=epochs)
    return net


def test_forward_and_backward_by_hand(backend):
    """Weights 0: o = x, and δ reaches every layer undiminished, so each weight's gradient is (x − y)x."""
    net = residual(backend, units=1, weights=rn.Zeros(), bias=False)
    assert net.forward([[0.5]]) == [[0.5]]
    assert net.loss([[1.0]], rn.HalfSquaredError()) == 0.125
    assert net.backward(input_gradient=True) == [[-0.5]]
    assert set(net.deltas) == {layer.name for layer in net.layers}
    assert list(net.gradients.values()) == [[[-0.25]]] * DEPTH
    rn.SGD(0.5).update(net)
    assert net.weights == [[[0.125]]] * DEPTH
    assert net.forward([[0.0]]) == [[0.0]]


def test_both_backends_train_it_to_the_same_bits(both):
    python, c = (step(residual(k), epochs=4) for k in both)  # in C two steps are recorded and two are replayed
    assert python.fingerprint() == c.fingerprint() != residual("python").fingerprint()


def test_it_is_copied_pickled_and_kept_in_a_file(backend, path):
    net = step(residual(backend))
    net.save(path)
    others = [copy.deepcopy(net), pickle.loads(pickle.dumps(net)), rn.load(path, backend=backend)]
    fingerprints = {net.fingerprint(), *(other.fingerprint() for other in others)}
    assert len(fingerprints) == 1 and len(others[2].layers) == 2 * DEPTH + 1
    assert step(others[2]).fingerprint() == step(net).fingerprint() not in fingerprints  # and the last goes on alike


def test_it_says_in_short_what_it_is(backend):
    net = residual(backend)
    assert repr(net) == (
        "Network(input(2), dense1(2), add1(2), dense2(2), add2(2), dense3(2), add3(2), dense4(2), add4(2), dense5(2), "
        "… 3982 more …, add1996(2), dense1997(2), add1997(2), dense1998(2), add1998(2), dense1999(2), add1999(2), "
        f"dense2000(2), add2000(2); 12,000 parameters, backend {backend!r})")
