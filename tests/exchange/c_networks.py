"""Does a network as a C file keep every bit, with each compiler, at each level, on each machine, for 50 steps?

    python tests/exchange/c_networks.py 200              # random networks and training steps, each in four ways
    python tests/exchange/c_networks.py 200 --all        # each in all ways

Layers of every kind, in chains and wired, one and two outputs; all losses, optimizers, penalties and constraints; both
formats; batches of 1 to 5 rows. Half of them have been trained before.
"""

import copy
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import refnet as rn
from refnet.exchange.c.recording import standing, test_inputs, test_targets, train
from refnet.exchange.c.saving import as_c

STEPS = 50
POINTWISE = [
    rn.Sigmoid, rn.Tanh, rn.ReLU, rn.Linear, rn.LeakyReLU, rn.PReLU, rn.ELU, rn.Softplus, rn.SiLU, rn.GELU, rn.Softmax,
    rn.LogSoftmax, lambda: rn.ReLU(gradient_at_zero=1), lambda: rn.PReLU(shared=True), lambda: rn.Scale(-0.3),
    lambda: rn.Dropout(0.4), lambda: rn.Dropout(0.4, scaling="prediction"), lambda: rn.GaussianNoise(0.1),
    lambda: rn.MultiplicativeNoise(0.5), rn.BatchNorm, lambda: rn.BatchNorm(trainable=False),
    lambda: rn.ActivityPenalty(0.1), lambda: rn.ActivityPenalty(0.1, kind="L2"), lambda: rn.Softmax(beta=-2.0),
]
MERGES = [rn.Add, rn.Subtract, rn.Multiply, rn.Maximum, rn.Concatenate]
ENDS = [
    (rn.Softmax, [rn.CrossEntropy, lambda: rn.CrossEntropy(fused=False), lambda: rn.CrossEntropy(over="sum")]),
    (rn.LogSoftmax, [rn.NegativeLogLikelihood]),
    (rn.Sigmoid, [rn.BinaryCrossEntropy, lambda: rn.BinaryCrossEntropy(fused=False), rn.HalfSquaredError]),
    (rn.Linear, [rn.HalfSquaredError, rn.MeanSquaredError, rn.MeanAbsoluteError, lambda: rn.Huber(0.5), rn.Hinge,
                 rn.SquaredHinge, lambda: rn.BinaryCrossEntropy(from_logits=True), rn.MulticlassHinge,
                 lambda: rn.CrossEntropy(from_logits=True), lambda: rn.MeanSquaredError(over="elements")]),
]
CLIPS = [None, None, lambda: rn.ClipValue(0.1), lambda: rn.ClipNorm(0.5),
         lambda: rn.ClipNorm(0.5, per_parameter=True)]
OPTIMIZERS = [
    rn.SGD, lambda **more: rn.SGD(0.3, **more), rn.Momentum, lambda **more: rn.Momentum(form="average", **more),
    lambda **more: rn.Momentum(form="sum", **more), rn.Nesterov, lambda **more: rn.Nesterov(form="sum", **more),
    rn.AdaGrad, rn.Adadelta, rn.RMSprop, lambda **more: rn.RMSprop(inside=True, **more), rn.Adam, rn.AMSGrad, rn.Nadam,
    lambda **more: rn.RMSprop(centred=True, **more), lambda **more: rn.Adam(0.1, inside=True, **more),
]
PENALTIES = [None, None, rn.L2(0.1), [rn.L1(0.01), rn.L2(0.1, half=True)]]
CONSTRAINTS = [None, None, None, rn.MaxNorm(0.5), rn.Clamp(-0.5, 0.25), rn.NonNegative()]


def dense(draws, units):
    return rn.Dense(units, bias=draws.random() < 0.7, penalty=draws.choice(PENALTIES),
                    constraint=draws.choice(CONSTRAINTS), trainable=draws.random() < 0.9)


def body(draws, node):
    """From an input to a value that an output starts from: a chain, or something wired."""
    units = draws.choice([1, 2, 3, 5])
    if draws.random() < 0.6:
        for _ in range(draws.choice([1, 2])):
            node = draws.choice(POINTWISE)()(dense(draws, units)(node))
        return node
    shared = rn.Dense(units)
    values = [shared(node), draws.choice(POINTWISE)()(dense(draws, units)(node)), shared(node)]
    joined = draws.choice(MERGES)()(*values[: draws.choice([2, 3])])
    return draws.choice(MERGES)()(joined, draws.choice(POINTWISE)()(joined), joined)


