"""How fast is PyTorch? Its modules and optimizers in the usual loop."""

from typing import Any

from refnet.bench.peers.base import Peer, module
from refnet.bench.workloads import Data, Workload


class PyTorch(Peer):
    """nn.Sequential and torch.optim.SGD in the usual loop. Its mean losses divide by the units too: see `scale`."""

    name = "PyTorch f64"

    def __init__(self, workload: Workload, data: Data, shuffle: bool = True) -> None:
        torch = module("torch")
        nn = torch.nn

        super().__init__(workload, data, shuffle)
        dtype = getattr(torch, self.dtype)
        units = workload.sizes[-1]
        hidden = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}[workload.hidden]
        layers: list[Any] = []
        for weights, biases in zip(data.weights, data.biases):
            dense = nn.Linear(len(weights[0]), len(weights), dtype=dtype)
            with torch.no_grad():
                dense.weight.copy_(torch.tensor(weights, dtype=dtype))
                dense.bias.copy_(torch.tensor(biases, dtype=dtype))
            layers += [dense, hidden()]
        layers.pop()
        self.x = torch.tensor(data.inputs, dtype=dtype)
        self.y = torch.tensor(data.labels)
        self.criterion: Any
        if workload.loss == "cross-entropy":
            self.criterion, self.scale = nn.CrossEntropyLoss(), 1.0
        elif workload.loss == "binary-cross-entropy":
            self.criterion, self.scale = nn.BCEWithLogitsLoss(), float(units)
        else:
            layers.append(nn.Sigmoid())
            self.criterion, self.scale = nn.MSELoss(), 0.5 * units
        if workload.loss != "cross-entropy":
            self.y = nn.functional.one_hot(self.y, units).to(dtype)
        self.model = nn.Sequential(*layers)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=workload.rate * self.scale)

    def epoch(self) -> float:
        torch = module("torch")
        rows = self.workload.rows
        order = torch.randperm(rows) if self.shuffle else torch.arange(rows)
        total = torch.zeros((), dtype=self.x.dtype)
        for chosen in order.split(self.workload.batch):
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(self.x[chosen]), self.y[chosen])
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return float(total) * self.scale / self.workload.steps


class PyTorch32(PyTorch):
    name = "PyTorch f32"
    dtype = "float32"
    among = ("binary64", "binary32")
