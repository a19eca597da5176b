"""Is the reference on other numbers the same code? Disguised floats get the same bits, fractions the truth."""

from fractions import Fraction

import pytest

import refnet as rn
from refnet.arithmetic import elementary
from refnet.kernels import REFERENCE, SEAM
from refnet.kernels.lifted import Lifted, rebound
from refnet.verify.kernels import compare_kernels


class Disguised(float):
    """A float whose operators give such a float again."""


def operator(plain):
    return lambda self, *others: Disguised(plain(self, *others))


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "neg", "abs"):
    setattr(Disguised, f"__{_name}__", operator(getattr(float, f"__{_name}__")))


class Arithmetic:
    number = Disguised

    def __getattr__(self, name):
        return lambda *values: Disguised(getattr(elementary, name)(*map(float, values)))


class Exact:
    """Fractions: no operation rounds; what needs a root or a power of e has no such value."""

    number = Fraction


def net_on(k):
    layers = [rn.Input(3), rn.Dense(4), rn.BatchNorm(), rn.Tanh(), rn.Dense(3), rn.Softmax()]
    net = rn.Network(layers, backend=k, seed=1)
    history = net.fit([[0.3, -1.2, 3.3], [0.1, 0.2, 0.4], [1.0, 2.0, -1.0]], [0, 2, 1], epochs=5, batch_size=2,
                      optimizer=rn.Adam(0.1, clip=rn.ClipNorm(0.5)), penalty=rn.L2(0.01))
    return net, history


def test_a_training_has_the_same_bits():
    disguised, floats = net_on(Lifted("disguised", Arithmetic())), net_on("python")
    assert disguised[0].backend == "disguised" and disguised[1] == floats[1]
    assert disguised[0].fingerprint() == floats[0].fingerprint()
    assert all(type(w) is Disguised for row in disguised[0].parameters["dense1.weights"].value for w in row)


def test_every_kernel_has_the_same_bits():
    found = compare_kernels(60, seed=3, backends=(REFERENCE, Lifted("disguised", Arithmetic())))
    assert len(found) == len(SEAM) and [each for each in found if each.difference] == []


def test_it_does_not_change_the_reference():
    before = {name: signature.function for name, signature in SEAM.items()}
    found = rebound(Arithmetic())
    assert found.keys() == before.keys() and all(found[name] is not before[name] for name in before)
    assert type(REFERENCE.sigmoid([[0.5]])[0][0]) is float


def test_exact_numbers():
    k = Lifted("exact", Exact)
    third = k.matrix([[Fraction(1, 3), Fraction(1, 6)]])
    assert k.affine(third, third, k.matrix([[Fraction(1, 2)]])) == [[Fraction(23, 36)]]
    with pytest.raises(AttributeError, match="exp"):
        k.exp(third)


def test_matrices():
    k = Lifted("disguised", Arithmetic())
    zeros = k.zeros(2, 3)
    k.assign(zeros, [[1, 2, 3], [4, 5, 6]])
    assert zeros == [[1, 2, 3], [4, 5, 6]] and type(zeros[0][0]) is Disguised and k.shape(zeros) == (2, 3)
    assert k.matrix(memoryview(bytes(16)).cast("d", (1, 2))) == [[0.0, 0.0]]
    with pytest.raises(ValueError, match=r"shape \(1, 2\); expected \(2, 3\)"):
        k.assign(zeros, [[1, 2]])
    with pytest.raises(ValueError, match="row 1 has 1"):
        k.matrix([[1, 2], [3]])
    with pytest.raises(AttributeError, match="nothing"):
        k.nothing  # noqa: B018
