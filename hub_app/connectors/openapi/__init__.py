"""OpenAPI 3 documents → connectors: `syntax` reads the text, `proposal` makes of it what can be saved. No network."""