def case(seed):
    """(network, rows of a step) of this number: a network with a loss and an optimizer."""
    draws = random.Random(seed)
    features, rows, several = draws.choice([1, 2, 4]), draws.randint(1, 5), draws.random() < 0.15
    x, outputs, losses = rn.Input(features), [], []
    first = x
    if draws.random() < 0.1:
        first = rn.Jitter(features, 1)(rn.Standardize([0.5] * features, [2.0] * features)(x))
    for _ in range(2 if several else 1):
        last, choices = draws.choice(ENDS)
        outputs.append(last()(dense(draws, draws.choice([1, 2, 3]))(body(draws, first))))
        losses.append(draws.choice(choices)())
    if several:
        for loss in losses:
            loss.over = "rows"
    network = rn.Network(outputs if several else outputs[0], seed=seed, number=draws.choice(["binary64", "binary32"]))
    clip = draws.choice(CLIPS)
    network.objective = rn.MultiTask(losses, weights=[0.25, 3.0]) if several else losses[0]
    network.penalties = tuple(draws.choice([[], [], [rn.L2(0.01)]]))
    optimizer = draws.choice(OPTIMIZERS)(clip=clip and clip(), weight_decay=draws.choice([0.0, 0.0, 0.1]))
    optimizer.attach(network)
    for step in range(draws.choice([0, 2])):
        train(network, *(matrices(network, tables, rows, step) for tables in (test_inputs, test_targets)))
    return network, rows


def matrices(network, tables, rows, step):
    return [network.k.matrix(table) for table in tables(network, rows, step)]


def bits(number):
    """A number as the C program prints it."""
    return f"{struct.unpack('<Q', struct.pack('<d', number))[0] if number == number else 0x7FF8000000000000:016X}"


def expected(network, file):
    """What the program has to print: the loss of each step, then all that has been trained, then a prediction."""
    network, rows = copy.deepcopy(network), file.step.rows
    lines = []
    for step in range(STEPS):
        inputs, targets = (matrices(network, tables, rows, step) for tables in (test_inputs, test_targets))
        loss = network.k.tolist(train(network, inputs, targets))[0][0]
        lines.append(bits(loss / file.step.divisor))
    kept = {name: matrix for name, matrix, _ in standing(network)}
    for name in file.kept:
        if name in kept:
            lines += [bits(number) for row in network.k.tolist(kept[name]) for number in row]
    for output in network.forward_matrices(matrices(network, test_inputs, 1, 0), False):
        lines += [bits(number) for number in network.k.tolist(output)[0]]
    return lines


SHOW = """\
static void show(double number)
{
    union { double number; uint64_t bits; } x;
    x.number = number;
    if (number != number) {
        x.bits = UINT64_C(0x7FF8000000000000);
    }
    printf("%08lX%08lX\\n", (unsigned long)(x.bits >> 32), (unsigned long)(x.bits & 0xFFFFFFFF));
}
"""


def program(network, file):
    """The C file, with a main that trains 50 steps with the data of its self-test and prints the bits."""
    name, rows, real = file.name, file.step.rows, file.real
    inputs = [(each.name, each.shape[1]) for each in file.step.inputs]
    targets = [(each.name, each.shape[1]) for each in file.step.targets]
    outputs = [(f"out{i}", each.shape[1]) for i, each in enumerate(file.prediction.outputs)]
    lines = [f"#define {name.upper()}_SELF_TEST\n#define {name.upper()}_NO_MAIN\n#include <stdio.h>\n", file.text]
    lines.append(SHOW)
    lines.append("int main(int count, char **words)\n{\n    if (count > 1) {\n        (void)words;\n"
                 f"        return {name}_self_test();\n    }}")
    lines += [f"    static {real} {word}[{rows * units}];" for word, units in inputs + targets]
    lines += [f"    static {real} {word}[{units}];" for word, units in outputs]
    lines.append(f"    for (int step = 0; step < {STEPS}; step++) {{")
    lines.append("        count = 7 * step;")
    lines += [f"        count = {name}_test_inputs({word}, {rows}, {units}, count);" for word, units in inputs]
    lines += [f"        {name}_test_targets({word}, {rows}, {units}, step);" for word, units in targets]
    lines.append(f"        show({name}_train({', '.join(word for word, _ in inputs + targets)}));")
    lines.append("    }\n    count = 0;")
    kept = {each for each, _, _ in standing(network)}
    for each, matrix in file.kept.items():
        if each in kept:
            word = file.global_name(matrix)
            place = word if file.is_number(matrix) else f"{word}[i]"
            lines.append(f"    for (int i = 0; i < {matrix.numbers}; i++) {{\n        show({place});\n    }}")
    lines += [f"    count = {name}_test_inputs({word}, 1, {units}, count);" for word, units in inputs]
    lines.append(f"    {name}_predict({', '.join(word for word, _ in inputs + outputs)});")
    lines += [f"    for (int i = 0; i < {units}; i++) {{\n        show({word}[i]);\n    }}" for word, units in outputs]
    return "\n".join([*lines, "    return 0;\n}\n"])


