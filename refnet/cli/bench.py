"""`refnet bench`: how fast is it here? Reads the options, runs the jobs, and shows each section when it is complete."""

import json
from contextlib import nullcontext
from functools import partial
from typing import Any, Callable, Optional

from refnet import bench, plots
from refnet.cli import bench_peers, bench_tables
from refnet.cli.errors import CommandError
from refnet.cli.options import add_command, add_options, filename, number_format, real, sizes, whole
from refnet.cli.reading import writable
from refnet.cli.screen import Bar, say, verbatim
from refnet.files import replace
from refnet.kernels import choose, native_or_none, why_no_c
from refnet.kernels.native.backend import FORMATS

SECONDS, QUICK_SECONDS = 1.0, 0.1
# Those of the document:
OPTIONS = ("sections", "only", "number", "peers", "threads", "seconds", "cpu_time", "quick", "full")


def add(commands: Any) -> None:
    command = add_command(
        commands, "bench", "[SECTION ...]", run, "time Python against C, and against NumPy, PyTorch, JAX and others",
        "Times both backends side by side. kernels: every kernel, and the matrix products of training; networks: whole "
        "training steps; small: those of small networks; startup: the first call, and handing the data over; scaling: "
        "how the cost grows with batch, width, depth and data; formats: binary64 against binary32 in C; cores: an "
        "estimate of what more cores would do; map: where refnet is ahead of the best peer, by batch and width. "
        "Contestants take turns in one process; each time is a median, each ratio that of the rounds.",
        "refnet bench --quick\n"
        "refnet bench networks small --peers\n"
        "refnet bench map --peers --cpu-time --save map.json --plot map.png\n"
        "refnet bench kernels --only tanh\n"
        "refnet bench networks --number binary32 --peers\n"
        "refnet bench --peers --json > bench.json\n"
        "refnet bench networks scaling --plot bench.png",
    )
    command.add_argument("sections", nargs="*", metavar="SECTION",
                         help=f"{', '.join(bench.SECTIONS)}; without any, all but map")
    command.add_argument("--only", action="append", default=[], metavar="NAME",
                         help="only lines with NAME in their name: tanh, 784-30-10, 1024, width; may be repeated")
    add_options(command, [
        ("--number", "number format of all sections but formats: binary64 (the default), binary32, binary16, bfloat16, "
         "or fixed point such as Q7.8. C and --peers have the first two", number_format, "FORMAT"),
        ("--peers", "against NumPy, scikit-learn, PyTorch, JAX and numba too, those that are installed", True),
        ("--threads", "threads of every contestant (%(default)s); with more, C is measured with one as well",
         whole(1), "N"),
        ("--seconds", f"seconds for each contestant of a network or matrix product ({SECONDS:g}); lines of kernels and "
         "points of curves take a fifth of that", real(above=0), "S"),
        ("--cpu-time", "processor time instead of the clock on the wall, for a machine that others use too", True),
        ("--quick", f"a rough look: {QUICK_SECONDS:g} seconds unless --seconds says otherwise", True),
        ("--network", "with cores: this network of ReLU units instead, from inputs to outputs", sizes, "784-100-10"),
        ("--batch", "with --network: rows of its minibatches (128)", whole(1), "M"),
        ("--full", "Python also where a single step or product takes it many seconds", True),
        ("--json", "print one JSON document, times in seconds", True),
        ("--save", "write that document into a file, beside the tables", filename, "FILE"),
        ("--plot", "draw networks, curves and map into a PNG file (needs matplotlib)", filename, "FILE"),
    ])
    command.set_defaults(threads=1, number="binary64")


