"""Governance: who did what."""
