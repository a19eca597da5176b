"""What does it look like? Pictures, drawn by matplotlib (the extra `plot`), which only their functions import."""

from refnet.plots.benchmarks import draw_benchmarks, in_order
from refnet.plots.graphs import draw_graph
from refnet.plots.labels import digits, duration

__all__ = ["digits", "draw_benchmarks", "draw_graph", "duration", "in_order"]
