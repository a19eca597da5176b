"""`python -m refnet.bench`: the same as `refnet bench`."""

import sys


def main() -> int:
    """The exit status of `refnet bench`."""
    from refnet import cli

    return cli.main(["bench", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
