"""The use cases of webhooks. Each takes an Actor, checks it, does one transaction, audits and signals."""
