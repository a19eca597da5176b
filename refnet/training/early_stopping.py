"""When does a training stop because it no longer gets better, and with which weights does it end?"""

from __future__ import annotations

from typing import Any, Optional

from refnet import checks
from refnet.checks import Choice, Count, Number, Settings, Text
from refnet.data import door
from refnet.network.state import put_back, snapshot, standing
from refnet.optimizers.monitoring import Patience
from refnet.training.callbacks import Callback

Tables = dict[str, list[list[float]]]


class EarlyStopping(Patience, Callback):
    """Stop when a number has not improved for `patience` epochs, and end with the best weights (lecture 004).

    monitor     the watched name in the history. "loss" is measured in the course of an epoch, before its updates: it is
                the loss of the weights with which the epoch began (exactly so if an epoch is one batch), so these count
    mode        "min": smaller is better; "max": larger is; default: as the name says ("loss", "accuracy", …)
    min_delta   an improvement is larger than this; NaN and infinity never are one
    restore     end the training with the best epoch's state: parameters, buffers (running statistics, draws of dropout)
                and the optimizer's matrices (velocity, step count). The count of epochs and the rate go on

    The best is put back whether this callback stops the training, the epochs run out, or another callback ends it; not
    after an error or Ctrl-C. A further `fit` of the same data, also after `save` and `load`, goes on where the training
    was, as if there had been one call; after a stop of its own, from the best, and the count starts anew. It goes on
    from the network as it is if the weights have changed meanwhile or after `stopping.restore_best(net)`; with other
    data or another loss the watch begins anew.
    """

    settings = Settings(
        patience=Count(), monitor=Text(), mode=Choice("min", "max"), min_delta=Number(least=0),
        restore=Choice(True, False),
    )
    state = ("best", "best_epoch", "waited", "data", "kept", "last", "before")
    best_epoch = 0  # epochs completed when the network was at its best
    kept: Tables = {}  # noqa: RUF012  the state then; none of the three is changed in place
    last: Tables = {}  # noqa: RUF012  the state where a training ended that now is at its best
    before: Tables = {}  # noqa: RUF012  the state with which the epoch began, if that counts

    def __init__(self, patience: int = 5, monitor: str = "validation_loss", mode: Optional[str] = None,
                 min_delta: float = 0.0, restore: bool = True) -> None:
        self.watch(monitor, patience, min_delta, mode)
        self.restore = restore

    def begin_anew(self) -> None:
        super().begin_anew()
        self.best_epoch, self.kept, self.last, self.before = 0, {}, {}, {}

    def check_state(self) -> None:
        super().check_state()
        checks.count("best_epoch", self.best_epoch, least=0)
        for name, tables in self._states().items():
            if not isinstance(tables, dict):
                raise ValueError(f"{name}: {checks.shown(tables)}; expected an object")
            for part, rows in tables.items():
                door.rows(f"{name}.{part}", rows)

    def check_place(self, network: Any) -> None:
        super().check_place(network)
        here = {name: network.k.shape(matrix) for name, matrix in standing(network).items()}
        for name, tables in self._states().items():
            there = {part: (len(rows), len(rows[0])) for part, rows in tables.items() if part in here}
            if tables and there != here:
                raise ValueError(f"{name}: the names or shapes of its weights are not this network's")

    def _states(self) -> dict[str, Tables]:
        return {"kept": self.kept, "last": self.last, "before": self.before}

    def training_begin(self, network: Any) -> None:
        if self.last:
            here, last, self.last = snapshot(network), self.last, {}
            if all(here[name] == self.kept[name] for name in standing(network)):
                # An optimizer that is not as it was put back is another one, or has been used since.
                is_same = all(self.kept.get(name) == rows for name, rows in here.items())
                put_back(network, {name: last[name] for name in (last if is_same else standing(network))})
        if self._looks_back and network.progress.position == 0:
            self.before = snapshot(network)

    def epoch_end(self, network: Any, line: dict[str, float]) -> bool:
        if self.waited >= self.patience:  # it stopped the training before, which now goes on
            self.waited = 0
        has_improved = self.has_improved(line)
        if has_improved:
            self.best_epoch = network.epoch - 1 if self.monitor == "loss" else network.epoch
            if self.restore:
                self.kept = self.before if self._looks_back else snapshot(network)
        if self._looks_back:
            self.before = snapshot(network)
        if has_improved or self.waited < self.patience:
            return False
        self.restore_best(network)
        return True

    def training_end(self, network: Any) -> None:
        self.before = {}
        if self.restore and self.kept and self.waited < self.patience and self.best_epoch != network.epoch:
            last = snapshot(network)
            self.restore_best(network)
            self.last = last

    def restore_best(self, network: Any) -> None:
        """Put the state of the best epoch back, if there is one (restore=True). A further `fit` goes on from it."""
        self.last = {}
        put_back(network, self.kept)

    @property
    def _looks_back(self) -> bool:
        return self.restore and self.monitor == "loss"
