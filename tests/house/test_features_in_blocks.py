"""Does every feature have the same bits in whatever blocks of rows C runs it? In one size of block for each format;
tall.py tries all sizes, instruction sets and threads, against the reference."""

import pytest
from tall import ALL, CASES, compare, seen


@pytest.mark.parametrize("number, blocks, threads", [("binary64", 7, 2), ("binary32", 64, 3)])
@pytest.mark.parametrize("kind, name", CASES)
def test_every_feature(kind, name, number, blocks, threads, native):
    case = kind, name
    assert compare([case], {case: seen(*case, "c", number)}, number, blocks, threads)  # some steps ran in blocks


@pytest.mark.parametrize("kind, name", CASES)
def test_every_feature_in_blocks_of_weights(kind, name, native):
    """From the gradient to the change of the weights two rows at a time; but a norm needs the whole gradient."""
    case = kind, name
    divided = compare([case], {case: seen(*case, "c", "binary64")}, "binary64", 2, 3, ALL)
    assert bool(divided) == (not name.startswith("ClipNorm"))
