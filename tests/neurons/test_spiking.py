"""Does the simulated neuron do what its equation says? Against closed forms, worked out here with Python's math."""

import math

import pytest

from refnet.neurons import IntegrateAndFire

LEAKY = IntegrateAndFire(resistance=10.0, capacitance=1.0, rest=-65.0, threshold=-50.0)  # τ = 10 ms, 1.5 nA
CURRENTS = [1.5001, 1.6, 2.0, 3.7, 10.0, 80.0]


def simulated_rate(neuron, current, step=0.37):
    """Spikes per second between the first spike and the last of about fifty intervals."""
    spikes = neuron.simulate(current, time=50.5 * 1000.0 / neuron.rate(current), step=step).spikes
    assert len(spikes) in (49, 50, 51)
    return 1000.0 * (len(spikes) - 1) / (spikes[-1] - spikes[0])


# Near the threshold the time depends steeply on the current: a relative error of 2⁻⁵³ in RI is one of RI/(RI − ΔV) as
# much in the interval, 1.5e4 times at 1.5001 nA.
def tolerance(current):
    return 1e-15 * max(10.0, 1.5 / (current - 1.5))


@pytest.mark.parametrize("current", CURRENTS)
@pytest.mark.parametrize("refractory", [0.0, 2.5])
def test_the_rate_of_a_leaky_neuron(current, refractory):
    neuron = IntegrateAndFire(refractory=refractory)
    closed = 1000.0 / (refractory + 10.0 * math.log(10.0 * current / (10.0 * current - 15.0)))
    assert neuron.rate(current) == pytest.approx(closed, rel=tolerance(current))
    assert simulated_rate(neuron, current) == pytest.approx(neuron.rate(current), rel=1e-13)  # a sum of 50 intervals


@pytest.mark.parametrize("current", CURRENTS)
@pytest.mark.parametrize("refractory", [0.0, 2.5])
def test_the_rate_without_leak(current, refractory):
    neuron = IntegrateAndFire(None, 2.0, refractory=refractory)
    closed = 1000.0 / (refractory + 2.0 * 15.0 / current)
    assert neuron.rate(current) == pytest.approx(closed, rel=1e-15)
    assert simulated_rate(neuron, current) == pytest.approx(closed, rel=1e-13)


def test_a_reset_below_rest():
    neuron = IntegrateAndFire(reset=-80.0)
    closed = 1000.0 / (10.0 * math.log((20.0 + 15.0) / (20.0 - 15.0)))
    assert neuron.rate(2.0) == pytest.approx(closed, rel=1e-14)
    assert simulated_rate(neuron, 2.0) == pytest.approx(closed, rel=1e-12)
    first, second, *_ = neuron.simulate(2.0, 100.0).spikes  # the first from rest, the others from the reset
    assert first == pytest.approx(10.0 * math.log(4.0), rel=1e-12) and second - first == pytest.approx(1000.0 / closed)


def test_the_threshold_current_is_exact():
    assert LEAKY.threshold_current == 1.5 and IntegrateAndFire(None).threshold_current == 0.0
    assert LEAKY.rate(1.5) == 0.0 and LEAKY.interval(1.5) == math.inf and LEAKY.rate(math.nextafter(1.5, 2.0)) > 0.0
    assert LEAKY.simulate(1.5, time=2000.0, step=1.0).spikes == []
    assert IntegrateAndFire(None).rate(0.0) == IntegrateAndFire(None).rate(-1.0) == 0.0


def test_the_voltage_follows_its_closed_form():
    """V = V_rest + RI(1 − e^(−t/τ)), whatever the step."""
    for step in (0.1, 1.0, 7.0):
        response = LEAKY.simulate(1.2, time=35.0, step=step)
        for t, v in zip(response.times, response.voltages):
            assert v == pytest.approx(-65.0 + 12.0 * (1.0 - math.exp(-t / 10.0)), rel=1e-13)
    response = IntegrateAndFire(None, 2.0).simulate(1.0, time=20.0, step=0.5, start=-70.0)
    assert response.voltages == [-70.0 + 0.25 * i for i in range(41)]  # exact in binary


def test_spikes_do_not_depend_on_the_step():
    """10 ln 4 ms apart; the voltage starts from rest again within a step."""
    runs = [LEAKY.simulate(2.0, time=100.0, step=step) for step in (0.01, 0.25, 5.0, 50.0)]
    assert runs[0].spikes == pytest.approx([10.0 * math.log(4.0) * k for k in range(1, 8)], rel=1e-15)
    assert all(run.spikes == runs[0].spikes and run.voltages[-1] == runs[0].voltages[-1] for run in runs)


