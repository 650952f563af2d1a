"""Keeping records in step with outside systems: syncing, merging, undoing, proving. It knows no system of its own."""
