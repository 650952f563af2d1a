"""The use cases of governance. Each takes an Actor, checks it, and does one transaction."""
