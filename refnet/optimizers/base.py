"""What is an optimizer? It changes each weight by its gradient.

Each keeps its matrices (a velocity, say) for each parameter by name, and works through its kernel. What changes
between steps, the rate and the powers βᵗ, is in 1×1 matrices. An optimizer belongs to one network, from its first
use on.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Optional, Union

from refnet import checks
from refnet.checks.settings import Configured
from refnet.optimizers.clipping import Clip, as_clip
from refnet.optimizers.schedules import Schedule, as_schedule


def _committed(update: Callable) -> Callable:
    """`update`, after which the step has been taken: the layers learn of it also where a user's class overrides it."""

    @functools.wraps(update)
    def run(self: Any, network: Any, *more: Any, **named: Any) -> None:
        update(self, network, *more, **named)
        network.commit()

    return run


class Optimizer(Configured, abstract=True):
    """Base of all optimizers.

    rate           a number, or a schedule of the epoch (see refnet.optimizers.schedules)
    weight_decay   λ: before each update the weights, not the biases, shrink by their own product with ηλ; apart from
                   the gradient, where L2 would put it (Loshchilov & Hutter, Decoupled Weight Decay Regularization,
                   ICLR 2019); code: `w = w * (1 - rate*weight_decay)`
    clip           ClipValue(…) or ClipNorm(…): bounds for the gradients, penalties included

    A step: penalties, clipping, weight decay, update, constraints. An optimizer of one's own defines
    `update_parameter` and names its `matrices`, which start from zeros.
    """

    settings: tuple[str, ...] = ("schedule", "weight_decay", "clip")
    matrices: tuple[str, ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "update" in vars(cls):
            cls.update = _committed(cls.update)  # type: ignore[method-assign]

    def __init__(self, rate: Union[float, Schedule] = 0.01, *, weight_decay: float = 0.0,
                 clip: Optional[Clip] = None) -> None:
        self.schedule = as_schedule(rate)
        self.weight_decay = checks.number("weight_decay", weight_decay, least=0)
        self.clip = as_clip(clip)
        self.network: Any = None
        self.state: dict[str, dict[str, Any]] = {}
        self.rate_matrix: Any = None

    def __getstate__(self) -> dict[str, Any]:
        state = {name: dict.fromkeys(matrices) for name, matrices in self.state.items()}
        # A network's copy fills this in; a copy by itself is an optimizer that has not been used yet.
        return {**vars(self), "network": None, "state": state, "rate_matrix": None}

    def attach(self, network: Any, rate: Optional[float] = None) -> None:
        """Make this the network's optimizer, with zero matrices for each parameter. Raises ValueError if it has one.

        rate    the one in effect; default: the schedule's, of the epoch reached
        """
        if self.network is network:
            network.optimizer = self
            return
        self.check_free(network)
        k = network.k
        self.rate_matrix = k.matrix([[self.rate(network.epoch) if rate is None else rate]])
        self.network = network
        self.state = {
            name: {matrix: k.zeros(*k.shape(parameter.value)) for matrix in self.matrices}
            for name, parameter in network.parameters.items()
        }
        if self.first_step():
            self.state["step"] = {name: k.matrix([[value]]) for name, value in self.first_step().items()}
        network.optimizer = self
        network.remember_optimizer(self)

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

    @_committed
    def update(self, network: Any) -> None:
        """Change every parameter of the network by its gradient, which itself stays as backward left it.

        Raises ValueError before anything has changed if a parameter has no gradient (no backward pass yet).
        """
        self.check_free(network)
        for name, parameter in network.parameters.items():
            if parameter.gradient is None:
                raise ValueError(f"optimizer: {name} has no gradient; call backward first")
        self.attach(network)
        k = network.k
        gradients = [parameter.gradient for parameter in network.parameters.values()]
        if self.clip:
            gradients = self.clip.clipped(k, gradients)
        self.begin_step(k)
        for (name, parameter), gradient in zip(network.parameters.items(), gradients):
            w, state = parameter.value, self.state[name]
            if self.weight_decay and not parameter.is_row:
                # Nesterov's weights are ahead of themselves: those that count are in `start`.
                k.decay_weights(state.get("start", w), self.rate_matrix, self.weight_decay)
            self.update_parameter(k, w, gradient, state)
            for constraint in parameter.constraints:
                constraint.apply(k, w)

    def first_step(self) -> dict[str, float]:
        """Numbers that belong to the step and not to one parameter, as they are before the first: 1×1 matrices."""
        return {}

    def begin_step(self, k: Any) -> None:
        """Advance the step's numbers, which are in self.state["step"]."""

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        raise TypeError(f"{type(self).__name__} defines no update_parameter")
