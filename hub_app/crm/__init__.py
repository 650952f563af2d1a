"""CRMs: a tenant's clients and projects, from APIs and files, kept in step by the sync engine."""
