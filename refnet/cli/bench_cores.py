"""How is it told what more cores would do? The estimates of `refnet bench cores` as a table."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from refnet.cli.bench_cells import thinned
from refnet.cli.screen import fold, table
from refnet.plots import digits, duration


def cores(records: Sequence[dict[str, Any]]) -> list[str]:
    """For each network its time, efficiency and waits by cores; a narrow terminal leaves every second number out."""
    lines = thinned(len(records[0]["cores"]), partial(_table, records))
    machine = records[0]["machine"]
    told = (
        f"Estimated, not measured: from counted operations and bytes, {digits(machine['flops'] / 1e9)} GFLOP/s a core, "
        f"{digits(machine['core'] / 1e9)} GB/s to its caches, {digits(machine['socket'] / 1e9)} GB/s between all, and "
        f"{duration(machine['wait'])} + {duration(machine['each'])} a thread to meet. docs/cores.md says how."
    )
    return [*lines, *fold(told)]


def _table(records: Sequence[dict[str, Any]], kept: Sequence[int]) -> list[str]:
    rows = [[f"Cores, {records[0]['number']}", *(f"{records[0]['cores'][i]}" for i in kept)]]
    for each in records:
        rows.append([f"{each['name']}, {each['batch']:,}", *(duration(each["seconds"][i]) for i in kept)])
        rows.append(["  efficiency", *(f"{each['efficiency'][i]:.2f}" for i in kept)])
        rows.append(["  one thread alone", *(duration(each["alone"][i]) for i in kept)])
        rows.append(["  waits", *(f"{each['waits'][i]}" for i in kept)])
    return table(rows, "l" + "r" * len(kept))
