"""What does a constant answer cost, worked out without refnet? Golden entry 36."""

from decimal import Decimal


def entry_36():
    quarter, rest = Decimal("0.25"), Decimal("0.75")
    numbers = [Decimal(n) for n in (1, 2, 3, 4)]
    mean = sum(numbers) / 4
    return {
        "loss of the shares ¼, ¾": -quarter * quarter.ln() - rest * rest.ln(),
        "accuracy of the shares ¼, ¾": Decimal(3) / 4,
        "loss of the mean of 1, 2, 3, 4": sum((y - mean) ** 2 for y in numbers) / 4,
    }


ENTRIES = {36: entry_36}
