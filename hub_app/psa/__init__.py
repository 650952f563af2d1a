"""PSA tickets: work sessions, and what of them is put on the tickets of an outside system."""
