"""The entry of ScarSeg's worker process; started by ``jobs.worker_client``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ScarSegLogic.worker import la, la_jobs, lv, lv_jobs
from ScarSegLogic.worker.serve import serve
from ScarSegLogic.worker.server import IdleStep

JOBS = {
    lv.HEART: lv_jobs.find_heart,
    lv.SCAR: lv_jobs.find_scar,
    lv.MEASURE: lv_jobs.measure_scar,
    lv.EXPORT: lv_jobs.export,
    la.CAVITY: la_jobs.find_cavity,
    la.SCAR: la_jobs.find_scar,
    la.EXPORT: la_jobs.export,
}

RELEASE_AFTER_S = 30.0
"""Idle for so long, the worker gives back the networks and caches on graphics cards (ours)."""
LEAVE_AFTER_S = 900.0
"""Idle for so long, a worker that used CUDA ends, since only its end gives back the rest, about 0.5 GB (ours)."""


def main(arguments: Sequence[str]) -> None:
    """Serve until the client ends. ``arguments`` is the folder for the arrays."""
    serve(arguments, JOBS, [IdleStep(RELEASE_AFTER_S, _release_devices), IdleStep(LEAVE_AFTER_S, _has_used_cuda)])


def _release_devices() -> bool:
    if "torch" in sys.modules:
        from ScarSegLogic.inference.network import release_devices

        release_devices()
    return False


def _has_used_cuda() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized()
