"""What fails if something is broken? The results that no longer agree, and the statements that have to be able to."""


def failing(example, backend="python"):
    """The quantities of an example that do not agree with what the lecture says."""
    return {result.quantity for result in example(backend) if not result.agrees}


def statements(module):
    """The quantities of a module whose published part is a condition, not digits."""
    conditions = (" exactly", "< ", "> ", "≥ ")
    return {
        result.quantity for example in module.WORKED_EXAMPLES for result in example("python")
        if result.published.endswith(conditions[0]) or result.published.startswith(conditions[1:])
    }


def climbing(kernel):
    """A kernel of gradients with the opposite sign, so that every step goes up."""
    return lambda *arguments: [[-value for value in row] for row in kernel(*arguments)]
