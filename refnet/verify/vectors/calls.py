"""What does a kernel, an elementary function or an initializer answer? Calls of each with their results, as cases.

A call is {"arguments": {name: …}, "results": {name: …}}. Numbers are written as in refnet.trace.dumps, a plain number
with the shape []; a key, a seed or a draw is a word, 64 bits as hexadecimal digits; a count is a whole number.
In another number format what stays binary64 has its 16 digits, all else those of the format.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import count, islice
from typing import Any
from zlib import crc32

import refnet as rn
from refnet.arithmetic import elementary, random
from refnet.arithmetic.formats import BINARY64, Format
from refnet.arithmetic.random import stream_key
from refnet.arithmetic.streams import INITIALIZE_STREAM, VECTOR_STREAM
from refnet.data import ByteMatrix
from refnet.kernels.choosing import format_of
from refnet.kernels.conversion import binary64_of
from refnet.kernels.seam import SEAM, Argument
from refnet.trace import dumps
from refnet.verify.kernels import SPECIAL, Draws, random_arguments, run, special_numbers
from refnet.verify.vectors.telling import TELLING

FUNCTIONS = {name: getattr(elementary, name) for name in (
    "divide", "sqrt", "exp", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "sin", "cos")}
ONLY_BINARY64 = ("sin", "cos")  # of schedules and data, which are binary64 in every format
GENERATORS = {name: getattr(random, name) for name in ("mix", "stream_key", "draw", "uniform", "normal")}
ALL = {**FUNCTIONS, **GENERATORS}
SUBJECTS = (*SEAM, *(name for name in ALL if name not in SEAM))
"""What `stream` has calls of. A function that is also a kernel goes by the kernel's name."""

# Where the functions change their formula, and the numbers about which their results overflow, underflow or round.
EDGES = (
    *SPECIAL, 5.551115123125783e-17, 5.551115123125782e-17, -5.551115123125783e-17, 0.45, 0.44999999999999996, -0.45,
    0.7071067811865476, 0.7071067811865475, 1.414213562373095, 1.4142135623730951, 0.9999999999999999,
    1.0000000000000002, -0.9999999999999999, 0.34657359027997264, 0.3465735902799727, 709.7, 710.0, 710.1, -60.0,
    -59.99999999999999, -745.1332191019411, -745.2, -746.0, -746.1, -36.04365338911715, -37.5, 18.8, 354.9, 1e-8,
    9.999999999999999e-9, 0.785, 0.7850000000000001, 0.7853981633974483, 1.5707963267948966, 3.141592653589793,
    -6.283185307179586, 1e22, 2.0, -3.0, 10.0, 1e10, 4503599627370496.5, 9007199254740993.0,
)


def stream(subject: str, seed: int, backend: Any) -> Iterator[dict[str, Any]]:
    """Calls of a kernel or a function without end, each on other random arguments."""
    key = _key(subject, seed)
    for case in count():
        draws = Draws(stream_key(key, case), case % 4, format_of(backend))
        yield _kernel_call(subject, draws, backend) if subject in SEAM else _function_call(subject, draws, 1)


def _key(subject: str, seed: int) -> int:
    """By the name, so that a new kernel changes no case of another."""
    return stream_key(seed, VECTOR_STREAM + crc32(subject.encode()))


def kernel_case(name: str, calls: int, seed: int, backend: Any) -> dict[str, Any]:
    """Every fourth call has ordinary numbers, the others more and more extreme ones."""
    several = list(islice(stream(name, seed, backend), calls))
    return {"kind": "kernel", "name": name, "signature": SEAM[name].text, "calls": several}


def _kernel_call(name: str, draws: Draws, backend: Any) -> dict[str, Any]:
    signature, form = SEAM[name], draws.form
    values = random_arguments(signature, draws)
    arguments = {each.name: _argument(each, value, form) for each, value in zip(signature.arguments, values)}
    wide = {each.name for each in signature.arguments if each.wide} | ({"result"} if signature.wide_result else set())
    return {"arguments": arguments,
            "results": {part: _matrix(rows, BINARY64 if part in wide else form)
                        for part, rows in run(signature, backend, values).items()}}


