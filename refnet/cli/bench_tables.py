"""How are the times of `refnet bench` told on the screen? The records as aligned tables."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from refnet.bench import PYTHON, C, Noise, noise_of, product_share
from refnet.bench.formats import PAIR
from refnet.bench.noise import SPREAD
from refnet.cli.bench_cells import NONE, giga, in_parts, names_of, percent, ratio_of, thinned, time_of, times
from refnet.cli.bench_cores import cores
from refnet.cli.bench_peers import footnotes, grid, small, startup
from refnet.cli.screen import fold, labelled, say, table
from refnet.plots import digits, duration, in_order

NO_SLOPE = "not measurable"  # in the place of an exponent

# --- The machine ---


def show_machine(about: dict[str, Any]) -> None:
    """What everything below depends on."""
    cores = f"{about['cores']} core" + "s" * (about["cores"] != 1)
    load = "" if about["load"] is None else f", load {about['load']} before the start"
    own = about["threads_of_c"]
    about_c = "" if own in (None, about["threads"]) else f", but {own} in the C core, which is built without threads"
    labelled("number", about["number"])
    labelled("machine", f"{about['processor']}, {cores}{load}")
    labelled("system", f"{about['system']}, Python {about['python']}")
    labelled("C core", f"{about['compiler']}, {about['instruction_set']}" if about["compiler"] else about["why_no_c"])
    labelled("threads", f"{about['threads']} for every contestant" + about_c)
    if about["peak_flops_per_second"]:
        labelled("peak", f"{giga(about['peak_flops_per_second'])} GFLOP/s a core, multiplying and adding in registers")
    if about["peers"]:
        labelled("peers", ", ".join(f"{name} {version}" for name, version in about["peers"].items()))
    if about["missing_peers"]:
        labelled("missing", f"{', '.join(about['missing_peers'])} (not installed)")
    kind = "Processor time, medians" if about["cpu_time"] else "Medians"
    told = fold(f"{kind} of contestants in turns. 1.5× is one and a half times the time of {C}: the median of the "
                "ratios of the rounds, in each of which everyone has a turn.")
    say("\n".join(["", *told]))


# --- The sections ---


def show_section(section: str, records: Sequence[dict[str, Any]], threads: int = 1) -> None:
    """Print the table of a section's records."""
    tables = {"products": products, "kernels": kernels, "networks": networks, "small": small, "startup": startup,
              "scaling": scaling, "formats": formats, "cores": cores, "map": grid}
    lines = tables[section](records)
    alone = [each.get("title", each["name"]) for each in records if each.get("times") == {} and section != "map"]
    if alone:
        lines += fold(f"Not measured: {', '.join(alone)}. C cannot take part, and Python would take seconds; "
                      "--full times it all the same.")
    say("\n".join(["", *lines]))
    found = noise_of([part for each in records for part in each.get("samples", [each])], threads)
    if found:
        say("\n".join(fold(told(found))))


def told(found: Noise) -> str:
    """What is wrong with the times of a section, in a sentence."""
    wrong = []
    if found.own_share is not None:
        wrong.append(f"this process had a processor for only {percent(found.own_share)} of the time")
    if found.unsteady:
        spread, line, name = found.worst
        wrong.append(f"{found.unsteady} of {found.times} times spread by more than {percent(SPREAD)} between their "
                     f"quartiles ({name}, {line}: {percent(spread)})")
    return f"This machine is busy: {' and '.join(wrong)}. Take these times as rough; measure again when it is quiet."


def products(records: Sequence[dict[str, Any]]) -> list[str]:
    """GFLOP/s of the matrix products, refnet's and others', and the share of the machine's peak."""
    others = [name for name in names_of(records) if name not in (C, PYTHON)]
    header = [f"Matrix products, {records[0]['number']}", C, "GFLOP/s", "of peak", "Python", ""]
    for name in others:
        header += [name, "GFLOP/s", ""]
    rows = [header]
    for each in records:
        row = [each["name"], time_of(each, C), giga(each["flops_per_second"].get(C)), percent(each["of_peak"]),
               time_of(each, PYTHON), ratio_of(each, PYTHON)]
        for name in others:
            row += [time_of(each, name), giga(each["flops_per_second"].get(name)), ratio_of(each, name)]
        rows.append(row)
    return table(rows, "l" + "r" * (len(header) - 1))


