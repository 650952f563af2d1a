"""REST of governance."""
