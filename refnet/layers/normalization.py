"""How are the numbers of a column brought to a common scale?"""

from __future__ import annotations

from typing import Any

from refnet import checks
from refnet.layers.base import Layer


class Standardize(Layer):
    """(x − mean) / std, column by column, with numbers measured once on the training part and never trained."""

    settings = ("mean", "std")

    def __init__(self, mean: Any, std: Any) -> None:
        """mean and std: a number for each feature, as data.Standardizer has them."""
        super().__init__()
        numbers: Any = checks.rows("mean and std", [mean, std], finite=True)
        self.mean, self.std = numbers
        for i, sigma in enumerate(self.std):
            checks.number(f"std[{i}]", sigma, above=0)

    def output_units(self, inputs: int) -> int:
        if inputs != len(self.mean):
            raise ValueError(f"{self.name}: mean has {len(self.mean)} numbers; the layer before it has {inputs} units")
        return inputs

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        super().build(inputs, k)
        self.buffers = {"mean": k.matrix([self.mean]), "std": k.matrix([self.std])}

    def forward(self, x: Any, training: bool = False) -> Any:
        return self.k.standardize(x, self.buffers["mean"], self.buffers["std"])

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.standardize_backward(d, self.buffers["std"])
