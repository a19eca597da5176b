"""Does a wrong kernel, loss or schedule show in the worked examples? (Demonstrations have test_can_fail_….py.)"""

import pytest
from decimal_lectures import truths

import refnet as rn
from refnet.kernels import REFERENCE
from refnet.lectures import (
    backpropagation_002,
    deep_networks_004,
    gradient_descent_000,
    multilayer_networks_003,
    training_001,
)

MODULES = (multilayer_networks_003, backpropagation_002, deep_networks_004, training_001, gradient_descent_000)


def results(backend):
    """Those of the modules with numbers. Each demonstration's statements have a test of their own."""
    return [result for module in MODULES for example in module.WORKED_EXAMPLES for result in example(backend)]


class OneKernelWrong:
    """The reference with one kernel whose result, or updated matrix, is off by a billionth."""

    name = "wrong"

    def __init__(self, kernel):
        self.kernel = kernel

    def __getattr__(self, name):
        function = getattr(REFERENCE, name)
        if name != self.kernel:
            return function

        def wrong(*arguments):
            matrix = function(*arguments)
            if matrix is None:  # an update in place
                matrix = arguments[0]
            matrix[0][0] = (matrix[0][0] + 1e-9) * (1.0 + 1e-9)
            return None if matrix is arguments[0] else matrix

        return wrong


@pytest.mark.parametrize("kernel, entries", {
    "affine": [4, 5, 6, 7, 8, 12, 13, 15, 16, 18, 25],
    "affine_backward_input": [4, 5, 6, 7, 8, 15, 16],
    "affine_backward_weights": [4, 5, 6, 7, 8, 15, 16, 18, 25],
    "column_sums": [8, 15, 16, 18, 25],
    "multiply": [4],
    "row_sums": [4],
    "sum_of_squares": [15],
    "sigmoid": [4, 5, 6, 8, 12, 13, 15, 16, 18, 25],
    "sigmoid_backward": [4, 5, 6, 8, 15, 16, 18, 25],
    "tanh": [7],
    "tanh_backward": [7],
    "softmax": [8],
    "half_squared_error": [4],
    "half_squared_error_backward": [4, 6, 7, 18, 25],
    "binary_cross_entropy": [5],
    "binary_cross_entropy_backward": [5],
    "binary_cross_entropy_from_logits": [5, 15],
    "cross_entropy_from_logits": [8],
    "fused_cross_entropy_backward": [5, 8, 15, 16],
    "add_scaled": [4, 15],
    "sgd_update": [4, 6, 8, 16],
    "add": [16],
}.items())
def test_a_wrong_kernel_shows(kernel, entries):
    """An error of a billionth shows wherever a formula gives the digits. (A slide's four digits show larger ones.)"""
    failed = {result.entry for result in results(OneKernelWrong(kernel)) if not result.agrees}
    assert set(entries) <= failed


def test_large_mistakes_show_in_printed_digits(monkeypatch):
    """With σ(−z) for σ(z) no table with a sigmoid in it agrees."""
    sigmoid = REFERENCE.sigmoid
    monkeypatch.setattr(REFERENCE, "sigmoid", lambda z: sigmoid([[-net for net in row] for row in z]))
    failed = {(r.entry, r.quantity) for r in results("python") if not r.agrees}
    assert {entry for entry, _ in failed} == {1, 2, 4, 5, 6, 8, 12, 13, 14, 15, 16, 18, 25}
    assert {key for key in truths() if key[0] in (1, 12, 13)} | {(2, "ŷ")} <= failed


def test_a_wrong_schedule_and_loss_show(monkeypatch):
    rate = rn.InverseTimeDecay.__call__
    monkeypatch.setattr(rn.InverseTimeDecay, "__call__", lambda self, epoch: 1.5 * rate(self, epoch))
    monkeypatch.setattr(REFERENCE, "squared_error", lambda o, y: REFERENCE.half_squared_error(o, y))
    failed = {(r.entry, r.quantity) for r in results("python") if not r.agrees}
    assert {(17, f"α, epoch {epoch}") for epoch in range(4)} | {(2, "(0.50 − 0.73)²")} == failed


def test_a_wrong_gradient_shows_in_the_check(monkeypatch):
    """With σ' left out, the difference of entry 18 is far above 1e-3, which the lecture calls a mistake."""
    monkeypatch.setattr(REFERENCE, "sigmoid_backward", lambda o, arriving: arriving)
    by_name = {r.quantity: r for r in results("python") if r.entry == 18}
    for quantity in ("diff", "diff by gradient_check"):
        assert by_name[quantity].computed > 1e-3 and not by_name[quantity].agrees


def test_an_unshuffled_fit_shows(monkeypatch):
    monkeypatch.setattr(REFERENCE, "permutation", lambda key, columns: [[float(i) for i in range(columns)]])
    failed = [r for r in results("python") if not r.agrees]
    assert [(r.entry, r.quantity, r.computed) for r in failed] == [(25, "different orders in 3 epochs", 1.0)]
