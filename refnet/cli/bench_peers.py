"""How are refnet and its peers told side by side? Small networks, what beginning costs, the map of batch and width."""

from collections.abc import Sequence
from typing import Any, Optional

from refnet.bench import PYTHON, C
from refnet.bench.timing import ratio
from refnet.bench.workloads import EXPONENTIAL
from refnet.cli.bench_cells import NONE, micro, names_of, seconds_of, stacked
from refnet.cli.screen import fold
from refnet.plots import digits, duration

# Elrod, Korsbo and Rackauckas, Doing small network scientific machine learning in Julia 5x faster than PyTorch, 2022.
SIMPLE_CHAINS = (
    f"SimpleChains.jl, {EXPONENTIAL.title}, as published (julialang.org/blog/2022/04/simple-chains, binary32, all "
    "cores): 41 µs on an Intel i9-10980XE (18 cores, AVX-512), 72 µs on an AMD EPYC 7513 (32 cores, AVX2); times the "
    "cores, 740 and 2,300 µs."
)


def small(records: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each network: µs a training step of refnet and of everyone, and refnet's time by the best peer's."""
    names = names_of(records)
    stacks = [[f"µs a step, {records[0]['number']}", *(each["title"] for each in records)]]
    stacks += [_stack(name, records) for name in names if name in (C, PYTHON)]
    if any(each["best_peer"] for each in records):
        stacks += [["best peer", *(each["best_peer"] or NONE for each in records)],
                   ["C / best", *(_hundredths(_by_best(each)) for each in records)]]
    stacks += [_stack(name, records) for name in names if name not in (C, PYTHON)]
    lines = stacked(*stacks) + footnotes(records)
    if any(each["title"] == EXPONENTIAL.title for each in records):
        lines += fold(SIMPLE_CHAINS)
    return lines


def _stack(name: str, records: Sequence[dict[str, Any]]) -> list[str]:
    """A contestant's column; a star where it trains another loss."""
    return [name, *(micro(seconds_of(each, name)) + "*" * (name in each["notes"]) for each in records)]


def _by_best(record: dict[str, Any]) -> Optional[float]:
    times, best = record["times"], record["best_peer"]
    return ratio(times[C], times[best]) if C in times and best else None


def _hundredths(value: Optional[float]) -> str:
    return NONE if value is None else f"{value:.2f}" if 0.095 <= value < 10.0 else digits(value)


def startup(records: Sequence[dict[str, Any]]) -> list[str]:
    """A table for each network: what everyone takes for the data, and for the first call."""
    lines: list[str] = []
    for each in records:
        rows = [f"{each['name']}, {each['number']}", *names_of([each])]
        kinds = {"lists": "from lists", "arrays": "from arrays", "first": "first call", "seconds": "a step"}
        stacks = [[title, *(duration(each["times"][name].get(kind)) for name in rows[1:])]
                  for kind, title in kinds.items()]
        lines += [""] * bool(lines) + stacked(rows, *stacks)
    return lines + fold(
        f"The data: {' and '.join(_data(each) for each in records)}, from lists or NumPy's arrays of binary64 to what "
        "is trained on; refnet looks at every number. The first call: beyond its steps, of data that is ready; –: less "
        "than the steps scatter. refnet records two steps, in every call of fit; JAX and numba compile, once for each "
        "shape or kind of network."
    )


def _data(record: dict[str, Any]) -> str:
    return f"{record['rows']:,} × {record['inputs']}"


def grid(records: Sequence[dict[str, Any]]) -> list[str]:
    """The map: a line for each batch, a column for each width, in the cells the ratio and the best peer."""
    batches, widths = (list(dict.fromkeys(each[key] for each in records)) for key in ("batch", "width"))
    cells = {(each["batch"], each["width"]): _cell(each) for each in records}
    stacks = [["batch", *(f"{batch:,}" for batch in batches)]]
    stacks += [[f"width {width:,}", *(cells.get((batch, width), NONE) for batch in batches)] for width in widths]
    lines = [f"refnet C by the best peer, {records[0]['of']}, {records[0]['number']}", *stacked(*stacks)]
    long = [each["name"] for each in records if each["too_long"]]
    if long:
        lines += fold(f"Not measured, because a step takes seconds: {', '.join(long)} (batch × width); --full measures "
                      "it all the same.")
    return lines


def _cell(record: dict[str, Any]) -> str:
    return f"{_hundredths(record['ratio'])} {record['best_peer'].split()[0]}" if record["best_peer"] else NONE


def footnotes(steps: Sequence[dict[str, Any]]) -> list[str]:
    """Who computed something else, and how well the losses of the others agree."""
    notes = {f"* {name} {note}" for each in steps for name, note in each["notes"].items()}
    lines = sorted(notes)
    worst: dict[str, float] = {}
    for each in steps:
        for name, difference in each["loss_difference"].items():
            if difference is not None:
                worst[name] = max(difference, worst.get(name, 0.0))
    first = next(iter(worst), "")
    told = [f"{name} {f'by {value:.0e}' if value else 'not at all'}" for name, value in worst.items() if name != first]
    if told:
        lines.append(f"The losses of two epochs from the same weights differ from those of {first}: {', '.join(told)}.")
    return [line for text in lines for line in fold(text)]


def abouts(records: Sequence[dict[str, Any]]) -> list[str]:
    """What each peer does, in a sentence each."""
    found = {library: about for each in records for library, about in each.get("abouts", {}).items()}
    return [line for library, about in found.items() for line in fold(f"{library} {about}.", 2)]
