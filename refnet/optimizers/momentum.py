"""How does a gradient change a weight? At one rate for all weights, with and without momentum."""

from typing import Any, Optional

from refnet.checks import Choice, Number, Settings
from refnet.optimizers.base import Optimizer
from refnet.optimizers.clipping import Clip
from refnet.optimizers.schedules import Rate


class SGD(Optimizer):
    """w ← w − η g (lectures 000–004); code: `w = w - rate*g`"""

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.sgd_update(w, g, self.rate_matrix)


class Momentum(Optimizer):
    """Each step continues the ones before it. Of the three forms the first two are the lectures':

    form="velocity"   v ← μv − η g, w ← w + v (lectures 000, 002, 003); code: `v = mu*v - rate*g; w = w + v`
    form="average"    v ← μv + (1−μ) g, w ← w − ηv (lecture 001, where μ is β);
                      code: `v = mu*v + (1-mu)*g; w = w - rate*v`
    form="sum"        v ← μv + g, w ← w − ηv, PyTorch's; code: `v = mu*v + g; w = w - rate*v`

    At a constant rate "velocity" and "sum" are the same method (v is −η times the other's v), but not the same bits.
    When the rate falls, "sum" applies the new rate to all of v.
    """

    settings = Settings(
        Optimizer.settings, mu=Number(least=0, below=1), form=Choice("velocity", "average", "sum", fixed=True)
    )
    matrices = ("velocity",)

    def __init__(self, rate: Rate = 0.01, mu: float = 0.9, form: str = "velocity", *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        super().__init__(rate, weight_decay=weight_decay, clip=clip)
        self.mu, self.form = mu, form

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        if self.form == "velocity":
            k.momentum_update(w, state["velocity"], g, self.rate_matrix, self.mu)
        else:
            share = 1.0 if self.form == "sum" else 1.0 - self.mu
            k.average_update(w, state["velocity"], g, self.rate_matrix, self.mu, share, 0.0)


class Nesterov(Momentum):
    """Momentum with the gradient measured ahead, at w + μv: v ← μv − η∇L(w + μv), w ← w + v (lecture 002).

    form="velocity"   code: `start = w; w = w + mu*v;` gradient at w; `v = mu*v - rate*g; w = start + v`
    form="sum"        PyTorch's, where w stays ahead between steps; code: `v = mu*v + g; w = w - rate*(g + mu*v)`

    With form="velocity" call `optimizer.before_forward(net)` before the forward pass in your own training loop: it
    moves the weights ahead. `update` moves them back, and raises ValueError without it.
    """

    settings = Settings(Momentum.settings, form=Choice("velocity", "sum", fixed=True))
    is_ahead = False

    def __init__(self, rate: Rate = 0.01, mu: float = 0.9, form: str = "velocity", *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        super().__init__(rate, mu, form, weight_decay=weight_decay, clip=clip)
        self.repeats = form == "sum"  # with "velocity" the start is a new matrix each time
        self.is_ahead = False

    def before_forward(self, network: Any) -> None:
        super().before_forward(network)
        if self.form == "sum":
            return
        if self.is_ahead:
            raise ValueError("optimizer: before_forward was called twice without an update in between")
        network.passes.are_stale = True
        for name, parameter in network.trainable_parameters.items():
            self.state[name]["start"] = network.k.copy(parameter.value)
        self.is_ahead = True  # from here on `abandon` undoes what follows
        for name, parameter in network.trainable_parameters.items():
            network.k.nesterov_look_ahead(parameter.value, self.state[name]["velocity"], self.mu)

    def abandon(self, network: Any) -> None:
        network.passes.are_stale = network.passes.are_stale or self.is_ahead
        for name, matrices in self.state.items():
            start = matrices.pop("start", None)
            if self.is_ahead and start is not None:
                network.k.assign(network.parameters[name].value, network.k.tolist(start))
        self.is_ahead = False

    def update(self, network: Any) -> None:
        if not self.is_ahead and self.form == "velocity":
            raise ValueError("optimizer: Nesterov has not moved the weights ahead; call before_forward(net) first")
        ahead = {name for name, matrices in self.state.items() if "start" in matrices}
        if self.is_ahead and ahead != {*network.trainable_parameters}:
            raise ValueError("optimizer: trainable has changed since before_forward(net); call abandon(net) first")
        super().update(network)
        for matrices in self.state.values():
            matrices.pop("start", None)
        self.is_ahead = False

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        if self.form == "velocity":
            k.nesterov_update(w, state["velocity"], g, state["start"], self.rate_matrix, self.mu)
        else:
            k.average_update(w, state["velocity"], g, self.rate_matrix, self.mu, 1.0, 1.0)
