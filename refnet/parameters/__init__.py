"""What holds for a weight? How it starts, what it costs, and which values it may have."""
