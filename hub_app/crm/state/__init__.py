"""What screens of CRMs know, and their events."""
