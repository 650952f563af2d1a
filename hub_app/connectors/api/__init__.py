"""REST of connectors: declaring, importing, running them, and plans."""

from hub_app.connectors.api import connectors, imports, plans, runs

# Paths with a word before those where an id stands.
routers = [imports.router, plans.router, plans.of_runs, runs.kept, runs.router, connectors.router]
