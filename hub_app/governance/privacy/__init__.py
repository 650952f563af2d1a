"""Finding a person in everything that a tenant has, exporting what was found, and erasing it (decision 0026)."""
