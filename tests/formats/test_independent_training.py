"""Do whole trainings end with the bits of an implementation that shares no code with refnet?"""

import pytest
from independent_cases import CASES, FIXED, FLOATING, Case, arithmetic_of, is_known, random_case

NUMBERS = FLOATING[1:] + FIXED  # the formats that the reference alone has
WIDE = [Case("relu", ("softmax", "cross-entropy"), ("Adam", {"rate": 0.01}), (19, 37, 18, 10), 0.01, rows=21,
             batch_size=17, epochs=1),  # more than the lanes of any processor, and no multiple of them
        Case("sigmoid", ("sigmoid", "half squared"), ("SGD", {"rate": 0.3}), (35, 33, 2), rows=21, batch_size=17,
             epochs=1)]
TOO_LARGE = Case("relu", ("linear", "squared"), ("SGD", {"rate": 0.3}), scale=1e5)  # for every fixed point here
AT_0 = Case("relu, 1 at 0", ("softmax", "cross-entropy"), ("SGD", {"rate": 0.3}), scale=0.01)


def overflows(case, number, backend):
    """Hold refnet's training against the independent one; returns how many results of it did not fit fixed point."""
    arithmetic = arithmetic_of(number)
    assert repr(case.by_refnet(number=number, backend=backend)) == repr(case.independently(arithmetic))
    return getattr(arithmetic, "overflows", 0)


@pytest.mark.parametrize("number", ["binary64", "binary32"])
@pytest.mark.parametrize("case", WIDE + CASES[::5] + [random_case(seed) for seed in range(10)])
def test_formats_of_both_backends(backend, number, case):
    overflows(case, number, backend)


@pytest.mark.parametrize("number", NUMBERS)
def test_other_formats(number):
    if not is_known(number):
        pytest.skip("ml_dtypes, which has bfloat16, is not installed")
    place = NUMBERS.index(number)
    cases = [AT_0] + CASES[place % 9 :: 9] + [random_case(seed) for seed in range(10 * place, 10 * place + 4)]
    for case in cases:
        overflows(case, number, "python")
    assert overflows(TOO_LARGE, number, "python") or number[0] != "Q"
