"""Operation: health, queues and the scheduler of the installation, for who runs it."""