def kernels(records: Sequence[dict[str, Any]]) -> list[str]:
    """Python and C, kernel by kernel; C's time also for each number of the largest matrix."""
    rows = [[f"Kernels (64×64), {records[0]['number']}", "Python", C, "", "C a number"]]
    footnote = []
    for each in records:
        if each["name"] == "call":
            footnote = [f"A call from Python adds {time_of(each, C)}; in `fit`, C runs the kernels without."]
            continue
        own = each["times"].get(C)
        rate = f"{giga(each['flops'] / own['seconds'])} GFLOP/s" if own and each["flops"] else ""
        rows.append([each["name"], time_of(each, PYTHON), time_of(each, C), ratio_of(each, PYTHON),
                     rate or (duration(own["seconds"] / each["numbers"]) if own else NONE)])
    return (table(rows, "lrrrr") if len(rows) > 1 else []) + footnote


def networks(records: Sequence[dict[str, Any]]) -> list[str]:
    """A column for each network, a line for each contestant: µs per training step, and how many times that of C."""
    steps = [each for each in records if each["name"] != "xor"]
    lines = in_parts(steps, _network_columns) + footnotes(steps)
    for each in records:
        if each["name"] == "xor":
            lines += [""] * bool(steps)
            lines.append(f"XOR, {each['examples']} examples, batch 1, {each['epochs']:,} epochs in one fit: "
                         + ", ".join(f"{time_of(each, name)} in {name}" for name in names_of([each])))
    return lines


def _network_columns(steps: Sequence[dict[str, Any]]) -> list[str]:
    top, below = ["µs a training step"], [steps[0]["number"]]
    for each in steps:
        top += [each["name"], ""]
        below += [f"{each['hidden']}, {each['batch']}", ""]
    rows = [top, below]
    for name in names_of(steps):
        row = [name]
        for each in steps:
            own = each["times"].get(name)
            mark = "*" if name in each["notes"] else ""
            row += [digits(own["seconds"] * 1e6) if own else NONE,
                    ratio_of(each, name) + mark if own and name != C else ""]
        rows.append(row)
    if any(C in each["times"] for each in steps):
        shares = {
            "C: GFLOP/s of products": [giga(each["flops_per_second"]) for each in steps],
            "C: of the peak": [percent(each["of_peak"]) for each in steps],
            "C: time in products": [percent(product_share(each["profile"])) for each in steps],
        }
        rows.append([""] * len(top))
        rows += [[label, *(cell for value in values for cell in (value, ""))] for label, values in shares.items()]
    return table(rows, "l" + "rl" * len(steps))


def scaling(records: Sequence[dict[str, Any]]) -> list[str]:
    """A table for each quantity: the time at each value, and the slopes."""
    lines: list[str] = []
    for each in records:
        title = f"Growth, {each['number']}: slopes on a log-log scale, over all values and over the last three"
        lines += [""] if lines else [title, ""]
        lines.append(f"{each['name']}: {each['of']}" + "; slopes are of the whole step" * (each["unit"] == "row"))
        lines += thinned(len(each["values"]), partial(_growth, each))
    if any(NO_SLOPE in line for line in lines):
        lines += ["", *fold(f"{NO_SLOPE} here: the times do not grow by more than they scatter: either a "
                            "fixed cost hides the growth, or the machine is busy.")]
    return lines


def _growth(record: dict[str, Any], kept: Sequence[int]) -> list[str]:
    unit = {"step": "a step", "epoch": "an epoch", "row": "a row"}[record["unit"]]
    rows = [[f"time of {unit}", *(f"{record['values'][i]:,}" for i in kept), "slope", "at the end"]]
    for name in in_order(record["seconds"]):
        known = sum(each is not None for each in record["seconds"][name])
        missing = NONE if known < 2 else NO_SLOPE
        exponents = [record[key][name] for key in ("slope", "slope_at_end")]
        rows.append([name, *(duration(record["seconds"][name][i]) for i in kept),
                     *(missing if e is None else f"{e:.2f}" for e in exponents)])
    return table(rows, "l" + "r" * (len(rows[0]) - 1))


def formats(records: Sequence[dict[str, Any]]) -> list[str]:
    """The times and the memory of both formats in C, a line for each network and product."""
    rows = [["Formats in C", *PAIR, "", *(f"MB {number[-2:]}" for number in PAIR), ""]]
    for each in records:
        rows.append([each["name"], *(time_of(each, number) for number in PAIR), times(each["ratio"]),
                     *(digits(each["bytes_of_all"][number] / 1e6) for number in PAIR),
                     times(each["ratio_of_bytes"])])
    told = ("0.5× is half the time: the median of the ratios of the rounds. MB: the parameters and all matrices that a "
            "step makes, or those of a product.")
    return table(rows, "l" + "r" * (len(rows[0]) - 1)) + fold(told)
