"""What is there to measure? Every job of every section, in the order in which they run."""

from __future__ import annotations

from refnet.bench import kernels, networks, scaling
from refnet.bench.timing import Job, Settings

# The sections that a user may ask for, and those of the records that belong to each.
SECTIONS = {"kernels": ("products", "kernels"), "networks": ("networks",), "scaling": ("scaling",)}


def jobs(settings: Settings) -> list[Job]:
    """Every job there is."""
    return [*kernels.jobs(settings), *networks.jobs(settings), *scaling.jobs(settings)]
