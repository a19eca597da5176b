"""How do several values become one? The plus module and concatenation; a branch is a value that several layers take."""

from typing import Any

from refnet.layers.base import UNBOUNDED, Layer


class Merge(Layer, abstract=True):
    """Base of layers with several inputs: build gets a list of their units, forward a list of their matrices, and
    backward returns a list of their gradients."""

    merges = True


class Add(Merge):
    """o = a + b + …, added from the left; every input gets the same gradient (lecture 002, "Plus module")."""

    smallest, largest = UNBOUNDED

    def output_units(self, inputs: Any) -> int:
        if len(set(inputs)) != 1:
            raise ValueError(f"{self.name}: inputs of {', '.join(map(str, inputs))} units; they have to be alike")
        return inputs[0]

    def forward(self, x: Any, training: bool = False) -> Any:
        total = x[0]
        for other in x[1:]:
            total = self.k.add(total, other)
        return total

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return [d] * len(self.inputs)  # type: ignore[arg-type]


class Concatenate(Merge):
    """o = (a, b, …), the units of all inputs side by side; each input gets its own part of the gradient."""

    def output_units(self, inputs: Any) -> int:
        units = 0
        for each in inputs:
            units += each
        return units

    def forward(self, x: Any, training: bool = False) -> Any:
        row = x[0]
        for other in x[1:]:
            row = self.k.concatenate(row, other)
        return row

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        parts, left = [], self.units
        for units in self.inputs[:0:-1]:  # type: ignore[index]
            left -= units
            parts.append(self.k.right_columns(left, units, d))
            d = self.k.left_columns(left, units, d)
        return [d, *reversed(parts)]
