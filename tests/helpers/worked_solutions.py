"""Does a printed equation hold? Its text is read back, and computed with what the rounding of its numbers may cause."""

import math
import random
import re
from functools import partial

import refnet as rn
from refnet.arithmetic import elementary

NUMBER = re.compile(r"(?<![a-z])\d+(?:\.\d+)?(?:e-?\d+)?|inf|nan")
RELATION = re.compile(r"\s+([=≈←])\s+")
NAMES = ("sigmoid", "tanh", "softplus", "expm1", "log1p", "exp", "log", "sqrt")


class Interval:
    """All numbers that a printed number may have been rounded from."""

    def __init__(self, low, high):
        # of numbers seen to 12 digits, and of this computation
        slack = 1e-11 * max(abs(low), abs(high)) + 1e-300 if math.isfinite(low) else 0.0
        self.low, self.high = low - slack, high + slack

    @classmethod
    def of(cls, text, digits):
        half = half_unit(text, digits)
        return cls(float(text) - half, float(text) + half)

    def _of(self, *corners):
        return Interval(min(corners), max(corners))

    def __add__(self, other):
        return self._of(self.low + other.low, self.high + other.high)

    def __sub__(self, other):
        return self._of(self.low - other.high, self.high - other.low)

    def __neg__(self):
        return self._of(-self.low, -self.high)

    def __mul__(self, other):
        return self._of(*(a * b for a in (self.low, self.high) for b in (other.low, other.high)))

    def __truediv__(self, other):
        if other.low <= 0.0 <= other.high:
            return Interval(-1e300, 1e300)
        return self._of(*(a / b for a in (self.low, self.high) for b in (other.low, other.high)))

    def square(self):
        corners = [self.low * self.low, self.high * self.high]
        return self._of(*corners, *([0.0] if self.low <= 0.0 <= self.high else []))

    def rising(self, function, least=-math.inf):
        return self._of(function(max(self.low, least)), function(max(self.high, least)))


class Plain(float):
    """A number to the bit, in the operations of refnet."""

    def __add__(self, other):
        return Plain(float(self) + float(other))

    def __sub__(self, other):
        return Plain(float(self) - float(other))

    def __neg__(self):
        return Plain(-float(self))

    def __mul__(self, other):
        return Plain(float(self) * float(other))

    def __truediv__(self, other):
        return Plain(elementary.divide(float(self), float(other)))

    def square(self):
        return self * self


def half_unit(text, digits):
    """How far a number may be from its text: half of the last of its `digits`; nothing if it is written in full."""
    if text in ("inf", "nan"):
        return 0.0
    mantissa = text.partition("e")[0]
    whole, _, fraction = mantissa.partition(".")
    significant = len((whole + fraction).lstrip("0"))
    if (significant == digits and float(text)) or (significant > digits and not fraction):
        leading = math.floor(math.log10(float(text)))
        return 0.5 * 10.0 ** (leading - digits + 1)
    return 0.0


def functions(is_exact):
    if is_exact:
        known = {name: partial(lambda function, x: Plain(function(float(x))), getattr(elementary, name))
                 for name in NAMES}
        return {**known, "max": lambda *v: max(v), "min": lambda *v: min(v), "abs": lambda x: Plain(abs(float(x)))}
    known = {name: partial(lambda function, x: x.rising(function), getattr(elementary, name)) for name in NAMES}
    known["log"] = lambda x: x.rising(elementary.log, 0.0)
    known["log1p"] = lambda x: x.rising(elementary.log1p, -1.0)
    known["sqrt"] = lambda x: x.rising(elementary.sqrt, 0.0)
    known["abs"] = lambda x: Interval(0.0, max(-x.low, x.high)) if x.low < 0.0 < x.high else \
        Interval(min(abs(x.low), abs(x.high)), max(abs(x.low), abs(x.high)))
    known["max"] = lambda *v: Interval(max(x.low for x in v), max(x.high for x in v))
    known["min"] = lambda *v: Interval(min(x.low for x in v), min(x.high for x in v))
    return known


def value_of(text, digits):
    """The printed expression, computed: a Plain for digits=None, else an Interval."""
    code = NUMBER.sub(lambda found: f"of('{found.group()}')", text)
    code = code.replace("√", "sqrt").replace("ln(", "log(").replace("·", "*").replace("−", "-")
    code = code.replace("²", ".square()")
    make = Plain if digits is None else lambda number: Interval.of(number, digits)
    return eval(code, {"of": make, **functions(digits is None)})


def is_numeric(text):
    rest = re.sub(rf"\b({'|'.join((*NAMES, 'max', 'min', 'abs', 'ln'))})(?=\()", "", NUMBER.sub("", text))
    return not re.search(r"[^\W\d_]|\[", rest.replace("²", ""))


def equations(text):
    """(left side, [(relation, text), …]) of each equation in an explanation's text."""
    whole = []
    for line in text.splitlines():
        body = line[11:]
        if re.match(r"\s+[=≈]", body) and line.startswith(" "):
            whole[-1] += f" {body.strip()}"
        elif RELATION.search(body) and not body.startswith(("  ", "Units", "The number", "Rows", "δ = ")) \
                and not re.match(r"\w+: ", body) and ", by " not in body:
            whole.append(body.strip())
    for line in whole:
        left, *parts = RELATION.split(re.sub(r"   \(.*\)$", "", line))
        yield left, list(zip(parts[::2], parts[1::2]))


