"""The one client of this program, for all modules: their jobs queue behind each other and share a warm worker."""

from __future__ import annotations

import atexit

from ScarSegLogic.jobs.worker_client import WorkerClient

__all__ = ["WorkerClient", "close_shared_client", "shared_client"]

# importlib.reload keeps a module's names: a client that works must survive the reload of a Slicer module.
_client: WorkerClient | None = globals().get("_client")


def shared_client() -> WorkerClient:
    """The program's client, made at the first call; it is closed when the program ends."""
    global _client
    if _client is None:
        _client = WorkerClient()
        atexit.register(close_shared_client)
    return _client


def close_shared_client() -> None:
    """Close the program's client, if there is one; the next call of ``shared_client`` makes a new one."""
    global _client
    if _client is not None:
        _client.close()
        _client = None
        atexit.unregister(close_shared_client)
