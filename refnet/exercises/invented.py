"""How does every student get a sheet of their own? Numbers with one decimal, drawn by a seed."""

from __future__ import annotations

from typing import Any

import refnet as rn
from refnet import checks
from refnet.arithmetic.random import draw, stream_key
from refnet.arithmetic.streams import EXERCISE_STREAM
from refnet.exercises.answers import rounded_to
from refnet.exercises.exercise import Exercise

MOST_ATTEMPTS = 50  # at good numbers; then the last ones are taken
MOST_DRAWS = 100  # again, of a number that is to differ from others; then it may be one of them


def invented(sizes: Any, seed: int = 0, *, activation: Any = "sigmoid", last: Any = None, inputs: Any = None,
             targets: Any = None, rows: int = 1, bias: bool = True, decimals: int = 1, **more: Any) -> Exercise:
    """An exercise with numbers that are easy to write: weights and biases from −0.9 to 0.9, none of them 0.

    Numbers that an exchanged index would take for each other differ, or the slip would change no answer: those of a row
    or a column of a matrix, and w_ij and w_ji, as long as there are numbers enough.

    sizes       units from inputs to outputs, [2, 3, 1]
    seed        another one gives other numbers, the same everywhere
    activation  a layer's name, "sigmoid", "tanh", "relu", or "linear" for none; last: the last layer's, if another
    inputs, targets  default: drawn too; of a softmax each row's class
    rows        how many examples are drawn
    bias        whether units have biases
    decimals    how many digits behind the point the drawn numbers have, 1 to 3
    more        as Exercise has them: loss (default: half the squared error, of a softmax cross-entropy), optimizer
                (default: SGD(0.1)), digits, asked, …

    Raises TypeError or ValueError for these.
    """
    sizes = [checks.count(f"sizes[{i}]", units) for i, units in enumerate(sizes)]
    if len(sizes) < 2:
        raise ValueError(f"sizes: {sizes}; allowed: units from inputs to outputs, such as [2, 3, 1]")
    seed, rows = checks.count("seed", seed, least=None), checks.count("rows", rows)
    scale = int(f"1{'0' * checks.count('decimals', decimals, most=3)}")
    made: Any = None
    for attempt in range(MOST_ATTEMPTS):
        key, drawn = stream_key(seed, EXERCISE_STREAM + attempt), iter(range(1 << 32))
        again = iter(range(1 << 32, 1 << 33))  # apart, so that the numbers that follow stay as they are

        def number(others: list[float], is_signed: bool = True) -> float:
            for source in [drawn] + [again] * MOST_DRAWS:  # noqa: B023
                word = draw(key, next(source))  # noqa: B023
                size = 1 + (word >> 8) % (scale - 1)
                value = (-size if is_signed and word & 1 else size) / scale
                if value not in others:
                    break
            return value

        def matrix(rows: int, columns: int, is_signed: bool = True) -> list[list[float]]:
            made: list[list[float]] = []
            for i in range(rows):
                made.append([])
                for j in range(columns):
                    turned = [made[j][i]] if is_signed and j < i < len(made[j]) else []
                    made[i].append(number([*made[i], *(row[j] for row in made[:i]), *turned], is_signed))
            return made

        layers: list[Any] = [rn.Input(sizes[0])]
        for i, units in enumerate(sizes[1:], 2):
            kind = last if last is not None and i == len(sizes) else activation
            layers += [rn.Dense(units, bias=bias), *([] if kind == "linear" else [kind])]
        network: Any = rn.Network(layers, "python", seed)
        network.weights = [matrix(len(each), len(each[0])) for each in network.weights]
        network.biases = [matrix(1, len(each))[0] for each in network.biases]
        x = matrix(rows, sizes[0], is_signed=False) if inputs is None else inputs
        count = len(x) if isinstance(x[0], (list, tuple)) else 1
        y = targets
        if y is None and type(network.layers[-1]).__name__ == "Softmax":
            y = [draw(key, next(drawn)) % sizes[-1] for _ in range(count)]
        elif y is None:
            y = matrix(count, sizes[-1], is_signed=False)
        loss = rn.CrossEntropy() if type(network.layers[-1]).__name__ == "Softmax" else rn.HalfSquaredError()
        made = Exercise(network, x, y, **{"loss": loss, "optimizer": rn.SGD(0.1), "seed": seed, **more})
        if _is_good(made):
            break
    return made


def _is_good(exercise: Exercise) -> bool:
    """Whether an error reaches every layer, at most one hidden unit is off in all examples and none of the examples has
    all of a layer's off (as ReLUs may be), no two units of a layer have the same output or δ in an example, to the
    digits asked for, and nothing is 0 by hand but not in binary64."""
    values, made_by, off = exercise.worked.origins.values, exercise.worked.origins.calls, 0
    for layer in exercise.network.layers[1:-1]:
        outputs = values.get(f"{layer.name}.o")
        if outputs is not None:
            is_on = [[outputs.at(row, unit) != 0.0 for unit in range(outputs.columns)] for row in range(outputs.rows)]
            off += len([unit for unit in zip(*is_on) if not any(unit)])
            if not all(map(any, is_on)) or off > 1:
                return False
    for name, numbers in values.items():
        if name.endswith(".delta") and not any(value != 0.0 for value in numbers.values):
            return False
        if any(0.0 < abs(value) < 1e-12 for value in numbers.values):
            return False
        if name in made_by and name.endswith((".o", ".delta")):
            for row in range(numbers.rows):
                told = [rounded_to(numbers.at(row, unit), exercise.digits) for unit in range(numbers.columns)]
                on = [value for value in told if value != 0.0]
                if len(set(on)) < len(on):
                    return False
    return True
