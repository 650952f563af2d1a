"""The project's own developer tools."""
