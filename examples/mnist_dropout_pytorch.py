"""mnist_dropout.py in PyTorch, for comparison, with the same arguments. refnet only reads the files here."""

import argparse
import time

import torch

import refnet as rn

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("folder")
parser.add_argument("seed", nargs="?", type=int, default=1)
given = parser.parse_args()
torch.manual_seed(given.seed)
(x, y), (xt, yt) = [
    (torch.tensor(bytearray(part.inputs.values), dtype=torch.uint8).reshape(-1, 784) / 255.0,
     torch.tensor(part.targets))
    for part in (rn.data.read_idx_folder(given.folder, "train"), rn.data.read_idx_folder(given.folder, "test"))
]
layers = [torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Dropout(0.2),
          torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(512, 10)]
for layer in layers[::3]:  # initial weights as in Keras and refnet
    torch.nn.init.xavier_uniform_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
net = torch.nn.Sequential(*layers)
optimizer = torch.optim.RMSprop(net.parameters(), lr=0.001, alpha=0.9)
start = time.perf_counter()
for _ in range(20):
    for batch in torch.randperm(len(x)).split(128):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[batch]), y[batch].long()).backward()
        optimizer.step()
seconds = time.perf_counter() - start
with torch.no_grad():
    right = (net.eval()(xt).argmax(1) == yt.long()).double().mean().item()
print(f"seed {given.seed}: {right:.2%} after {seconds:.0f} s")
