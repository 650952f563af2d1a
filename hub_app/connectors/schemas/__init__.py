"""What goes in and out of connectors, over REST and in forms."""
