"""What may a user hand in? Scalars checked by name; the settings of a class, and how it is registered."""

from refnet.checks.scalars import as_number, choice, count, counted, is_whole, number, shown, text
from refnet.checks.settings import Choice, Count, Number, Setting, Settings, Several, Text

__all__ = ["Choice", "Count", "Number", "Setting", "Settings", "Several", "Text", "as_number", "choice",
           "count", "counted", "is_whole", "number", "shown", "text"]
