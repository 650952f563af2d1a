"""Custom connectors: any REST API declared in the browser, run by hand, over REST, or in a plan."""
