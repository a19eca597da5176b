"""What does a spiking neuron look like? Its voltage over time, the spikes of many, its rate beside a ReLU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from refnet import checks
from refnet.neurons import IntegrateAndFire, Response
from refnet.plots.canvas import BLUE, SMALL, axes_or_new, finish, plain, style

TIME = "time (ms)"


def membrane_voltage(neuron: IntegrateAndFire, response: Response, axes: Any = None) -> Any:
    """V over time with the threshold, and each spike as a line above it; returns the Axes.

    response  what neuron.simulate(…) returned

    Raises TypeError for anything else.
    """
    _check_neuron("neuron", neuron)
    if not isinstance(response, Response):
        raise TypeError(f"response: {checks.shown(response)}; allowed: what neuron.simulate(…) returns")
    axes = axes_or_new(axes, height=4.0)
    # A spike falls between two steps: there the voltage goes up to the threshold and down to the reset.
    points = [*zip(response.times, response.voltages), *((t, neuron.threshold) for t in response.spikes),
              *((t + 1e-9, neuron.reset) for t in response.spikes)]
    axes.plot(*zip(*sorted(points)), label="V", **style(0))
    axes.axhline(neuron.threshold, label="threshold", **style(1))
    top = neuron.threshold + 0.8 * (neuron.threshold - neuron.reset)
    axes.vlines(response.spikes, neuron.threshold, top, color=BLUE, linewidth=2.0)
    axes.legend(fontsize=SMALL, loc="upper right")
    return finish(axes, "Membrane voltage", TIME, "voltage (mV)")


def spike_raster(trains: Sequence[Any], labels: Any = None, axes: Any = None) -> Any:
    """A stroke for each spike, a line for each neuron, the first at the bottom; returns the Axes.

    trains  for each neuron its Response, or the times of its spikes in ms
    labels  what to write at each line; default: 1, 2, 3, …

    Raises TypeError for other trains, ValueError if there is none, or not a label for each.
    """
    if not isinstance(trains, (list, tuple)) or isinstance(trains, Response):
        raise TypeError(f"trains: {checks.shown(trains)}; allowed: a list with a Response or times for each neuron")
    times = []
    for i, train in enumerate(trains):
        spikes = train.spikes if isinstance(train, Response) else train
        if not isinstance(spikes, (list, tuple)):
            raise TypeError(f"trains[{i}]: {checks.shown(train)}; allowed: a Response, or a list of times in ms")
        times.append([checks.number(f"trains[{i}][{j}]", t) for j, t in enumerate(spikes)])
    if not times or (labels is not None and len(labels) != len(times)):
        found = "none" if labels is None else checks.counted(len(labels), "label")
        raise ValueError(f"trains: {checks.counted(len(times), 'train')}, labels: {found}; allowed: at least one, and "
                         "a label for each")
    axes = axes_or_new(axes, height=max(2.5, min(1.2 + 0.22 * len(times), 8.0)))
    places = list(range(1, len(times) + 1))
    axes.eventplot(times, lineoffsets=places, linelengths=0.8, linewidths=1.5, colors=BLUE)
    axes.set_ylim(0.3, len(times) + 0.7)
    every = -(-len(times) // 20)  # at most twenty labels are legible
    axes.set_yticks(places[::every], None if labels is None else [plain(label) for label in labels[::every]])
    return finish(axes, "Spikes", TIME, "neuron", grid=False)


def firing_rate(neurons: Any, currents: Sequence[float], axes: Any = None) -> Any:
    """Rate against current beside a ReLU; returns the Axes.

    neurons   an IntegrateAndFire, or several: {"without leak": neuron, …}
    currents  in nA, at least two, the last the largest; the threshold current is drawn too, where both bend

    The ReLU, a thin grey line, begins at the threshold current and meets the neuron at the largest current. Raises
    TypeError or ValueError for other arguments.
    """
    several = neurons if isinstance(neurons, dict) else {"neuron": neurons}
    for label, neuron in several.items():
        _check_neuron(f"neurons[{label!r}]" if neurons is several else "neurons", neuron)
    at = [checks.number(f"currents[{i}]", current) for i, current in enumerate(currents)]
    if len(at) < 2 or max(at) != at[-1]:
        raise ValueError(f"currents: {checks.shown(currents)}; allowed: at least two, the last the largest")
    axes = axes_or_new(axes)
    for i, (label, neuron) in enumerate(several.items()):
        start = neuron.threshold_current
        drawn = sorted({*at, start}) if min(at) < start < at[-1] else at
        rates = [neuron.rate(current) for current in drawn]
        relu = [rates[-1] * max(0.0, current - start) / (at[-1] - start) if at[-1] > start else 0.0
                for current in drawn]
        axes.plot(drawn, relu, color="#888888", linewidth=1.2, label="ReLU" if i == 0 else None)
        axes.plot(drawn, rates, label=plain(label), **style(i))
    axes.legend(fontsize=SMALL, loc="upper left")
    return finish(axes, "Firing rate", "current (nA)", "rate (spikes per second)")


def _check_neuron(name: str, neuron: Any) -> None:
    if not isinstance(neuron, IntegrateAndFire):
        raise TypeError(f"{name}: {checks.shown(neuron)}; allowed: an IntegrateAndFire")
