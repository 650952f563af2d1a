"""State of the connectors' screens."""
