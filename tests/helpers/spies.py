"""Which kernels does a network call, and with what?"""

from refnet.kernels.seam import SEAM


class Spy:
    """A backend made of another backend's kernels and nothing else, so that no step is recorded.

    calls    (kernel, arguments) of every call so far
    before   a function that is called with the kernel's name before each call
    """

    def __init__(self, k, before=None):
        self.name, self.calls, self.before = "spy on " + k.name, [], before or (lambda name: None)
        for name in ("matrix", "wide", "zeros", "shape", "tolist", "assign"):
            setattr(self, name, getattr(k, name))
        for name in SEAM:
            setattr(self, name, self._noting(name, getattr(k, name)))

    def _noting(self, name, kernel):
        def noted(*arguments):
            self.before(name)
            self.calls.append((name, arguments))
            return kernel(*arguments)

        return noted

    @property
    def called(self):
        """The names of the kernels called so far, in order."""
        return [name for name, _ in self.calls]

    def batches(self):
        """The row numbers of every minibatch that was gathered: twice each, for the inputs and for the targets."""
        return [self.tolist(arguments[1])[0] for name, arguments in self.calls if name == "take_rows"]