ARM = ["-L", "/usr/arm-linux-gnueabihf"]
FUSING = ["-O3", "-std=gnu99"]  # in ISO's C99 gcc fuses nothing by itself
WAYS = {  # name → (compiler and options, what runs the program)
    **{f"{compiler} {level}": ([compiler, level], [])
       for compiler in ("gcc", "clang") for level in ("-O0", "-O1", "-O2", "-O3")},
    "gcc -O3 -march=native": (["gcc", *FUSING, "-march=native"], []),
    "clang -O3 -march=native": (["clang", *FUSING, "-march=native"], []),
    "arm -O2": (["arm-linux-gnueabihf-gcc", "-O2"], ["qemu-arm", *ARM]),
    "arm -O3 -mfpu=neon-vfpv4": (["arm-linux-gnueabihf-gcc", *FUSING, "-mcpu=cortex-a15", "-mfpu=neon-vfpv4"],
                                 ["qemu-arm", *ARM]),
    "arm without floating point -O2": (["arm-linux-gnueabi-gcc", "-static", "-O2"], ["qemu-arm"]),
}
WARNINGS = ["-std=c99", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-pedantic"]


def is_here(way):
    """Whether the compiler, and what runs its programs, are installed."""
    compiler, runner = WAYS[way]
    return all(shutil.which(tool) for tool in (compiler[0], *runner[:1]))


def difference(folder, network, file, ways):
    """What is wrong with the C file of a network: "" if each way computes every bit."""
    source, wanted = Path(folder, f"{file.name}.c"), expected(network, file)
    source.write_text(program(network, file), encoding="utf-8")
    for way in ways:
        compiler, runner = WAYS[way]
        binary = str(source.with_suffix(".out"))
        command = [compiler[0], *WARNINGS, *compiler[1:], str(source), "-o", binary]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return f"{way}: {done.stderr}"
        found = subprocess.run([*runner, binary], capture_output=True, text=True).stdout.split()
        if found != wanted:
            i = next((i for i, (a, b) in enumerate(zip(found, wanted)) if a != b), min(len(found), len(wanted)))
            return f"{way}: number {i} of {len(wanted)} is {found[i : i + 1]}, not {wanted[i : i + 1]}"
        if subprocess.run([*runner, binary, "self-test"]).returncode:
            return f"{way}: the self-test finds a difference"
    return ""


def ways_of(number):
    """Four ways for a network: the levels take turns, and the machines."""
    groups = [[way for way in WAYS if way.startswith(word)] for word in ("gcc", "clang", "arm")]
    gcc, clang, arm = ([way for way in group if is_here(way)] or [None] for group in groups)
    return [way for way in (gcc[number % len(gcc)], clang[(number + 2) % len(clang)], arm[number % len(arm)],
                            gcc[(number + 3) % len(gcc)]) if way]


def main(count, all_ways):
    ways = [way for way in WAYS if is_here(way)]
    print(f"{len(ways)} of {len(WAYS)} ways are here: {', '.join(ways)}", flush=True)
    tried = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            network, rows = case(seed)
            file = as_c(network, "net", training=True, batch_size=rows)
            several = ways if all_ways else ways_of(seed)
            wrong = difference(folder, network, file, several)
            if wrong:
                return f"network {seed}, {network!r}, {network.objective!r}, {network.optimizer!r}: {wrong}"
            tried += len(several)
            if (seed + 1) % 10 == 0:
                print(f"{seed + 1} networks", flush=True)
    return f"{count} networks, {tried} programs, {STEPS} steps each: every bit"


if __name__ == "__main__":
    print(main(int(sys.argv[1]), "--all" in sys.argv[2:]))
