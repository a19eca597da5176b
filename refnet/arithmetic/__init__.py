"""What is a number? IEEE-754 binary64, refnet's own elementary functions, and counter-based random numbers.

Nothing here knows about networks. Everything is built from operations that every platform rounds alike, so
that the results have the same bits everywhere (the arithmetic contract).
"""

CONTRACT = 1
"""The version of the arithmetic contract. Changing one bit of any result means a new version."""
