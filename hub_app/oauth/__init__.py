"""OAuth: the operator's catalogue of apps, and the connections that tenants' members make through it."""
