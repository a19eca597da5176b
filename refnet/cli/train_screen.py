"""What does the user see of a training? Data, network and optimizer, the progress, and how good it is."""

import math
import sys
from typing import Any, Optional

from refnet import EarlyStopping
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.screen import Bar, labelled, say
from refnet.cli.train_data import Parts
from refnet.cli.train_network import BY_THE_GRADIENT
from refnet.data import Dataset, column_statistics
from refnet.kernels.native import FORMATS
from refnet.training import metrics


def describe(path: str, network: Any, settings: dict[str, Any], parts: Parts) -> None:
    """Say data, network and training in a line each."""
    train, validation, test, _ = parts
    total = sum(len(part) for part in (train, validation, test) if part)
    text = reading.described(path, train).replace(counted(len(train), "example"), counted(total, "example"), 1)
    watched = f"{len(validation):,} to validate, " if validation else ""
    labelled("data", f"{text}; {len(train):,} to train, {watched}{len(test) if test else 0:,} to test")
    for what, text in parts.table.lines() if parts.table else ():
        labelled(what, text)
    numbers = sum(rows * n for rows, n in (network.k.shape(each.value) for each in network.parameters.values()))
    labelled("network", f"{chain(network)}; {counted(numbers, 'parameter')}, {computing(network)}")
    steps = f"{counted(settings['epochs'], 'epoch')} in minibatches of {settings['batch_size']}"
    labelled("training", f"{teaching(network, settings)}, {steps}, seed {settings['seed']}")


def computing(network: Any) -> str:
    """`backend c`, or `backend python (C has binary64 and binary32 only), number bfloat16`"""
    if network.number == "binary64":
        return f"backend {network.backend}"
    others = f" (C has {' and '.join(FORMATS)} only)" if network.number not in FORMATS else ""
    return f"backend {network.backend}{others}, number {network.number}"


def chain(network: Any) -> str:
    """`Input 4 → Standardize → Dense 16 → Tanh → Dropout 0.2 → Dense 3 → Softmax`"""
    more = {"Input": " {0.units}", "Dense": " {0.units}", "Dropout": " {0.p:g}", "GaussianNoise": " {0.sigma:g}",
            "Jitter": " ±{0.shift} of {0.width}×{0.height}"}
    names = ((type(layer).__name__, layer) for layer in network.layers)
    return " → ".join(name + more.get(name, "").format(layer) for name, layer in names)


def teaching(network: Any, settings: dict[str, Any]) -> str:
    """`cross-entropy, momentum 0.9, rate 0.1 / (1 + 0.5·epoch), L2 0.001`: how the network is trained."""
    rate = f"rate {settings['rate']:g}" + {
        "inverse": " / (1 + {decay:g}·epoch)" if settings["decay"] else "",
        "step": " · {factor:g} every {every} epochs" if settings["every"] != 1 else " · {factor:g} every epoch",
        "exponential": " · {factor:g} every epoch",
        "cosine": f" falling to 0 in {counted(getattr(network.optimizer.schedule, 'epochs', 0), 'epoch')} (cosine)",
    }.get(settings["schedule"], "").format(**settings)
    if settings["regression"] and settings["standardize"] and settings["optimizer"] in BY_THE_GRADIENT:
        rate += " / the targets' variance"
    words = [settings["loss"], settings["optimizer"], rate]
    if settings["momentum"] is not None:
        words[1] += f" {settings['momentum']:g}"
    words += [f"{name.upper()} {settings[name]:g}" for name in ("l2", "l1") if settings[name]]
    if settings["clip_norm"] is not None:
        words.append(f"gradients clipped to norm {settings['clip_norm']:g}")
    if settings["patience"]:
        words.append(f"patience {settings['patience']}")
    return ", ".join(words)


