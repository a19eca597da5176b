"""Can these times be trusted? How far the samples of a line spread, and what other programs took of the processors."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Optional

SPREAD = 0.25  # of the median: the quartiles of a quiet machine's samples are closer together
OWN_SHARE = 0.9  # of the clock on the wall: a process that nobody disturbs has the processor for more


class Noise(NamedTuple):
    """What is wrong with the times of some records.

    unsteady   how many of the times spread by more than SPREAD between their quartiles
    times      of how many
    worst      (spread, line, contestant) of the one that spreads most; to be said if there are unsteady ones
    own_share  the median of the shares that this process had of a processor; None: enough, or not known
    """

    unsteady: int
    times: int
    worst: tuple[float, str, str]
    own_share: Optional[float]


def noise_of(records: Sequence[dict[str, Any]], threads: int = 1) -> Optional[Noise]:
    """The noise in these records; None if there is too little of it to be said.

    A few unsteady lines among many happen on every machine: it takes one in ten. Of several threads the processor time
    adds up, and says nothing.
    """
    spreads, shares = [], []
    for record in records:
        for name, own in record.get("times", {}).items():
            if own.get("samples", 0) >= 4:
                spreads.append(((own["high"] - own["low"]) / own["seconds"], record.get("title", record["name"]), name))
            if threads == 1 and own.get("own_share") is not None:
                shares.append(own["own_share"])
    unsteady = [each for each in spreads if each[0] > SPREAD]
    shares.sort()
    share = shares[len(shares) // 2] if shares and shares[len(shares) // 2] < OWN_SHARE else None
    if 10 * len(unsteady) < len(spreads):
        unsteady = []
    if not unsteady and share is None:
        return None
    return Noise(len(unsteady), len(spreads), max(spreads, default=(0.0, "", "")), share)
