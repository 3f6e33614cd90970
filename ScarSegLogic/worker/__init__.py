"""The worker process: its entry, the jobs it knows, and for each job both ends (see docs/worker.md)."""
