"""What the engine needs to know of an outside system, and what helps to make one known."""
