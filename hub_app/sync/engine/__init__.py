"""How a job of syncing gets on: pages are read, mapped, merged and written, each with how far the job has come."""
