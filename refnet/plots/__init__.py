"""What does it look like? Pictures, drawn by matplotlib (the extra `plot`), which only their functions import."""

from refnet.plots.benchmarks import draw_benchmarks, in_order
from refnet.plots.canvas import new_figure
from refnet.plots.curves import compare_histories, error_against_lambda, history, learning_curve
from refnet.plots.decisions import confusion_matrix, roc
from refnet.plots.graphs import draw_graph
from refnet.plots.labels import digits, duration
from refnet.plots.layers import activation_functions, first_layer, layer_sizes
from refnet.plots.networks import network
from refnet.plots.neurons import firing_rate, membrane_voltage, spike_raster
from refnet.plots.paths import optimizer_paths
from refnet.plots.plane import decision_surface, hidden_units

__all__ = ["activation_functions", "compare_histories", "confusion_matrix", "decision_surface", "digits",
           "draw_benchmarks", "draw_graph", "duration", "error_against_lambda", "firing_rate", "first_layer",
           "hidden_units", "history", "in_order", "layer_sizes", "learning_curve", "membrane_voltage", "network",
           "new_figure", "optimizer_paths", "roc", "spike_raster"]
