"""Which numbers can a network compute with? Formats, each with numbers whose operators round once.

    number = as_format("binary32").number
    number(0.1) * number(3.0)           # the product, rounded to binary32

A format's numbers are floats: each number of each format is a binary64 number too.
"""

from refnet.arithmetic.formats.base import Format
from refnet.arithmetic.formats.fixed import Fixed
from refnet.arithmetic.formats.floating import Floating
from refnet.arithmetic.formats.naming import BINARY64, as_format

__all__ = ["BINARY64", "Fixed", "Floating", "Format", "as_format"]
