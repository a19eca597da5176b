"""Is a number's term what its kernel computes? Every kernel of the seam, each number of its result by itself."""

import copy

import pytest

from refnet.arithmetic.random import stream_key
from refnet.kernels import REFERENCE
from refnet.kernels.seam import SEAM
from refnet.trace.calls import Call, numbers_of
from refnet.trace.explained.origins import Origins
from refnet.trace.explained.terms import evaluated
from refnet.trace.steps import Step
from refnet.verify.kernels import Draws, random_arguments

BEFORE_A_STEP = {"take_rows", "take_byte_rows", "take_float_rows", "orthonormal_rows"}  # no trace has a call of these


def step_of(name, values):
    """A step that consists of this kernel call."""
    signature = SEAM[name]
    arguments = {argument.name: value if argument.kind != "matrix" or value is None else numbers_of(REFERENCE, value)
                 for argument, value in zip(signature.arguments, values)}
    call, values = Call(0, name, "forward", "", arguments), copy.deepcopy(values)
    call.names = {each.name: f"given {each.name}" for each in signature.arguments if each.kind == "matrix"}
    made = getattr(REFERENCE, name)(*values)
    if signature.result:
        call.results[""] = numbers_of(REFERENCE, made)
    for argument, value in zip(signature.arguments, values):
        if argument.updated:
            call.results[argument.name] = numbers_of(REFERENCE, value)
    step = Step(1, True)
    step.calls = [call]
    for part in call.results:
        step.values[f"made {part}"], step.origins[f"made {part}"] = call.results[part], (call, part)
    return step


@pytest.mark.parametrize("name", [name for name in SEAM if name not in BEFORE_A_STEP])
def test_each_number_has_the_value_of_the_whole(name):
    """Also where only the row and column that it needs are computed, and whichever way comparisons go."""
    for case in range(6):
        step = step_of(name, random_arguments(SEAM[name], Draws(stream_key(7, 1000 * case), (0, 1, 3)[case % 3])))
        origins = Origins(step)
        for each, numbers in step.values.items():
            for i in range(numbers.rows):
                for j in range(numbers.columns):
                    term, value = origins.term(each, i, j), numbers.at(i, j)
                    for found in (term.value, evaluated(term, lambda part: None)):
                        assert found == value or (found != found and value != value), (name, case, i, j)
