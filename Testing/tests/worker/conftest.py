"""The fixtures of the jobs' tests serve the worker's too."""

from Testing.tests.jobs.conftest import own_folders, scratch_root, worker_log  # noqa: F401
