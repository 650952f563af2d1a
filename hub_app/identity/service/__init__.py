"""The use cases of identity: who someone is, what they may do, who else belongs to a tenant."""
