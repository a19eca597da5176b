"""What is an optimizer? It changes each weight by its gradient.

Each keeps its matrices (a velocity, say) for each parameter by name, and works through its kernel. What changes
between steps, the rate, is a 1×1 matrix. An optimizer belongs to one network, from its first use on.
"""

from __future__ import annotations

from typing import Any, Union

from refnet import checks
from refnet.configured import Configured
from refnet.schedules import Schedule, as_schedule


class Optimizer(Configured):
    """Base of all optimizers. rate: a number, or a schedule of the epoch (see refnet.schedules)."""

    settings: tuple[str, ...] = ("schedule",)
    matrices: tuple[str, ...] = ()

    def __init__(self, rate: Union[float, Schedule] = 0.01) -> None:
        self.schedule = as_schedule(rate)
        self.network: Any = None
        self.state: dict[str, dict[str, Any]] = {}
        self.rate_matrix: Any = None

    def __getstate__(self) -> dict[str, Any]:
        state = {name: dict.fromkeys(matrices) for name, matrices in self.state.items()}
        return {**vars(self), "state": state, "rate_matrix": None}  # a network's matrices are copied by the network

    def attach(self, network: Any) -> None:
        """Make this the network's optimizer, with zero matrices for each parameter. Raises ValueError if it has one."""
        if self.network is network:
            network.optimizer = self
            return
        self.check_free(network)
        k = network.k
        self.rate_matrix = k.matrix([[self.rate(network.epoch)]])
        self.network = network
        self.state = {
            name: {matrix: k.zeros(*k.shape(parameter.value)) for matrix in self.matrices}
            for name, parameter in network.parameters.items()
        }
        network.optimizer = self
        network.optimizers.append(self)

    def check_free(self, network: Any) -> None:
        """Raise ValueError if this is another network's optimizer: its velocities are not for this one."""
        if self.network not in (None, network):
            raise ValueError(f"optimizer: this {type(self).__name__} belongs to another network; make a new one")

    def rate(self, epoch: int) -> float:
        """The schedule's rate of this epoch. Raises ValueError, TypeError for one that is not above 0."""
        return checks.number(f"rate of epoch {epoch}", self.schedule(epoch), above=0)

    def set_rate(self, epoch: int) -> None:
        """Put the rate of this epoch into effect."""
        self.network.k.assign(self.rate_matrix, [[self.rate(epoch)]])

    def before_forward(self, network: Any) -> None:
        """What has to happen before a training step's forward pass; nothing for most."""
        self.attach(network)

    def abandon(self, network: Any) -> None:
        """Undo before_forward: the step that had begun does not take place."""

    def update(self, network: Any) -> None:
        """Change every parameter of the network by its gradient.

        Raises ValueError before anything has changed if a parameter has no gradient (no backward pass yet).
        """
        self.check_free(network)
        for name, parameter in network.parameters.items():
            if parameter.gradient is None:
                raise ValueError(f"optimizer: {name} has no gradient; call backward first")
        self.attach(network)
        for name, parameter in network.parameters.items():
            self.update_parameter(network.k, parameter.value, parameter.gradient, self.state[name])
        for layer in network.layers:
            layer.commit()

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        raise TypeError(f"{type(self).__name__} defines no update_parameter")