def test_a_current_that_trembles():
    """The same rate as with a constant current, although the closed form starts anew in every step."""
    trembling = LEAKY.simulate(lambda t: 2.0 + 1e-12 * (t % 0.5), time=100.0).spikes
    assert trembling != LEAKY.simulate(2.0, time=100.0).spikes
    assert trembling == pytest.approx(LEAKY.simulate(2.0, time=100.0).spikes, rel=1e-11)


def test_the_refractory_time_lasts_over_steps():
    neuron = IntegrateAndFire(None, 1.0, refractory=5.0)
    response = neuron.simulate(1.0, time=45.0, step=1.0)  # 15 ms up, 5 ms at rest
    assert response.spikes == [15.0, 35.0]
    assert response.voltages[15:22] == [-65.0] * 6 + [-64.0]


def test_a_current_that_changes_in_the_refractory_time():
    neuron = IntegrateAndFire(None, 1.0, refractory=5.0)
    response = neuron.simulate(lambda t: 1.0 if t < 17.0 else 3.0, time=36.0, step=1.0)
    assert response.spikes == [15.0, 25.0, 35.0]  # up with 1 nA for 15 ms; with 3 nA for 5 ms, from 20 ms on


def test_a_current_that_changes():
    response = LEAKY.simulate(lambda t: 2.0 if 10.0 <= t < 40.0 else 0.0, time=80.0, step=1.0)
    assert response.spikes == pytest.approx([10.0 + 10.0 * math.log(4.0) * k for k in (1, 2)], rel=1e-12)
    assert response.voltages[:11] == [-65.0] * 11 and response.voltages[-1] == pytest.approx(-65.0, abs=0.1)


def test_it_looks_like_a_relu():
    """Zero, then rising; where it is fast, each nA adds 1000/(C ΔV) = 66.7 spikes a second."""
    rates = [LEAKY.rate(0.1 * i) for i in range(101)]
    assert rates[:16] == [0.0] * 16 and all(a < b for a, b in zip(rates[15:], rates[16:]))
    slopes = [10.0 * (b - a) for a, b in zip(rates[30:], rates[31:])]
    assert all(abs(slope - 1000.0 / 15.0) < 4.0 for slope in slopes) and abs(slopes[-1] - 1000.0 / 15.0) < 0.2


@pytest.mark.parametrize(("settings", "error", "names"), [
    ({"resistance": 0.0}, ValueError, "resistance: 0.0"), ({"capacitance": -1.0}, ValueError, "capacitance: -1.0"),
    ({"capacitance": "1 nF"}, TypeError, "capacitance: '1 nF'"), ({"rest": -50.0}, ValueError, "rest: -50.0"),
    ({"threshold": -70.0}, ValueError, "rest: -65.0, threshold: -70.0; allowed: rest < threshold"),
    ({"reset": -40.0}, ValueError, "reset: -40.0, threshold: -50.0"),
    ({"refractory": -1.0}, ValueError, "refractory: -1.0"),
])  # fmt: skip
def test_what_a_neuron_refuses(settings, error, names):
    with pytest.raises(error, match=names):
        IntegrateAndFire(**settings)


@pytest.mark.parametrize(("arguments", "error", "names"), [
    (("2 nA", 10.0), TypeError, "current: '2 nA'"), ((math.nan, 10.0), ValueError, "current: nan"),
    ((1e7, 10.0), ValueError, "current: 10000000.0.*<= 1000000.0"), ((2.0, 0.0), ValueError, "time: 0.0"),
    ((2.0, 10.0, 20.0), ValueError, "time: 10.0.*>= 20.0"), ((2.0, 10.0, 0.0), ValueError, "step: 0.0"),
    ((2.0, 1e9), ValueError, "time"), ((2.0, 10.0, 0.1, -50.0), ValueError, "start: -50.0"),
    ((5e5, 10.0), ValueError, "current: 500000.0 nA at 0 ms gives more than 1,000 spikes in a step of 0.1 ms"),
    ((lambda t: None, 10.0), TypeError, "current: None"),
])  # fmt: skip
def test_what_simulate_refuses(arguments, error, names):
    with pytest.raises(error, match=names):
        LEAKY.simulate(*arguments)
    with pytest.raises(TypeError, match="current"):
        LEAKY.rate(None)


def test_its_settings_are_shown():
    shown = repr(IntegrateAndFire(resistance=None, refractory=2))
    assert shown == ("IntegrateAndFire(resistance=None, capacitance=1.0, rest=-65.0, threshold=-50.0, reset=-65.0, "
                     "refractory=2.0)")
