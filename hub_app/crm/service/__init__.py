"""The use cases of CRMs. Each takes an Actor, checks it, does one transaction, audits and signals."""

FAMILY = "crm"
READ = "read:crm"
WRITE = "write:crm"
