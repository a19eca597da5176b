"""How is a recorded step made to run in blocks of so many rows, shared by so many threads?"""

from contextlib import contextmanager
from unittest.mock import patch

from refnet.kernels import choose
from refnet.kernels.native import memory
from refnet.kernels.native.recording import Recording


@contextmanager
def in_blocks(rows, threads=1, number="binary64", least_rows=None):
    """Meanwhile C runs the steps that are recorded in blocks of so many rows (None: as it is for others), and threads
    share any work at all. The rows are those of the minibatch if it has more than `least_rows`, by default `rows`;
    else those of weights. Yields a list to which each recording adds the rows of its groups' blocks, 0: all at once."""
    k, found, learn = choose("c", number), [], Recording.learn

    def noting(self, recorder, pinned):
        unfit = learn(self, recorder, pinned)
        if self.is_ready:
            found.append([group.block for group in self.groups])
        return unfit

    limits = {"LEAST_ROWS": memory.LEAST_ROWS} if rows is None else {
        "LEAST_ROWS": rows if least_rows is None else least_rows,
        "block_rows": lambda all_rows, *_: min(rows, all_rows),
        "block_of_weights": lambda all_rows, _: min(rows, all_rows),
    }
    threads_before, share_before = k.threads, k.lib.refnet_least_share()
    k.lib.refnet_set_least_share(1)
    try:
        k.threads = threads
        with patch.multiple(memory, **limits), patch.object(Recording, "learn", noting):
            yield found
    finally:
        k.threads = threads_before
        k.lib.refnet_set_least_share(share_before)
