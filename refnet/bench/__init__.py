"""How fast is it here? Python against C, kernel by kernel and network by network, peers, and how the cost grows.

Each measurement is a job, and its result a record: tables, JSON and pictures are made of the records.
"""

from refnet.bench.kernels import probe_peak
from refnet.bench.machine import describe
from refnet.bench.networks import product_share
from refnet.bench.peers import Peers, load_peers
from refnet.bench.suite import SECTIONS, jobs
from refnet.bench.timing import PYTHON, C, Job, Settings, clock, in_order, threads_of

__all__ = [
    "C", "Job", "PYTHON", "Peers", "SECTIONS", "Settings", "clock", "describe", "in_order", "jobs", "load_peers",
    "probe_peak", "product_share", "threads_of",
]
