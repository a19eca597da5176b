"""A leaky integrate-and-fire neuron: a current charges its membrane, at the threshold it spikes and starts anew.

Look at: the more current, the more spikes; below 1.5 nA none at all. The rate over the current looks like a ReLU.
"""

import sys

from refnet.neurons import IntegrateAndFire
from refnet.plots import firing_rate, membrane_voltage, spike_raster
from refnet.plots.canvas import new_figure

neuron = IntegrateAndFire(resistance=10.0, capacitance=1.0, rest=-65.0, threshold=-50.0)
currents = [0.5 + 0.25 * i for i in range(15)]
responses = [neuron.simulate(current, time=200.0) for current in currents]
print("current  spikes in 200 ms  first after  rate, closed form")
for current, response in list(zip(currents, responses))[::2]:
    first = f"{response.spikes[0]:8.3f} ms" if response.spikes else "          –"
    print(f"{current:4.2f} nA  {len(response.spikes):16}  {first}  {neuron.rate(current):8.3f} per second")
if len(sys.argv) > 1:
    figure = new_figure(height=9.0)
    above, middle, below = figure.subplots(3, 1, height_ratios=[2, 3, 3])
    pulse = neuron.simulate(lambda t: 2.0 if 20.0 <= t < 120.0 else 1.0, time=200.0)
    membrane_voltage(neuron, pulse, axes=above).set_title("Membrane voltage: 1 nA, from 20 to 120 ms 2 nA", fontsize=14)
    spike_raster(responses, [f"{current:.2f} nA" for current in currents], axes=middle)
    firing_rate({"leaky": neuron, "without leak": IntegrateAndFire(resistance=None)}, [0.02 * i for i in range(201)],
                axes=below)
    figure.savefig(sys.argv[1])
