"""mnist_dropout.py, trained better: images moved by up to a pixel, a learning rate that falls to 0. Same arguments."""

import argparse
import time

import refnet as rn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder")
parser.add_argument("seed", nargs="?", type=int, default=1)
parser.add_argument("--number", default="binary64", help="the number format, such as binary32")
given = parser.parse_args()
train, test = rn.data.read_idx_folder(given.folder, "train"), rn.data.read_idx_folder(given.folder, "test")
net = rn.Network([rn.Input(784), rn.Jitter(28, 28), rn.Dense(512), rn.ReLU(), rn.Dropout(0.2), rn.Dense(512), rn.ReLU(),
                  rn.Dropout(0.2), rn.Dense(10), rn.Softmax()], seed=given.seed, number=given.number)
start = time.perf_counter()
net.fit(train.inputs, train.targets, optimizer=rn.Adam(rn.CosineDecay(0.001, 20)), epochs=20, batch_size=128)
seconds = time.perf_counter() - start
print(f"seed {given.seed}: {net.evaluate(test.inputs, test.targets)['accuracy']:.2%} after {seconds:.0f} s")
