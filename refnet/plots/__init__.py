"""What does it look like? Pictures, drawn by matplotlib (the extra `plot`), which only their functions import."""

from refnet.plots.benchmarks import draw_benchmarks, in_order
from refnet.plots.curves import compare_histories, error_against_lambda, history, learning_curve
from refnet.plots.graphs import draw_graph
from refnet.plots.labels import digits, duration
from refnet.plots.neurons import firing_rate, membrane_voltage, spike_raster
from refnet.plots.plane import decision_surface, hidden_units

__all__ = ["compare_histories", "decision_surface", "digits", "draw_benchmarks", "draw_graph", "duration",
           "error_against_lambda", "firing_rate", "hidden_units", "history", "in_order", "learning_curve",
           "membrane_voltage", "spike_raster"]
