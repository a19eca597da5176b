"""A training step of each network and point of growth, in C and in Python. How to run these: see conftest.py here."""

import pytest

from refnet.bench import networks, scaling, workloads
from refnet.bench.workloads import NETWORKS

POINTS = [(sweep, value) for sweep in scaling.SWEEPS for value in sweep.values]


@pytest.mark.parametrize("workload", NETWORKS, ids=lambda each: each.name)
@pytest.mark.parametrize("backend", ["c", "python"])
def test_network(race, workload, backend):
    if backend == "python" and networks.python_step(workload) > networks.PYTHON_LIMIT:
        pytest.skip("a step takes Python many seconds")
    race(networks.Refnet(workload, workloads.data(workload), backend), workload.name)


@pytest.mark.parametrize(("sweep", "value"), POINTS, ids=[f"{sweep.name}-{value}" for sweep, value in POINTS])
def test_growth(race, sweep, value):
    workload = sweep.at(value)
    race(networks.Refnet(workload, workloads.data(workload), "c"), f"growth with {sweep.name}")
