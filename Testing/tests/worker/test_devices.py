"""Graphics cards in the worker: what it does when one is too small, and when nobody needs one."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.inference import device_memory, lv_scar, network
from ScarSegLogic.inference.lv_scar import ScarPrediction
from ScarSegLogic.inference.warm_networks import WarmNetworks
from ScarSegLogic.jobs import Job
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker import lv, lv_jobs, main
from ScarSegLogic.worker.context import JobCancelled, JobContext
from ScarSegLogic.workflow import lv as workflow
from Testing.tests.conftest import REPOSITORY


@pytest.fixture
def ring() -> tuple[Volume, LabelMap]:
    """A ring of wall around a cavity, 3 slices of 8 mm, with a bright quarter."""
    _, rows, columns = np.indices((3, 40, 40))
    radius = np.hypot(rows - 20, columns - 20)
    labels = np.select([radius < 8, radius < 14], [1, 2], 0).astype(np.uint8)
    image = np.where((labels == 2) & (rows < 14), 300.0, 100.0) + rows % 3
    geometry = Geometry.from_spacing((3, 40, 40), (8.0, 1.5, 1.5))
    return Volume(image.astype(np.float32), geometry, "ring"), LabelMap(labels, geometry, "heart")


def context_of(spec, *, check=lambda: None) -> JobContext:
    return JobContext(spec.arguments, spec.arrays, REPOSITORY / "unused", lambda *_: None, check)


def test_a_study_too_large_for_the_card_is_computed_by_the_processor_and_the_answer_says_so(ring, monkeypatch):
    import torch

    image, heart = ring
    asked = []

    def on_a_small_card(stack, _cavity, myocardium, _package, device_name):
        asked.append(device_name)
        if device_name == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return ScarPrediction(myocardium & (stack.array > 200), np.zeros_like(myocardium), stack.array)

    monkeypatch.setattr(lv_scar, "predict_scar", on_a_small_card)
    request = LVRequest(method=ScarMethod.MODEL, device="cuda", rv_insertion_ras=(0.0, 20.0, 10.0))
    spec = lv.scar_job(image, request, heart, None)
    output = lv_jobs.find_scar(context_of(spec))
    job = Job(1, spec)
    job.result, job.arrays = dict(output.result), dict(output.arrays)
    result = lv.scar_answer(job).result
    assert asked == ["cuda", "cpu"]
    assert result.warnings.count(device_memory.ON_CPU_FOR_MEMORY) == 1
    assert result.burden.infarct_volume_ml > 0


def test_a_network_within_a_job_asks_whether_the_job_was_cancelled(ring, monkeypatch):
    import torch

    from ScarSegLogic.inference.watch import interruptible

    image, heart = ring
    layer = interruptible(torch.nn.Identity())
    monkeypatch.setattr(workflow, "run_lv", lambda *_, **__: layer(torch.zeros(1)))

    def cancelled() -> None:
        raise JobCancelled

    with pytest.raises(JobCancelled):
        lv_jobs.find_scar(context_of(lv.scar_job(image, LVRequest(), heart, None), check=cancelled))
    layer(torch.zeros(1))


def test_an_idle_worker_forgets_the_networks_on_cards_and_keeps_those_on_the_processor(monkeypatch):
    import torch

    warm = WarmNetworks(10_000)
    kept = warm.get("cpu", lambda: torch.nn.Linear(2, 2))
    # The device "meta" stands for a card: anything but the processor.
    warm.get("card", lambda: torch.nn.Linear(8, 8, device="meta"))
    monkeypatch.setattr(network, "_warm", warm)
    assert main._release_devices() is False, "it must not leave"
    assert warm.get("cpu", lambda: None) is kept
    assert warm.held_bytes == 6 * 4


def test_an_idle_worker_that_never_used_torch_does_not_load_it_to_say_so():
    program = (
        "import sys\nfrom ScarSegLogic.worker import main\n"
        "print(main._release_devices(), main._has_used_cuda(), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
