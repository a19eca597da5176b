"""Which slip of the pen makes one number of another? Digits cut off, exchanged or miscopied, the point moved."""

from __future__ import annotations

from collections.abc import Iterator

from refnet.exercises.answers import Answer, last_digit, rounded_to


def slips(answer: Answer, values: tuple[float, ...], digits: int) -> Iterator[tuple[str, str]]:
    """(key, words) of each slip that makes the answer of one of these values. digits: how many are asked for."""
    for value in dict.fromkeys(values):
        if value == 0.0 or answer.value == 0.0:
            continue
        distance, unit = abs(value) - abs(answer.value), answer.unit(1)
        is_alike = answer.value * value > 0.0
        if is_alike and answer.digits and answer.digits < digits and abs(distance) <= unit / 2 * (1 + 1e-9):
            yield "few_digits", f"too few digits: {answer.digits} where {digits} are asked for"
        if is_alike and answer.digits and 0.5 * unit < distance < unit:
            yield "cut", "digits are cut off, not rounded"
        for places in (1, -1, 2, -2, 3, -3):
            moved = value * float(f"1e{places}")
            if abs(answer.value - moved) <= last_digit(moved, max(answer.digits, digits)) / 2 * (1 + 1e-9):
                yield "point_moved", f"the decimal point is {abs(places)} to the {'right' if places > 0 else 'left'}"
        if is_alike and answer.digits:
            written = _digits(answer.value, max(answer.digits, digits))
            for near in (value * (1 - 1e-12), value * (1 + 1e-12)):  # a half, rounded down and up
                right = _digits(near, max(answer.digits, digits))
                if written[1] != right[1]:
                    continue
                wrong = [i for i, pair in enumerate(zip(written[0], right[0])) if pair[0] != pair[1]]
                if len(wrong) == 2 and wrong[1] == wrong[0] + 1 and _exchanged(right[0], wrong[0]) == written[0]:
                    yield "digits_exchanged", f"two digits are exchanged: {rounded_to(value, digits)!r}"
                elif len(wrong) == 1 and wrong[0] < len(right[0]) - 1:
                    yield "digit_miscopied", f"one digit is another: {rounded_to(value, digits)!r}"


def _digits(value: float, digits: int) -> tuple[str, str]:
    """The digits of a number, and its power of ten."""
    mantissa, _, exponent = f"{abs(value):.{digits - 1}e}".partition("e")
    return mantissa.replace(".", ""), exponent


def _exchanged(digits: str, i: int) -> str:
    return digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
