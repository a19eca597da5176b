"""Does every feature have the same bits in whatever blocks of rows C runs it? In one size of block for each format;
tall.py tries all sizes, instruction sets and threads, against the reference."""

import pytest
from tall import CASES, compare, seen


@pytest.mark.parametrize("number, blocks, threads", [("binary64", 7, 2), ("binary32", 64, 3)])
@pytest.mark.parametrize("kind, name", CASES)
def test_every_feature(kind, name, number, blocks, threads, native):
    case = kind, name
    assert compare([case], {case: seen(*case, "c", number)}, number, blocks, threads)  # some steps ran in blocks
