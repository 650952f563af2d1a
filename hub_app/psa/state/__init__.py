"""What the screens of tickets know, and their events."""
