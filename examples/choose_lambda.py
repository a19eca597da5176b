"""How to choose λ? A polynomial is fitted to twelve noisy points, λ by the validation error; then learning curves.

h(x) = θ0 + θ1x + … + θ8x⁸ and J(θ) = 1/2m Σ(h − y)² + λ/2m Σθ², as in lecture 001, for λ = 0.01, 0.02, 0.04, …
"""

import refnet as rn
from refnet import selection
from refnet.arithmetic import elementary, random

POWERS, M, NOISE = 8, 12, 0.3


def examples(m, seed):
    """m points of y = sin 3x with noise; the inputs are x, x², x³, …"""
    rows, targets = [], []
    for i in range(m):
        x = 2.0 * random.uniform(seed, i) - 1.0
        row = [x]
        while len(row) < POWERS:
            row.append(row[-1] * x)
        rows.append(row)
        targets.append(elementary.sin(3.0 * x) + NOISE * random.normal(seed, m + i))
    return rows, targets


def make(seed, lam=0.0, m=M):
    return rn.Network([rn.Input(POWERS), rn.Dense(1, penalty=rn.L2(lam / m, half=True))], seed=seed)


if __name__ == "__main__":
    (x, y), validation = examples(40, seed=1), examples(200, seed=2)
    arguments = {"loss": rn.HalfSquaredError(), "optimizer": rn.Adam(0.01), "epochs": 5000, "batch_size": 64,
                 "validation": validation, "seed": 1}
    chosen = selection.grid(make, {"lam": selection.doubling(0.01, 10.24)}, x[:M], y[:M], **arguments)
    print(chosen)
    print(f"\nλ = {chosen.best.parameters['lam']}, weights {[round(w, 2) for w in chosen.network.weights[0][0]]}\n")

    print(" m  J_train  J_validation, with λ = 0")
    found = []
    for line in selection.learning_curve(make, [5, 10, 20, 40], x, y, **arguments):
        training, validation = line.training["loss"], line.validation["loss"]
        found.append(selection.bias_or_variance(training, validation, desired=NOISE * NOISE / 2, tolerance=0.02))
        print(f"{line.parameters['examples']:2}  {training:.5f}  {validation:.5f}  {found[-1].verdict}")
    print(f"\nwith 5: {found[0]}")
