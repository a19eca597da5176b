"""How do a network's parameters reach its user, and how are they changed? By name, as lists of numbers."""

from __future__ import annotations

from typing import Any, NoReturn

from refnet import checks
from refnet.arithmetic.formats import Fixed
from refnet.data import door
from refnet.kernels.choosing import format_of
from refnet.kernels.conversion import warn_if_beyond
from refnet.parameters import Parameter
from refnet.parameters.parameter import is_flat


class _ReadOnly:
    """What a list and a dict of copied numbers have in common: they are read like any other, but not changed."""

    __slots__ = ()

    def _refuse(self, *arguments: Any, **named: Any) -> NoReturn:
        raise TypeError(
            "this is a copy of the network's numbers, and changing it would not change the network; allowed: "
            "net.set(name, numbers), net.weights = […], net.biases = […] (net.get(name) is a list of your own)"
        )

    __setitem__ = __delitem__ = __iadd__ = __imul__ = __ior__ = _refuse
    append = extend = insert = remove = pop = clear = sort = reverse = update = setdefault = popitem = _refuse


class ReadOnlyList(_ReadOnly, list):
    """A list that refuses to be changed. Its copies, pickled ones too, are plain lists."""

    __slots__ = ()

    def __reduce__(self) -> Any:
        return list, (list(self),)


class ReadOnlyDict(_ReadOnly, dict):
    """A dict that refuses to be changed. Its copies, pickled ones too, are plain dicts."""

    __slots__ = ()

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def read(network: Any, name: str) -> list:
    """The numbers of one parameter: rows, or for a bias a flat list. Raises KeyError for an unknown name."""
    parameter = _named(network, name)
    rows = network.k.tolist(parameter.value)
    return rows[0] if parameter.is_row else rows


def read_all(network: Any, kind: str) -> ReadOnlyList:
    """The numbers of every parameter of one kind, "weights" or "bias", in the order of the layers."""
    found = [network.parameters[name] for name in _names(network, kind)]
    return ReadOnlyList([_read_only(network.k, parameter, parameter.value) for parameter in found])


def gradients(network: Any) -> ReadOnlyDict:
    """The gradient of each parameter that has one, by name."""
    found = {name: parameter for name, parameter in network.parameters.items() if parameter.gradient is not None}
    return ReadOnlyDict({name: _read_only(network.k, each, each.gradient) for name, each in found.items()})


def write(network: Any, values: dict[str, Any], stacklevel: int = 4) -> None:
    """Copy numbers into parameters, all or none. Raises KeyError for an unknown name, ValueError for another shape."""
    tables = {name: _checked(network, name, numbers) for name, numbers in values.items()}
    for name, table in tables.items():
        warn_if_beyond(network.k, name, table, stacklevel)
    with network.turns.lock:
        network.turns.check()
        network.passes.are_stale = True
        for name, table in tables.items():
            network.k.assign(network.parameters[name].value, table)


def write_all(network: Any, kind: str, values: Any) -> None:
    """Copy numbers into every parameter of one kind, or none."""
    names = _names(network, kind)
    is_list = hasattr(values, "__len__") and not isinstance(values, (str, bytes, dict))
    if not is_list or len(values) != len(names):
        found = f"{len(values)}" if is_list else checks.shown(values)
        raise ValueError(f"{kind}: {found}; expected one for each of {', '.join(names) or 'no layer'}")
    write(network, dict(zip(names, values)), stacklevel=6)


def _read_only(k: Any, parameter: Parameter, matrix: Any) -> ReadOnlyList:
    rows = [ReadOnlyList(row) for row in k.tolist(matrix)]
    return rows[0] if parameter.is_row else ReadOnlyList(rows)


def _names(network: Any, kind: str) -> list[str]:
    return [name for name in network.parameters if name.endswith(f".{kind}")]


def _named(network: Any, name: str) -> Parameter:
    if name not in network.parameters:
        raise KeyError(f"{checks.shown(name)}; the network has {', '.join(network.parameters)}")
    return network.parameters[name]


def _checked(network: Any, name: str, values: Any) -> Any:
    parameter = _named(network, name)
    rows, columns = network.k.shape(parameter.value)
    numbers = checks.counted(columns, "number")
    if parameter.is_row:
        if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
            raise TypeError(f"{name}: {checks.shown(values)}; expected a flat list of {numbers}")
        if not is_flat(values) or len(values) != columns:
            found = checks.counted(len(values), "number" if is_flat(values) else "row")
            raise ValueError(f"{name}: {found}; expected a flat list of {numbers}")
        return _with_numbers_alone(network, name, door.rows(name, [values], columns))
    table = door.rows(name, values, columns)
    if len(table) != rows:
        found = checks.counted(len(table), "row")
        raise ValueError(f"{name}: {found}; expected {checks.counted(rows, 'row')} of {numbers}")
    return _with_numbers_alone(network, name, table)


def _with_numbers_alone(network: Any, name: str, table: Any) -> Any:
    """The table. Raises ValueError for a NaN that fixed point would take for 0."""
    form = format_of(network.k)
    if isinstance(form, Fixed) and any(value != value for row in table.tolist() for value in row):
        raise ValueError(f"{name}: nan; allowed in {form}: numbers, as fixed point has no NaN")
    return table
