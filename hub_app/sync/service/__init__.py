"""The use cases of syncing. Each takes an Actor, checks it for the family of the connection, and does one transaction."""
