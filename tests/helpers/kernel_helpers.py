"""How is a kernel called with lists, and its result compared bit by bit?"""

from refnet.verify import first_difference


def same(found, expected):
    """Two matrices have the same shape and the same bits."""
    difference = first_difference(found, expected)
    assert not difference, difference


def table(k, name, *arguments):
    """Call a kernel with lists; its result as lists."""
    own = [k.matrix(value) if isinstance(value, list) else value for value in arguments]
    return k.tolist(getattr(k, name)(*own))


def updated(k, name, *arguments):
    """Call a kernel that updates its arguments with lists; all its matrices afterwards, as lists."""
    own = [k.matrix(value) if isinstance(value, list) else value for value in arguments]
    assert getattr(k, name)(*own) is None
    return [k.tolist(matrix) for matrix, value in zip(own, arguments) if isinstance(value, list)]
