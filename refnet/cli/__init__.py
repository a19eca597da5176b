"""The command line: `refnet check`, `train`, `predict`, `plot`, `explain`, `diff`, `bench`, and so on, a file each.

Exit status: 0 all is well, 1 `check`, `verify`, `vectors --check` or `diff` found a difference or `diagnose` a
sickness, 2 bad input, or a file that cannot be written (stderr says what and where), 130 stopped by Ctrl-C, 143 by
SIGTERM, 129 by SIGHUP, 141 nobody read the output to its end (`train --save` goes on all the same).
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Optional

import refnet
from refnet.cli.errors import CommandError, in_options
from refnet.cli.options import Parser, program
from refnet.cli.screen import fold, hush, set_up, warn, warnings_in_a_line
from refnet.cli.signals import as_exceptions, status_of

if TYPE_CHECKING:  # for programs that look for a package's imports
    from refnet.cli import (  # noqa: F401
        bench,
        check,
        completion,
        diagnose,
        diff,
        evaluate,
        exercise,
        explain,
        export,
        grade,
        info,
        play,
        plot,
        predict,
        summary,
        train,
        vectors,
        verify,
    )

# The modules of the commands. Each is imported when it is asked for: that of one command takes a fifth of a second less
# than all of them.
COMMANDS = (
    "check", "train", "predict", "evaluate", "verify", "plot", "diagnose", "summary", "explain", "exercise", "grade",
    "diff", "vectors", "export", "play", "bench", "info", "completion",
)


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Run one command; returns the exit status."""
    with as_exceptions():
        return status(argv)


def status(argv: Optional[Sequence[str]]) -> int:
    """Run one command, and say what went wrong in a line."""
    set_up()
    try:
        try:
            words = sys.argv[1:] if argv is None else argv
            arguments = parser(*words[:1]).parse_args(words)
            with warnings_in_a_line():
                return arguments.run(arguments)
        finally:
            sys.stdout.flush()
    except SystemExit as error:  # --help and --version
        return int(error.code or 0)
    except BrokenPipeError:
        hush()
        return 141
    except KeyboardInterrupt as stop:
        warn("stopped")
        return status_of(stop)
    except OSError as error:
        name = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, (str, bytes)) else ""
        warn(f"{name}{error.strerror or error}")
        return 2
    except (CommandError, ValueError, FloatingPointError, refnet.BackendError, MemoryError) as error:
        warn(in_options(str(error)) or type(error).__name__)
        return 2


def parser(word: Optional[str] = None) -> Parser:
    """The command that this word begins, with its options: one; for --version none; else all of them."""
    top = Parser(
        prog=program(),
        description="\n".join(fold("refnet: one neural network library in Python and C, the same bits everywhere.")),
        epilog="Start with:  refnet check\nOptions of a command:  refnet train --help",
    )
    top.add_argument("--version", action="version", version=f"refnet {refnet.__version__} (contract {refnet.CONTRACT})")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")
    is_alone = word in COMMANDS and word != "completion"  # which writes down the options of all
    for command in [word] if is_alone else [] if word == "--version" else COMMANDS:
        import_module(f"refnet.cli.{command}").add(commands)
    return top
