"""What is an optimizer? It changes each weight by its gradient.

An optimizer keeps matrices (such as a velocity) for each parameter by name, and computes with a kernel. Numbers that
change between steps (the rate, the powers βᵗ) are 1×1 matrices. From its first use on it belongs to one network.
"""

import functools
from threading import get_ident
from typing import Any, Callable, Optional

from refnet import checks
from refnet.checks import Number, Setting, Settings
from refnet.checks.owned import Owned, nobody
from refnet.checks.settings import Configured
from refnet.kernels.observers import kernels_for
from refnet.optimizers.clipping import Clip, as_clip
from refnet.optimizers.schedules import Rate, as_schedule
from refnet.parameters.initializers import filled


def _committed(update: Callable) -> Callable:
    """An overridden `update`, followed by network.commit()."""

    @functools.wraps(update)
    def run(self: Any, network: Any, *more: Any, **named: Any) -> None:
        try:
            update(self, network, *more, **named)
        finally:
            network.passes.are_stale = True
        network.commit()

    return run


class _Schedule(Setting):
    """The rate. Another one is in effect from the next step on."""

    def changed(self, optimizer: Any) -> None:
        if optimizer.network is not None:
            optimizer.set_rate(optimizer.network.epoch)


class Optimizer(Owned, Configured, abstract=True):
    """Base of all optimizers.

    rate           η, a number above 0 or a schedule (see refnet.optimizers.schedules)
    weight_decay   λ ≥ 0: before each update w ← w(1 − ηλ) for weights, not for biases; decoupled from the gradient, to
                   which L2 adds it (Loshchilov & Hutter, Decoupled Weight Decay Regularization, ICLR 2019);
                   code: `w = w * (1 - rate*weight_decay)`
    clip           ClipValue(…) or ClipNorm(…): limits the gradients, penalties included

    A step: penalties, clipping, weight decay, update, constraints. A user's own optimizer defines `update_parameter`
    and names in `matrices` what it keeps for each parameter; their elements start as `start_of` says, by default as 0.
    `rate_matrix` is the rate in effect as a 1×1 matrix, which kernels such as sgd_update take: a number would be fixed
    in what C replays. In `settings` "rate" means the number or schedule that was given.
    A constructor raises TypeError or ValueError for a setting that is not allowed.
    """

    settings = Settings(schedule=_Schedule(as_schedule), weight_decay=Number(least=0), clip=Setting(as_clip))
    matrices: tuple[str, ...] = ()
    repeats = True  # each update uses the same matrices
    rate_matrix: Any = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "update" in vars(cls):
            cls.update = _committed(cls.update)  # type: ignore[method-assign]

    def __init__(self, rate: Rate = 0.01, *, weight_decay: float = 0.0, clip: Optional[Clip] = None) -> None:
        self.schedule: Any = rate
        self.weight_decay, self.clip = weight_decay, clip
        self.state: dict[str, dict[str, Any]] = {}

    def __getstate__(self) -> dict[str, Any]:
        state = {name: dict.fromkeys(matrices) for name, matrices in self.state.items()}
        # The copy of a network fills these in. An optimizer copied alone counts as not used yet.
        return {**vars(self), "_owner": nobody, "state": state, "rate_matrix": None}

    def attach(self, network: Any, rate: Optional[float] = None) -> None:
        """Make this the network's optimizer, with its matrices for each parameter as they are before the first step.

        rate    the rate in effect; default: the schedule's rate of the current epoch
        Raises ValueError if this optimizer belongs to another network, MemoryError if its matrices are too large.
        """
        if self._owner() is not network:
            self.check_free(network)
            k = network.k
            rate_matrix = k.wide([[self.rate_at(network.epoch) if rate is None else rate]])
            state = {name: self._new_matrices(k, name, each.value) for name, each in network.parameters.items()}
            if self.first_step():
                state["step"] = {name: k.wide([[value]]) for name, value in self.first_step().items()}
            self.rate_matrix, self.state = rate_matrix, state
            network.remember_optimizer(self)
            self.network = network  # last: if this is interrupted before, the optimizer is as unused as it was
        if network.optimizer is not self:
            network.optimizer = self

    def _new_matrices(self, k: Any, name: str, value: Any) -> dict[str, Any]:
        try:
            return {each: filled(k, self.start_of(each), *k.shape(value)) for each in self.matrices}
        except MemoryError:
            units, inputs = k.shape(value)
            size, kind = f"{units:,} × {inputs:,} numbers each", type(self).__name__
            raise MemoryError(f"{name}: not enough memory for {kind}'s {', '.join(self.matrices)}, {size}") from None

    def check_free(self, network: Any) -> None:
        """Raise ValueError if this optimizer belongs to another network: its matrices fit that one."""
        self.check_owner("optimizer", network)

    @property
    def rate(self) -> float:
        """η of the last step, or of the first before there was one. Assign a number or a schedule."""
        network = self.network
        return self.rate_at(0) if network is None else network.k.tolist(self.rate_matrix)[0][0]

    @rate.setter
    def rate(self, rate: Rate) -> None:
        self.schedule = rate

    def rate_at(self, epoch: int) -> float:
        """The schedule's rate of this epoch. Raises TypeError or ValueError if it is not a number above 0."""
        return checks.number(f"rate of epoch {epoch}", self.schedule(epoch), above=0)

    def set_rate(self, epoch: int) -> None:
        """Put the rate of this epoch into effect."""
        self.network.k.assign(self.rate_matrix, [[self.rate_at(epoch)]])

    def before_forward(self, network: Any) -> None:
        """Called before the forward pass of a training step. Nesterov moves the weights ahead here."""
        self.attach(network)

    def abandon(self, network: Any) -> None:
        """Undo before_forward: this training step is given up."""

    def update(self, network: Any) -> None:
        """Change every parameter of the network that is not frozen by its gradient. The gradients stay as they are.

        Raises ValueError, before anything has changed, if a parameter has no gradient (no backward pass yet).
        """
        with network.turns.lock:
            passes = network.passes
            if passes.thread != get_ident():
                passes.check_thread("update")
            is_attached = self._owner() is network and network.optimizer is self
            if not is_attached:
                self.check_free(network)
            trainable, gradients = passes.trainable, []
            for name, parameter in trainable.items():
                if parameter.gradient is None:
                    raise ValueError(f"optimizer: {name} has no gradient; call backward first")
                gradients.append(parameter.gradient)
            if not is_attached:
                self.attach(network)
            passes.are_stale = True
            if not network.phases.records:
                self._update(network, trainable, gradients)
                return
            constraints = tuple([parameter.constraints for parameter in trainable.values()])
            own = [self, *([self.clip] if self.clip else []), *(each for several in constraints for each in several)]
            key = None
            if self.repeats and not any(each.is_users_own for each in own):
                key = (self, network.passes.is_uncommitted, constraints, *map(id, gradients))
            network.phases.run("update", "backward", network, key,
                               lambda: self._update(network, trainable, gradients), [])

    def _update(self, network: Any, trainable: dict[str, Any], gradients: list[Any]) -> None:
        k = network.k
        own = kernels_for(self, k) if self.is_users_own else k
        if self.clip:
            gradients = self.clip.clipped(kernels_for(self.clip, k), gradients)
        self.begin_step(own)
        for (name, parameter), gradient in zip(trainable.items(), gradients):
            w, state = parameter.value, self.state[name]
            if self.weight_decay and not parameter.is_row:
                # Nesterov has moved w ahead; the weights to decay are in `start`.
                k.decay_weights(state.get("start", w), self.rate_matrix, self.weight_decay)
            self.update_parameter(own, w, gradient, state)
            for constraint in parameter.constraints:
                constraint.apply(kernels_for(constraint, k), w)
        network.commit()

    def start_of(self, matrix: str) -> float:
        """The number that all elements of one of `matrices` have before the first step."""
        return 0.0

    def first_step(self) -> dict[str, float]:
        """The numbers that belong to the step and not to a parameter, with their values before the first step."""
        return {}

    def begin_step(self, k: Any) -> None:
        """Advance the step's numbers. They are 1×1 matrices in self.state["step"]."""

    def update_parameter(self, k: Any, w: Any, g: Any, state: dict[str, Any]) -> None:
        """Change the parameter w by its gradient g, with the kernels k. state: its matrices by name."""
        raise TypeError(f"{type(self).__name__} defines no update_parameter")
