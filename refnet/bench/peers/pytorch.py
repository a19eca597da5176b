"""How fast is PyTorch? Its modules and optimizers in the usual loop."""

from typing import Any

from refnet.bench.peers.base import Peer, module
from refnet.bench.workloads import Data, Workload


class PyTorch(Peer):
    """Its mean losses divide by the units too: see `scale`."""

    name = "PyTorch f64"
    library = "PyTorch"
    package = "torch"
    about = ("is nn.Sequential and torch.optim in the usual loop, not compiled: torch.compile needs a C++ compiler at "
             "hand and takes minutes")

    def __init__(self, workload: Workload, data: Data) -> None:
        torch = module("torch")
        nn = torch.nn

        super().__init__(workload, data)
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
        if workload.output == "sigmoid" and workload.loss == "half-squared-error":
            layers.append(nn.Sigmoid())
        self.model = nn.Sequential(*layers)
        self.x, self.y = self.handed(data.inputs, data.targets)
        self.criterion: Any
        if workload.loss == "cross-entropy":
            self.criterion, self.scale = nn.CrossEntropyLoss(), 1.0
            self.y = torch.tensor(data.labels)
        elif workload.loss == "binary-cross-entropy":
            self.criterion, self.scale = nn.BCEWithLogitsLoss(), float(units)
        else:
            self.criterion, self.scale = nn.MSELoss(), 0.5 * units
        parameters = self.model.parameters()
        if workload.optimizer == "Adam":  # of smaller gradients it makes the same steps, with a smaller ε
            self.optimizer = torch.optim.Adam(parameters, lr=workload.rate, eps=1e-8 / self.scale)
        else:
            self.optimizer = torch.optim.SGD(parameters, lr=workload.rate * self.scale)

    def epoch(self) -> float:
        torch = module("torch")
        total = torch.zeros((), dtype=self.x.dtype)
        for part in self.parts(torch.randperm):
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(self.x[part]), self.y[part])
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return float(total) * self.scale / self.workload.steps

    def handed(self, inputs: Any, targets: Any) -> tuple[Any, Any]:
        x, y = super().handed(inputs, targets)
        return module("torch").as_tensor(x), module("torch").as_tensor(y)

    @classmethod
    def limit(cls, threads: int) -> None:
        module("torch").set_num_threads(threads)


class PyTorch32(PyTorch):
    name = "PyTorch f32"
    dtype = "float32"
    among = ("binary64", "binary32")
