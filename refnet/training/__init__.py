"""How does a network learn? Examples, steps, the loop over epochs, what happens between them, and measures of it."""

from refnet.training.loop import Report, checked_metrics, evaluate, fit, gradient_check, predict

__all__ = ["Report", "checked_metrics", "evaluate", "fit", "gradient_check", "predict"]
