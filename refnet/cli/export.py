"""`refnet export`: how does a network go on elsewhere? As a C file, as ONNX, as safetensors."""

import os
import re
from typing import Any

import refnet as rn
from refnet import files
from refnet.cli import reading
from refnet.cli.errors import CommandError, option
from refnet.cli.one_step import LOSSES
from refnet.cli.options import add_command, add_options, filename, real, whole
from refnet.cli.screen import fold, say
from refnet.cli.train_network import OPTIMIZERS, OTHER_RATE, RATES
from refnet.exchange.c.saving import as_c, named_by
from refnet.exchange.onnx_files import as_onnx
from refnet.exchange.safetensors_files import as_safetensors

FORMATS = ("c", "onnx", "safetensors")
OF_TRAINING = ("batch_size", "loss", "optimizer", "rate")


def add(commands: Any) -> None:
    command = add_command(
        commands, "export", "MODEL", run, "write a network as one C file, as ONNX or as safetensors",
        "MODEL is a file that `refnet train --save` or net.save wrote. The C file needs no library and computes the "
        "same bits: the prediction for a row and, with --training, a training step. Several formats may be asked for.",
        "refnet export iris.refnet --c iris.c\nrefnet export xor.refnet --c xor.c --training --batch-size 4\n"
        "cc -O2 -DXOR_SELF_TEST xor.c && ./a.out\nrefnet export iris.refnet --onnx iris.onnx",
    )
    add_options(command, [
        ("model", "the file of a network", filename, "MODEL"),
        ("--c", "write one C file", filename, "FILE"),
        ("--onnx", "write an ONNX model (needs the extra onnx)", filename, "FILE"),
        ("--safetensors", "write the weights as safetensors", filename, "FILE"),
        ("--name", "what all names in the C file begin with (the name of the file)", str, "NAME"),
        ("--training", "the C file has a training step too", True),
        ("--batch-size", "rows of a training step (1)", whole(1), "M"),
        ("--loss", f"of the training step: {', '.join(LOSSES)} (the network's)", LOSSES, "LOSS"),
        ("--optimizer", "an optimizer as refnet train has it (the network's, with its state)", OPTIMIZERS, "NAME"),
        ("--rate", "its learning rate", real(above=0), "R"),
    ])


def run(arguments: Any) -> int:
    """Write the files, and say how large they are, and what memory the C file takes."""
    given = vars(arguments)
    targets = [name for name in FORMATS if given[name]]
    if not targets:
        raise CommandError("--c FILE, --onnx FILE or --safetensors FILE: missing; expected at least one")
    for name in ("name", "training", *OF_TRAINING):
        if given[name] and not arguments.c:
            raise CommandError(f"{option(name, given[name])}: expected with --c")
    for name in OF_TRAINING:
        if given[name] and not arguments.training:
            raise CommandError(f"{option(name, given[name])}: expected with --training")
    if arguments.rate and not arguments.optimizer:
        raise CommandError(f"--rate {arguments.rate:g}: expected with --optimizer")
    for name in targets:
        reading.writable(f"--{name}", given[name], arguments.model, replaced=True)
    paths = [os.path.realpath(given[name]) for name in targets]
    for path, name in zip(paths, targets):
        first = targets[paths.index(path)]
        if name != first:
            raise CommandError(f"--{name} {given[name]}: is the file of --{first}; expected another")
    network = rn.load(arguments.model)
    made = [MAKERS[name](network, arguments) for name in targets]  # all, so that what is refused leaves nothing behind
    for name, (data, more) in zip(targets, made):
        files.replace(given[name], data)
        say("\n".join(fold(f"{given[name]}: {len(data):,} bytes{more}")))
    return 0


def c_file(network: Any, arguments: Any) -> tuple[bytes, str]:
    """The file's bytes, and what to say of it besides their number."""
    try:
        file = as_c(network, arguments.name or named_by(arguments.c), **step_of(arguments))
    except ValueError as error:
        message = str(error).replace("a `name` for C", "--name NAME")
        raise CommandError(re.sub("^path: ", "--c: ", message)) from None
    return file.text.encode(), "; memory in bytes: " + ", ".join(f"{what} {n:,}" for what, n in file.sizes.items())


def onnx_file(network: Any, arguments: Any) -> tuple[bytes, str]:
    """The file's bytes, and what to say of it besides their number."""
    try:
        data, left_out = as_onnx(network, arguments.onnx)
    except ImportError as error:
        raise CommandError(f"--onnx {arguments.onnx}: {error}") from None
    return data, f"; left out: {', '.join(left_out)}" if left_out else ""


def safetensors_file(network: Any, arguments: Any) -> tuple[bytes, str]:
    """The file's bytes, and nothing to say of it besides their number."""
    return as_safetensors(network, arguments.safetensors), ""


MAKERS = {"c": c_file, "onnx": onnx_file, "safetensors": safetensors_file}


def step_of(arguments: Any) -> dict[str, Any]:
    """The arguments of save_c for the training step."""
    if not arguments.training:
        return {}
    optimizer = None
    if arguments.optimizer:
        optimizer = OPTIMIZERS[arguments.optimizer](arguments.rate or RATES.get(arguments.optimizer, OTHER_RATE))
    return {"training": True, "loss": LOSSES[arguments.loss]() if arguments.loss else None, "optimizer": optimizer,
            "batch_size": arguments.batch_size or 1}
