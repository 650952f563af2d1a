"""What goes in and out of CRMs."""
