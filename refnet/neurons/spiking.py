"""When does a neuron spike? Integrate and fire: a current charges the membrane, which spikes at a threshold.

Units that fit together: ms, mV, nA, nF and MΩ (MΩ · nF = ms, MΩ · nA = mV, nF · mV/ms = nA). Between two changes of the
current the voltage has a closed form, so nothing is approximated, and a step's length matters for the picture only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Optional, Union

from refnet import checks
from refnet.arithmetic.elementary import divide, exp, log1p

Current = Union[float, Callable[[float], float]]
MOST_STEPS = 10_000_000
MOST_SPIKES = 1000  # in a step
MOST_CURRENT = 1e6  # nA; more would be a spark


class Response(NamedTuple):
    """What a neuron did: the voltage (mV) at each of the times (ms), and the times of its spikes (ms)."""

    times: list[float]
    voltages: list[float]
    spikes: list[float]


class IntegrateAndFire:
    """C dV/dt = −(V − V_rest)/R + I; at V = V_threshold a spike, and V ← V_reset (lecture 000, "Biological Neurons";
    L. Lapicque, 1907).

    resistance   R of the leak in MΩ; None: no leak, I = C dV/dt
    capacitance  C in nF; τ = R C in ms
    rest, threshold, reset   in mV; reset (default: rest) and rest are below the threshold
    refractory   ms after a spike in which V stays at V_reset

    Raises TypeError or ValueError for other values. None of them can be changed later.
    """

    def __init__(self, resistance: Optional[float] = 10.0, capacitance: float = 1.0, *, rest: float = -65.0,
                 threshold: float = -50.0, reset: Optional[float] = None, refractory: float = 0.0) -> None:
        self.resistance = None if resistance is None else checks.number("resistance", resistance, above=0)
        self.capacitance = checks.number("capacitance", capacitance, above=0)
        self.threshold = checks.number("threshold", threshold)
        self.rest = self._below_threshold("rest", rest)
        self.reset = self.rest if reset is None else self._below_threshold("reset", reset)
        self.refractory = checks.number("refractory", refractory, least=0)

    @property
    def threshold_current(self) -> float:
        """The current (nA) above which it spikes: (V_threshold − V_rest)/R; 0 without leak."""
        return 0.0 if self.resistance is None else (self.threshold - self.rest) / self.resistance

    def interval(self, current: float) -> float:
        """ms between two spikes at a constant current (nA): t_ref + τ ln((V∞ − V_reset)/(V∞ − V_threshold)), where
        V∞ = V_rest + R I; without leak t_ref + C (V_threshold − V_reset)/I. Infinite up to the threshold current.

        Raises TypeError or ValueError for a current that is not within ±10⁶ nA."""
        return self.refractory + self._climb(self.reset, _checked(current))

    def rate(self, current: float) -> float:
        """Spikes per second at a constant current (nA): 1000/interval. 0 up to the threshold current."""
        return divide(1000.0, self.interval(current))

    def simulate(self, current: Current, time: float, step: float = 0.1, start: Optional[float] = None) -> Response:
        """The response to a current for `time` ms, with the voltage after each step.

        current  nA: a number, or a function of the time (ms), which is asked at the beginning of each step
        step     ms
        start    the first voltage (mV), below the threshold; default: rest

        Raises TypeError or ValueError for other arguments, more than ten million steps, or more than 1,000 spikes in a
        step.
        """
        step = checks.number("step", step, above=0)
        steps = checks.number("time", time, least=step, most=MOST_STEPS * step) / step
        v = self.rest if start is None else self._below_threshold("start", start)
        constant = None if callable(current) else _checked(current)
        times, voltages, spikes = [0.0], [v], []
        now: Optional[float] = None
        since, held, spike = 0.0, v, 0.0  # from `since` on, where V is `held`, the closed form holds until the spike
        for i in range(int(steps + 0.5)):
            t, end = i * step, (i + 1) * step
            given = _checked(current(t)) if constant is None else constant  # type: ignore[operator]
            if given != now:
                if self.interval(given) * MOST_SPIKES < step:
                    raise ValueError(f"current: {given!r} nA at {t:g} ms gives more than {MOST_SPIKES:,} spikes in a "
                                     f"step of {step:g} ms; allowed: less")
                now = given
                if since < t:
                    since, held = t, v
                spike = since + self._climb(held, now)
            while spike <= end:
                spikes.append(spike)
                since, held = spike + self.refractory, self.reset
                spike = since + self._climb(held, now)
            v = self._after(end - since, held, now) if since < end else held
            times.append(end)
            voltages.append(v)
        return Response(times, voltages, spikes)

    def _below_threshold(self, name: str, value: Any) -> float:
        value = checks.number(name, value)
        if value >= self.threshold:
            raise ValueError(f"{name}: {value}, threshold: {self.threshold}; allowed: {name} < threshold")
        return value

    def _climb(self, v: float, current: float) -> float:
        """ms from a voltage to the threshold, ∞ if it is never crossed; 0 from a voltage that rounding put above it."""
        if self.resistance is None:
            return max(0.0, self.capacitance * (self.threshold - v) / current) if current > 0.0 else math.inf
        above = self.resistance * current - (self.threshold - self.rest)  # V∞ − V_threshold
        if above <= 0.0:
            return math.inf
        return max(0.0, self.resistance * self.capacitance * log1p((self.threshold - v) / above))

    def _after(self, ms: float, v: float, current: float) -> float:
        """The voltage after that time without a spike: V∞ + (V − V∞) e^(−t/τ), without leak V + I t/C."""
        if self.resistance is None:
            return v + current * ms / self.capacitance
        end = self.rest + self.resistance * current
        return end + (v - end) * exp(-ms / (self.resistance * self.capacitance))

    def __repr__(self) -> str:
        names = ("resistance", "capacitance", "rest", "threshold", "reset", "refractory")
        return f"IntegrateAndFire({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


def _checked(current: Any) -> float:
    return checks.number("current", current, least=-MOST_CURRENT, most=MOST_CURRENT)
