"""The LV pipeline against what a user would otherwise run: a 2D nnU-Net-shaped network over whole slices."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import torch

from ScarSegLogic.io.images import write_volume
from ScarSegLogic.phantom import LVPhantom, LVPhantomConfig, make_lv_phantom
from ScarSegLogic.preprocessing.intensity import normalise_slices
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.workflow.lv import run_lv
from Testing.benchmarks.nnunet_shaped import nnunet_shaped_network, predict_slices

SLICES, MATRIX_SIZE = 12, 256
REPEATS = 5


def study_of_twelve_slices() -> LVPhantom:
    """The first phantom seed from 0 on that has 12 slices of 256 x 256."""
    for seed in range(100):
        phantom = make_lv_phantom(LVPhantomConfig(seed=seed, matrix_size=MATRIX_SIZE, observer_count=0))
        if phantom.image.array.shape[0] == SLICES:
            return phantom
    raise RuntimeError("no phantom seed below 100 has 12 slices")


def pipeline_seconds(phantom: LVPhantom) -> dict[str, float]:
    """Median seconds of a warm, fully automatic study, by step."""
    run_lv(phantom.image, LVRequest())
    results = [_timed(lambda: run_lv(phantom.image, LVRequest())) for _ in range(REPEATS)]
    steps = {step: median(result.elapsed_s[step] for _, result in results) for step in results[0][1].elapsed_s}
    return {"end_to_end": median(seconds for seconds, _ in results), **steps}


def nnunet_shaped_seconds(phantom: LVPhantom) -> float:
    """Seconds of one study through the nnU-Net-shaped network.

    Anatomy and scar come out of one pass here; ScarSeg's pipeline runs three networks and measures.
    """
    network = nnunet_shaped_network().eval()
    slices = torch.from_numpy(normalise_slices(phantom.image.array))[:, None]
    return _timed(lambda: predict_slices(network, slices))[0]


def process_figures(phantom: LVPhantom) -> dict[str, float]:
    """Seconds of `scarseg --help` against a bare interpreter, and peak memory of a whole `scarseg lv`."""
    python = sys.executable
    bare = median(_process_seconds([python, "-c", "pass"]) for _ in range(REPEATS))
    usage = median(_process_seconds([python, "-m", "ScarSegLogic.cli", "--help"]) for _ in range(REPEATS))
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image.nrrd"
        write_volume(image, phantom.image)
        seconds = _process_seconds([python, "-m", "ScarSegLogic.cli", "lv", str(image), "--out", f"{folder}/out"])
    # Linux counts in KiB; the children so far include nothing larger than the study above.
    peak_gib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return {"bare_python": bare, "help": usage, "command_line_study": seconds, "command_line_peak_gib": peak_gib}


def _timed(job: Callable[[], object]) -> tuple[float, object]:
    started = perf_counter()
    result = job()
    return perf_counter() - started, result


def _process_seconds(command: list[str]) -> float:
    return _timed(lambda: subprocess.run(command, check=True, capture_output=True))[0]
