"""What does a student write who works a sheet by hand? Plain loops of its own, with a rounding and with mistakes.

Nothing here comes from what grades: forward, back and update are written out once more, for chains of Dense layers.
"""

import math
import random
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

import refnet as rn
from refnet.exercises import invented

ROUNDINGS = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "cut": ROUND_DOWN}
FUNCTIONS = {
    "sigmoid": (lambda z: 1 / (1 + math.exp(min(-z, 500.0))), lambda o, z: o * (1 - o)),
    "tanh": (math.tanh, lambda o, z: 1 - o * o),
    "relu": (lambda z: max(z, 0.0), lambda o, z: 1.0 if z > 0 else 0.0),
}
# What a mistake is seeded in: the ending of the number's name.
PLACES = {
    "delta_sign": ".delta", "not_updated": ".weights.new", "derivative_forgotten": ".delta",
    "rate_forgotten": ".new", "rate_twice": ".new", "update_sign": ".new", "new_weights": ".delta",
    "mean_forgotten": ".delta", "mean_twice": ".delta", "bias_forgotten": ".z", "half": "loss",
    "wrong_index": ".z", "wrong_layer": ".gradient", "activation_forgotten": ".o", "other_activation": ".o",
    "missing_term": ".z", "operand_sign": ".z", "rounded_early": ".o", "missing_factor": ".gradient",
    "net_input_for_output": ".delta", "few_digits": "", "digit_miscopied": "", "digits_exchanged": "",
    "point_moved": "", "cut": "", "derivative_added": ".delta", "square_forgotten": ".delta",
    "loss_for_error": ".delta", "softmax_not_normalised": ".o", "examples_forgotten": ".gradient", "misread": ".new",
}
HOW_FAR = {"digits_exchanged": 0.0, "cut": 0.0, "few_digits": 0.002, "rounded_early": 0.002}  # else 0.02


def written(value, digits, rounding="half up"):
    """A number with so many significant digits, as a student writes it."""
    if not value:
        return "0"
    number = Context(prec=digits, rounding=ROUNDINGS[rounding]).create_decimal(repr(value))
    return f"{number:f}" if abs(number) > Decimal("1e-5") else f"{number:e}"


