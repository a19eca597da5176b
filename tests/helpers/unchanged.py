"""How is it tested that an error changes nothing? By the state of a network before and after."""

X = [[0.5, -1.0], [1.5, 2.0], [-0.25, 0.75], [1.0, 1.0]]
Y = [0, 2, 1, 2]


def state(network):
    """Everything that an error must not change."""
    optimizer, progress = network.optimizer, network.progress
    matrices = {} if optimizer is None else {
        f"{name}.{key}": network.k.tolist(values)
        for name, each in optimizer.state.items() for key, values in each.items()}
    objective = network.objective
    loss = objective and (type(objective), [getattr(objective, name) for name in objective.settings])
    return (network.fingerprint(), matrices, vars(progress).copy(), id(optimizer), loss, network.penalties,
            network.gradients, network.backend)


class Unchanged:
    """with Unchanged(net, ErrorType, "words"): the call inside raises, says so, and leaves the network as it was."""

    def __init__(self, network, kind, *words):
        self.network, self.kind, self.words = network, kind, words

    def __enter__(self):
        self.before = state(self.network)

    def __exit__(self, kind, error, trace):
        assert kind is not None, f"no error; expected {self.kind} with {self.words}"
        if not issubclass(kind, self.kind):
            return False  # another kind of error: pytest shows it
        for word in self.words:
            assert word in str(error), f"{str(error)!r} does not say {word!r}"
        assert state(self.network) == self.before, "something has changed"
        return True
