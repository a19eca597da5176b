"""Which noise keeps a network from learning its examples by heart? Layers that are random during training only.

Each layer draws from its own stream (`key`). Its buffer "drawn" counts the draws used so far. Forward and backward
only read that number; `commit` advances it when a training step has been taken. So every step has new noise, a gradient
check sees the same noise each time, and predictions use no draws.
"""

from typing import Any, Optional

from refnet import checks
from refnet.checks import Choice, Count, Number, Settings
from refnet.layers.base import UNBOUNDED, Layer


class Noise(Layer, abstract=True, public=False):
    """Base of the layers that draw random numbers: forward is `disturbed` of x; most are linear, so backward is
    `disturbed` of the gradient.

    noisy   the shape of the draws of the last forward pass, (rows, draws per row); None after a prediction
    """

    cache: tuple[str, ...] = ("noisy",)
    wide = ("drawn",)
    noisy: Optional[tuple[int, int]] = None

    def build(self, inputs: int, k: Any, keys: Any = None) -> None:
        super().build(inputs, k)
        self.buffers = {"drawn": k.wide([[0.0]])}

    def check_buffers(self) -> None:
        drawn = self.k.tolist(self.buffers["drawn"])[0][0]
        if not (0.0 <= drawn < 9007199254740992.0 and drawn == int(drawn)):
            raise ValueError(f"drawn: {drawn!r}; allowed: whole numbers from 0 to 9007199254740991")

    def draws(self, x: Any) -> tuple[int, int]:
        """(rows, draws per row) for an input."""
        return self.k.shape(x)

    def disturbed(self, x: Any) -> Any:
        raise TypeError(f"{type(self).__name__} defines no disturbed")

    def forward(self, x: Any, training: bool = False) -> Any:
        self.noisy = self.draws(x) if training else None
        return self.disturbed(x)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.disturbed(d)

    def commit(self) -> None:
        if self.noisy:
            self.k.count_draws(self.buffers["drawn"], *self.noisy)


class Dropout(Noise):
    """o = x/(1 − p) with probability 1 − p, else 0; at prediction o = x (lectures 000, 002, 004).

    Hinton, Srivastava, Krizhevsky, Sutskever and Salakhutdinov, arXiv:1207.0580, 2012. A unit is kept if its uniform
    number u ≥ p. scaling="prediction" is the form of lecture 004 and of the paper: o = x for kept units, and
    o = x·(1 − p) for all units at prediction. Both forms are linear: the gradient passes through the same function.
    """

    smallest, largest = UNBOUNDED

    settings = Settings(p=Number(least=0, below=1), scaling=Choice("training", "prediction"))

    def __init__(self, p: float, scaling: str = "training") -> None:
        """p: the share of units switched off, 0 <= p < 1; scaling: "training" or "prediction"."""
        super().__init__()
        self.p, self.scaling = p, scaling

    def disturbed(self, x: Any) -> Any:
        scales_now = (self.scaling == "training") == bool(self.noisy)
        if self.noisy:
            divisor = 1.0 - self.p if scales_now else 1.0
            return self.k.dropout(x, self.key, self.buffers["drawn"], self.p, divisor)
        return self.k.scale(x, 1.0 - self.p) if scales_now else x


class GaussianNoise(Noise):
    """o = x + σN, N standard normal (lecture 000, "Dropout & Layer Noise"); at prediction o = x."""

    smallest, largest = UNBOUNDED

    settings = Settings(sigma=Number(least=0))

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.sigma = sigma

    def disturbed(self, x: Any) -> Any:
        if not self.noisy:
            return x
        return self.k.add_scaled(x, self.k.normal(self.key, self.buffers["drawn"], *self.noisy), self.sigma)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return d


class MultiplicativeNoise(Noise):
    """o = x · (1 + σN), N standard normal; at prediction o = x.

    Lecture 000 sees dropout as such noise; with σ² = p/(1 − p) mean and variance are those of Dropout(p): Srivastava,
    Hinton, Krizhevsky, Sutskever and Salakhutdinov, JMLR 15, 2014, section 10.
    """

    smallest, largest = UNBOUNDED

    settings = Settings(sigma=Number(least=0))

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.sigma = sigma

    def disturbed(self, x: Any) -> Any:
        return self.k.multiplicative_noise(x, self.key, self.buffers["drawn"], self.sigma) if self.noisy else x


class Jitter(Noise):
    """Each row, an image of `height` lines of `width` pixels, is moved by a few pixels; zeros move in (lecture 002,
    "Data augmentation (jittering)").

    During training only. Each row moves down and right by whole numbers of pixels from −shift to shift, all equally
    likely. Backward moves the gradient back.
    """

    settings = Settings(width=Count(fixed=True), height=Count(fixed=True), shift=Count())
    cache = ("noisy", "moves")
    moves: Any = None

    def __init__(self, width: int, height: int, shift: int = 1) -> None:
        super().__init__()
        self.width, self.height, self.shift = width, height, shift

    def output_units(self, inputs: int) -> int:
        if inputs != self.width * self.height:
            found = checks.counted(inputs, "input")
            raise ValueError(f"{self.name}: {found}; allowed: {self.width}×{self.height} pixels")
        return inputs

    def draws(self, x: Any) -> tuple[int, int]:
        return self.k.shape(x)[0], 2

    def disturbed(self, x: Any) -> Any:
        if not self.noisy:
            return x
        self.moves = self.k.random_moves(self.key, self.buffers["drawn"], float(self.shift), *self.noisy)
        return self.k.shift_images(x, self.moves, self.width, 0.0)

    def backward(self, d: Any, input_gradient: bool = True) -> Any:
        return self.k.shift_images(d, self.moves, self.width, 1.0) if self.noisy else d
