"""Runs so small that they train in a second. As a program it trains one of them: `python tiny_runs.py KIND FOLDER`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scarseg_training.config import RunConfig, StageConfig
from scarseg_training.datasets.case import Case
from scarseg_training.datasets.dataset import Dataset
from scarseg_training.datasets.entry import CaseEntry
from scarseg_training.datasets.splits import Split
from scarseg_training.run_cases import CaseList, RunCases

FRAMING = {"crop_size": 32, "localiser_size": 32}
TINY_NETWORKS = {
    "lv_scar": {"channels": (4, 8)},
    "lv_anatomy": {"localiser_channels": (4, 8), "segmenter_channels": (4, 8)},
}
SPACING_KJI_MM = (8.0, 1.5, 1.2)


@dataclass(frozen=True, eq=False)
class CasesInMemory:
    """Reads what it was given."""

    cases: Mapping[str, Case]

    def read(self, entry: CaseEntry) -> Case:
        return self.cases[entry.case]


def ring_case(name: str, *, with_insertions: bool = True, with_infarct: bool = True, tier: int | None = None) -> Case:
    """Rings of 6 to 10 rows and 8 to 13 columns around (20, 30), pixels of 1.5 x 1.2 mm, with noise."""
    _, rows, columns = np.indices((3, 40, 56))
    radius = np.hypot((rows - 20) * 1.5, (columns - 30) * 1.2)
    cavity, wall = radius < 9, (radius >= 9) & (radius < 15)
    scar = wall & (rows < 16) & with_infarct
    mvo = np.zeros_like(scar)
    mvo[1, 11:13, 29:31] = with_infarct
    image = np.select([mvo, scar, wall, cavity], [120.0, 350.0, 100.0, 300.0], 50.0)
    image += np.random.default_rng(len(name)).normal(0, 10, image.shape)
    places = np.tile([[[12.0, 24.0], [28.0, 24.0]]], (3, 1, 1))
    places[2] = np.nan
    return Case(
        name,
        name,
        image.astype(np.float32),
        {"cavity": cavity, "myocardium": wall, "scar": scar | mvo, "mvo": mvo, "la_cavity": cavity},
        SPACING_KJI_MM,
        insertions_ji=places if with_insertions else None,
        tier=tier,
    )


def in_memory(cases: Iterable[Case], name: str = "rings") -> Dataset:
    """Cases as a dataset without files."""
    known = {case.case: case for case in cases}
    entries = tuple(CaseEntry(case.case, case.patient, tier=case.tier) for case in known.values())
    return Dataset(name, None, entries, CasesInMemory(known), "memory")


def run_cases(training: Iterable[Case], validation: Iterable[Case]) -> RunCases:
    """What a run learns from, and what it is judged on."""
    training, validation = list(training), list(validation)
    data = in_memory([*training, *validation])
    split = Split(tuple(case.case for case in training), tuple(case.case for case in validation))
    return RunCases(split, CaseList(data, split.train), CaseList(data, split.validation))


def ring_cases() -> RunCases:
    """Three studies of three tiers to learn from, nine slices, and one to be judged on."""
    names = ("easy", "medium!", "hard")
    return run_cases([ring_case(name, tier=tier) for tier, name in enumerate(names)], [ring_case("judge")])


def tiny_stage(task: str, **changes: object) -> StageConfig:
    """Two epochs of two updates."""
    stage = StageConfig(
        name=task,
        task=task,
        task_config=FRAMING,
        network=task,
        network_config=TINY_NETWORKS.get(task, {}),
        epochs=2,
        samples_per_epoch=8,
        batch_size=4,
        learning_rate=2e-3,
        weight_decay=1e-3,
        schedule="one_cycle",
        ema_decay=0.9,
    )
    return replace(stage, **changes)


def tiny_config(*stages: StageConfig, **changes: object) -> RunConfig:
    """A run of some stages in full precision."""
    return replace(RunConfig(recipe="tiny", stages=stages, needs_data=False, seed=3), **changes)


def scar_run() -> RunConfig:
    """What is killed and resumed: two stages, the second of which draws again what spiked in the first."""
    first = tiny_stage("lv_scar", name="first", tiers=(0, 1), spike_sd=0.0)
    return tiny_config(
        first,
        replace(first, name="second", starts_from="first", tiers=None, reintroduce_spikes=True, ema_decay=None),
    )


def volume_run() -> RunConfig:
    """What two processes share: a loss that is a mean over voxels, a network that knows nothing of its batch."""
    shape = (32, 32, 64)
    return tiny_config(
        tiny_stage(
            "la_cavity",
            task_config={
                "spacing_kji_mm": (1.5, 1.5, 1.5),
                "shape_kji": shape,
                "patch_kji": shape,
                "dice_share": 0.0,
            },
            network="swin_unetr",
            network_config={"feature_size": 12, "heads": (1, 2, 4, 8), "window": 2, "depths": (1, 1, 1, 1)},
            samples_per_epoch=6,
            gradient_clip_norm=0.5,
            ema_decay=None,
        )
    )


RUNS = {"scar": scar_run, "volume": volume_run}


def killed_at(step_of_the_run: int):
    """A progress bar that kills its process, for good, when so many updates were begun."""
    begun = 0

    def track(steps: Iterable, _title: str) -> Iterator:
        nonlocal begun
        for step in steps:
            begun += 1
            if begun == step_of_the_run:
                os.kill(os.getpid(), signal.SIGKILL)
            yield step

    return track


def main(kind: str, folder: str, kill_at: str = "0") -> None:
    """Train a run on the rings; where `kill_at` is not 0, be killed at that update."""
    import torch
    from scarseg_training.loop import train

    torch.set_num_threads(1)
    train(RUNS[kind](), ring_cases(), Path(folder), resume=True, track=killed_at(int(kill_at)))


if __name__ == "__main__":
    main(*sys.argv[1:])
