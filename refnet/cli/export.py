"""`refnet export`: how does a network go on elsewhere? As a file of another format."""

import os
from typing import Any

import refnet as rn
from refnet.checks import counted
from refnet.cli import reading
from refnet.cli.errors import CommandError
from refnet.cli.one_step import LOSSES
from refnet.cli.options import add_command, add_options, filename, real, whole
from refnet.cli.screen import fold, say
from refnet.cli.train_network import OPTIMIZERS, OTHER_RATE, RATES
from refnet.exchange import save_c

OF_TRAINING = ("loss", "optimizer", "rate", "batch_size")


def add(commands: Any) -> None:
    command = add_command(
        commands, "export", "MODEL", run, "write a trained network as one C file",
        "MODEL is a file that `refnet train --save` or net.save wrote. --c writes one C99 file that needs no library "
        "and computes the same bits: the prediction for a row and, with --training, a training step.",
        "refnet export iris.refnet --c iris.c\nrefnet export xor.refnet --c xor.c --training --batch-size 4\n"
        "cc -O2 -DXOR_SELF_TEST xor.c && ./a.out",
    )
    add_options(command, [
        ("model", "the file of a network", filename, "MODEL"),
        ("--c", "write one C file", filename, "FILE"),
        ("--name", "what all names in the C file begin with (the name of the file)", str, "NAME"),
        ("--training", "the C file has a training step too", True),
        ("--batch-size", "rows of a training step (1)", whole(1), "M"),
        ("--loss", f"of the training step: {', '.join(LOSSES)} (the network's)", LOSSES, "LOSS"),
        ("--optimizer", "an optimizer as refnet train has it (the network's, with its state)", OPTIMIZERS, "NAME"),
        ("--rate", "its learning rate", real(above=0), "R"),
    ])


def run(arguments: Any) -> int:
    """Write the file, and say what memory it takes."""
    if not arguments.c:
        raise CommandError("--c: missing; expected the name of the file to write, such as --c net.c")
    for name in OF_TRAINING:
        if getattr(arguments, name) and not arguments.training:
            raise CommandError(f"--{name.replace('_', '-')}: expected with --training")
    if arguments.rate and not arguments.optimizer:
        raise CommandError("--rate: expected with --optimizer")
    reading.writable("--c", arguments.c, arguments.model)
    network = rn.load(arguments.model)
    optimizer = None
    if arguments.optimizer:
        optimizer = OPTIMIZERS[arguments.optimizer](arguments.rate or RATES.get(arguments.optimizer, OTHER_RATE))
    loss = LOSSES[arguments.loss]() if arguments.loss else None
    sizes = save_c(network, arguments.c, training=arguments.training, loss=loss, optimizer=optimizer,
                   batch_size=arguments.batch_size or 1, name=arguments.name)
    say(f"{arguments.c}: {os.path.getsize(arguments.c):,} bytes of C")
    say("\n".join(fold("Memory: " + ", ".join(f"{what} {counted(size, 'byte')}" for what, size in sizes.items()))))
    return 0
