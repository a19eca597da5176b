"""Are bad settings of fit, evaluate, predict and gradient_check refused, and is nothing changed?"""

import math

import pytest
from unchanged import Unchanged, X, Y, state

import refnet as rn

INF, NAN = math.inf, math.nan


# --- Settings of fit ---

SETTINGS = [
    ("batch_size", 0, ValueError, ["batch_size", "0", "whole numbers >= 1"]),
    ("batch_size", -3, ValueError, ["batch_size", "-3", ">= 1"]),
    ("batch_size", 2.5, TypeError, ["batch_size", "2.5", "float", "whole numbers"]),
    ("batch_size", 2.0, TypeError, ["batch_size", "2.0", "whole numbers"]),
    ("batch_size", NAN, TypeError, ["batch_size", "nan", "whole numbers"]),
    ("batch_size", "10", TypeError, ["batch_size", "'10'", "str", "whole numbers"]),
    ("batch_size", None, TypeError, ["batch_size", "None", "whole numbers"]),
    ("batch_size", True, TypeError, ["batch_size", "True", "whole numbers"]),
    ("epochs", 0, ValueError, ["epochs", "0", "whole numbers >= 1"]),
    ("epochs", -1, ValueError, ["epochs", "-1", ">= 1"]),
    ("epochs", 1.5, TypeError, ["epochs", "1.5", "whole numbers"]),
    ("epochs", NAN, TypeError, ["epochs", "nan", "whole numbers"]),
    ("epochs", "3", TypeError, ["epochs", "'3'", "whole numbers"]),
    ("epochs", None, TypeError, ["epochs", "None", "whole numbers"]),
    ("seed", 1.5, TypeError, ["seed", "1.5", "whole numbers"]),
    ("seed", "1", TypeError, ["seed", "'1'", "whole numbers"]),
    ("shuffle", "yes", ValueError, ["shuffle", "'yes'", "True, False"]),
    ("shuffle", None, ValueError, ["shuffle", "None", "True, False"]),
    ("loss", "mse", ValueError, ["loss", "'mse'", "HalfSquaredError", "; did you mean MeanSquaredError?"]),
    ("loss", "multi_task", ValueError, ["loss", "'multi_task'", "allowed names"]),
    ("loss", rn.CrossEntropy, TypeError, ["loss", "CrossEntropy", "losses such as"]),
    ("loss", 1, TypeError, ["loss", "1", "losses such as"]),
    ("loss", 0, TypeError, ["loss", "0", "losses such as"]),
    ("loss", "", ValueError, ["loss", "''", "allowed names"]),
    ("loss", rn.CrossEntropy(from_logits=True), ValueError, ["loss", "from_logits=True", "after a Softmax"]),
    ("optimizer", "adm", ValueError, ["optimizer", "'adm'", "Adadelta, Adam, AdamW"]),
    ("optimizer", "", ValueError, ["optimizer", "''", "allowed names"]),
    ("metrics", "confusion_matrix", ValueError, ["metrics", "'confusion_matrix'", "accuracy, precision, recall, f1"]),
    ("metrics", ["f1", "mae"], ValueError, ["metrics", "'mae'", "; did you mean mean_absolute_error?"]),
    ("optimizer", rn.SGD, TypeError, ["optimizer", "SGD", "optimizers such as"]),
    ("optimizer", 0.1, TypeError, ["optimizer", "0.1", "optimizers such as"]),
    ("optimizer", 0, TypeError, ["optimizer", "0", "optimizers such as"]),
    ("penalty", 0.01, TypeError, ["penalty", "0.01", "L2"]),
    ("penalty", rn.L2, TypeError, ["penalty", "L2", "allowed"]),
    ("penalty", [rn.L2(0.1), "L1"], TypeError, ["penalty", "'L1'", "allowed"]),
    ("validation", X, TypeError, ["validation", "list", "(inputs, targets)"]),
    ("validation", (X,), TypeError, ["validation", "(inputs, targets)"]),
    ("validation", "X", TypeError, ["validation", "str", "(inputs, targets)"]),
    ("validation", (X, Y[:3]), ValueError, ["validation targets", "3 targets", "4 rows"]),
    ("report", "print", TypeError, ["report", "'print'"]),
    ("momentum", 0.9, TypeError, ["momentum"]),
]


@pytest.mark.parametrize("name, value, kind, words", SETTINGS, ids=[f"{row[0]} {row[1]!r:.20}" for row in SETTINGS])
def test_settings_of_fit(net, name, value, kind, words):
    with Unchanged(net, kind, *words):
        net.fit(X, Y, **{name: value})