def _argument(argument: Argument, value: Any, form: Format) -> Any:
    if argument.wide or argument.kind == "flag":
        form = BINARY64
    if value is None or argument.kind == "count":
        return value
    if argument.kind == "key":
        return _words([value], [])
    if isinstance(value, ByteMatrix):
        return {"shape": [value.rows, value.columns], "bytes": value.values.hex()}
    if isinstance(value, memoryview):
        return _matrix(value.tolist())  # binary32, exact in binary64
    return _matrix(value, form) if isinstance(value, list) else dumps.encoded([], [form.number(value)], form)


def _matrix(rows: Any, form: Format = BINARY64) -> dict[str, Any]:
    """Numbers, rounded to the format."""
    return dumps.encoded([len(rows), len(rows[0])], [form.number(value) for row in rows for value in row], form)


def _words(words: list[int], shape: Any) -> dict[str, Any]:
    return {"shape": shape, "words": [f"{word:016x}" for word in words]}


def function_case(name: str, numbers: int, seed: int, form: Format = BINARY64) -> dict[str, Any]:
    """A call on edges and on what tells other roundings, one on random numbers, more and less extreme; the function is
    taken of each of them."""
    calls = [] if name in GENERATORS else [_answers(name, _edges(name, form), form)]
    return {"kind": "function", "name": name,
            "calls": [*calls, _function_call(name, Draws(_key(name, seed), 2, form), numbers)]}


def _edges(name: str, form: Format) -> list[list[float]]:
    if name != "divide":
        limits = special_numbers(form)[len(SPECIAL) :] if form != BINARY64 else ()
        return [[*EDGES, *limits, *TELLING.get(form.name, {}).get(name, ())]]
    return [[a for a in SPECIAL[:9] for _ in SPECIAL[:9]], [b for _ in SPECIAL[:9] for b in SPECIAL[:9]]]


def _function_call(name: str, draws: Draws, numbers: int) -> dict[str, Any]:
    names = inspect.signature(ALL[name]).parameters
    if name in FUNCTIONS:
        return _answers(name, [[draws.value() for _ in range(numbers)] for _ in names], draws.form)
    shifts = [24 if each in ("n", "stream") else 0 for each in names]  # draws and streams have smaller numbers
    columns = [[draws.word() >> shift for _ in range(numbers)] for shift in shifts]
    return _answers(name, columns)


def _answers(name: str, columns: list[list[Any]], form: Format = BINARY64) -> dict[str, Any]:
    """The function of each place of these columns, one for each of its arguments; of a format its own function."""
    function, shape = ALL[name], [1, len(columns[0])]
    if name in FUNCTIONS and form != BINARY64:
        columns, function = [[form.number(value) for value in column] for column in columns], getattr(form, name)
    results = [function(*values) for values in zip(*columns)]

    def written(values: list[Any]) -> dict[str, Any]:
        return _words(values, shape) if isinstance(values[0], int) else dumps.encoded(shape, values, form)

    arguments = {each: written(values) for each, values in zip(inspect.signature(ALL[name]).parameters, columns)}
    return {"arguments": arguments, "results": {"result": written(results)}}


INITIALIZERS = (
    rn.Constant(0.1), rn.Zeros(), rn.Normal(0.05), rn.Uniform(0.5), rn.Glorot(), rn.Glorot("normal"), rn.He(),
    rn.He("uniform"), rn.LeCun(), rn.LeCun("uniform"), rn.Orthogonal(1.5),
)


def initializer_case(name: str, seed: int, backend: Any) -> dict[str, Any]:
    """Each initializer of this class on three shapes, with the keys of the seed's first parameters."""
    calls, binary64, form = [], binary64_of(backend), format_of(backend)
    for each in INITIALIZERS:
        for place, (units, inputs) in enumerate([(3, 2), (2, 5), (1, 1)] if type(each).__name__ == name else []):
            key = stream_key(seed, INITIALIZE_STREAM + place)
            settings = {setting: getattr(each, setting) for setting in type(each).settings}
            calls.append({
                "settings": settings,
                "arguments": {"key": _words([key], []), "units": units, "inputs": inputs},
                "results": {"result": _matrix(binary64.tolist(each(binary64, key, units, inputs)), form)},
            })
    return {"kind": "initializer", "name": name, "calls": calls}
