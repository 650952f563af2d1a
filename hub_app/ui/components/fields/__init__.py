"""Form fields: label, control, help, and the server's message beside it."""
