"""`refnet info`: which backend runs here, and why? `refnet info MODEL`: what does the file of a network say?"""

import json
import os
import platform
from typing import Any

import refnet
from refnet.arithmetic.formats.floating import PARAMETERS
from refnet.cli import model_info
from refnet.cli.options import add_command, filename
from refnet.cli.screen import say, verbatim
from refnet.kernels import BackendError, choose, native_or_none, why_no_c
from refnet.kernels.native import FORMATS


def add(commands: Any) -> None:
    command = add_command(
        commands, "info", "[MODEL]", run, "which backend runs here and why; or what the file of a network says",
        "Versions, the backend chosen and the reason, compiler, number formats, instruction set, threads.\n"
        "REFNET_BACKEND=python, c or auto chooses; REFNET_REQUIRE_C=1 makes a missing C core an error.\n"
        "With MODEL, the file of a network: its layers, number format, loss, optimizer, the epochs trained, classes, "
        "columns, and where it comes from: the versions of refnet that have trained it, contract, seed, the options of "
        "`refnet train` that are not the default, the SHA-256 of the data, and the fingerprint of the weights.",
        "refnet info\nrefnet info iris.refnet\nrefnet info iris.refnet --json",
    )
    command.add_argument("model", nargs="?", type=filename, metavar="MODEL", help="the file of a network")
    command.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: Any) -> int:
    """Print what a file says; or what a bug report needs, 1 if the environment asks for a C core that is not there."""
    if arguments.model:
        found = model_info.document(arguments.model)
        if arguments.json:
            print(json.dumps(found, indent=1))
        else:
            model_info.show(found)
        return 0
    found = facts()
    if arguments.json:
        print(json.dumps(found, indent=1))
    else:
        for name, value in found.items():
            say(f"{name.replace('_', ' '):<16}{'none' if value is None else verbatim(str(value))}")
    return 0 if found["backend"] else 1


def facts() -> dict[str, Any]:
    """Name and value of each line."""
    asked = os.environ.get("REFNET_BACKEND", "")
    native = native_or_none()
    try:
        backend = choose("auto").name
        if asked in ("python", "c"):
            reason = f"REFNET_BACKEND={asked} asks for it"
        else:
            reason = "the C core is built and passed its self-test" if native else why_no_c()
    except (BackendError, ValueError) as error:
        backend, reason = None, str(error)
    return {
        "refnet": refnet.__version__,
        "contract": refnet.CONTRACT,
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": f"{platform.system()} {platform.machine()}",
        "backend": backend,
        "because": reason,
        "C core": "usable" if native else why_no_c(),
        "compiler": native.compiler if native else None,
        "C_formats": ", ".join(FORMATS) if native else None,
        "Python_formats": f"{', '.join(PARAMETERS)}, fixed point such as Q7.8",
        "instruction_set": native.instruction_set if native else None,
        "threads": native.threads if native else 1,
        "cffi": cffi_version(),
        "location": os.path.dirname(refnet.__file__),
    }


def cffi_version() -> Any:
    """The version of cffi's runtime part, which is all that a built C core needs; None if it is missing."""
    try:
        import _cffi_backend

        return _cffi_backend.__version__
    except ImportError:
        return None
