"""A biological neuron's rate looks like a ReLU: lecture file 000_85791a8fc5735753.txt.

Golden entry 27. Leaky integrate and fire, C dV/dt = −(V − V_rest)/R + I, with numbers chosen here: R = 10 MΩ, C = 1 nF,
so τ = RC = 10 ms; V_rest = −65 mV, threshold −50 mV, so that 1.5 nA are the least that makes it spike; t_ref = 2 ms.
"""

from collections.abc import Iterator
from typing import Any

from refnet.lectures.agreement import Lecture, Result
from refnet.neurons import IntegrateAndFire

lecture = Lecture("000_85791a8fc5735753.txt", {27: "Biological Neurons"})

NEURON = IntegrateAndFire(resistance=10.0, capacitance=1.0, rest=-65.0, threshold=-50.0)
CURRENTS = [0.1 * i for i in range(51)]  # nA
RATES = {2.0: "0.072134752044", 4.0: "0.212764314523"}
VOLTAGE = "-0.061065306597"


def closed_form(backend: Any) -> Iterator[Result]:
    """27. With a constant current V approaches V_rest + RI, and reaches the threshold after τ ln(RI/(RI − ΔV))."""
    for current, digits in RATES.items():
        rate = 1.0 / NEURON.interval(current)
        yield lecture.follows(27, f"spikes per ms at {current} nA", "1/(τ ln(RI/(RI − ΔV)))", digits, rate)
    volts = 1e-3 * NEURON.simulate(1.0, time=5.0, step=0.5).voltages[-1]
    yield lecture.follows(27, "V in volts after 5 ms at 1 nA", "V_rest + RI(1 − e^(−t/τ))", VOLTAGE, volts)


def simulated(backend: Any) -> Iterator[Result]:
    """27. The equation in small steps, V ← V + (−(V − V_rest)/R + I) Δt/C, spikes as the closed form says."""
    for current in (2.0, 4.0):
        distance = abs(_interval_by_euler(current, 0.005) / NEURON.interval(current) - 1.0)
        yield lecture.stays_below(27, f"|interval in small steps / closed form − 1| at {current} nA", "0.001", distance)
    spikes = NEURON.simulate(NEURON.threshold_current, time=1000.0, step=1.0).spikes
    yield lecture.equals(27, "spikes in 1 s at 1.5 nA", 0, float(len(spikes)))


def _interval_by_euler(current: float, step: float) -> float:
    """ms from rest to the spike, with the voltage relative to rest."""
    v, steps = 0.0, 0
    while v < 15.0:
        v += (-v / 10.0 + current) * step
        steps += 1
    return steps * step


def looks_like_a_relu(backend: Any) -> Iterator[Result]:
    """27. The rate is 0 up to 1.5 nA, then rises with the current, from 2 nA on nearly along a line."""
    rates = [NEURON.rate(current) for current in CURRENTS]
    below = [rate for current, rate in zip(CURRENTS, rates) if current <= NEURON.threshold_current]
    above = rates[len(below) :]
    yield lecture.equals(27, "currents up to 1.5 nA with a rate other than 0", 0, float(len(below) - below.count(0.0)))
    rises = [one < other for one, other in zip(above, above[1:])]
    yield lecture.equals(27, "currents above 1.5 nA from where the rate does not rise", 0, float(rises.count(False)))
    line = above[CURRENTS.index(2.0) - len(below) :]
    slope = (line[-1] - line[0]) / (len(line) - 1)
    bend = max(abs(line[0] + slope * i - rate) for i, rate in enumerate(line)) / line[-1]
    yield lecture.stays_below(27, "distance from a line, 2 to 5 nA, as a part of the largest rate", "0.02", bend)


WORKED_EXAMPLES = (closed_form, simulated, looks_like_a_relu)
