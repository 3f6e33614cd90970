"""The worker's way there and back, and what a client's caller feels of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

import numpy as np

from ScarSegLogic.jobs import Job, JobSpec, WorkerClient
from ScarSegLogic.phantom import LVPhantom
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.worker import lv

SHAPE_KJI = (44, 576, 576)
REPEATS = 7
TIMER_S = 0.02
"""The modules poll from a timer of 20 ms."""
TRIAL_WORKER = "Testing.tests.jobs.trial_worker"


@dataclass(frozen=True)
class Trip:
    """One job.

    Attributes:
        elapsed_s: From submit to the finished job.
        longest_call_s: The longest single ``submit`` or ``poll``.
        job: The finished job.
    """

    elapsed_s: float
    longest_call_s: float
    job: Job


def worker_figures(phantom: LVPhantom) -> dict[str, float]:
    """Medians over repeats, in seconds, but for ``longest_call``, which is the longest of all.

    ``volume_and_mask``: a float32 volume of 576 x 576 x 44 to the worker and its uint8 mask back, polled without
    pause; ``volume_and_mask_by_timer``: polled every 20 ms. ``cold_start``: the first, trivial job.
    ``second_apply_overhead``: a study by the models on a warm worker, minus what the worker computed.
    """
    image = np.random.default_rng(0).random(SHAPE_KJI, dtype=np.float32)
    spec = JobSpec("threshold", {}, {"image": image})
    client = WorkerClient(entry=TRIAL_WORKER)
    cold = trip(client, JobSpec("echo"), 0.0)
    straight = [trip(client, spec, 0.0) for _ in range(REPEATS)]
    by_timer = [trip(client, spec, TIMER_S) for _ in range(REPEATS)]
    client.close()
    client = WorkerClient()
    study = lv.scar_job(phantom.image, LVRequest(), None, None)
    first = trip(client, study, TIMER_S)
    warm = [trip(client, study, TIMER_S) for _ in range(3)]
    client.close()
    return {
        "cold_start": cold.elapsed_s,
        "volume_and_mask": median(each.elapsed_s for each in straight),
        "volume_and_mask_by_timer": median(each.elapsed_s for each in by_timer),
        "longest_call": max(each.longest_call_s for each in (cold, *straight, *by_timer, first, *warm)),
        "first_apply": first.elapsed_s,
        "second_apply": median(each.elapsed_s for each in warm),
        "second_apply_overhead": median(each.elapsed_s - lv.scar_answer(each.job).elapsed_s for each in warm),
    }


def rows(figures: dict[str, float]) -> list[tuple[str, str, str]]:
    """What ``make bench`` prints."""
    return [
        ("576 x 576 x 44 to the worker, mask back", f"{1e3 * figures['volume_and_mask']:.0f} ms", "goal under 100 ms"),
        ("  polled every 20 ms", f"{1e3 * figures['volume_and_mask_by_timer']:.0f} ms", ""),
        ("longest submit or poll", f"{1e3 * figures['longest_call']:.0f} ms", "goal under 30 ms"),
        ("worker's start and first answer", f"{1e3 * figures['cold_start']:.0f} ms", ""),
        ("second Apply over its computation", f"{1e3 * figures['second_apply_overhead']:.0f} ms", "goal under 150 ms"),
    ]


def trip(client: WorkerClient, spec: JobSpec, pause_s: float) -> Trip:
    """Run one job, polling with a pause as a timer does."""
    started_s = time.perf_counter()
    job = client.submit(spec)
    longest_s = time.perf_counter() - started_s
    while not job.finished:
        time.sleep(pause_s)
        call_s = time.perf_counter()
        client.poll()
        longest_s = max(longest_s, time.perf_counter() - call_s)
    if job.error:
        raise RuntimeError(job.error)
    return Trip(time.perf_counter() - started_s, longest_s, job)


if __name__ == "__main__":
    from Testing.benchmarks.lv import study_of_twelve_slices

    for name, value, goal in rows(worker_figures(study_of_twelve_slices())):
        print(f"{name:46} {value:>12}   {goal}")
