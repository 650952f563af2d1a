"""State of the plans' screens."""
