"""Would the numbers of lecture 000's MNIST program show a mistake? Each breaks what a statement is about."""

import pytest
from test_lectures_can_fail import OneKernelWrong

import refnet as rn
from refnet.lectures import mnist_000


def failed(example):
    """The quantities of an example that do not agree, on the faster backend: both have the same bits."""
    return {result.quantity for result in example("auto") if not result.agrees}


@pytest.mark.parametrize("kernel", ["affine", "affine_backward_input", "affine_backward_weights", "column_sums", "relu",
                                    "relu_backward", "dropout", "softmax", "cross_entropy_from_logits",
                                    "fused_cross_entropy_backward", "rmsprop_update"])
def test_a_wrong_kernel_shows(kernel):
    assert not all(result.agrees for result in mnist_000.one_step(OneKernelWrong(kernel)))


def test_another_step_shows(monkeypatch):
    """Another seed of dropout, no dropout, another β."""
    original = mnist_000.program
    monkeypatch.setattr(mnist_000, "program", lambda sizes, backend, seed: original(sizes, backend, 3))
    assert {"loss", "dΘ3_11", "Θ3_11"} <= failed(mnist_000.one_step)
    monkeypatch.setattr(mnist_000, "program", original)
    monkeypatch.setattr(rn, "RMSprop", lambda rate, original=rn.RMSprop: original(rate, beta=0.99))
    assert failed(mnist_000.one_step) == {f"Θ3_{j}{i}" for j in (1, 2) for i in range(4)}
    monkeypatch.setattr(rn, "Dropout", lambda p: rn.Linear())
    assert "o1 of row 1" in failed(mnist_000.one_step)


def test_other_sizes_show(monkeypatch):
    original = mnist_000.program
    monkeypatch.setattr(mnist_000, "program", lambda sizes, *args, **given: original((28, 51, 51, 9), *args, **given))
    assert len(failed(mnist_000.parameters)) == 4


def test_an_untrained_network_shows(monkeypatch):
    fit = rn.Network.fit
    monkeypatch.setattr(rn.Network, "fit", lambda *args, **settings: None)
    assert failed(mnist_000.small_training) == {"4 × 4 pixels: accuracy on other images"}
    monkeypatch.setattr(rn.Network, "fit", fit)
    original = mnist_000.program

    def trained(*args, **settings):
        net = original(*args, **settings)
        net.fit(*mnist_000.images(64, seed=1), optimizer=rn.Adam(0.02), epochs=20)
        net.optimizer = None
        return net

    monkeypatch.setattr(mnist_000, "program", trained)
    assert failed(mnist_000.small_training) == {"4 × 4 pixels: accuracy before training"}