def run(arguments: Any) -> int:
    """Measure, and print each section as soon as it is complete; returns the exit status."""
    for name in arguments.sections:
        if name not in bench.SECTIONS:
            raise CommandError(f"{name}: no such section; allowed: {', '.join(bench.SECTIONS)}")
    asked = arguments.sections or [name for name in bench.SECTIONS if name != "map"]
    wanted = [part for name, parts in bench.SECTIONS.items() if name in asked for part in parts]
    if arguments.cpu_time and arguments.threads > 1:
        raise CommandError("--cpu-time adds up the time of all threads; it goes with --threads 1 only")
    if "map" in asked and not arguments.peers:
        raise CommandError("map: compares with the best peer; it goes with --peers only")
    if arguments.batch and not arguments.network:
        raise CommandError(f"--batch {arguments.batch}: expected with --network")
    if arguments.network and arguments.sections != ["cores"]:
        raise CommandError("--network: only with the section cores, and no other")
    if arguments.plot:
        check_plot(arguments.plot, wanted)
    if arguments.save:
        writable("--save", arguments.save)
    choose("auto")  # an error here if the environment asks for a C core that cannot be used
    native = native_or_none()
    for name, does in (("formats", "compares two number formats in C"), ("cores", "estimates the threads of C"),
                       ("map", "compares C with the best peer")):
        if name in arguments.sections and not native:
            raise CommandError(f"{name}: {does}; {why_no_c()}")
    if arguments.peers and arguments.number not in bench.PEER_FORMATS:
        allowed = " and ".join(bench.PEER_FORMATS)
        raise CommandError(f"--peers: they are measured in {allowed}, not in {arguments.number}")
    with bench.threads_of(native, arguments.threads) if native else nullcontext():
        about, records = measured(arguments, wanted, native)
    document = json.dumps(
        {"machine": about, "options": {name: getattr(arguments, name) for name in OPTIONS}, **records}, indent=1)
    if arguments.json:
        print(document)
    else:
        lines = bench_peers.abouts([each for part in records.values() for each in part])
        if lines:
            say("\n".join(["", *lines]))
    if arguments.save:
        replace(arguments.save, (document + "\n").encode())
    if arguments.plot:
        try:
            plots.draw_benchmarks(arguments.plot, about, records)
        except ValueError as error:
            raise CommandError(f"--plot: {error}") from None
        if not arguments.json:
            say(f"\nPicture: {verbatim(arguments.plot)}")
    return 0


def check_plot(path: str, wanted: list[str]) -> None:
    """Raise CommandError before anything is measured, rather than when the picture cannot be drawn."""
    if not {"networks", "scaling", "map"} & set(wanted):
        raise CommandError("--plot draws networks, scaling and map; ask for one of them")
    if not path.lower().endswith(".png"):
        raise CommandError(f"--plot {path}: expected a name that ends in .png")
    writable("--plot", path)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise CommandError("--plot needs matplotlib, the extra plot: pip install 'refnet[plot]'") from None


def measured(arguments: Any, wanted: list[str], core: Any) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """(the machine, the records of each section); without --json both are shown on the way."""
    number = arguments.number
    native = core.twin(number) if core and number in FORMATS else None
    reason = why_no_c() or ("" if native else f"it has {' and '.join(FORMATS)}, not {number}")
    peers = bench.load_peers(arguments.threads, number) if arguments.peers else bench.Peers((), {}, [])
    progress = Progress()
    settings = bench.Settings(
        seconds=arguments.seconds or (QUICK_SECONDS if arguments.quick else SECONDS),
        rounds=3 if arguments.quick else 7, full=arguments.full, native=native, peers=peers.contestants,
        peak=bench.probe_peak(native), threads=arguments.threads, tell=progress.tell,
        number=number, network=arguments.network, batch=arguments.batch or 128,
    )
    jobs = [
        job for job in bench.jobs(settings)
        if job.section in wanted and (not arguments.only or any(name in job.name for name in arguments.only))
    ]
    if arguments.peers and not peers.contestants and "map" in arguments.sections:
        raise CommandError(f"map: compares with the best peer; none is installed of {', '.join(peers.missing)}")
    if not jobs:
        raise CommandError(f"--only {' '.join(arguments.only)}: no such line in {', '.join(wanted)}")
    about = bench.describe(native, reason, arguments.threads, peers.versions, number)
    about.update(peak_flops_per_second=settings.peak, missing_peers=peers.missing, cpu_time=arguments.cpu_time)
    if not arguments.json:
        bench_tables.show_machine(about)
    with bench.clock.of_processor(arguments.cpu_time):
        show = partial(bench_tables.show_section, threads=arguments.threads)
        return about, progress.through(jobs, None if arguments.json else show)


class Progress:
    """A bar that shows how far the jobs are."""

    def through(self, jobs: list[bench.Job], show: Optional[Callable[[str, list], None]]
                ) -> dict[str, list[dict[str, Any]]]:
        """Do the jobs; their records by section, each section shown when it is complete."""
        records: dict[str, list[dict[str, Any]]] = {}
        self.bar, self.done, self.total = Bar(), 0.0, sum(job.cost for job in jobs)
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
