"""Which program does the same? A text in Python that ends with the network's weights, to the bit."""

from __future__ import annotations

from typing import Any

from refnet.play.problem import ACTIVATIONS, noise_of

FILE = "play.refnet"
TRAINING = ("rate", "penalty", "penalty_rate", "batch_size")  # what may change between two epochs


class Course:
    """How a network has been trained: stretches of epochs, each with its own settings.

    is_loaded  whether it has begun with a network out of a file
    """

    def __init__(self, is_loaded: bool = False) -> None:
        self.is_loaded = is_loaded
        self.stretches: list[tuple[dict[str, Any], int]] = []

    def add(self, settings: dict[str, Any], epochs: int) -> None:
        """These epochs were trained, with the settings as they are."""
        own, done = {name: settings[name] for name in TRAINING}, 0
        if self.stretches and self.stretches[-1][0] == own:
            done = self.stretches.pop()[1]
        self.stretches.append((own, done + epochs))

    def program(self, settings: dict[str, Any]) -> str:
        """The text. It is told the features' names, so it is Python's default encoding, UTF-8."""
        make = f"rn.data.{settings['data']}({settings['examples']}, noise={noise_of(settings)!r}, " \
               f"seed={settings['seed']})"
        lines = [
            '"""What `refnet play` has done, as a program: the same weights, to the bit."""',
            "",
            "import refnet as rn",
            "",
            f"points = {make}",
            f"train, test = rn.data.split(points, {settings['test_share']!r}, seed={settings['seed']})",
            f"features = {settings['features']!r}",
            "x, test_x = (rn.data.plane_features(part.inputs, features) for part in (train, test))",
            "",
        ]
        lines += [f'net = rn.load("{FILE}")  # as it was loaded'] if self.is_loaded else _network(settings)
        penalty = None if self.is_loaded else "[]"  # that of the last fit, where none is given
        for own, epochs in self.stretches:
            wanted = "[]" if own["penalty"] == "none" else f"rn.{own['penalty']}({own['penalty_rate']!r})"
            given = "" if wanted == penalty else f", penalty={wanted}"
            penalty = wanted
            lines.append(f"net.fit(x, train.targets, optimizer=rn.SGD({own['rate']!r}), epochs={epochs}, "
                         f"batch_size={own['batch_size']}{given})")
        lines += ["", "print(net.evaluate(test_x, test.targets))", "print(net.fingerprint())"]
        return "\n".join(lines) + "\n"


def _network(settings: dict[str, Any]) -> list[str]:
    """The lines that make it."""
    activation = f"rn.{ACTIVATIONS[settings['activation']].__name__}()"
    hidden = [f"    rn.Dense({units}), {activation}," for units in settings["hidden"]]
    return ["net = rn.Network([", "    rn.Input(len(features)),", *hidden, "    rn.Dense(1), rn.Sigmoid(),",
            f"], seed={settings['seed']})"]
