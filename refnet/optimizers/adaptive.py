"""How does a gradient change a weight? Each at its own rate, which is small where its gradients have been large.

With ε = 0 a weight whose gradients have all been 0 stays unchanged, although the formula has 0/0.
"""

from typing import Any, Optional

from refnet.arithmetic.elementary import exp, log
from refnet.checks import Choice, Number, Settings
from refnet.optimizers.base import Optimizer
from refnet.optimizers.clipping import Clip
from refnet.optimizers.schedules import Rate


class AdaGrad(Optimizer):
    """s ← s + g², w ← w − η g/(√s + ε): lecture 002 with ε = 0; Duchi, Hazan & Singer, Adaptive Subgradient Methods for
    Online Learning and Stochastic Optimization, JMLR 2011, with ε.

    code: `s = s + g*g; w = w - (rate*g) / (sqrt(s) + epsilon)`

    s starts from `initial` ≥ 0 (initial_accumulator_value in PyTorch, TensorFlow and Keras; the latter two have 0.1): a
    larger one makes the first steps smaller.
    """

    settings = Settings(Optimizer.settings, epsilon=Number(least=0), initial=Number(least=0, fixed=True))
    matrices = ("squares",)

    def __init__(self, rate: Rate = 0.01, epsilon: float = 1e-10, initial: float = 0.0, *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.epsilon, self.initial = epsilon, initial

    def start_of(self, matrix: str) -> float:
        return self.initial

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.adagrad_update(w, state["squares"], g, self.rate_matrix, self.epsilon)


class Adadelta(Optimizer):
    """s ← ρs + (1−ρ)g², Δ = √(u+ε)/√(s+ε) g, u ← ρu + (1−ρ)Δ², w ← w − ηΔ: Zeiler, ADADELTA: An Adaptive Learning Rate
    Method, arXiv:1212.5701, 2012, whose η is 1.

    code: `s = rho*s + (1-rho)*(g*g); delta = sqrt(u + epsilon) / sqrt(s + epsilon) * g;
    u = rho*u + (1-rho)*(delta*delta); w = w - rate*delta`
    """

    settings = Settings(
        Optimizer.settings, rho=Number(least=0, below=1),
        epsilon=Number(above=0),  # with ε = 0 no weight would ever move
    )
    matrices = ("squares", "steps")

    def __init__(self, rate: Rate = 1.0, rho: float = 0.95, epsilon: float = 1e-6, *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.rho, self.epsilon = rho, epsilon

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

    settings = Settings(
        Optimizer.settings, beta=Number(least=0, below=1), epsilon=Number(least=0),
        inside=Choice(False, True), centred=Choice(False, True, fixed=True),
    )
    matrices: tuple[str, ...] = ("squares", "mean")

    def __init__(self, rate: Rate = 0.001, beta: float = 0.9, epsilon: float = 1e-8, inside: bool = False,
                 centred: bool = False, *, weight_decay: float = 0.0, clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.beta, self.epsilon, self.inside, self.centred = beta, epsilon, inside, centred
        if not self.centred:
            self.matrices = ("squares",)

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        numbers = (self.rate_matrix, self.beta, self.epsilon, float(self.inside))
        if self.centred:
            k.centred_rmsprop_update(w, state["squares"], state["mean"], g, *numbers)
        else:
            k.rmsprop_update(w, state["squares"], g, *numbers)


class Adam(Optimizer):
    """m ← β₁m + (1−β₁)g, s ← β₂s + (1−β₂)g², m̂ = m/(1−β₁ᵗ), ŝ = s/(1−β₂ᵗ), w ← w − η m̂/(√ŝ + ε): Kingma & Ba, Adam: A
    Method for Stochastic Optimization, ICLR 2015; with inside=True w − η m̂/√(ŝ + ε), as in lecture 001.

    code: `power1 = power1*beta1; power2 = power2*beta2; m = beta1*m + (1-beta1)*g; s = beta2*s + (1-beta2)*(g*g);
    w = w - (rate * (m / (1-power1))) / (sqrt(s / (1-power2)) + epsilon)`, or `/ sqrt(s / (1-power2) + epsilon)`
    """

    settings = Settings(
        Optimizer.settings, beta1=Number(least=0, below=1), beta2=Number(least=0, below=1),
        epsilon=Number(least=0), inside=Choice(False, True),
    )
    matrices: tuple[str, ...] = ("mean", "squares")

    def __init__(self, rate: Rate = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
                 inside: bool = False, *, weight_decay: float = 0.0, clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.beta1, self.beta2, self.epsilon, self.inside = beta1, beta2, epsilon, inside

    def first_step(self) -> dict[str, float]:
        return {"power1": 1.0, "power2": 1.0}

    def begin_step(self, k: Any) -> None:
        k.advance_power(self.state["step"]["power1"], self.beta1)
        k.advance_power(self.state["step"]["power2"], self.beta2)

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.adam_update(w, state["mean"], state["squares"], g, *self.numbers())

    def numbers(self) -> tuple[Any, ...]:
        """The arguments of the kernel that are the same for every parameter."""
        powers = self.state["step"]["power1"], self.state["step"]["power2"]
        return (self.rate_matrix, *powers, self.beta1, self.beta2, self.epsilon, float(self.inside))


class AdamW(Adam):
    """Adam with decoupled weight decay: Loshchilov & Hutter, Decoupled Weight Decay Regularization, ICLR 2019.

    code: `w = w * (1 - rate*weight_decay)`, then Adam's
    """

    def __init__(self, rate: Rate = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
                 inside: bool = False, *, weight_decay: float = 0.01, clip: Optional[Clip] = None) -> None:
        super().__init__(rate, beta1, beta2, epsilon, inside, weight_decay=weight_decay, clip=clip)


class AMSGrad(Adam):
    """Adam with the largest s so far instead of s, so that no rate grows: Reddi, Kale & Kumar, On the Convergence of
    Adam and Beyond, ICLR 2018.

    code: Adam's, with `largest = max(s, largest)` and `largest / (1-power2)` under the root

    corrected=False leaves out both bias corrections, as in the paper (the powers are 0; dividing by 1 changes no bit).
    """

    settings = Settings(Adam.settings, corrected=Choice(True, False, fixed=True))
    matrices = ("mean", "squares", "largest")

    def __init__(self, rate: Rate = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
                 inside: bool = False, corrected: bool = True, *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        super().__init__(rate, beta1, beta2, epsilon, inside, weight_decay=weight_decay, clip=clip)
        self.corrected = corrected

    def first_step(self) -> dict[str, float]:
        return super().first_step() if self.corrected else {"power1": 0.0, "power2": 0.0}

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.amsgrad_update(w, state["mean"], state["squares"], state["largest"], g, *self.numbers())


class Nadam(Adam):
    """Adam with Nesterov's momentum: Dozat, Incorporating Nesterov Momentum into Adam, ICLR workshop 2016.

    μₜ = β₁(1 − ½·0.96^(ψt)), m and s as Adam's, m̂ = (1−μₜ)/(1−μ₁…μₜ) g + μₜ₊₁/(1−μ₁…μₜ₊₁) m, w ← w − η m̂/(√ŝ + ε);
    ψ is momentum_decay, 1/250 in the paper.

    code: `decay = decay*factor; mu = beta1*(1 - 0.5*decay); following = beta1*(1 - 0.5*(decay*factor));
    product = product*mu; g_share = (1-mu) / (1-product); m_share = following / (1 - product*following)` with
    factor = exp(momentum_decay*log(0.96)), once a step; then
    `w = w - (rate * (g_share*g + m_share*m)) / (sqrt(s / (1-power2)) + epsilon)`
    """

    settings = Settings(
        {name: setting for name, setting in Adam.settings.items() if name != "inside"}, momentum_decay=Number(least=0)
    )

    def __init__(self, rate: Rate = 0.002, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
                 momentum_decay: float = 0.004, *, weight_decay: float = 0.0, clip: Optional[Clip] = None) -> None:
        super().__init__(rate, beta1, beta2, epsilon, weight_decay=weight_decay, clip=clip)
        self.momentum_decay = momentum_decay

    def first_step(self) -> dict[str, float]:
        return {"power2": 1.0, "decay": 1.0, "product": 1.0, "g_share": 0.0, "m_share": 0.0}

    def begin_step(self, k: Any) -> None:
        step, factor = self.state["step"], exp(self.momentum_decay * log(0.96))
        k.advance_power(step["power2"], self.beta2)
        k.nadam_advance(step["decay"], step["product"], step["g_share"], step["m_share"], self.beta1, factor)

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        step = self.state["step"]
        k.nadam_update(w, state["mean"], state["squares"], g, self.rate_matrix, step["power2"], step["g_share"],
                       step["m_share"], self.beta1, self.beta2, self.epsilon)
