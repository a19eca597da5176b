"""What does a peer offer? A contestant that trains an epoch at a time in somebody else's library."""

import importlib
import time
from typing import Any, Callable, Optional

from refnet.bench.timing import Sample, clock
from refnet.bench.workloads import Data, Workload


class Peer:
    """A contestant that trains an epoch at a time.

    note   why it cannot train this very network, or ""
    dtype  the library's name of its number format
    among  the formats among whose contestants it is
    """

    name = ""
    note = ""
    dtype = "float64"
    among: tuple[str, ...] = ("binary64",)
    steps = 1

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        self.workload, self.shuffle, self.steps = workload, shuffle, workload.steps

    def turn(self, seconds: float) -> list[Sample]:
        samples: list[Sample] = []
        end = time.perf_counter() + seconds
        while not samples or time.perf_counter() < end:
            start = clock.read()
            self.epoch()
            samples.append((clock.read() - start, self.steps))
        return samples

    def epoch_losses(self, epochs: int) -> list[float]:
        return [self.epoch() for _ in range(epochs)]

    def epoch(self) -> float:
        """Train one epoch; returns its mean loss."""
        raise NotImplementedError

    @classmethod
    def product(cls, kernel: str, a: Any, b: Any) -> Optional[Callable[[], Any]]:
        """A function that does one of refnet's matrix products, or None."""
        return None


def module(name: str) -> Any:
    """An optional library, imported when it is asked for: not by `import`, for which the type checker would need it."""
    return importlib.import_module(name)
