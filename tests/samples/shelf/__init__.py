"""Shelf: a whole capability in one folder, which tests/tooling/test_capability.py drops into Hub."""
