"""REST of connectors: declaring, importing and running them."""
