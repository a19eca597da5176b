"""The workloads of `refnet bench` under pytest-benchmark; left out unless they are asked for.

    pip install pytest-benchmark
    pytest -n 0 tests/bench/speed --benchmark-only
    pytest -n 0 tests/bench/speed --benchmark-only -k "networks and 784-30-10" --benchmark-autosave --benchmark-compare

The numbers are seconds of a training step or of one kernel, not of the call that measured them: contestants time
themselves as `refnet bench` has them do (what happens before a step is not counted), and `measured` is the clock
that pytest-benchmark is told to read. REFNET_BENCH_SECONDS sets the length of a round (0.1).
"""

import os

import pytest


def pytest_ignore_collect(collection_path, config):
    if collection_path.suffix == ".py" and not config.getoption("benchmark_only", default=False):
        return True
    return None


class Measured:
    """A clock that goes on only by what a contestant has measured."""

    now = 0.0

    def __call__(self):
        return Measured.now


measured = Measured()


@pytest.fixture
def race(benchmark):
    """Have one contestant measure itself, ten rounds."""
    benchmark._timer = measured
    seconds = float(os.environ.get("REFNET_BENCH_SECONDS", "0.1"))

    def run(contestant, group):
        def one_round():
            samples = contestant.turn(seconds)
            Measured.now += sum(took for took, _ in samples) / sum(count for _, count in samples)

        benchmark.group = group
        benchmark.pedantic(one_round, rounds=10, iterations=1, warmup_rounds=1)

    return run
