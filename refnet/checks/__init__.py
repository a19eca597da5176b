"""What may a user hand in? Scalars checked by name; the settings of a class, and how it is registered."""

from refnet.checks.scalars import as_number, choice, count, counted, is_whole, number, text

__all__ = ["as_number", "choice", "count", "counted", "is_whole", "number", "text"]
