"""How do several values become one? Number by number, or side by side; a branch is a value that several layers take."""

from typing import Any

from refnet.layers.base import UNBOUNDED, Layer


class Merge(Layer, abstract=True):
    """Base of layers with several inputs: build gets a list of their units, forward a list of their matrices, and
    backward returns a list of their gradients."""

    merges = True


class _ByElement(Merge, abstract=True):
    """Base of those that put inputs of one shape together number by number, from the left."""

    def output_units(self, inputs: Any) -> int:
        if len(set(inputs)) != 1:
            raise ValueError(f"{self.name}: inputs of {', '.join(map(str, inputs))} units; they have to be alike")
        return inputs[0]


class Add(_ByElement):
    """o = a + b + …, added from the left; every input gets the same gradient (lecture 002, "Plus module")."""

    smallest, largest = UNBOUNDED

    def forward(self, x: Any, training: bool = False) -> Any:
        total = x[0]
        for other in x[1:]:
            total = self.k.add(total, other)
        return total

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return [d] * len(self.inputs)  # type: ignore[arg-type]


class Subtract(_ByElement):
    """o = a − b − …, from the left; the gradient of a is d, of the others −d."""

    def forward(self, x: Any, training: bool = False) -> Any:
        rest = x[0]
        for other in x[1:]:
            rest = self.k.subtract(rest, other)
        return rest

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return [d, *[self.k.scale(d, -1.0)] * (len(self.inputs) - 1)]  # type: ignore[arg-type]


class Multiply(_ByElement):
    """o = a · b · …, from the left, such as values and their gates (Hochreiter, Schmidhuber: Long short-term memory,
    Neural Computation 9, 1997); the gradient of an input is d times the other inputs, from the left.
    """

    cache = ("x",)

    def forward(self, x: Any, training: bool = False) -> Any:
        self.x = x
        product = x[0]
        for other in x[1:]:
            product = self.k.multiply(product, other)
        return product

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        gradients = []
        for i in range(len(self.x)):
            gradient = d
            for other in [*self.x[:i], *self.x[i + 1 :]]:
                gradient = self.k.multiply(gradient, other)
            gradients.append(gradient)
        return gradients


class Maximum(_ByElement):
    """o = max(a, b, …), such as a maxout unit (Goodfellow, Warde-Farley, Mirza, Courville, Bengio: Maxout networks,
    ICML 2013); the gradient goes to the largest input, to the first of equal ones. NaN stays NaN.
    """

    cache = ("pairs",)

    def forward(self, x: Any, training: bool = False) -> Any:
        largest, self.pairs = x[0], []
        for other in x[1:]:
            self.pairs.append((self.k.subtract(largest, other), self.k.subtract(other, largest)))
            first, second = self._split(self.pairs[-1], largest, other)
            largest = self.k.add(first, second)
        return largest

    def _split(self, pair: Any, a: Any, b: Any) -> tuple[Any, Any]:
        """a where the first is the largest, else 0; b where the second is, else 0."""
        return self.k.relu_backward(pair[0], a, 1.0), self.k.relu_backward(pair[1], b, 0.0)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        gradients = []
        for pair in reversed(self.pairs):
            d, gradient = self._split(pair, d, d)
            gradients.append(gradient)
        return [d, *reversed(gradients)]


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
