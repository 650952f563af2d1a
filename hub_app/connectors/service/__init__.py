"""The use cases of connectors. Each takes an Actor, checks it, does one transaction, audits and signals."""
