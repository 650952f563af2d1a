"""What identity's screens know, one module for each."""
