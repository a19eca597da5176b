"""Where do somebody else's numbers differ, why, and how far may they? A program, a backend, the truth."""
