"""What happened in this step? Recorded, explained, exported, compared."""

from refnet.trace.calls import Call, Numbers
from refnet.trace.element import Element, Operation
from refnet.trace.explained import Explanation, explain
from refnet.trace.recording import traced, tracing
from refnet.trace.steps import Step, Trace

__all__ = ["Call", "Element", "Explanation", "Numbers", "Operation", "Step", "Trace", "explain", "traced", "tracing"]
