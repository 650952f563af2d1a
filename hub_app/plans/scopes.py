"""What a token needs for plans: they share the scopes of the connectors that they call."""

READ = "read:connectors"
WRITE = "write:connectors"
