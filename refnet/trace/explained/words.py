"""What has to be said in words? The conventions, what is given, and what was left out."""

from __future__ import annotations

from refnet.trace.explained.worked import Worked
from refnet.trace.explained.writing import Style, Writer

MOST_GIVEN = 60  # numbers; more would be no line any more
GIVEN_DIGITS = 10


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


def opening(worked: Worked) -> list[str]:
    """The conventions, the numbers that nothing computes, and by which loss and optimizer the step goes."""
    found, origins = conventions(worked), worked.origins
    used = {name for call in worked.step.calls for name in call.names.values()}  # a forward pass has no use for η
    given = [name for name in origins.values
             if name in used and name not in origins.calls and name != "loss" and not name.endswith(".drawn")]
    given.sort(key=lambda name: 0 if name.endswith(".o") else 1 if name == "targets" else 2)
    names = [(name, row, unit) for name in given for row in range(origins.values[name].rows)
             for unit in range(origins.values[name].columns)]
    if worked.names.is_numbered and len(names) <= MOST_GIVEN:
        writer = Writer(Style(), worked.names, GIVEN_DIGITS)
        numbers = {writer.symbol(name): writer.value(origins.values[name[0]].at(*name[1:])) for name in names}
        found.append("Given: " + ", ".join(f"{symbol} = {value}" for symbol, value in numbers.items()) + ".")
    if any(section.title == "backward" for section in worked.sections):
        parts = [("Loss", worked.network.objective), ("optimizer", worked.network.optimizer)]
        found.append(", ".join(f"{words}: {type(thing).__name__}" for words, thing in parts if thing is not None) + ".")
    return found


def left_out(worked: Worked) -> str:
    """How to ask for the rest."""
    layer = next(iter(worked.names.layers))
    name = next((name.split(".")[0] for section in worked.sections for name, *_ in section.shapes), layer)
    return (f"{worked.left_out:,} numbers are left at their shapes; some of them: units={{{name!r}: [0]}}, rows=[0]; "
            'all: units="all"')
