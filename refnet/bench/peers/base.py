"""What does a peer offer? A contestant that trains epoch by epoch in somebody else's library."""

import importlib
from collections.abc import Iterator
from typing import Any, Callable, Optional

from refnet.bench.timing import Sample, clock
from refnet.bench.workloads import Data, Workload


class Peer:
    """A contestant that trains an epoch at a time.

    library  its name
    package  what is imported of it
    about    what it does, in a sentence without its name
    note     why it cannot train this very network, or ""
    dtype    the library's name of its number format
    among    the formats among whose contestants it is
    steps    training steps of an epoch
    is_warm  whether what is not counted is over
    """

    name = library = package = about = ""
    note = ""
    is_warm = False
    dtype = "float64"
    among: tuple[str, ...] = ("binary64",)
    steps: int

    def __init__(self, workload: Workload, data: Data) -> None:
        self.workload, self.steps = workload, workload.steps

    def turn(self, seconds: float) -> list[Sample]:
        samples: list[Sample] = []
        if not self.is_warm:
            self.warm_up(seconds)
            self.is_warm = True
        while not samples or sum(took for took, _ in samples) < seconds:
            samples.append(self.sample())
        return samples

    def warm_up(self, seconds: float) -> None:
        """Do what is not counted, before the first turn of so many seconds: numba compiles in its first epoch."""
        self.epoch()

    def sample(self) -> Sample:
        """Train on, an epoch: the seconds and the steps of it."""
        start = clock.read()
        self.epoch()
        return clock.read() - start, self.steps

    def epoch_losses(self, epochs: int) -> list[float]:
        return [self.epoch() for _ in range(epochs)]

    def handed(self, inputs: Any, targets: Any) -> tuple[Any, Any]:
        """The rows, lists or NumPy's arrays, as it trains on them."""
        np = module("numpy")
        return np.asarray(inputs, dtype=self.dtype), np.asarray(targets, dtype=self.dtype)

    @classmethod
    def forget(cls) -> None:
        """Compile anew what is compiled."""

    def parts(self, permutation: Callable[[int], Any]) -> Iterator[Any]:
        """What takes each minibatch of an epoch out of an array: its row numbers, or a slice."""
        rows, batch = self.workload.rows, self.workload.batch
        order = permutation(rows) if self.workload.shuffle else None
        for start in range(0, rows, batch):
            part = slice(start, start + batch)
            yield part if order is None else order[part]

    def epoch(self) -> float:
        """Train one epoch; returns its mean loss."""
        raise NotImplementedError

    @classmethod
    def prepare(cls, threads: int) -> None:
        """Let the library use at most this many threads: what has to be said before it is imported."""

    @classmethod
    def limit(cls, threads: int) -> None:
        """The same after it was imported."""

    @classmethod
    def product(cls, kernel: str, a: Any, b: Any) -> Optional[Callable[[], Any]]:
        """A function that does one of refnet's matrix products, or None."""
        return None


def module(name: str) -> Any:
    """An optional library, imported when it is asked for: not by `import`, for which the type checker would need it."""
    return importlib.import_module(name)
