"""How fast is it here? Python against C, kernel by kernel and network by network, peers, and how the cost grows.

Each measurement is a job, and its result a record: tables, JSON and pictures are made of the records.
"""

from refnet.bench import cores, formats, grid, kernels, networks, scaling, startup
from refnet.bench.kernels import probe_peak
from refnet.bench.machine import describe
from refnet.bench.networks import product_share
from refnet.bench.noise import Noise, noise_of
from refnet.bench.peers import PEER_FORMATS, Peers, load_peers
from refnet.bench.timing import PYTHON, C, Job, Settings, clock, threads_of

__all__ = [
    "C", "Job", "Noise", "PEER_FORMATS", "PYTHON", "Peers", "SECTIONS", "Settings", "clock", "describe", "jobs",
    "load_peers", "noise_of", "probe_peak", "product_share", "threads_of",
]

# The sections that a user may ask for, and those of the records that belong to each.
SECTIONS = {"kernels": ("products", "kernels"), "networks": ("networks",), "small": ("small",),
            "startup": ("startup",), "scaling": ("scaling",), "formats": ("formats",), "cores": ("cores",),
            "map": ("map",)}


def jobs(settings: Settings) -> list[Job]:
    """Every job of every section, in the order in which they run."""
    rooms = kernels, networks, startup, scaling, formats, cores, grid
    return [job for room in rooms for job in room.jobs(settings)]
