"""Does this installation compute the right bits? What `refnet check` runs; it needs nothing but the package.

Three checks, each in a number format: the lectures' worked examples, every kernel of the C core against the reference,
and one fixed network trained from scratch. Without a C core that has the format the reference alone does the first and
the third.
"""

import os
import time
from typing import Any, Callable, NamedTuple

from refnet.kernels import choose, why_no_c
from refnet.verify.canonical import Training, train_canonical
from refnet.verify.examples import Example, worked_examples
from refnet.verify.kernels import Comparison, compare_kernels, first_difference


class Findings(NamedTuple):
    """What the three checks found in one number format. seconds has the time of each."""

    number: str
    backends: list[str]
    why_not_c: str  # "" if both backends were checked
    examples: list[Example]
    comparisons: list[Comparison]
    trainings: list[Training]
    seconds: tuple[float, float, float]


def compared(number: str) -> tuple[list[str], str]:
    """The backends that have a number format, and why C is not among them, or ""."""
    if choose("auto", number).name == "c":
        return ["python", "c"], ""
    if os.environ.get("REFNET_BACKEND") == "python":
        return ["python"], "REFNET_BACKEND=python leaves the C core out"
    return ["python"], why_no_c() or f"it has not {number}"


def check(cases: int, seed: int, tell: Callable[[float, str, str], Any], number: str = "binary64",
          with_examples: bool = True) -> Findings:
    """Do the checks in a number format, with this many random cases for each kernel.

    with_examples  whether the worked examples are among them: in the reference's other formats they take long
    tell           tell(share, check, what) is called on the way with the share of all work that is done

    Raises BackendError if the environment asks for a C core that cannot be used.
    """
    names, why = compared(number)
    share = 0.0 if why else cases / (cases + 500)  # of the kernels; most of the rest is the network's
    start = time.perf_counter()
    tell(0.0, "worked examples", "")
    examples = worked_examples(names, number) if with_examples else []
    examples_end = time.perf_counter()
    comparisons = [] if why else compare_kernels(
        cases, seed, backends=[choose(name, number) for name in names],
        report=lambda kernel, done, total: tell(share * done / total, f"kernel {done + 1}/{total}", kernel),
    )
    kernels_end = time.perf_counter()
    trainings = [train_canonical(
        "python", lambda done: tell(share + (1.0 - share) * done, "canonical network", ""), number)]
    trainings += [train_canonical(name, number=number) for name in names[1:]]  # takes C no time to speak of
    seconds = (examples_end - start, kernels_end - examples_end, time.perf_counter() - kernels_end)
    return Findings(number, names, why, examples, comparisons, trainings, seconds)


def failures(found: Findings) -> dict[str, list[str]]:
    """For each check what is not as it should be, a phrase each; empty lists when all is well."""
    total = len(found.examples)
    wrong = len([1 for each in found.examples if not each.agrees and each.number == "binary64"])
    apart = len([1 for each in found.examples if each.differs])
    kernels = [each.kernel for each in found.comparisons if each.difference]
    hashes = [each.backend for each in found.trainings if not each.is_right]
    phrases: dict[str, list[tuple[Any, str]]] = {
        "worked examples": [
            (total == 0 and found.number == "binary64", "there is no worked example"),
            (wrong, f"{wrong} of {total} worked examples do not give their published digits"),
            (apart, f"{apart} of {total} worked examples have other bits in C than in Python"),
        ],
        "kernels": [(kernels, f"the kernel{'s' if len(kernels) > 1 else ''} {', '.join(kernels)}")],
        "network": [
            *((True, f"the canonical network's hash on {backend}") for backend in hashes),
            (other_losses(found), "the canonical network's losses"),
        ],
    }
    return {name: [phrase for applies, phrase in own if applies] for name, own in phrases.items()}


def other_losses(found: Findings) -> str:
    """Where the losses of the canonical network first differ between the backends, a row for each epoch; else ""."""
    first, last = ([[loss] for loss in found.trainings[i].losses] for i in (0, -1))
    return first_difference(first, last)