def test_an_optimizer_belongs_to_one_network(net, backend):
    other = rn.Network([rn.Input(2), rn.Dense(3)], backend=backend)
    before = state(net)
    with Unchanged(other, ValueError, "optimizer", "Momentum", "another network"):
        other.fit(X, Y, loss=rn.MeanSquaredError(), optimizer=net.optimizer)
    assert other.optimizer is None
    with Unchanged(other, ValueError, "optimizer", "another network"):
        net.optimizer.update(other)
    with Unchanged(other, ValueError, "optimizer", "another network"):
        net.optimizer.before_forward(other)
    assert state(net) == before


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", None, NAN])
def test_the_batch_size_of_predict(net, size):
    with Unchanged(net, (TypeError, ValueError), "batch_size", repr(size), "whole numbers >= 1"):
        net.predict(X, batch_size=size)


@pytest.mark.parametrize("loss, kind, words", [
    ("mse", ValueError, ["loss", "'mse'", "allowed names"]),
    (rn.MeanSquaredError, TypeError, ["loss", "losses such as"]),
    (0, TypeError, ["loss", "0", "losses such as"]),
    (rn.CrossEntropy(from_logits=True), ValueError, ["loss", "from_logits=True", "after a Softmax"]),
])  # fmt: skip
@pytest.mark.parametrize("use", ["evaluate", "loss", "gradient_check"])
def test_losses_that_are_none_or_do_not_fit(net, use, loss, kind, words):
    net.forward(X)
    with Unchanged(net, kind, *words):
        if use == "gradient_check":
            rn.gradient_check(net, X, Y, loss)
        else:
            getattr(net, use)(*([X, Y] if use == "evaluate" else [Y]), loss)


@pytest.mark.parametrize("last, loss, words", [
    (rn.Sigmoid, rn.BinaryCrossEntropy(from_logits=True), ["from_logits=True", "after a Sigmoid", "leave one"]),
    (None, rn.BinaryCrossEntropy(), ["probabilities", "Sigmoid()", "from_logits=True"]),
    (None, rn.CrossEntropy(), ["probabilities", "Softmax()", "from_logits=True"]),
])  # fmt: skip
@pytest.mark.parametrize("use", ["fit", "evaluate", "validation", "loss"])
def test_probabilities_and_logits_are_told_apart(backend, last, loss, words, use):
    net = rn.Network([rn.Input(2), rn.Dense(2), *([last()] if last else [])], backend=backend)
    targets = [[1.0, 0.0]] * 4
    net.forward(X)
    with Unchanged(net, ValueError, "loss", *words):
        if use == "fit":
            net.fit(X, targets, loss=loss)
        elif use == "validation":
            net.fit(X, targets, loss=loss, validation=(X, targets))
        elif use == "evaluate":
            net.evaluate(X, targets, loss)
        else:
            net.loss(targets, loss)


@pytest.mark.parametrize("epsilon", [0, -1e-5, NAN, INF, "1e-5", None])
def test_the_epsilon_of_a_gradient_check(net, epsilon):
    with Unchanged(net, (TypeError, ValueError), "epsilon", repr(epsilon), "> 0"):
        rn.gradient_check(net, X, Y, epsilon=epsilon)


# --- Schedules ---


class Custom(rn.Schedule):
    """A user's own schedule: its rates are good at first, then bad."""

    def __init__(self, *rates):
        self.rates = rates

    def __call__(self, epoch):
        return self.rates[min(epoch, len(self.rates) - 1)]


@pytest.mark.parametrize("rate", [0.0, -0.1, NAN, INF, "0.1", None])
def test_a_schedule_that_gives_no_rate(net, backend, rate):
    with Unchanged(net, (TypeError, ValueError), "rate", repr(rate), "> 0"):
        net.fit(X, Y, optimizer=rn.SGD(Custom(0.1, 0.1, rate)))  # two epochs are behind it


def test_a_schedule_that_gives_no_rate_later_on(backend):
    """The epochs before it are trained; the epoch without a rate is not begun."""
    net = rn.Network([rn.Input(2), rn.Dense(1)], backend=backend, seed=1)
    with pytest.raises(ValueError, match=r"rate.*-0\.1.*> 0"):
        net.fit(X, [0.0] * 4, optimizer=rn.SGD(Custom(0.1, -0.1)), epochs=5)
    assert net.epoch <= 1
    assert all(math.isfinite(v) for v in net.biases[0])
