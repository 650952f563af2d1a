"""Calls of actions: building them, making them, reading what comes back. It knows no database."""
