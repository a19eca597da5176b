"""How does a training run by what FORMAT.md says? Sections 5, 9 and 12 written down, on the page's own statements."""

from collections import defaultdict
from types import SimpleNamespace

from reading_the_page import bits_of, number_of


def matrix(entry):
    numbers, (rows, columns) = list(map(number_of, entry["bits"])), entry["shape"] or (1, 1)
    return [numbers[i * columns : (i + 1) * columns] for i in range(rows)]


class Training:
    """A run of a file, computed anew: `steps()` yields the values of each step by name.

    are_given: whether the first weights are the file's, not those of the seed
    """

    def __init__(self, page, run, are_given=False):
        self.page, self.k, self.run, self.values = page, page.k, run, {}
        self.seed, given = run["network"]["seed"], run["steps"][0]["values"]
        self.layers = [self.made(entry) for entry in run["network"]["layers"]]
        self.parents = [entry["after"] for entry in run["network"]["layers"]]
        self.parameters, self.uses, self.drawn = {}, defaultdict(list), 0
        for i, entry in enumerate(run["network"]["layers"]):
            self.build(i, entry)
        for name, parameter in self.parameters.items() if are_given else ():
            parameter.value = matrix(given[name])
        self.learns = []
        for layer, parents in zip(self.layers, self.parents):
            self.learns.append(bool(layer.parameters) or any(self.learns[parent] for parent in parents))
        self.loss, self.optimizer = self.made(run["loss"]), self.made(run["optimizer"])
        self.penalties = [self.made(entry) for entry in run["network"]["penalties"]]
        self.optimizer.state = {name: Kept(self, name) for name in self.parameters}
        first = getattr(self.optimizer, "first_step", dict)()
        if first:
            self.optimizer.state["step"] = {name: [[value]] for name, value in first.items()}

    def made(self, entry):
        """A setting, with the objects in it made."""
        if isinstance(entry, list):
            return [self.made(each) for each in entry]
        if not isinstance(entry, dict):
            return entry
        settings = {name: self.made(value) for name, value in entry["settings"].items()}
        thing = self.page.classes.get(entry["class"], SimpleNamespace)(**settings)
        thing.k, thing.class_name = self.k, entry["class"]
        return thing

    def build(self, i, entry):
        layer, k, settings = self.layers[i], self.k, entry["settings"]
        before = [self.layers[parent].units for parent in self.parents[i]]
        kind, layer.name, layer.parameters, layer.buffers = entry["class"], entry["name"], {}, {}
        layer.merges, layer.inputs = len(before) > 1, before if len(before) > 1 else before[0] if before else 0
        layer.units = settings.get("units") or (layer.inputs if not layer.merges else before[0])
        if kind == "Concatenate":
            layer.units = sum(before)
        layer.key = self.page.random.stream_key(self.seed, self.page.streams["LAYER_STREAM"] + i)
        layer.trainable, n = True, layer.units
        if entry["shares"] is not None:
            self.drawn += len(self.layers[entry["shares"]].parameters)
            for name, parameter in self.layers[entry["shares"]].parameters.items():
                layer.parameters[name] = SimpleNamespace(value=parameter.value, gradient=None)
                self.uses[f"{self.layers[entry['shares']].name}.{name}"].append(
                    (f"{layer.name}.{name}", layer.parameters[name]))
            return
        if kind == "Dense":
            self.parameter(layer, "weights", self.initial("Glorot", n, layer.inputs, distribution="uniform"),
                           False, layer.penalty, layer.constraint)
            if layer.bias:
                self.parameter(layer, "bias", self.initial("Zeros", 1, n), True)
        elif kind == "BatchNorm":
            self.parameter(layer, "gamma", [[1.0] * n], True)
            self.parameter(layer, "beta", [[0.0] * n], True)
            layer.buffers = {"mean": k.zeros(1, n), "variance": [[1.0] * n]}
        elif kind == "PReLU":
            self.parameter(layer, "slope", [[layer.slope] * (1 if layer.shared else n)], True)
        elif kind == "Standardize":
            layer.buffers = {"mean": [layer.mean], "std": [layer.std]}
        elif hasattr(layer, "disturbed"):
            layer.buffers = {"drawn": [[0.0]]}

    def initial(self, kind, units, inputs, **settings):
        key = self.page.random.stream_key(self.seed, self.page.streams["INITIALIZE_STREAM"] + self.drawn)
        self.drawn += 1
        if kind == "Zeros":
            return self.k.zeros(units, inputs)
        return self.page.classes[kind](**settings)(self.k, key, units, inputs)

    def parameter(self, layer, name, value, is_row, penalties=(), constraints=()):
        layer.parameters[name] = SimpleNamespace(value=value, gradient=None, is_row=is_row, penalties=penalties,
                                                 constraints=constraints)
        self.parameters[f"{layer.name}.{name}"] = layer.parameters[name]

    # --- section 12 ---

    def steps(self):
        fit, data = self.run["fit"], {name: matrix(entry) for name, entry in self.run["data"].items()}
        x = data.pop("inputs")
        for epoch in range(fit["epochs"]):
            key = self.page.random.stream_key(fit["seed"], self.page.streams["SHUFFLE_STREAM"] + epoch)
            order = [int(i) for i in self.k.permutation(key, len(x))[0]]
            rate = self.rate(epoch)
            for first in range(0, len(x), fit["batch_size"]):
                rows = order[first : first + fit["batch_size"]]
                yield self.step([x[i] for i in rows], {name: [y[i] for i in rows] for name, y in data.items()}, rate)

    def rate(self, epoch):
        schedule = self.optimizer.rate
        if schedule.class_name != "ExponentialDecay":
            return schedule(epoch)
        rate = schedule.rate
        for _ in range(epoch):
            rate = rate * schedule.factor
        return rate

    # --- section 9 ---

    def step(self, x, targets, rate):
        k, optimizer, own = self.k, self.optimizer, {}
        self.own, optimizer.rate_matrix = own, [[rate]]
        self.keep("rate", [[rate]])
        self.note_state("")
        is_ahead = optimizer.class_name == "Nesterov" and optimizer.form == "velocity"
        for name, parameter in self.parameters.items():
            if is_ahead:
                optimizer.state[name]["start"] = k.copy(parameter.value)
                k.nesterov_look_ahead(parameter.value, optimizer.state[name]["velocity"], optimizer.mu)
                self.keep(f"{name}.ahead", parameter.value)
        self.forward(x)
        for name, y in targets.items():
            self.keep(name, y)
        self.measure(list(targets.values()))
        self.backward(list(targets.values()))
        parameters = list(self.parameters.values())
        for name, parameter in self.parameters.items():
            for penalty in parameter.penalties or ([] if parameter.is_row else self.penalties):
                self.keep(f"{name}.gradient.data", parameter.gradient)
                parameter.gradient = penalty.gradient(k, parameter.gradient, parameter.value)
            self.keep(f"{name}.gradient", parameter.gradient)
        gradients = [parameter.gradient for parameter in parameters]
        if optimizer.clip:
            gradients = optimizer.clip.clipped(k, gradients)
        if hasattr(optimizer, "begin_step"):
            optimizer.begin_step(k)
        for (name, parameter), gradient in zip(self.parameters.items(), gradients):
            state = optimizer.state[name]
            if optimizer.clip:
                self.keep(f"{name}.gradient.clipped", gradient)
            if optimizer.weight_decay and not parameter.is_row:
                k.decay_weights(state.get("start", parameter.value), optimizer.rate_matrix, optimizer.weight_decay)
            optimizer.update_parameter(k, parameter.value, gradient, state)
            for constraint in parameter.constraints:
                constraint.apply(k, parameter.value)
            state.pop("start", None)
        for layer in self.layers:
            if hasattr(layer, "commit"):
                layer.commit()
        self.note_state(".new")
        return own

    def keep(self, name, rows):
        self.own.setdefault(name, [list(row) for row in rows])

    def note_state(self, suffix):
        for name, parameter in self.parameters.items():
            self.keep(f"{name}{suffix}", parameter.value)
        for layer in self.layers:
            for name, buffer in layer.buffers.items():
                self.keep(f"{layer.name}.{name}{suffix}", buffer)
        for owner, matrices in self.optimizer.state.items():
            for name, value in matrices.items():
                self.keep(f"{owner}.{name}{suffix}", value)

    def forward(self, x):
        self.values = []
        for layer, parents in zip(self.layers, self.parents):
            given = [self.values[parent] for parent in parents]
            output = layer.forward(given if layer.merges else given[0], True) if parents else x
            self.values.append(output)
            for name in ("mean", "variance", "deviation", "xhat", "moves"):
                if name in vars(layer) and layer.class_name in ("BatchNorm", "KLSparsity", "Jitter"):
                    self.keep(f"{layer.name}.{'batch_' if name in layer.buffers else ''}{name}", vars(layer)[name])
            self.keep(f"{layer.name}.{'z' if layer.class_name == 'Dense' else 'o'}", output)

    def tasks(self):
        """(index of the layer, loss, weight) of each output."""
        losses = getattr(self.loss, "losses", [self.loss])
        weights = self.loss.weights if self.loss.class_name == "MultiTask" else [None]
        return list(zip(self.run["network"]["outputs"], losses, weights))

    def is_fused(self, i, loss):
        pairs = {("CrossEntropy", "Softmax"), ("BinaryCrossEntropy", "Sigmoid")}
        return (loss.class_name, self.layers[i].class_name) in pairs and loss.fused

    def measure(self, targets):
        k, losses = self.k, []
        for (i, loss, weight), y in zip(self.tasks(), targets):
            is_fused = self.is_fused(i, loss)
            losses.append((weight, loss.forward_fused(k, self.layers[i], y) if is_fused else
                           loss.forward(k, self.values[i], y)))
        rows = self.page.classes["weighted_sum"](k, losses)
        self.keep("loss.rows", rows)
        self.keep("loss.sum", k.column_sums(rows))
        i, first, _ = self.tasks()[0]
        loss = k.column_sums(rows)[0][0] / first.divisor(len(rows), self.layers[i].units)
        for parameter in self.parameters.values():
            for penalty in parameter.penalties or ([] if parameter.is_row else self.penalties):
                loss += penalty.cost(k, parameter.value)
        for layer in self.layers:
            loss += layer.cost() if hasattr(layer, "cost") else 0.0
        self.keep("loss", [[loss]])

    def backward(self, targets):
        k, number, arriving = self.k, len(self.layers), defaultdict(list)
        for (i, loss, weight), y in zip(self.tasks(), targets):
            is_fused, layer = self.is_fused(i, loss), self.layers[i]
            d = loss.backward_fused(k, layer, y) if is_fused else loss.backward(k, self.values[i], y)
            d = d if weight is None else k.scale(d, weight)
            arriving[self.parents[i][0] if is_fused else i].append((i if is_fused else number, d))
        for i in range(number - 1, -1, -1):
            if not arriving[i]:
                continue
            (_, d), *others = sorted(arriving[i], key=lambda each: each[0])
            for _, other in others:
                d = k.add(d, other)
            self.keep(f"{self.layers[i].name}.delta", d)
            wanted = [self.learns[parent] for parent in self.parents[i]]
            if not self.learns[i]:
                continue
            sent = self.layers[i].backward(d, True in wanted)
            if True in wanted:
                for parent, each, is_wanted in zip(self.parents[i], sent if self.layers[i].merges else [sent], wanted):
                    if is_wanted:
                        arriving[parent].append((i, each))
        for name, uses in self.uses.items():
            self.keep(f"{name}.gradient.data", self.parameters[name].gradient)
            for where, use in uses:
                self.keep(f"{where}.gradient.data", use.gradient)
                self.parameters[name].gradient = k.add(self.parameters[name].gradient, use.gradient)


class Kept(dict):
    """An optimizer's matrices for a parameter; each starts when it is first asked for."""

    def __init__(self, training, name):
        self.training, self.name = training, name

    def __missing__(self, matrix):
        optimizer, value = self.training.optimizer, self.training.parameters[self.name].value
        start = optimizer.start_of(matrix) if hasattr(optimizer, "start_of") else 0.0
        self[matrix] = [[start] * len(value[0]) for _ in value]
        self.training.keep(f"{self.name}.{matrix}", self[matrix])
        return self[matrix]


def differences(training):
    """Each value of the file that is not what the page gives; "name" or "name row unit"."""
    for own, step in zip(training.steps(), training.run["steps"]):
        for name, entry in step["values"].items():
            digits = [bits_of(value) for row in own.get(name, []) for value in row]
            if digits != entry["bits"]:
                yield f"step {step['number']} {name}"
