"""The use cases of tickets."""

READ = "read:psa"
WRITE = "write:psa"
