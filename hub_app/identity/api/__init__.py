"""REST of identity: signing in and out, API tokens, members, usage."""
