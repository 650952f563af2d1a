"""What every capability stands on. The kernel knows no capability."""
