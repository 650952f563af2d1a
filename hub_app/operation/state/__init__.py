"""What operators' screens know."""
