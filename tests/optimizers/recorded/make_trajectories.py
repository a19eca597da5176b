"""What does PyTorch make of the same gradients? Run by hand, where PyTorch is installed: writes trajectories.json.

    python tests/optimizers/recorded/make_trajectories.py

Twenty steps of each optimizer from fixed weights and gradients in binary64: the weights after every step, as
hexadecimal floats. PyTorch is held to its plainest kernels, without fused multiply-adds: then each of its operations
is one rounding too, and where refnet does the same operations in the same order the weights have to be equal.
"""

import json
import os
import sys
from pathlib import Path

os.environ["ATEN_CPU_CAPABILITY"] = "default"  # before torch is imported

import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from refnet.arithmetic.random import stream_key, uniform  # noqa: E402

STEPS, ROWS, COLUMNS = 20, 2, 3

# name in refnet's tests → PyTorch's optimizer with the same settings
OPTIMIZERS = {
    "SGD(0.1)": lambda p: torch.optim.SGD(p, lr=0.1),
    "Momentum(0.1, 0.9, 'sum')": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "Nesterov(0.1, 0.9, 'sum')": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "AdaGrad(0.01, 1e-10)": lambda p: torch.optim.Adagrad(p, lr=0.01, eps=1e-10),
    "AdaGrad(0.3, 0)": lambda p: torch.optim.Adagrad(p, lr=0.3, eps=0.0),
    "Adadelta(1.0, 0.9, 1e-6)": lambda p: torch.optim.Adadelta(p, lr=1.0, rho=0.9, eps=1e-6),
    "RMSprop(0.01, 0.99, 1e-8)": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.99, eps=1e-8),
    "RMSprop(0.01, 0.99, 1e-8, centred=True)":
        lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.99, eps=1e-8, centered=True),
    "Adam(0.001)": lambda p: torch.optim.Adam(p, lr=0.001),
    "Adam(0.1, 0.8, 0.9, 1e-4)": lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.9), eps=1e-4),
    "AdamW(0.01)": lambda p: torch.optim.AdamW(p, lr=0.01),
    "AdamW(0.1, weight_decay=0.5)": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.5),
    "AMSGrad(0.01)": lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True),
    "Nadam(0.002)": lambda p: torch.optim.NAdam(p, lr=0.002),
    "Nadam(0.1, 0.8, 0.9, 1e-4, 0.02)":
        lambda p: torch.optim.NAdam(p, lr=0.1, betas=(0.8, 0.9), eps=1e-4, momentum_decay=0.02),
}


def table(key, scale):
    return [[(2.0 * uniform(key, COLUMNS * i + j) - 1.0) * scale for j in range(COLUMNS)] for i in range(ROWS)]


def hexadecimal(rows):
    return [[value.hex() for value in row] for row in rows]


def trajectory(make, start, gradients):
    weights = torch.tensor(start, dtype=torch.float64)
    optimizer, passed = make([weights]), []
    for gradient in gradients:
        weights.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        passed.append(hexadecimal(weights.tolist()))
    return passed


def main():
    assert torch.backends.cpu.get_cpu_capability() == "DEFAULT"
    torch.set_default_dtype(torch.float64)  # or NAdam keeps its product of momenta in binary32
    start = table(stream_key(0, 0), 1.0)
    # Sizes from 1/16 to 4, and a weight whose gradient turns: running means have something to do.
    gradients = [table(stream_key(0, 1 + step), (0.0625, 0.5, 1.0, 4.0)[step % 4]) for step in range(STEPS)]
    text = json.dumps({
        "made by": f"PyTorch {torch.__version__}, CPU capability {torch.backends.cpu.get_cpu_capability()}",
        "start": hexadecimal(start),
        "gradients": [hexadecimal(rows) for rows in gradients],
        "weights": {name: trajectory(make, start, gradients) for name, make in OPTIMIZERS.items()},
    })
    lines = text.replace('"weights": {', '"weights": {\n').replace("]]], ", "]]],\n").replace(']], "', ']],\n"')
    (HERE / "trajectories.json").write_text(lines + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
