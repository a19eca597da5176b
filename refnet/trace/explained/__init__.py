"""How would a lecturer explain this step? The worked solution, built once from a trace, written in several forms."""

from refnet.trace.explained.explanation import ENDINGS, FORMS, Explanation, explain, form_of

__all__ = ["ENDINGS", "FORMS", "Explanation", "explain", "form_of"]
