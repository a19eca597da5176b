"""Are + − × ÷ √ and the elementary functions of each format those of NumPy, of ml_dtypes, or of whole numbers?"""

import pytest
from independent_cases import is_known
from independent_operations import FIXED, FLOATING, fixed_differences, floating_differences


@pytest.mark.parametrize("name", FLOATING)
def test_floating_point(name):
    if not is_known(name):
        pytest.skip("ml_dtypes, which has bfloat16, is not installed")
    assert floating_differences(name, 270) == []


@pytest.mark.parametrize("name", ["Q2.3", "Q2.3-truncate", "Q2.3-wrap", "Q0.4-truncate-wrap"])
def test_all_pairs_of_fixed_point(name):
    assert fixed_differences(name, 64) == []


@pytest.mark.parametrize("name", FIXED)
def test_fixed_point(name):
    assert fixed_differences(name, 30) == []
