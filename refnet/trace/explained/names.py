"""What does a lecture call a number of the trace? w13, o3, δ5; of a large network or a graph the trace's own names.

In a chain the units are numbered through: inputs 1, 2; hidden 3, 4; output 5 (lecture 003). w13 leads from 1 to 3.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from refnet.layers import Dense, Input, activations, softmax

MOST_NODES = 60  # of a chain with more, numbers say less than the layers' names
LETTERS = {"weights": "w", "bias": "b", "gamma": "γ", "beta": "β", "slope": "α", "xhat": "x̂", "batch_mean": "μ",
           "batch_variance": "σ²", "deviation": "σ"}
STATE = {"velocity": "v", "squares": "s", "mean": "m", "steps": "u", "largest": "top", "ahead": "ahead",
         "updated": "updated", "clipped": "clipped"}
SETTINGS = {"mu": "μ", "epsilon": "ε", "eps": "ε", "beta": "β", "beta1": "β₁", "beta2": "β₂", "rho": "ρ", "alpha": "α",
            "slope": "α", "momentum": "m"}
STEP = {"step.power1": "β₁ᵗ", "step.power2": "β₂ᵗ", "rate": "η", "loss": "L", "loss.sum": "ΣL", "squares": "‖g‖²"}


class Symbol(NamedTuple):
    """A number's name as it is written.

    letter  "w", "δ", or a name of the trace, "dense1.z"
    places  its indices: numbers of units as a lecture counts them, or row and unit as the trace does
    row     the example of the batch, counted from 1; None if it is the same for all, or there is one
    around  what stands around it: "∂L/∂", or the letter of an optimizer's number for a weight, v(w13)
    """

    letter: str
    places: tuple[int, ...] = ()
    row: Optional[int] = None
    around: tuple[str, ...] = ()


class Names:
    """The symbols of one network's numbers."""

    def __init__(self, network: Any, rows: int) -> None:
        self.layers = {layer.name: i for i, layer in enumerate(network.layers)}
        self.rows, self.first, self.before, self.letter = rows, {}, {}, {}  # type: ignore[var-annotated]
        chain = all(parents == (i - 1,)[:i] for i, parents in enumerate(network.parents))
        total = network.layers[0].units + sum(layer.units for layer in network.layers if isinstance(layer, Dense))
        self.is_numbered = chain and total <= MOST_NODES
        self.joint = "" if total <= 9 else "→"
        self.has_one_output = len(network.output_places) == 1 and network.outputs == 1
        if self.is_numbered:
            self._number(network.layers)

    def _number(self, layers: Any) -> None:
        """first: each layer's first unit; before: that of the units it takes; letter: its output's."""
        at, following, takes_o = 1, 1, False
        for i, layer in enumerate(layers):
            if isinstance(layer, (Dense, Input)):
                self.before[layer.name], at, following = at, following, following + layer.units
                later = next((j for j in range(i + 1, len(layers)) if isinstance(layers[j], Dense)), len(layers))
                takes_o = not any(_is_activation(each) for each in layers[i + 1 : later])
                self.letter[layer.name] = "x" if isinstance(layer, Input) else "o" if takes_o else "z"
            elif _is_activation(layer) and not takes_o:
                self.letter[layer.name], takes_o = "o", True
            else:
                self.letter[layer.name] = f"{layer.name}.o"
            self.first[layer.name] = at

    def symbol(self, name: str, row: int, unit: int) -> Symbol:
        """How the number `name`[row][unit] of the trace is written."""
        base = name.removesuffix(".new")
        where = row + 1 if self.rows > 1 else None
        if base in ("loss.rows", "loss.rows.weighted"):
            return Symbol("L", (), where)
        if base in STEP or base.startswith("step."):
            return Symbol(STEP.get(base, base))
        layer, _, rest = base.partition(".")
        if base == "targets" and self.is_numbered:
            return Symbol("y", () if self.has_one_output else (self.first[list(self.layers)[-1]] + unit,), where)
        if not self.is_numbered:
            return Symbol(base, (row, unit))
        if layer not in self.layers:
            return Symbol(f"{base}[{row}][{unit}]")
        return self._of_layer(layer, rest.split("."), row, unit, where)

    def _of_layer(self, layer: str, parts: list[str], row: int, unit: int, where: Optional[int]) -> Symbol:
        first = self.first[layer]
        if parts[-1] == "max":
            return Symbol("zmax", (), where)
        if parts[0] in ("z", "o"):
            return Symbol(self.letter[layer], (first + unit,), where)
        if parts[0] == "delta":
            if layer in self.before:
                return Symbol("δ", (first + unit,), where)
            return Symbol(self.letter[layer], (first + unit,), where, ("∂L/∂",))
        around = []
        for part in reversed(parts[1:]):
            around.append({"gradient": "∂L/∂", "data": "∂E/∂"}.get(part, STATE.get(part, part)))
        if "∂E/∂" in around or "clipped" in around:
            around.remove("∂L/∂")
        letter = LETTERS.get(parts[0], f"{layer}.{parts[0]}")
        if letter == "μ" or parts[0] in ("mean", "variance") or layer not in self.before:
            letter = letter if parts[0] in LETTERS and parts[0] != "mean" else f"{layer}.{parts[0]}"
        by_row = where if parts[0] == "xhat" else None
        if parts[0] == "weights":
            return Symbol(letter, (self.before[layer] + unit, first + row), None, tuple(around))
        return Symbol(letter, (first + unit,), by_row, tuple(around))


def _is_activation(layer: Any) -> bool:
    return type(layer).__module__ in (activations.__name__, softmax.__name__)
