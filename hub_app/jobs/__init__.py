"""Jobs as people and programs see them: what is running, how far it is, and stopping it. The running is kernel/jobs.py."""
