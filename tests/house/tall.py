"""Does every feature keep its bits in blocks of rows? With many rows, in each block size, number of threads,
instruction set and format.

    export PYTHONPATH=tests/helpers
    python tests/house/tall.py                 # all of it against the reference: some minutes; prints a line for each
    python tests/house/tall.py layer graph     # features of these kinds only
"""

import sys
import tempfile
import time
import warnings
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

from blocks import in_blocks
from test_features import CASES, made

from refnet.kernels import choose
from refnet.kernels.native import FORMATS
from refnet.network.state import matrices

ROWS, BATCH = 200, 129
"""Two batches an epoch; neither 7 nor 64 divides their rows."""

ALL = 1 << 30
BLOCKS = [(1, None), (7, None), (64, None), (ALL, None), (1, ALL), (2, ALL)]
"""Rows of a block, and how many the minibatch must have: with ALL the blocks are those of weights."""


def repeated(table):
    """The four rows of a feature again and again, numbers with a part of their own."""
    if len(table) != 4:  # one table for each of several inputs or outputs
        return [repeated(each) for each in table]
    return [table[i % 4] for i in range(ROWS)]


def shifted(table):
    """The same of inputs, no two rows alike."""
    if len(table) != 4:
        return [shifted(each) for each in table]
    return [[x + i / 512 for x in row] for i, row in enumerate(repeated(table))]


def seen(kind, name, backend, number):
    """All that can be seen after the feature was trained with many rows."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), redirect_stderr(StringIO()):
        warnings.simplefilter("error")
        case = made(kind, name, backend, Path(folder), number)
        settings = {"epochs": 5, "batch_size": BATCH, **case.settings}
        if settings["batch_size"] == 4:
            settings["batch_size"] = ROWS
        if "sample_weight" in settings:
            settings["sample_weight"] = repeated(settings["sample_weight"])
        net = case.network
        history = net.fit(shifted(case.inputs), repeated(case.targets), **settings)
    values = [net.k.tolist(each) for each in matrices(net)]  # NaN is not equal to itself, but its text is
    return net.fingerprint(), repr(values), repr(net.gradients), repr(history), repr(net.predict(case.inputs))


def compare(cases, expected, number, blocks, threads, least_rows=None):
    """Train these features in C, in blocks of so many rows. Returns how many recordings ran in blocks."""
    divided = 0
    for case in cases:
        with in_blocks(blocks, threads, number, least_rows) as found:
            assert seen(*case, "c", number) == expected[case], (case, number, blocks, threads, least_rows)
        assert found, case
        divided += len([True for each in found if any(each)])
    return divided


def main(kinds):
    began, k = time.monotonic(), choose("c")
    cases = [case for case in CASES if not kinds or case[0] in kinds]
    runs = divided = 0
    for number in FORMATS:
        expected = {case: seen(*case, "python", number) for case in cases}
        for name in k.instruction_sets:
            k.instruction_set = name
            for threads in (1, 2, 3):
                for blocks, least_rows in BLOCKS:
                    divided += compare(cases, expected, number, blocks, threads, least_rows)
                    runs += len(cases)
                print(f"{number}, {name}, threads {threads}: the same bits", flush=True)
    print(f"{len(cases)} features, {runs:,} trainings in C like the reference's; {divided:,} recordings in blocks; "
          f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
