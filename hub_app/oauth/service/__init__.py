"""The use cases of OAuth. Each takes an Actor, checks it, does one transaction, audits and signals."""
