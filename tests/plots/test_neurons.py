"""Do the pictures of neurons have the numbers of their simulation?"""

import pytest

from refnet import plots
from refnet.neurons import IntegrateAndFire

pytest.importorskip("matplotlib", reason="the extra `test` brings matplotlib")

NEURON = IntegrateAndFire(None, refractory=5.0)  # 15 ms up at 1 nA, 5 ms at rest


def test_the_voltage_goes_up_to_the_threshold_and_down():
    response = NEURON.simulate(1.0, time=45.0, step=2.0)
    axes = plots.membrane_voltage(NEURON, response)
    voltage, threshold = axes.get_lines()
    points = list(zip(voltage.get_xdata(), voltage.get_ydata()))
    assert {*zip(response.times, response.voltages), (15.0, -50.0), (35.0, -50.0)} < set(points)
    assert points[points.index((15.0, -50.0)) + 1] == (pytest.approx(15.0), -65.0)
    assert list(threshold.get_ydata()) == [-50.0, -50.0] and axes.get_ylabel() == "voltage (mV)"
    (strokes,) = axes.collections
    assert [[list(end) for end in stroke] for stroke in strokes.get_segments()] == [
        [[t, -50.0], [t, -38.0]] for t in response.spikes]


def test_a_raster_has_a_stroke_for_each_spike():
    trains = [[], [5.0, 20.0], NEURON.simulate(1.0, time=45.0)]
    axes = plots.spike_raster(trains, labels=["silent", "given", "simulated"])
    assert [list(line.get_positions()) for line in axes.collections] == [[], [5.0, 20.0], [15.0, 35.0]]
    assert [line.get_lineoffset() for line in axes.collections] == [1, 2, 3]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["silent", "given", "simulated"]
    many = plots.spike_raster([[1.0]] * 45)
    assert len(many.get_yticks()) == 15


def test_rates_beside_a_relu():
    leaky, currents = IntegrateAndFire(), [0.0, 1.0, 1.5, 2.0, 4.0]
    axes = plots.firing_rate({"leaky": leaky, "without leak": NEURON}, currents)
    relu, first, other, second = axes.get_lines()
    assert list(first.get_ydata()) == [leaky.rate(i) for i in currents]
    assert list(second.get_ydata()) == [NEURON.rate(i) for i in currents]
    assert list(relu.get_ydata()) == pytest.approx([0.0, 0.0, 0.0, 0.2 * leaky.rate(4.0), leaky.rate(4.0)])
    assert other.get_ydata()[-1] == NEURON.rate(4.0)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["ReLU", "leaky", "without leak"]
    for line in plots.firing_rate(leaky, [0, 1, 2, 3, 4, 5]).get_lines():  # the knee is at the threshold current
        assert list(line.get_xdata()) == [0, 1, 1.5, 2, 3, 4, 5] and list(line.get_ydata())[:3] == [0.0, 0.0, 0.0]
    assert not any(plots.firing_rate(leaky, [0.0, 1.0]).get_lines()[0].get_ydata())  # no current is large enough


@pytest.mark.parametrize(("draw", "arguments", "error", "names"), [
    (plots.membrane_voltage, (3.0, None), TypeError, "neuron: 3.0"),
    (plots.membrane_voltage, (NEURON, [1.0]), TypeError, r"response: \[1.0\]"),
    (plots.spike_raster, (NEURON.simulate(1.0, 2.0),), TypeError, "trains"),
    (plots.spike_raster, ([],), ValueError, "trains: 0 trains"),
    (plots.spike_raster, ([1.0],), TypeError, r"trains\[0\]: 1.0"),
    (plots.spike_raster, ([["1 ms"]],), TypeError, r"trains\[0\]\[0\]: '1 ms'"),
    (plots.spike_raster, ([[1.0]], ["a", "b"]), ValueError, "labels: 2 labels"),
    (plots.firing_rate, ("neuron", [0.0, 1.0]), TypeError, "neurons: 'neuron'"),
    (plots.firing_rate, ({"a": None}, [0.0, 1.0]), TypeError, r"neurons\['a'\]: None"),
    (plots.firing_rate, (NEURON, [1.0]), ValueError, "currents"),
    (plots.firing_rate, (NEURON, [2.0, 1.0]), ValueError, "currents"),
])  # fmt: skip
def test_what_is_refused(draw, arguments, error, names):
    with pytest.raises(error, match=names):
        draw(*arguments)
