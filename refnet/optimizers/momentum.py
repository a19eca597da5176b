"""How does a gradient change a weight? One rate for all weights, with and without memory of the way."""

from __future__ import annotations

from typing import Any, Union

from refnet import checks
from refnet.optimizers.base import Optimizer
from refnet.schedules import Schedule


class SGD(Optimizer):
    """w ← w − η g (lectures 000–004); code: `w = w - rate*g`"""

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.sgd_update(w, g, self.rate_matrix)


class Momentum(Optimizer):
    """v ← μv − η g, w ← w + v (lectures 000, 002, 003); code: `v = mu*v - rate*g; w = w + v`"""

    settings = ("schedule", "mu")
    matrices = ("velocity",)

    def __init__(self, rate: Union[float, Schedule] = 0.01, mu: float = 0.9) -> None:
        super().__init__(rate)
        self.mu = checks.number("mu", mu, least=0, below=1)

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.momentum_update(w, state["velocity"], g, self.rate_matrix, self.mu)


class Nesterov(Momentum):
    """Momentum with the gradient measured after the step: v ← μv − η∇L(w + μv), w ← w + v (lecture 002).

    code: `start = w; w = w + mu*v;` gradient at w; `v = mu*v - rate*g; w = start + v`

    Between steps the weights are the real ones. In a loop of your own call `optimizer.before_forward(net)` first:
    it takes the weights ahead; `update` raises ValueError without it.
    """

    matrices = ("velocity",)

    def __init__(self, rate: Union[float, Schedule] = 0.01, mu: float = 0.9) -> None:
        super().__init__(rate, mu)
        self.is_ahead = False

    def before_forward(self, network: Any) -> None:
        super().before_forward(network)
        if self.is_ahead:
            raise ValueError("optimizer: before_forward was called twice without an update between")
        for name, parameter in network.parameters.items():
            self.state[name]["start"] = network.k.copy(parameter.value)
            network.k.nesterov_look_ahead(parameter.value, self.state[name]["velocity"], self.mu)
        self.is_ahead = True

    def abandon(self, network: Any) -> None:
        if self.is_ahead:
            for name, parameter in network.parameters.items():
                network.k.assign(parameter.value, network.k.tolist(self.state[name].pop("start")))
        self.is_ahead = False

    def update(self, network: Any) -> None:
        if not self.is_ahead:
            raise ValueError("optimizer: Nesterov measures the gradient ahead; call before_forward(net) first")
        super().update(network)
        for matrices in self.state.values():
            del matrices["start"]
        self.is_ahead = False

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        k.nesterov_update(w, state["velocity"], g, state["start"], self.rate_matrix, self.mu)
