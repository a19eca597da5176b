"""`python -m refnet.bench`: the same as `refnet bench`."""

import sys

from refnet.bench import DESCRIPTION, EXAMPLE, add_arguments, run


def main() -> int:
    """Exit status: 0, 2 for bad input (one line says what), 130 when stopped by Ctrl-C."""
    from refnet.cli import Parser
    from refnet.cli.reading import CommandError
    from refnet.cli.screen import warn
    from refnet.kernels import BackendError

    try:
        parser = Parser(prog="python -m refnet.bench", description=DESCRIPTION, epilog=f"example:\n  {EXAMPLE}")
        add_arguments(parser)
        return run(parser.parse_args())
    except KeyboardInterrupt:
        warn("stopped")
        return 130
    except (CommandError, ValueError, BackendError, OSError) as error:
        warn(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
