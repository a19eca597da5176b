"""What does it look like? Pictures, drawn by matplotlib (the extra `plot`), which only their functions import."""

from refnet.plots.benchmarks import draw_benchmarks, in_order
from refnet.plots.labels import digits, duration

__all__ = ["digits", "draw_benchmarks", "duration", "in_order"]
