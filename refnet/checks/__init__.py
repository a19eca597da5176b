"""What may a user hand in? Scalars, checked by name; what a class was told, and how it is registered."""

from refnet.checks.scalars import as_number, choice, count, is_whole, number, text

__all__ = ["as_number", "choice", "count", "is_whole", "number", "text"]
