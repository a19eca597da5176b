"""`python -m refnet`: the same as the command `refnet`."""

import sys

from refnet.cli import main

sys.exit(main())
