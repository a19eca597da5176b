"""Do whole trainings end with the bits of an implementation that shares no code with refnet?"""

import pytest
from independent_cases import CASES, FIXED, FLOATING, Case, arithmetic_of, is_known, random_case

NUMBERS = FLOATING + FIXED
TOO_LARGE = Case("relu", ("linear", "squared"), ("SGD", {"rate": 0.3}), scale=1e5)  # for every fixed point here


def overflows(case, number, backend):
    """Hold refnet's training against the independent one; returns how many results of it did not fit fixed point."""
    arithmetic = arithmetic_of(number)
    assert repr(case.by_refnet(number=number, backend=backend)) == repr(case.independently(arithmetic))
    return getattr(arithmetic, "overflows", 0)


@pytest.mark.parametrize("case", CASES[::5] + [random_case(seed) for seed in range(12)])
def test_binary64(backend, case):
    overflows(case, "binary64", backend)


@pytest.mark.parametrize("number", NUMBERS)
def test_other_formats(number):
    if not is_known(number):
        pytest.skip("ml_dtypes, which has bfloat16, is not installed")
    place = NUMBERS.index(number)
    cases = CASES[place % 9 :: 9] + [random_case(seed) for seed in range(10 * place, 10 * place + 4)]
    for case in cases:
        overflows(case, number, "python")
    assert overflows(TOO_LARGE, number, "python") or number[0] != "Q"
