"""Each kernel and matrix product, in C and in Python. How to run these: see conftest.py here."""

import pytest

from refnet.bench import kernels
from refnet.bench.timing import PYTHON, Settings
from refnet.kernels import choose
from refnet.kernels.seam import SEAM


def settings():
    return Settings(seconds=1.0, rounds=1, full=False, native=choose("c"))


@pytest.mark.parametrize("name", SEAM)
@pytest.mark.parametrize("place", [0, 1], ids=["C", "Python"])
def test_kernel(race, name, place):
    race(kernels.kernel_contestants(SEAM[name], settings())[place], name)


@pytest.mark.parametrize("product", kernels.PRODUCTS, ids=lambda each: "-".join(map(str, each[1:])))
def test_product(race, product):
    for contestant in kernels.product_contestants(*product[1:], settings()):
        if contestant.name != PYTHON:
            race(contestant, kernels.product_name(*product))
