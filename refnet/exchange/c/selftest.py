"""How does the C file test itself? It computes what refnet computed as the file was written, and compares checksums."""

from __future__ import annotations

import copy
import re
import struct
from typing import Any

from refnet.exchange.c.recording import standing, test_inputs, test_targets, train
from refnet.exchange.c.texts import TEST, TEST_INPUTS, TEST_MAIN, TEST_TARGETS

STEPS = 3
START = 0xCBF29CE484222325


def checksum(total: int, number: float) -> int:
    """name_checksum of the C file."""
    bits = struct.unpack("<Q", struct.pack("<d", number))[0] if number == number else 0x7FF8000000000000
    return ((total ^ bits) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF


def expected(file: Any) -> list[int]:
    """The checksum after the prediction, and after each training step."""
    network, rows = copy.deepcopy(file.network), file.step.rows if file.step else 0
    k = network.k
    matrices = [k.matrix(table) for table in test_inputs(network, 1, 0)]
    total = START
    for output in network.forward_matrices(matrices, False):
        for number in k.tolist(output)[0]:
            total = checksum(total, number)
    sums = [total]
    for step in range(STEPS if file.step else 0):
        inputs, targets = ([k.matrix(table) for table in tables(network, rows, step)]
                           for tables in (test_inputs, test_targets))
        loss = k.tolist(train(network, inputs, targets))[0][0]
        total = checksum(total, loss / file.step.divisor)
        kept = {name: matrix for name, matrix, _ in standing(network)}
        for name in changing(file):
            for row in k.tolist(kept[name]):
                for number in row:
                    total = checksum(total, number)
        sums.append(total)
    return sums


def changing(file: Any) -> list[str]:
    """The matrices that a step changes."""
    return [name for name, matrix in file.kept.items() if matrix.changes]


def self_test(file: Any) -> str:
    """The part of the C file that is compiled on request."""
    sums = expected(file)
    name, rows = file.name, file.step.rows if file.step else 1
    inputs = [(each.name, each.shape[1]) for each in file.prediction.inputs]
    targets = [(each.name, each.shape[1]) for each in file.step.targets] if file.step else []
    several = len(file.prediction.outputs) > 1
    results = [(f"out{i}" if several else "out", each.shape[1]) for i, each in enumerate(file.prediction.outputs, 1)]
    lines = [
        *(f"static $REAL {word}[{rows} * {units}];" for word, units in [*inputs, *targets]),
        *(f"static $REAL {word}[{units}];" for word, units in results),
        "volatile double least = DBL_MIN;",
        f"uint64_t sum = UINT64_C(0x{START:X});",
        "int count = 0;",
        "if (least * 0.5 == 0.0) { /* numbers near 0 are flushed to 0 */",
        "    return 1;",
        "}",
        *(f"count = $PREFIX_test_inputs({word}, 1, {units}, count);" for word, units in inputs),
        f"$PREFIX_predict({', '.join(word for word, _ in [*inputs, *results])});",
        *(line for word, units in results for line in _summed(word, units)),
        f"if (sum != UINT64_C(0x{sums[0]:016X})) {{",
        "    return 2;",
        "}",
    ]
    if file.step:
        wanted = ", ".join(f"UINT64_C(0x{each:016X})" for each in sums[1:])
        kept = [(file.global_name(file.kept[each]), file.kept[each]) for each in changing(file)]
        steps = [
            "count = 7 * step;",
            *(f"count = $PREFIX_test_inputs({word}, {rows}, {units}, count);" for word, units in inputs),
            *(f"$PREFIX_test_targets({word}, {rows}, {units}, step);" for word, units in targets),
            _sum(f"$PREFIX_train({', '.join(word for word, _ in [*inputs, *targets])})"),
            *(line for word, matrix in kept for line in (
                [_sum(word)] if file.is_number(matrix) else _summed(word, matrix.numbers))),
            "if (sum != sums[step]) {",
            "    return 3 + step;",
            "}",
        ]
        lines += [f"static const uint64_t sums[{STEPS}] = {{", f"    {wanted},", "};",
                  f"for (int step = 0; step < {STEPS}; step++) {{", *(f"    {line}" for line in steps), "}"]
    body = "\n".join(f"    {line}" for line in lines)
    parts = [TEST_INPUTS, TEST_TARGETS if file.step else "", TEST.replace("$BODY", body), TEST_MAIN]
    text = "\n".join(part for part in parts if part)
    meanings = {"NAME": name.upper(), "PREFIX": name, "REAL": file.real}
    text = re.sub(r"\$([A-Z]+)", lambda word: meanings[word.group(1)], text)
    return f"#ifdef {name.upper()}_SELF_TEST\n{text}#endif\n"


def _sum(number: str) -> str:
    return f"sum = $PREFIX_checksum(sum, {number});"


def _summed(array: str, numbers: int) -> list[str]:
    return [f"for (int i = 0; i < {numbers}; i++) {{", f"    {_sum(f'{array}[i]')}", "}"]
