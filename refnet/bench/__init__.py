"""How fast is it here? `refnet bench`: Python against C, kernel by kernel and network by network, and how cost grows.

`--peers` adds NumPy, scikit-learn and PyTorch where they are installed. This file reads the options and runs the
jobs; each measurement is a job of kernels.py, networks.py or scaling.py, and its result a record: the tables, the
JSON document and the picture are all made of the records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

SECTIONS = {"kernels": ("products", "kernels"), "networks": ("networks",), "scaling": ("scaling",)}

DESCRIPTION = (
    "Times both backends side by side: every kernel, the matrix products of training, whole training steps, and how "
    "the cost grows with batch, width, depth and data. Contestants take turns in one process; each time is a median."
)
EXAMPLE = (
    "refnet bench --quick\n"
    "refnet bench networks --peers\n"
    "refnet bench kernels --only tanh\n"
    "refnet bench --peers --json > bench.json\n"
    "refnet bench networks scaling --plot bench.png"
)


def add_arguments(parser: Any) -> None:
    """The options of `refnet bench`, for an argparse parser."""
    from refnet.cli import filename, real, whole

    parser.add_argument("sections", nargs="*", metavar="SECTION",
                        help="kernels (and matrix products), networks, scaling; without any, all three")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="only lines with NAME in their name: tanh, 784-30-10, 1024, width; may be repeated")
    parser.add_argument("--peers", action="store_true",
                        help="against NumPy, scikit-learn and PyTorch too, those that are installed")
    parser.add_argument("--threads", type=whole(1), default=1, metavar="N",
                        help="for every contestant (1); with more, C is measured on one as well")
    parser.add_argument("--seconds", type=real(above=0), metavar="S",
                        help="for each contestant of a network or matrix product (1); kernels and curves take a "
                             "fifth of it a line or point")
    parser.add_argument("--cpu-time", action="store_true",
                        help="processor time instead of the clock on the wall, for a machine that others use too")
    parser.add_argument("--quick", action="store_true", help="a rough look: 0.1 seconds unless --seconds says")
    parser.add_argument("--full", action="store_true",
                        help="Python also where a single step or product takes it many seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON document, times in seconds")
    parser.add_argument("--plot", type=filename, metavar="FILE",
                        help="draw networks and curves into a PNG file (needs matplotlib)")


def run(arguments: Any) -> int:
    """Measure, and print each section as soon as it is there; returns the exit status."""
    from refnet.cli.reading import CommandError
    from refnet.kernels import choose, native_or_none

    wanted = _sections(arguments)
    if arguments.cpu_time and arguments.threads > 1:
        raise CommandError("--cpu-time adds up the time of all threads; it goes with --threads 1 only")
    if arguments.plot:
        from refnet.bench import plot

        plot.check(arguments.plot, wanted)
    choose("auto")  # REFNET_REQUIRE_C=1 is heard here
    native = native_or_none()
    if native is None:
        return _run(arguments, wanted, None)
    before = native.threads
    try:
        native.threads = arguments.threads
        return _run(arguments, wanted, native)
    finally:
        native.threads = before


def _run(arguments: Any, wanted: list[str], native: Any) -> int:
    from refnet.bench import kernels, machine, networks, scaling, tables
    from refnet.bench.timing import Settings, clock
    from refnet.cli.reading import CommandError
    from refnet.kernels import why_no_c

    peers: Any = ((), {}, [])
    if arguments.peers:
        from refnet.bench.peers import load

        peers = load(arguments.threads)
    progress = _Progress()
    settings = Settings(
        seconds=arguments.seconds or (0.1 if arguments.quick else 1.0), rounds=3 if arguments.quick else 7,
        full=arguments.full, native=native, peers=peers[0], peak=kernels.probe_peak(native), threads=arguments.threads,
        tell=progress.tell,
    )
    jobs = [
        job for part in (kernels, networks, scaling) for job in part.jobs(settings)
        if job.section in wanted and (not arguments.only or any(name in job.name for name in arguments.only))
    ]
    if not jobs:
        raise CommandError(f"--only {' '.join(arguments.only)}: no such line in {', '.join(wanted)}")
    about = machine.describe(native, why_no_c(), arguments.threads, peers[1])
    about.update(peak_flops_per_second=settings.peak, missing_peers=peers[2], cpu_time=arguments.cpu_time)
    if not arguments.json:
        tables.show_machine(about)
    with clock.of_processor(arguments.cpu_time):
        records = progress.through(jobs, None if arguments.json else tables.show_section)
    if arguments.json:
        tables.print_json(about, vars(arguments), records)
    if arguments.plot:
        from refnet.bench import plot

        plot.draw(arguments.plot, about, records)
        if not arguments.json:
            tables.say(f"\nPicture: {arguments.plot}")
    return 0


class _Progress:
    """How far the jobs are, on a bar."""

    def __init__(self) -> None:
        self.job: Any = None
        self.done, self.total = 0.0, 1.0

    def through(self, jobs: list[Any], show: Optional[Callable[[str, list], None]]) -> dict[str, list[dict[str, Any]]]:
        """Do the jobs; their records by section, each section shown when it is complete."""
        from refnet.cli.screen import Bar

        records: dict[str, list[dict[str, Any]]] = {}
        self.bar, self.total = Bar(), sum(job.cost for job in jobs)
        try:
            for self.job, following in zip(jobs, [*jobs[1:], None]):
                self.tell(0.0, "")
                records.setdefault(self.job.section, []).append(self.job.run())
                self.done += self.job.cost
                if show and (following is None or following.section != self.job.section):
                    self.bar.clear()
                    show(self.job.section, records[self.job.section])
        finally:
            self.bar.clear()
        return records

    def tell(self, share: float, contestant: str) -> None:
        """This share of the job is done, and it is this contestant's turn."""
        self.bar.show((self.done + share * self.job.cost) / self.total, self.job.section,
                      ": ".join(filter(None, (self.job.name, contestant))))


def _sections(arguments: Any) -> list[str]:
    """The sections asked for, as the jobs call them. Raises CommandError for a name there is none of."""
    from refnet.cli.reading import CommandError

    for name in arguments.sections:
        if name not in SECTIONS:
            raise CommandError(f"{name}: no such section; allowed: {', '.join(SECTIONS)}")
    return [part for name, parts in SECTIONS.items() if name in (arguments.sections or SECTIONS) for part in parts]