class Student:
    """One sheet, worked. answers: {gap: text}; wrong: the gaps with the mistake.

    mistake  a key of PLACES; seeded in one gap, or with is_habit in each where it is seen
    """

    def __init__(self, exercise, digits=4, rounding="half up", by_hand=False, mistake="", is_habit=False, seed=0):
        self.exercise, self.digits, self.rounding, self.by_hand = exercise, digits, rounding, by_hand
        self.mistake, self.is_habit, self.random = mistake, is_habit, random.Random(seed)
        self.numbers = {gap.name: gap.number for gap in exercise.gaps}
        self.net, self.layers = exercise.network, exercise.network.layers
        self.only = None
        self.possible = self.work()
        if mistake and self.possible:
            self.only = set(self.possible) if is_habit else {self.random.choice(self.possible)}
            self.work()
        self.wrong = sorted(self.only or ())

    def r(self, value):
        """An intermediate result."""
        return float(written(value, self.digits, self.rounding)) if self.by_hand else value

    def total(self, start, terms):
        for term in terms:
            start = self.r(start + self.r(term))
        return start

    def put(self, name, row, unit, value, mistaken=None):
        """Write a number down, or a mistaken one in its place. Returns it as it goes on."""
        gap = self.numbers.get((name, row, unit))
        if gap is None:
            return value
        text = written(value, self.digits, self.rounding)
        if self.mistake and name.endswith(PLACES[self.mistake]):
            other = self.slip(value) if mistaken is None else written(mistaken, self.digits, self.rounding)
            far = abs(float(other) - float(text)) if other else 0
            if other and self.is_seen(far, float(other), float(text)):
                self.seen.append(gap)
                if self.only and gap in self.only:
                    text = other
        self.answers[gap] = text
        return float(text)

    def is_seen(self, far, other, text):
        return far > HOW_FAR.get(self.mistake, 0.02) * max(abs(other), abs(text))

    def slip(self, value):
        """What goes wrong in writing."""
        text = written(value, self.digits, self.rounding)
        if self.mistake == "point_moved":
            return written(value * 10, self.digits)
        if self.mistake == "few_digits":
            return written(value, self.digits - 2)
        if self.mistake == "digit_miscopied" and len(text.strip("-0.")) > 3 and "e" not in text:
            return text[:-2] + str((int(text[-2]) + 4) % 10) + text[-1] if text[-2].isdigit() else ""
        if self.mistake == "cut":
            return written(value, self.digits, "cut")
        if self.mistake == "digits_exchanged" and len(text.strip("-0.")) > 3 and "e" not in text:
            a, b = text[-2:]
            return text[:-2] + b + a if a.isdigit() and a != b != "0" else ""
        return ""

    def work(self):
        """Forward, loss, back, update. Returns the gaps where the mistake would be seen."""
        self.answers, self.seen = {}, []
        self.o, self.z, self.delta = [self.exercise.inputs], [], {}
        stages, dense = [], None
        for layer in self.layers[1:]:
            if type(layer).__name__ == "Dense":
                dense = layer.name
                stages.append((dense, None, ""))
            else:
                stages[-1] = (dense, layer.name, type(layer).__name__.lower())
        self.stages, self.weights = stages, [[list(row) for row in each] for each in self.net.weights]
        self.biases = [list(row) for row in self.net.biases] or [[0.0] * len(each) for each in self.weights]
        for i in range(len(stages)):
            self.forward(i)
        self.loss()
        grads = self.back()
        self.update(grads)
        return sorted(self.seen)

    def forward(self, i):
        name, activation, kind = self.stages[i]
        x, has_bias = self.o[i], bool(self.net.biases)
        zs = []
        for row, values in enumerate(x):
            zs.append([])
            for j, ws in enumerate(self.weights[i]):
                terms = [w * v for w, v in zip(ws, values)]
                other = None
                if self.mistake == "bias_forgotten" and has_bias:
                    other = self.total(0.0, terms)
                if self.mistake == "missing_term":
                    other = self.total(self.biases[i][j], terms[:-1])
                if self.mistake == "operand_sign" and min(ws) < 0:
                    at = ws.index(min(ws))
                    other = self.total(self.biases[i][j], [abs(t) * (1 if values[at] > 0 else -1) if k == at else t
                                                           for k, t in enumerate(terms)])
                if self.mistake == "wrong_index" and len(self.weights[i]) == len(values):
                    other = self.total(self.biases[i][j], [self.weights[i][k][j] * v for k, v in enumerate(values)])
                zs[-1].append(self.put(f"{name}.z", row, j, self.total(self.biases[i][j], terms), other))
        self.z.append(zs)
        if not kind:
            self.o.append(zs)
            return
        outs = []
        for row, values in enumerate(zs):
            if kind == "softmax":
                powers = [self.r(math.exp(min(z, 500.0))) for z in values]
                below = self.total(0.0, powers)
                outs.append([self.put(f"{activation}.o", row, j, p / below,
                                      p if self.mistake == "softmax_not_normalised" else None)
                             for j, p in enumerate(powers)])
                continue
            others = {"activation_forgotten": lambda z: z,
                      "other_activation": FUNCTIONS["tanh" if kind == "sigmoid" else "sigmoid"][0]}
            if kind != "relu":
                others["rounded_early"] = lambda z, kind=kind: FUNCTIONS[kind][0](float(written(z, 2)))
            other = others.get(self.mistake)
            outs.append([self.put(f"{activation}.o", row, j, FUNCTIONS[kind][0](z), other and other(z))
                         for j, z in enumerate(values)])
        self.o.append(outs)

    def loss(self):
        objective, m = type(self.exercise.network.objective).__name__, len(self.o[0])
        totals, self.m = [], m
        for row, (os, ys) in enumerate(zip(self.o[-1], self.exercise.targets)):
            if objective == "CrossEntropy":
                value = -math.log(next(o for o, y in zip(os, ys) if y == 1.0))
            else:
                value = self.total(0.0, [self.r(o - y) ** 2 for o, y in zip(os, ys)])
                value *= 0.5 if objective == "HalfSquaredError" else 1
            if m > 1:
                value = self.put("loss.rows", row, 0, value)
            totals.append(value)
        value = self.total(0.0, totals) / m
        self.put("loss", 0, 0, value, 2 * value if self.mistake == "half" else None)

    def error(self, row, j):
        """∂L/∂o of an output."""
        objective, m = type(self.exercise.network.objective).__name__, self.m
        factor = 2 if objective == "MeanSquaredError" else 1
        return factor * self.r(self.o[-1][row][j] - self.exercise.targets[row][j]) / m

    def back(self):
        grads, deltas = {}, None
        for i in range(len(self.stages) - 1, -1, -1):
            name, activation, kind = self.stages[i]
            found = []
            for row in range(self.m):
                found.append([])
                for j in range(len(self.weights[i])):
                    if i == len(self.stages) - 1:
                        arriving = self.error(row, j)
                        ahead = None
                    else:
                        arriving = self.total(0.0, [d * ws[j] for d, ws in zip(deltas[row], self.weights[i + 1])])
                        ahead = self.total(0.0, [d * self.later(i + 1, k, j, deltas)
                                                 for k, d in enumerate(deltas[row])])
                    arriving = self.put(f"{activation}.delta", row, j, self.r(arriving)) if kind else arriving
                    slope = 1.0
                    if kind in FUNCTIONS:
                        slope = self.r(FUNCTIONS[kind][1](self.o[i + 1][row][j], self.z[i][row][j]))
                    value, other = arriving * slope, None
                    if self.mistake == "delta_sign":
                        other = -value
                    if self.mistake == "derivative_forgotten" and kind in FUNCTIONS:
                        other = arriving
                    if self.mistake == "derivative_added" and kind in ("", "softmax"):
                        other = value * self.o[i + 1][row][j] * (1 - self.o[i + 1][row][j])
                    if self.mistake == "square_forgotten" and kind == "tanh":
                        other = arriving * (1 - self.o[i + 1][row][j])
                    if self.mistake == "loss_for_error" and ahead is None:
                        other = value * (self.o[-1][row][j] - self.exercise.targets[row][j])
                    if self.mistake == "net_input_for_output" and kind in ("sigmoid", "tanh"):
                        z = self.z[i][row][j]
                        other = arriving * FUNCTIONS[kind][1](z, z)
                    if self.mistake == "new_weights" and ahead is not None \
                            and (f"{activation}.delta", row, j) not in self.numbers:
                        other = ahead * slope
                    if self.mistake in ("mean_forgotten", "mean_twice") and ahead is None and self.m > 1 \
                            and f"{activation}.delta" not in {gap[0] for gap in self.numbers}:
                        other = value * self.m if self.mistake == "mean_forgotten" else value / self.m
                    found[-1].append(self.put(f"{name}.delta", row, j, value, other))
            deltas = found
            grads[i] = self.gradients(i, name, deltas)
        return grads

    def later(self, i, k, j, deltas):
        """A weight after its update."""
        gradient = self.total(0.0, [deltas[row][k] * self.o[i][row][j] for row in range(self.m)])
        return self.weights[i][k][j] - self.exercise.network.optimizer.schedule(0) * gradient

    def gradients(self, i, name, deltas):
        weights = []
        for k in range(len(self.weights[i])):
            weights.append([])
            for j in range(len(self.o[i][0])):
                value = self.total(0.0, [deltas[row][k] * self.o[i][row][j] for row in range(self.m)])
                other = None
                if self.mistake == "missing_factor" and self.m == 1:
                    other = deltas[0][k]
                if self.mistake == "examples_forgotten" and self.m > 1:
                    other = deltas[0][k] * self.o[i][0][j]
                if self.mistake == "wrong_layer" and self.m == 1 and i > 0:
                    other = deltas[0][k] * self.o[i - 1][0][0]
                weights[-1].append(self.put(f"{name}.weights.gradient", k, j, value, other))
        biases = [self.put(f"{name}.bias.gradient", 0, k, self.total(0.0, [row[k] for row in deltas]))
                  for k in range(len(self.weights[i]))]
        return weights, biases

    def update(self, grads):
        rate = self.exercise.network.optimizer.schedule(0)
        is_momentum = type(self.exercise.network.optimizer).__name__ == "Momentum"
        for i, (name, _, _) in enumerate(self.stages):
            weights, biases = grads[i]
            for k, row in enumerate(weights):
                for j, gradient in enumerate(row):
                    self.step(f"{name}.weights", k, j, self.weights[i][k][j], gradient, rate, is_momentum)
            for k, gradient in enumerate(biases):
                self.step(f"{name}.bias", 0, k, self.biases[i][k], gradient, rate, is_momentum)

    def step(self, name, row, unit, old, gradient, rate, is_momentum):
        change = self.r(-rate * gradient)
        others = {"rate_forgotten": -gradient, "rate_twice": rate * change, "update_sign": -change,
                  "misread": -self.o[0][0][0] * gradient}
        other = others.get(self.mistake)
        if is_momentum:
            change = self.put(f"{name}.velocity.new", row, unit, change, other)
            self.put(f"{name}.new", row, unit, old + change,
                     {"not_updated": old, "update_sign": old - change}.get(self.mistake))
            return
        others["not_updated"] = 0.0
        other = others.get(self.mistake)
        self.put(f"{name}.new", row, unit, old + change, None if other is None else old + other)