class Watcher:
    """What fit reports, on the screen: a bar on a terminal, and a line for each epoch (on a terminal at most 20)."""

    def __init__(self, network: Any, epochs: int, rows: int) -> None:
        self.network, self.epochs = network, epochs
        self.bar = Bar((network.epoch + network.progress.position / rows) / epochs)
        self.every = -(-epochs // 20) if sys.stdout.isatty() else 1

    def __call__(self, report: Any) -> None:
        """Called by fit some ten times a second and at the end of each epoch."""
        name = f"epoch {report.epoch:>{len(str(self.epochs))}}/{self.epochs}"
        loss = f"loss {number(report.loss)}"
        if not math.isfinite(report.loss):
            self.bar.clear()
            raise CommandError(
                f"{name}: the loss is {report.loss}, training has diverged; try a smaller --rate (nothing saved)"
            )
        if report.finished and (report.epoch % self.every == 0 or report.epoch in (1, self.epochs)):
            self.bar.clear()
            text = f"{name}  {loss}"
            if "validation_loss" in report.finished:
                text += f"  validation {number(report.finished['validation_loss'])}"
            if "validation_accuracy" in report.finished:
                text += f", {100 * report.finished['validation_accuracy']:.2f} %"
            say(text)
        if not report.finished or report.epoch < self.epochs:
            self.bar.show((report.epoch - 1 + report.row / report.rows) / self.epochs, name, loss)
        else:
            self.bar.clear()


def number(value: float) -> str:
    """A loss with six decimals, or with an exponent if six decimals show too little of it."""
    return f"{value:.6f}" if value == 0.0 or 1e-3 <= abs(value) < 1e6 else f"{value:.4e}"


def is_far_off(network: Any, train: Dataset) -> bool:
    """Whether the loss is ten times that of the best constant answer: ln(classes), or the variance of the targets."""
    losses = network.history.get("loss") or [0.0]
    if train.classes is not None:
        return losses[-1] > 10.0 * math.log(max(len(train.classes), 2))
    (std,) = column_statistics([[target] for target in train.targets])[1]
    return losses[-1] > 10.0 * std * std


def is_stopped(network: Any) -> bool:
    """Whether early stopping has ended this training."""
    return any(each.waited >= each.patience for each in network.callbacks if isinstance(each, EarlyStopping))


def why_stopped(network: Any) -> str:
    """`after 172 epochs, 5 of them without a better validation loss; the weights are those of epoch 167 …`"""
    stopping = next(each for each in network.callbacks if isinstance(each, EarlyStopping))
    text = f"after {counted(network.epoch, 'epoch')}, {stopping.patience} of them without a better validation loss"
    if stopping.best is None:
        return text
    return f"{text}; the weights are those of epoch {stopping.best_epoch} (validation loss {number(stopping.best)})"


def whose_weights(network: Any) -> str:
    """`those of epoch 7 (validation loss 0.214506), the best of 12`; empty if training has ended at its best."""
    for stopping in network.callbacks:
        if isinstance(stopping, EarlyStopping) and stopping.last:
            best = f"those of epoch {stopping.best_epoch} (validation loss {number(stopping.best)})"
            return f"{best}, the best of {network.epoch}"
    return ""


def result(network: Any, test: Optional[Dataset], seconds: float) -> None:
    """Say loss and accuracy on data that training has not seen."""
    if test is None:
        labelled("test", "no examples were held out")
    else:
        labelled("test", score(network.evaluate(test.inputs, test.targets), test, network))
    labelled("time", f"{seconds:.2f} s")


def score(results: dict[str, float], data: Dataset, network: Any) -> str:
    """`loss 0.071, accuracy 96.67 % (29 of 30)`, or for a regression the root mean squared error and R²."""
    text = f"loss {number(results['loss'])}"
    if "accuracy" in results:
        right = int(results["accuracy"] * len(data) + 0.5)
        return f"{text}, accuracy {100 * results['accuracy']:.2f} % ({right:,} of {len(data):,})"
    outputs, total = network.predict(data.inputs), 0.0
    for (predicted,), target in zip(outputs, data.targets):
        total += (predicted - target) * (predicted - target)
    text += f", root mean squared error {math.sqrt(total / len(data)):.6g}"
    explained = metrics.r2(data.targets, outputs)
    return f"{text}, R² {explained:.4f}" if math.isfinite(explained) else text
