"""Does everything that can hold numbers give the same bits as lists, wherever it is handed in? Or is it refused, with
what to call?"""

import array
import functools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

import refnet as rn
from refnet.data import ByteMatrix, Standardizer, column_statistics, one_hot
from refnet.selection import grid, stratified_folds

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
          "float64"]


def strided(x):
    wide = np.zeros((2 * x.shape[0], *(2 * n for n in x.shape[1:])), x.dtype)
    part = wide[tuple(slice(None, None, 2) for _ in x.shape)]
    part[...] = x
    return part


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def unaligned(x):
    return np.frombuffer(b"." + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(x.shape)


def mapped(x, folder):
    found = np.memmap(folder / "numbers", x.dtype, "w+", shape=x.shape)
    found[...] = x
    return found


LAYOUTS = {
    "C": np.ascontiguousarray, "Fortran": np.asfortranarray, "strided": strided,
    "reversed": lambda x: x[::-1].copy()[::-1], "read-only": read_only, "unaligned": unaligned, "memory-mapped": mapped,
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
}


def as_array(dtype, layout, rows, folder):
    make = LAYOUTS[layout]
    x = np.array(rows, dtype)
    return make(x, folder) if make is mapped else make(x)


def frame(rows):
    return {f"c{j}": list(column) for j, column in enumerate(zip(*rows))}


ARRAYS = {
    f"{dtype} {layout}": functools.partial(as_array, dtype, layout) for dtype in DTYPES for layout in LAYOUTS
}
TABLES = {
    "lists": lambda rows, _: rows,
    "tuples": lambda rows, _: tuple(map(tuple, rows)),
    "a list of arrays": lambda rows, _: [np.array(row) for row in rows],
    "a list of array": lambda rows, _: [array.array("d", row) for row in rows],
    "array of objects": lambda rows, _: np.array(rows, object),
    "long double": lambda rows, _: np.array(rows, np.longdouble),
    "memoryview": lambda rows, _: memoryview(np.array(rows, float)),
    "memoryview of integers": lambda rows, _: memoryview(np.array(rows, "int16")),
    "memoryview with steps": lambda rows, _: memoryview(strided(np.array(rows, "float32"))),
    "ByteMatrix": lambda rows, _: ByteMatrix(bytes(int(255 * v) for row in rows for v in row), len(rows), len(rows[0])),
    "pandas": lambda rows, _: pd.DataFrame(frame(rows)),
    "pandas, mixed": lambda rows, _: pd.DataFrame(frame(rows)).astype({"c0": "int8"}),
    "pandas, bool": lambda rows, _: pd.DataFrame(frame(rows)).astype({"c0": "bool"}),
    "pandas, nullable": lambda rows, _: pd.DataFrame(frame(rows)).astype("Int64"),
    "pandas, other index": lambda rows, _: pd.DataFrame(frame(rows), index=range(len(rows), 0, -1)),
    "polars": lambda rows, _: pl.DataFrame(frame(rows)),
    "polars, mixed": lambda rows, _: pl.DataFrame(frame(rows)).with_columns(pl.col("c0").cast(pl.Int32)),
    "Arrow table": lambda rows, _: pa.table(frame(rows)),
    "Arrow batch": lambda rows, _: pa.record_batch(frame(rows)),
}
COLUMNS = {
    "list": lambda column, _: column,
    "tuple": lambda column, _: tuple(column),
    "array of objects": lambda column, _: np.array(column, object),
    "array": lambda column, _: array.array("d", column),
    "array of bytes": lambda column, _: array.array("b", map(int, column)),
    "memoryview": lambda column, _: memoryview(np.array(column, "uint16")),
    "memoryview with steps": lambda column, _: memoryview(array.array("f", column))[::-1][::-1],
    "bytes": lambda column, _: bytes(map(int, column)),
    "bytearray": lambda column, _: bytearray(map(int, column)),
    "pandas": lambda column, _: pd.Series(column),
    "pandas, other index": lambda column, _: pd.Series(column, index=range(len(column), 0, -1)),
    "pandas, nullable": lambda column, _: pd.Series(column, dtype="Int64"),
    "polars": lambda column, _: pl.Series(column),
    "Arrow": lambda column, _: pa.array(column),
    "Arrow, chunks": lambda column, _: pa.chunked_array([column[:3], column[3:]]),
}

# 0 and 1 are numbers of every kind, also of a ByteMatrix, whose bytes mean byte/255.
X = [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
Y = [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]


def net(backend, units=2):
    last = rn.Softmax() if units > 1 else rn.Sigmoid()
    return rn.Network([rn.Input(2), rn.Dense(3), rn.Tanh(), rn.Dense(units), last], backend=backend, seed=3)


def fitted(backend, x=X, y=Y, **settings):
    network = net(backend)
    history = network.fit(x, y, epochs=2, batch_size=3, optimizer=rn.SGD(0.5), **settings)
    return history, network.fingerprint()


def as_lists(result):
    return result.tolist() if isinstance(result, np.ndarray) else result


def used_by_hand(backend, x):
    network = net(backend)
    outputs = [as_lists(network.forward(x, training=True)), as_lists(network.predict(x, batch_size=3))]
    network.forward(x, training=True)
    network.loss(Y)
    network.backward()
    return [*outputs, network.predict_class(x), network.evaluate(x, Y), network.gradients]


def standardized(backend, x):
    scale = Standardizer().fit(x)
    return column_statistics(x), scale.mean, scale.std, as_lists(scale.transform(x))


def searched(backend, x=X, y=Y, weights=Y):
    found = grid(lambda seed: net(backend), {"batch_size": [2, 3]}, x, y, folds=2, sample_weight=weights,
                 executor="serial")
    return [fit for line in found.table for fit in line.fits]


def measured(backend, y):
    outputs = [[0.25, 0.75], [0.5, 0.5], [0.0, 1.0], [1.0, 0.0]] * 2
    return [rn.metrics.accuracy(y, outputs), rn.metrics.f1(outputs=y, targets=y), rn.metrics.log_loss(y, outputs),
            rn.metrics.confusion_matrix(y, outputs), rn.metrics.mean_absolute_error(y, y)]


USES_OF_ROWS = {
    "fit": lambda backend, x: fitted(backend, x),
    "by hand": used_by_hand,
    "validation": lambda backend, x: fitted(backend, validation=(x, Y), metrics=[rn.metrics.f1]),
    "targets": lambda backend, x: fitted(backend, y=x, loss=rn.HalfSquaredError()),
    "metrics": lambda backend, x: rn.metrics.mean_absolute_error(X, x),
    "standardizer": standardized,
    "folds": searched,
}
USES_OF_COLUMNS = {
    "targets": lambda backend, y: fitted(backend, y=y),
    "a single output": lambda backend, y: net(backend, 1).fit(X, y, epochs=2),
    "evaluate": lambda backend, y: net(backend).evaluate(X, y, metrics=[rn.metrics.f1]),
    "validation": lambda backend, y: fitted(backend, validation=(X, y)),
    "weights": lambda backend, y: fitted(backend, sample_weight=y),
    "metrics": measured,
    "folds": lambda backend, y: [searched(backend, y=y, weights=y), stratified_folds(y, 2)],
    "one-hot": lambda backend, y: one_hot(y),
}


def on(backends, uses):
    """(use, backend) for each of both; uses that need no backend once."""
    without = ("metrics", "one-hot", "standardizer")
    return [(use, backend) for use in uses for backend in backends if backend == "c" or use not in without]


EXPECTED = functools.lru_cache(None)(lambda uses, use, backend: (
    USES_OF_ROWS[use](backend, X) if uses == "rows" else USES_OF_COLUMNS[use](backend, Y)
))


@pytest.mark.parametrize("use, backend", on(["python", "c"], USES_OF_ROWS))
def test_rows_of_every_kind_have_the_bits_of_lists(use, backend, tmp_path):
    for kind, make in {**ARRAYS, **TABLES}.items():
        assert USES_OF_ROWS[use](backend, make(X, tmp_path)) == EXPECTED("rows", use, backend), kind


@pytest.mark.parametrize("use, backend", on(["python", "c"], USES_OF_COLUMNS))
def test_columns_of_every_kind_have_the_bits_of_lists(use, backend, tmp_path):
    for kind, make in {**ARRAYS, **COLUMNS}.items():
        assert USES_OF_COLUMNS[use](backend, make(Y, tmp_path)) == EXPECTED("columns", use, backend), kind


# --- What cannot be read as numbers ---

REFUSED = {
    "a generator": (lambda x: (row for row in x), "generator", "list(…)"),
    "an iterator": (iter, "list_iterator", "list(…)"),
    "a dict": (lambda x: dict(enumerate(x)), "dict", "rows of numbers"),
    "a set": (lambda x: set(map(str, x)), "set", "rows of numbers"),
    "text": (str, "str", "rows of numbers"),
    "sparse": (lambda x: sparse.csr_matrix(np.atleast_2d(x)), "csr_matrix", "toarray()"),
    "a sparse array": (lambda x: sparse.coo_array(np.atleast_2d(x)), "coo_array", "toarray()"),
    "masked": (lambda x: np.ma.masked_equal(x, 1), "masked array", "filled(value)"),
    "complex": (lambda x: np.array(x, complex), "complex128", "x.real"),
    "dates": (lambda x: np.array(x, "int64").astype("datetime64[ns]"), "datetime64[ns]", "astype('int64')"),
    "durations": (lambda x: np.array(x, "int64").astype("timedelta64[s]"), "timedelta64[s]", "astype('int64')"),
    "structured": (lambda x: np.zeros(len(x), [("a", "f8"), ("b", "f8")]), "structured_to_unstructured", "numbers"),
    "a number": (lambda x: np.float64(3.0), "float64", "rows of numbers"),
    "pandas with dates": (lambda x: pd.DataFrame({"a": pd.to_datetime(["2020-01-01"] * 8)}), "datetime64", "numbers"),
    "polars with nulls": (lambda x: pl.DataFrame({"a": [None, 1.0] * 4, "b": [0.5] * 8}), "nulls", "fill_null"),
    "Arrow with nulls": (lambda x: pa.table({"a": [0.5] * 8, "b": [None, 1.0] * 4}), "nulls", "fill_null"),
    "a column with nulls": (lambda x: pl.Series([None, 1.0] * 4), "nulls", "fill_null"),
    "an Arrow column with nulls": (lambda x: pa.array([None, 1.0] * 4), "nulls", "fill_null"),
}
ELEMENTS = {
    "pandas with missing numbers": lambda: pd.DataFrame({"a": pd.array([None, 1] * 4, "Int64"), "b": [0.5] * 8}),
    "pandas with text": lambda: pd.DataFrame({"a": ["x"] * 8, "b": [0.5] * 8}),
    "polars with text": lambda: pl.DataFrame({"a": ["x"] * 8, "b": [0.5] * 8}),
    "Arrow with text": lambda: pa.table({"a": ["x"] * 8, "b": [0.5] * 8}),
    "an array of text": lambda: np.array([["x", "y"]] * 8),
    "masked elements": lambda: [[np.ma.masked, 1.0]] * 8,
    "dates": lambda: [[np.datetime64("2020-01-01"), 1.0]] * 8,
}


@pytest.mark.parametrize("use, backend", on(["python", "c"], USES_OF_ROWS))
@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_numbers_is_refused_as_rows(kind, use, backend):
    make, *words = REFUSED[kind]
    with pytest.raises((TypeError, ValueError)) as error:
        USES_OF_ROWS[use](backend, make(X))
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize("use, backend", on(["python", "c"], USES_OF_COLUMNS))
@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_numbers_is_refused_as_a_column(kind, use, backend):
    make, *words = REFUSED[kind]
    if "with" in kind and "column" not in kind:
        return  # a table is not a column
    with pytest.raises((TypeError, ValueError)) as error:
        USES_OF_COLUMNS[use](backend, make(Y))
    assert all(word in str(error.value) for word in words), str(error.value)


@pytest.mark.parametrize("use, backend", on(["python", "c"], USES_OF_ROWS))
@pytest.mark.parametrize("kind", ELEMENTS)
def test_an_element_that_is_no_number_is_named_with_its_place(kind, use, backend):
    with pytest.raises((TypeError, ValueError), match=r"row 0, column 0|row 0 is"):
        USES_OF_ROWS[use](backend, ELEMENTS[kind]())
