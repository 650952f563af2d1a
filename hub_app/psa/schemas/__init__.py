"""What goes in and out of tickets."""
