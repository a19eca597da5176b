"""What does it cost when hidden units are busy? Layers that pass their input on unchanged and add to the loss.

"Sparsity in the hidden units" (lecture 002, "Regularizing the model"). Placed after an activation, they keep its
outputs o small: `cost` is added to the loss of the last forward pass, and its gradient to the gradient that flows back.
Both are means over the m rows of the batch, whatever the loss is divided by.
"""

from typing import Any

from refnet.checks import Choice, Number, Settings
from refnet.layers.base import Layer


class ActivityPenalty(Layer):
    """kind="L1": λ/m Σ|o|, gradient λ·sign(o)/m with sign(0) = 0. kind="L2": λ/m Σo², gradient 2λ·o/m. lam: λ ≥ 0."""

    passes_on = True

    settings = Settings(lam=Number(least=0), kind=Choice("L1", "L2"))
    cache = ("o",)
    o: Any = None

    def __init__(self, lam: float, kind: str = "L1") -> None:
        super().__init__()
        self.lam, self.kind = lam, kind

    def forward(self, x: Any, training: bool = False) -> Any:
        self.o = x
        return x

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        share = self.lam / self.k.shape(d)[0]
        if self.kind == "L1":
            return self.k.add_scaled_sign(d, self.o, share)
        return self.k.add_scaled(d, self.o, 2.0 * share)

    def cost(self) -> float:
        if self.o is None:
            return 0.0
        total = self.k.sum_of_magnitudes if self.kind == "L1" else self.k.sum_of_squares
        return self.lam / self.k.shape(self.o)[0] * self.k.tolist(total(self.o))[0][0]


class KLSparsity(Layer):
    """β Σ_j KL(ρ‖ρ̂_j), where ρ̂_j = 1/m Σ o_j is the mean activity of unit j over the batch and ρ its target:

    KL = ρ ln(ρ/ρ̂) + (1 − ρ) ln((1 − ρ)/(1 − ρ̂)), gradient β/m · ((1 − ρ)/(1 − ρ̂) − ρ/ρ̂)

    The sparse autoencoder of A. Ng, "CS294A lecture notes", 2011. For outputs between 0 and 1, as after Sigmoid.
    """

    passes_on = True

    settings = Settings(target=Number(above=0, below=1), weight=Number(least=0))
    cache = ("mean",)
    mean: Any = None

    def __init__(self, target: float = 0.05, weight: float = 1.0) -> None:
        """target: ρ, 0 < ρ < 1; weight: β, at least 0."""
        super().__init__()
        self.target, self.weight = target, weight

    def forward(self, x: Any, training: bool = False) -> Any:
        self.mean = self.k.column_means(x)
        return x

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.kl_divergence_backward(d, self.mean, self.target, self.weight / self.k.shape(d)[0])

    def cost(self) -> float:
        if self.mean is None:
            return 0.0
        return self.weight * self.k.tolist(self.k.kl_divergence(self.mean, self.target))[0][0]