def check(text, digits):
    """(equations, of which say ≈, with an ellipsis): each printed equation of numbers holds. AssertionError if not."""
    count, about, elided = 0, 0, 0
    for left, steps in equations(text):
        relation, final = steps[-1]
        stated = float(final.replace("−", "-"))
        for i, (_, step) in enumerate(steps[:-1]):
            if "…" in step:
                elided += 1
                continue
            if not is_numeric(step):
                continue
            count += 1
            found = value_of(step, digits)
            what = f"{left}: {step} {relation} {final}"
            if digits is None:
                assert found == stated or (found != found and stated != stated), (what, float(found))
                continue
            own = Interval.of(final.lstrip("−"), digits)
            own = -own if final.startswith("−") else own
            assert found.low <= own.high and own.low <= found.high, (what, found.low, found.high)
            if steps[i + 1][0] == "=" and relation == "=":
                middle = float(value_of(step, None))
                size = math.floor(math.log10(abs(stated))) if stated and math.isfinite(stated) else 0
                allowed = 0.5 * 10.0 ** (size - digits + 1) if stated else 1e-12
                assert middle == stated or abs(middle - stated) <= allowed * (1 + 1e-9), (what, middle)
            else:
                about += 1
    return count, about, elided


ACTIVATIONS = (rn.Sigmoid, rn.Tanh, rn.ReLU, rn.LeakyReLU, rn.PReLU, rn.ELU, rn.Softplus, rn.SiLU, rn.GELU, rn.Linear)
LOSSES = (rn.HalfSquaredError, rn.MeanSquaredError, rn.MeanAbsoluteError, rn.Huber)
OPTIMIZERS = (
    rn.SGD, rn.Momentum, lambda rate: rn.Momentum(rate, form="average"), lambda rate: rn.Momentum(rate, form="sum"),
    rn.Nesterov, lambda rate: rn.Nesterov(rate, form="sum"), rn.AdaGrad, rn.Adadelta, rn.RMSprop,
    lambda rate: rn.RMSprop(rate, centred=True), lambda rate: rn.RMSprop(rate, inside=True), rn.Adam, rn.AdamW,
    rn.AMSGrad, rn.Nadam, lambda rate: rn.SGD(rate, clip=rn.ClipNorm(0.1)),
    lambda rate: rn.SGD(rate, clip=rn.ClipValue(0.1), weight_decay=0.01))


def graph_of(layers, draw):
    """The same layers, some of them with a way around them."""
    node = layers[0]
    for i, layer in enumerate(layers[1:], 1):
        before, node = node, layer(node)
        if i < len(layers) - 1 and isinstance(layer, ACTIVATIONS) and draw.random() < 0.6:
            node = draw.choice((rn.Add, rn.Subtract, rn.Multiply, rn.Maximum, rn.Concatenate))()(node, before)
    return node


def random_step(seed, backend="python"):
    """A network of random shape, layers, loss and optimizer, and rows for it: (network, x, y, settings of explain)."""
    draw = random.Random(seed)
    inputs, outputs = draw.randint(1, 4), draw.randint(1, 3)
    layers = [rn.Input(inputs)]
    for _ in range(draw.randint(0, 2)):
        penalty = draw.choice([None, None, rn.L2(0.01), rn.L1(0.01)])
        constraint = draw.choice([None, None, rn.MaxNorm(0.5)])
        layers.append(rn.Dense(draw.randint(1, 4), bias=draw.random() < 0.7, penalty=penalty, constraint=constraint))
        layers += [layer for layer in (rn.BatchNorm(), draw.choice(ACTIVATIONS)(), rn.Dropout(0.4))
                   if not isinstance(layer, (rn.BatchNorm, rn.Dropout)) or draw.random() < 0.25]
    layers.append(rn.Dense(outputs, bias=draw.random() < 0.7))
    rows = draw.randint(1, 4)
    kind = draw.choice(["numbers", "numbers", "softmax", "sigmoid", "hinge", "logs", "own"])
    y = [[draw.uniform(-1, 1) for _ in range(outputs)] for _ in range(rows)]
    if kind == "numbers":
        layers.append(draw.choice(ACTIVATIONS)())
        loss = draw.choice(LOSSES)(over=draw.choice(["rows", "sum", "elements"]))
    elif kind in ("softmax", "logs") and outputs > 1:
        layers.append(rn.Softmax() if kind == "softmax" else rn.LogSoftmax())
        y = [draw.randrange(outputs) for _ in range(rows)]
        loss = rn.CrossEntropy(fused=draw.random() < 0.5) if kind == "softmax" else rn.NegativeLogLikelihood()
    elif kind == "own" and outputs > 1:
        y, loss = [draw.randrange(outputs) for _ in range(rows)], rn.MulticlassHinge()
    elif kind == "hinge":
        y = [[draw.choice([-1.0, 1.0]) for _ in range(outputs)] for _ in range(rows)]
        loss = draw.choice([rn.Hinge(), rn.SquaredHinge()])
    else:
        layers.append(rn.Sigmoid())
        y = [[draw.choice([0.0, 1.0, 0.25]) for _ in range(outputs)] for _ in range(rows)]
        loss = rn.BinaryCrossEntropy(fused=draw.random() < 0.5)
    if draw.random() < 0.25:
        layers = graph_of(layers, draw)
    net = rn.Network(layers, backend=backend, seed=seed)
    x = [[round(draw.uniform(-1, 1), draw.choice([1, 17])) for _ in range(inputs)] for _ in range(rows)]
    optimizer = draw.choice(OPTIMIZERS)(draw.choice([0.1, 0.01, 0.2]))
    return net, x, y, {"loss": loss, "optimizer": optimizer, "steps": draw.choice([1, 1, 2])}
