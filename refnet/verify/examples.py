"""Do the lectures' worked examples give their published digits, and the same bits on each backend?

The published digits are binary64's: in another format the backends have to agree, and some of the digits are not there.
"""

from typing import NamedTuple, Optional

from refnet import lectures
from refnet.kernels import choose
from refnet.verify.kernels import same_bits


class Example(NamedTuple):
    """One published number and what each backend computes. c is None if there is no C core."""

    entry: int
    source: str
    quantity: str
    published: str
    python: float
    c: Optional[float]
    agrees: bool  # each backend gives the published digits
    differs: bool  # the two backends give different bits
    number: str = "binary64"  # the number format

    @property
    def is_right(self) -> bool:
        return (self.agrees or self.number != "binary64") and not self.differs


def worked_examples(names: list[str], number: str = "binary64", entry: Optional[int] = None) -> list[Example]:
    """Every published number of the lectures, or of one entry, computed on the named backends in a number format."""
    tables = [lectures.results(name if number == "binary64" else choose(name, number), entry) for name in names]
    examples = []
    for row in zip(*tables):
        first, last = row[0], row[-1]
        if first[:4] != last[:4]:
            raise AssertionError(f"lectures: {first[:4]} on {names[0]} beside {last[:4]} on {names[-1]}")
        examples.append(Example(
            first.entry, first.source, first.quantity, first.published,
            python=first.computed, c=last.computed if len(row) > 1 else None,
            agrees=all(result.agrees for result in row), differs=not same_bits(first.computed, last.computed),
            number=number,
        ))
    return examples
