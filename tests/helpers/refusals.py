"""How is it tested that something is refused? By the kind of the error and the words it has to say."""

import pytest


def refused_with(make, kind, words):
    """make() raises this kind of error, and its message has all these words."""
    with pytest.raises(kind) as error:
        make()
    for word in words:
        assert word in str(error.value), str(error.value)
