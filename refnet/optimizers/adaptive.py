"""How does a gradient change a weight? Each at its own rate, which is small where its gradients have been large.

With ε = 0 a weight whose gradients have all been 0 stays unchanged, although the formula has 0/0.
"""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.optimizers.base import Optimizer
from refnet.optimizers.clipping import Clip
from refnet.optimizers.schedules import Rate


class AdaGrad(Optimizer):
    """s ← s + g², w ← w − η g/(√s + ε): lecture 002 with ε = 0; Duchi, Hazan & Singer, Adaptive Subgradient Methods for
    Online Learning and Stochastic Optimization, JMLR 2011, with ε.

    code: `s = s + g*g; w = w - (rate*g) / (sqrt(s) + epsilon)`
    """

    settings = (*Optimizer.settings, "epsilon")
    matrices = ("squares",)

    def __init__(self, rate: Rate = 0.01, epsilon: float = 1e-10, *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.epsilon = checks.number("epsilon", epsilon, least=0)

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.adagrad_update(w, state["squares"], g, self.rate_matrix, self.epsilon)


class Adadelta(Optimizer):
    """s ← ρs + (1−ρ)g², Δ = √(u+ε)/√(s+ε) g, u ← ρu + (1−ρ)Δ², w ← w − ηΔ: Zeiler, ADADELTA: An Adaptive Learning Rate
    Method, arXiv:1212.5701, 2012, whose η is 1.

    code: `s = rho*s + (1-rho)*(g*g); delta = sqrt(u + epsilon) / sqrt(s + epsilon) * g;
    u = rho*u + (1-rho)*(delta*delta); w = w - rate*delta`
    """

    settings = (*Optimizer.settings, "rho", "epsilon")
    matrices = ("squares", "steps")

    def __init__(self, rate: Rate = 1.0, rho: float = 0.95, epsilon: float = 1e-6, *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.rho = checks.number("rho", rho, least=0, below=1)
        self.epsilon = checks.number("epsilon", epsilon, above=0)  # with ε = 0 no weight would ever move

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.adadelta_update(w, state["squares"], state["steps"], g, self.rate_matrix, self.rho, self.epsilon)


class RMSprop(Optimizer):
    """s ← βs + (1−β)g², w ← w − η g/(√s + ε): Tieleman & Hinton, Lecture 6.5 of Neural Networks for Machine Learning,
    2012; with inside=True w − η g/√(s + ε), as in lecture 001, with β "typically 0.999".

    code: `s = beta*s + (1-beta)*(g*g); w = w - (rate*g) / (sqrt(s) + epsilon)`, or `/ sqrt(s + epsilon)`

    centred=True divides by the standard deviation instead (Graves, Generating Sequences With Recurrent Neural Networks,
    arXiv:1308.0850, 2013): `m = beta*m + (1-beta)*g; variance = s - m*m` replaces s under the root; a variance that
    rounding makes negative counts as 0.
    """

    settings = (*Optimizer.settings, "beta", "epsilon", "inside", "centred")
    matrices: tuple[str, ...] = ("squares", "mean")

    def __init__(self, rate: Rate = 0.001, beta: float = 0.9, epsilon: float = 1e-8, inside: bool = False,
                 centred: bool = False, *, weight_decay: float = 0.0, clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.beta = checks.number("beta", beta, least=0, below=1)
        self.epsilon = checks.number("epsilon", epsilon, least=0)
        self.inside = checks.choice("inside", inside, [False, True])
        self.centred = checks.choice("centred", centred, [False, True])
        if not centred:
            self.matrices = ("squares",)

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        numbers = (self.rate_matrix, self.beta, self.epsilon, float(self.inside))
        if self.centred:
            k.centred_rmsprop_update(w, state["squares"], state["mean"], g, *numbers)
        else:
            k.rmsprop_update(w, state["squares"], g, *numbers)
