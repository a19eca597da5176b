"""Can the targets be the names of classes? They are numbered by the alphabet, kept in the notes, and given back."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import refnet as rn

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.0], [0.0, 0.5]]
NAMES = ["wren", "crow", "owl", "crow", "wren", "owl"]
NUMBERS = [2, 0, 1, 0, 2, 1]

KINDS = {
    "list": list, "tuple": tuple, "array": np.array, "array of objects": lambda y: np.array(y, object),
    "pandas": pd.Series, "categories": lambda y: pd.Series(pd.Categorical(y)), "pandas text": lambda y: pd.array(y),
    "polars": pl.Series, "polars categories": lambda y: pl.Series(y, dtype=pl.Categorical), "Arrow": pa.array,
    "Arrow dictionary": lambda y: pa.array(y).dictionary_encode(),
}


def make(backend="python", units=3):
    last = rn.Softmax() if units > 1 else rn.Sigmoid()
    return rn.Network([rn.Input(2), rn.Dense(4), rn.Tanh(), rn.Dense(units), last], backend=backend, seed=2)


@pytest.mark.parametrize("kind", KINDS)
def test_names_train_as_their_numbers_do(backend, kind):
    numbers, names = make(backend), make(backend)
    validation = (X[:3], KINDS[kind](NAMES[:3]))
    expected = numbers.fit(X, NUMBERS, epochs=3, validation=(X[:3], NUMBERS[:3]))
    assert names.fit(X, KINDS[kind](NAMES), epochs=3, validation=validation) == expected
    assert names.fingerprint() == numbers.fingerprint()
    assert names.notes == {"classes": ["crow", "owl", "wren"]} and numbers.notes == {}
    assert names.evaluate(X, KINDS[kind](NAMES)) == numbers.evaluate(X, NUMBERS)
    numbers.forward(X)
    names.forward(X)
    assert names.loss(KINDS[kind](NAMES)) == numbers.loss(NUMBERS)


def test_predict_class_gives_names_back(backend, tmp_path):
    net = make(backend)
    net.fit(X, NAMES, epochs=300, optimizer=rn.Adam(0.05))
    assert net.predict_class(X) == NAMES == net.predict_class(np.array(X), batch_size=2)
    net.save(tmp_path / "net")
    loaded = rn.load(tmp_path / "net", backend=backend)
    assert loaded.predict_class(X) == NAMES
    assert rn.metrics.accuracy(NAMES, loaded.predict_class(X)) == 1.0
    assert rn.metrics.confusion_matrix(NAMES, NAMES) == [[2, 0, 0], [0, 2, 0], [0, 0, 2]]
    loaded.notes.clear()
    assert loaded.predict_class(X) == NUMBERS


def test_a_single_output_has_two_names(backend):
    net, numbers = make(backend, 1), make(backend, 1)
    net.fit(X, ["no", "yes", "yes", "no", "no", "yes"], epochs=3)
    numbers.fit(X, [0, 1, 1, 0, 0, 1], epochs=3)
    assert net.fingerprint() == numbers.fingerprint() and net.notes["classes"] == ["no", "yes"]
    net.set("dense2.bias", [10.0])
    assert net.predict_class(X) == ["yes"] * 6
    net.set("dense2.bias", [float("nan")])
    assert net.predict_class(X) == [None] * 6


def test_names_of_a_second_fit_are_those_of_the_first(backend):
    net = make(backend)
    net.fit(X, NAMES)
    before = net.fingerprint()
    with pytest.raises(ValueError, match=r"targets: label 'rook' at 1; allowed: crow, owl, wren"):
        net.fit(X[:2], ["owl", "rook"])
    with pytest.raises(ValueError, match=r"targets: label 'rook' at 0"):
        net.evaluate(X[:1], ["rook"])
    assert net.fingerprint() == before
    net.fit(X[:1], ["wren"])  # number 2, although it is the only one here
    assert net.notes["classes"] == ["crow", "owl", "wren"]


@pytest.mark.parametrize("targets, kind, words", [
    (["a", "b", "c", "d", "a", "b"], ValueError, ["4 names", "a, b, c, d", "3"]),
    (["a", "b", None, "a", "b", "a"], TypeError, ["None at 2", "text"]),
    (["a", "b", 1.5, "a", "b", "a"], TypeError, ["1.5 at 2", "text"]),
    ([1, "b", "a", "a", "b", "a"], TypeError, ["'b' in 1", "number"]),
    (pl.Series(["a", None, "b", "a", "b", "a"]), ValueError, ["nulls", "fill_null"]),
    (np.array([b"a"] * 6), TypeError, ["b'a'", "number"]),
])  # fmt: skip
def test_what_is_no_name_is_refused(backend, targets, kind, words):
    net = make(backend)
    with pytest.raises(kind) as error:
        net.fit(X, targets)
    assert all(word in str(error.value) for word in words), str(error.value)
    assert net.notes == {}


def test_names_are_for_one_output(backend):
    x = rn.Input(2)
    net = rn.Network([rn.Softmax()(rn.Dense(3)(x)), rn.Softmax()(rn.Dense(3)(x))], backend=backend)
    with pytest.raises(ValueError, match=r"targets: names of classes; allowed for 2 outputs: numbers"):
        net.fit(X, [NAMES, NAMES])
    with pytest.raises(ValueError, match=r"predict_class: the network has 2 outputs"):
        net.predict_class(X)
