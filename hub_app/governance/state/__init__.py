"""What the screens of governance know."""
