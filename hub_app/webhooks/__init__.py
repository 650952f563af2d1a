"""Webhooks: endpoints, events, and their signed, retried, recorded delivery."""
