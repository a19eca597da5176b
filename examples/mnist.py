"""Handwritten digits: python examples/mnist.py FOLDER, with the four MNIST files (plain or .gz) in the folder."""

import argparse

import refnet as rn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder")
folder = parser.parse_args().folder
train = rn.data.read_idx_folder(folder, "train")
test = rn.data.read_idx_folder(folder, "test")
net = rn.Network([rn.Input(784), rn.Dense(30), rn.Sigmoid(), rn.Dense(10), rn.Softmax()], seed=1)


def report(progress):
    if progress.finished:
        print(f"epoch {progress.epoch}: {progress.finished}", flush=True)


net.fit(train.inputs, train.targets, loss=rn.CrossEntropy(), optimizer=rn.SGD(0.5), epochs=3, batch_size=10,
        validation=(test.inputs, test.targets), report=report)
net.save("mnist.refnet")
