"""What the webhook screens know, one module for each."""
