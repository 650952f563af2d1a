"""What the OAuth screens know, one module for each."""
