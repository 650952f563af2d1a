"""What goes in and out of governance, over REST and in forms."""
