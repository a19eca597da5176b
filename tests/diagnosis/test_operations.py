"""Are a kernel's operations counted right, by hand and at sizes that were not measured?"""

import pytest

from refnet.diagnosis.operations import Operations, _counted, operations_of
from refnet.kernels import SEAM

HAND = [  # kernel, sizes, arguments that are not given, multiplications, additions, divisions, functions
    ("affine", {"m": 5, "k": 7, "n": 3}, (), (5 * 7 * 3, 5 * 7 * 3, 0, 0)),
    ("affine", {"m": 5, "k": 7, "n": 3}, (2,), (5 * 7 * 3, 5 * 7 * 3, 0, 0)),
    ("affine_backward_input", {"m": 5, "k": 7, "n": 3}, (), (5 * 7 * 3, 5 * 7 * 3, 0, 0)),
    ("affine_backward_weights", {"m": 5, "k": 7, "n": 3}, (), (5 * 7 * 3, 5 * 7 * 3, 0, 0)),
    ("sigmoid", {"m": 4, "n": 6}, (), (0, 0, 0, 24)),
    ("relu", {"m": 4, "n": 6}, (), (0, 0, 0, 0)),
    ("leaky_relu", {"m": 4, "n": 6}, (), (24, 0, 0, 0)),  # at most: below 0
    ("sigmoid_backward", {"m": 4, "n": 6}, (), (48, 24, 0, 0)),  # d·o·(1 − o)
    ("softmax", {"m": 1, "n": 10}, (), (10, 20, 10, 10)),  # βz, z − max and Σ, /Σ, exp
    ("sgd_update", {"m": 3, "n": 7}, (), (21, 21, 0, 0)),  # w − η g
    ("column_sums", {"m": 9, "n": 2}, (), (0, 18, 0, 0)),
    ("half_squared_error", {"m": 4, "n": 3}, (), (16, 24, 0, 0)),  # o − y, squared, Σ; ½ of each row
]


@pytest.mark.parametrize(("kernel", "sizes", "missing", "expected"), HAND, ids=range(len(HAND)))
def test_by_hand(kernel, sizes, missing, expected):
    given = tuple(i not in missing for i in range(len(SEAM[kernel].arguments)))
    assert operations_of(kernel, sizes, given) == Operations(*expected)


# Gram and Schmidt's m²n; a shuffle and a move of pixels depend on their numbers. None is called in a training step's
# arithmetic: the first makes initial weights.
NOT_LINEAR = {"orthonormal_rows"}


@pytest.mark.parametrize("kernel", sorted(set(SEAM) - NOT_LINEAR))
def test_counts_are_linear_in_each_size(kernel):
    """At sizes of 5, 4, 6 and 7 the count is the one that the runs at 2 and 3 tell."""
    given = (True,) * len(SEAM[kernel].arguments)
    letters = "".join(a.rows + a.columns + a.below for a in SEAM[kernel].arguments if a.kind != "number")
    sizes = {letter: size for letter, size in {"m": 5, "n": 4, "k": 6, "r": 7}.items() if letter in letters}
    assert operations_of(kernel, sizes, given) == _counted(kernel, tuple(sizes.items()), given)


def test_a_formula_that_is_not_linear_would_show():
    sizes, name = {"m": 5, "n": 6}, "orthonormal_rows"
    assert operations_of(name, sizes, (True,)) != _counted(name, tuple(sizes.items()), (True,))