SIZES = ([2, 3, 1], [2, 2, 1], [2, 2, 2], [3, 2, 2], [3, 4, 2], [2, 3, 2, 1])


def made_up(seed, digits=4):
    """An exercise of any kind: sizes, activation, loss, optimizer and batch by the seed."""
    chosen = random.Random(seed)
    sizes, activation = chosen.choice(SIZES), chosen.choice(["sigmoid", "tanh", "relu"])
    kinds = [rn.HalfSquaredError, rn.MeanSquaredError, rn.CrossEntropy]
    loss = chosen.choice(kinds if sizes[-1] > 1 else kinds[:2])()
    last = "softmax" if isinstance(loss, rn.CrossEntropy) else chosen.choice([activation, "sigmoid", "linear"])
    optimizer = rn.Momentum(0.1) if chosen.random() < 0.3 else rn.SGD(chosen.choice([0.1, 0.2, 0.5]))
    return invented(sizes, seed, activation=activation, last=last, loss=loss, optimizer=optimizer,
                    rows=chosen.choice([1, 1, 3]), digits=digits, bias=chosen.random() < 0.7,
                    decimals=chosen.choice([1, 2]))


def right_sheet(seed):
    """An exercise, and the answers of a student who makes no mistake: any rounding, also of intermediate results."""
    chosen = random.Random(-seed - 1)
    exercise = made_up(seed, chosen.choice([2, 3, 4, 5, 6]))
    student = Student(exercise, exercise.digits + chosen.choice([0, 0, 1]), chosen.choice(["half up", "half even"]),
                      by_hand=chosen.random() < 0.6)
    return exercise, student.answers


def wrong_sheet(mistake, seed):
    """An exercise and a Student who makes this mistake in it; None where this network leaves no room for it."""
    exercise = made_up(seed)
    if mistake != "cut":
        student = Student(exercise, mistake=mistake, is_habit=seed % 3 == 0, seed=seed)
        return (exercise, student) if student.wrong else None
    student, right = Student(exercise, rounding="cut"), Student(exercise).answers
    student.wrong = [gap for gap, text in student.answers.items() if float(text) != float(right[gap])]
    return (exercise, student) if len(student.wrong) >= 3 else None
