"""Jobs for a worker process: protocol and client, polled, without threads and without domain knowledge."""

from ScarSegLogic.jobs.client import WorkerClient, close_shared_client, shared_client
from ScarSegLogic.jobs.job import Job, JobSpec, JobState

__all__ = ["Job", "JobSpec", "JobState", "WorkerClient", "close_shared_client", "shared_client"]
