"""How does scikit-learn train a network? As its own estimators: in pipelines, grids, cross-validation, ensembles.

    from refnet.estimators import RefnetClassifier

    model = make_pipeline(StandardScaler(), RefnetClassifier(hidden=(8, 8), activation="tanh"))
    model.fit(x, labels).score(x_test, labels_test)

    RefnetClassifier, RefnetRegressor   refnet's layers, losses, optimizers, callbacks, by name or as objects
    MLPClassifier, MLPRegressor         scikit-learn's arguments, defaults and losses: change one import

Each has the trained refnet.Network in `network_`. They need scikit-learn 1.6 or later, pip install 'refnet[sklearn]',
which is imported when one of the four is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers, and for programs that look for a package's imports
    from refnet.estimators.own import RefnetClassifier, RefnetRegressor
    from refnet.estimators.twins import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor", "RefnetClassifier", "RefnetRegressor"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'refnet.estimators' has no attribute {name!r}")
    try:
        room = import_module(f"refnet.estimators.{'own' if name.startswith('Refnet') else 'twins'}")
    except ImportError as error:
        needed = "scikit-learn 1.6 or later: pip install 'refnet[sklearn]'"
        raise ImportError(f"refnet.estimators needs {needed} ({error})") from error
    return getattr(room, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
