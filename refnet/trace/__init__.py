"""What happened in this step? Recorded, explained, exported, compared."""

from refnet.trace import dumps
from refnet.trace.calls import Call, Numbers
from refnet.trace.element import Element, Operation
from refnet.trace.explained import Explanation, explain
from refnet.trace.steps import Step, Trace
from refnet.trace.tracing import traced, tracing

__all__ = ["Call", "Element", "Explanation", "Numbers", "Operation", "Step", "Trace", "dumps", "explain", "traced",
           "tracing"]
