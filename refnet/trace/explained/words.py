"""What has to be said in words? The conventions, and what was left out."""

from __future__ import annotations

from refnet.trace.explained.worked import Worked


def conventions(worked: Worked) -> list[str]:
    """What a reader has to know before the first equation."""
    if worked.names.is_numbered:
        arrow = worked.names.joint
        found = [f"Units are numbered through: x input, z net input, o output; w1{arrow}3 leads from unit 1 to unit 3."]
    else:
        found = ["Rows and units count from 0, as in the trace: dense1.z[row][unit], dense1.weights[unit][input]."]
    if worked.step.rows > 1 and worked.names.is_numbered:
        found.append(f"The number above, as in ⁽¹⁾, is the example's: 1 to {worked.step.rows}.")
    if any(section.title == "backward" for section in worked.sections):
        found.append("δ = ∂L/∂z, and a step goes against it: w ← w − η·∂L/∂w (here δ has o − y in it; slides with "
                     "y − o write + η: the same step).")
    return [*found, *worked.functions]


def left_out(worked: Worked) -> str:
    """How to ask for the rest."""
    layer = next(iter(worked.names.layers))
    name = next((name.split(".")[0] for section in worked.sections for name, *_ in section.shapes), layer)
    return (f"{worked.left_out:,} numbers are left at their shapes; some of them: units={{{name!r}: [0]}}, rows=[0]; "
            'all: units="all"')
