"""What happened in this step? Recorded, explained, exported, compared."""

from refnet.trace import dumps
from refnet.trace.calls import Call, Numbers
from refnet.trace.compared.difference import Deviation, Difference, difference
from refnet.trace.compared.lockstep import Lockstep, OutOfStep, lockstep
from refnet.trace.compared.tolerance import Tolerance, tolerance
from refnet.trace.element import Element, Operation
from refnet.trace.explained import Explanation, explain
from refnet.trace.steps import Step, Trace
from refnet.trace.tracing import traced, tracing

__all__ = ["Call", "Deviation", "Difference", "Element", "Explanation", "Lockstep", "Numbers", "Operation", "OutOfStep",
           "Step", "Tolerance", "Trace", "difference", "dumps", "explain", "lockstep", "tolerance", "traced", "tracing"]
