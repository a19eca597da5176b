"""What is a training step made of? Its kernel calls with their operations and bytes, in groups as C runs them.

The step runs on matrices without numbers, so it takes no time whatever its size.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from refnet.bench.networks import PRODUCTS
from refnet.diagnosis.operations import Operations, operations_of
from refnet.diagnosis.sizes import Shape, Sizes
from refnet.kernels import Wrapper
from refnet.kernels.native import blocks
from refnet.kernels.native.blocks import Group, Operand, operands
from refnet.kernels.native.layout import groups_of
from refnet.kernels.seam import SEAM, SIZES
from refnet.optimizers import SGD
from refnet.training.examples import Batch
from refnet.training.steps import train_step

BYTES = {"d": 8, "f": 4}  # of a number


class Call(NamedTuple):
    """A kernel call.

    sizes     by the letters of the signature
    result    rows and columns of the matrix that it writes
    matrices  what it reads and writes, with the bytes of each
    work      as the C core estimates it, in multiply-adds of a matrix product; 0: it is never shared
    way       BY_ROWS, ADDS_ROWS, or 0 if it needs all rows at once
    """

    kernel: str
    sizes: dict[str, int]
    operations: Operations
    result: tuple[int, int]
    matrices: list[Operand]
    bytes: list[int]
    work: float
    way: int

    @property
    def is_product(self) -> bool:
        return self.kernel in PRODUCTS

    @property
    def multiply_adds(self) -> int:
        """Those of a matrix product."""
        return self.operations.multiplications if self.is_product else 0

    @property
    def elementwise(self) -> int:
        """The operations of what is no matrix product, a function such as exp as one."""
        return 0 if self.is_product else sum(self.operations)

    @property
    def read(self) -> int:
        """Bytes that it reads, each number once."""
        return sum(size for each, size in zip(self.matrices, self.bytes) if each.is_read)

    @property
    def written(self) -> int:
        return sum(size for each, size in zip(self.matrices, self.bytes) if each.is_written)


class Step:
    """A training step with SGD: `calls`, in order, for minibatches of so many `rows`.

    least_share  the least work of a thread, in multiply-adds
    """

    def __init__(self, network: Any, rows: int, loss: Any, native: Any) -> None:
        """The network has one input and one output of classes; native: the kernels of the C core in its format."""
        self.rows, self.least_share = rows, native.lib.refnet_least_share()
        twin = copy.deepcopy(network)
        k = _Counting(native)
        twin.to(k)
        SGD().attach(twin)
        twin.objective = loss
        order = k.kept(Shape(1, rows))  # the data's row numbers
        x = k.take_rows(Shape(rows, twin.inputs), order)
        y = k.one_hot(k.take_wide_rows(Shape(rows, 1), order), twin.outputs)
        train_step(twin, Batch([x], [y]), Shape(1, 1))
        self.calls = k.calls
        self._order, self._matrices = id(order), k.matrices

    def groups(self, threads: int) -> list[Group]:
        """The calls by their places, in groups as a recording has them. Block 0: each runs for all rows at once."""
        made = {each.address: size for call in self.calls for each, size in zip(call.matrices, call.bytes)
                if each.is_written and not each.is_read}
        calls = [blocks.Call(call.matrices, call.way, call.sizes["m"], call.sizes["n"]) for call in self.calls]
        return groups_of(calls, self._order, self.rows, made, threads)


class _Counting(Wrapper):
    """The observer of the step: it notes each call."""

    records = False

    def __init__(self, native: Any) -> None:
        super().__init__(Sizes(lambda *_: None))
        self.native, self.calls = native, list[Call]()
        self.matrices: list[Any] = []  # kept, so that no other gets the address of one

    def kept(self, matrix: Any) -> Any:
        self.matrices.append(matrix)
        return matrix

    def call(self, name: str, kernel: Any, *values: Any) -> Any:
        result, signature, native = kernel(*values), SEAM[name], self.native
        tables = [(value, each.wide) for value, each in zip(values, signature.arguments) if each.kind == "matrix"]
        tables += [(result, signature.wide_result)] if signature.result else []
        found = operands(name, tuple(id(self.kept(table)) if table else 0 for table, _ in tables))
        there = [(*table.shape, is_wide) for table, is_wide in tables if table]
        all_sizes = signature.sizes(values, lambda *those: those[-1].shape, lambda *_: None, lambda *_: None)
        sizes = {letter: size for letter, size in all_sizes.items() if letter in SIZES}
        place = native.kernel_names.index(name)
        self.calls.append(Call(
            name, sizes, operations_of(name, sizes, tuple(value is not None for value in values)),
            next((rows, columns) for each, (rows, columns, _) in zip(found, there) if each.is_written), found,
            [rows * columns * (8 if is_wide else BYTES[native.code]) for rows, columns, is_wide in there],
            native.lib.refnet_work_of(native.ffi.new("refnet_call *", {"kernel": place, **sizes})),
            native.kernel_rows[place],
        ))
        return result
