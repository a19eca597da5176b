"""Do shared works end, and with the same bits, where more threads than cores share them and other programs want the
cores? Many small works, for so long.

    export PYTHONPATH=tests/helpers
    python tests/house/crowd.py          # two minutes
    python tests/house/crowd.py 20       # so many seconds
    taskset -c 0 python tests/house/crowd.py    # Linux: all of it on one core
"""

import faulthandler
import random
import subprocess
import sys
import time

from blocks import in_blocks

import refnet as rn
from refnet.kernels import choose

X = [[((7 * i + 3 * j) % 11 - 5) / 4 for j in range(5)] for i in range(40)]
Y = [[i % 3 / 2, i % 5 / 4] for i in range(40)]
THREADS = [2, 3, 8, 33]
BUSY = "while True: pass"


def trained(number):
    """All that can be seen after training."""
    net = rn.Network([rn.Input(5), rn.Dense(9), rn.Tanh(), rn.Dense(2)], backend="c", seed=1, number=number)
    history = net.fit(X, Y, loss=rn.HalfSquaredError(), optimizer=rn.Momentum(0.01), epochs=30, batch_size=16)
    return net.fingerprint(), net.gradients, history


def called(k, x):
    """Kernels one at a time."""
    return [bytes(each) for each in (k.affine(x, x), k.tanh(x), k.column_sums(x), k.affine_backward_weights(x, x))]


def main(seconds):
    draws, works, began = random.Random(1), 0, time.monotonic()
    faulthandler.dump_traceback_later(seconds + 120, exit=True)  # they hang: says where
    formats = {number: choose("c", number) for number in ("binary64", "binary32")}
    matrices = {number: k.matrix([[(i * j % 13 - 6) / 8 for j in range(9)] for i in range(70)])
                for number, k in formats.items()}
    with in_blocks(None, 1):
        expected = {number: (trained(number), called(k, matrices[number])) for number, k in formats.items()}
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(3)]
    try:
        while time.monotonic() - began < seconds:
            number, threads, rows = draws.choice([*formats]), draws.choice(THREADS), draws.choice([1, 2, 7])
            with in_blocks(rows, threads, number, least_rows=draws.choice([rows, 16])):
                assert trained(number) == expected[number][0], (number, threads, rows)
                for _ in range(200):
                    formats[number].threads = threads  # nobody works alone because of what was lost before
                    assert called(formats[number], matrices[number]) == expected[number][1], (number, threads)
            works += 1
    finally:
        for other in others:
            other.kill()
            other.wait()
    print(f"{works:,} trainings and {800 * works:,} kernel calls, each with the bits of one thread; {seconds:g} s")


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 120.0)
