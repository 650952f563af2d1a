"""Who is here: tenants, members, login sessions, API tokens and their usage."""
