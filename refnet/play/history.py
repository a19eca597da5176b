"""How has the loss come down? A curve of some hundred points, however long the training is."""

from __future__ import annotations

from typing import Any

MOST = 399  # points that are kept


class History:
    """Losses by epoch: of every epoch at first, then of every second, every fourth, and so on."""

    def __init__(self) -> None:
        self.stride = 1
        self.points: list[tuple[int, float, float]] = []

    def takes(self, epoch: int) -> bool:
        """Whether this epoch is one of those that are kept."""
        return not self.points or epoch % self.stride == 0

    def add(self, epoch: int, training: float, test: float) -> None:
        """Keep the losses of an epoch."""
        self.points.append((epoch, training, test))
        while len(self.points) > MOST:
            self.stride *= 2
            self.points = [self.points[0], *(point for point in self.points[1:] if self.takes(point[0]))]

    def document(self, epoch: int, training: float, test: float) -> dict[str, list[Any]]:
        """The curves up to this epoch, which may be none of those that are kept."""
        last = [] if self.points and self.points[-1][0] == epoch else [(epoch, training, test)]
        epochs, trainings, tests = (list(column) for column in zip(*self.points, *last))
        return {"epoch": epochs, "training": trainings, "test": tests}
