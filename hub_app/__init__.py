"""Hub: a self-hosted, multi-tenant integration hub."""
