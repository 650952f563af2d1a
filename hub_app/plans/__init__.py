"""Plans: saved sequences of action calls, run by hand, on a schedule, or on an event."""
