"""Runs so small that they train in a second."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")

import torch
from scarseg_training.recipes import RunConfig
from scarseg_training.samples import Framing, SliceSamples, slice_samples
from scarseg_training.studies import LVStudy

TINY_NETWORKS = {
    "lv_scar": {"channels": (4, 8)},
    "lv_anatomy": {"localiser_channels": (4, 8), "segmenter_channels": (4, 8)},
}


def tiny_config(task: str, **changes: object) -> RunConfig:
    """A run of two epochs of two steps, in full precision."""
    config = RunConfig(
        f"tiny_{task}",
        task=task,
        emidec=False,
        phantoms=0,
        epochs=2,
        samples_per_epoch=8,
        batch_size=4,
        precision="32-true",
        seed=3,
        framing=Framing(crop_size=32, localiser_size=32),
        network_config=TINY_NETWORKS[task],
    )
    return dataclasses.replace(config, **changes)


def ring_study(case: str, *, with_insertions: bool = True, with_infarct: bool = True) -> LVStudy:
    """Rings of 6 to 10 rows and 8 to 13 columns around (20, 30), pixels of 1.5 x 1.2 mm, with noise."""
    _, rows, columns = np.indices((3, 40, 56))
    radius = np.hypot((rows - 20) * 1.5, (columns - 30) * 1.2)
    labels = np.select([radius < 9, radius < 15], [1, 2], 0).astype(np.uint8)
    if with_infarct:
        labels[(labels == 2) & (rows < 16)] = 3
        labels[1, 11:13, 29:31] = 4
    image = np.array([50.0, 300.0, 100.0, 350.0, 120.0])[labels]
    image += np.random.default_rng(len(case)).normal(0, 10, labels.shape)
    places = np.tile([[[12.0, 24.0], [28.0, 24.0]]], (3, 1, 1))
    places[2] = np.nan
    return LVStudy(case, image.astype(np.float32), labels, (1.5, 1.2), places if with_insertions else None)


@pytest.fixture(scope="session")
def tiny_samples() -> SliceSamples:
    """Nine slices of three studies, one of them without insertions, at the sizes of ``tiny_config``."""
    studies = [ring_study("phantom_1"), ring_study("phantom_22"), ring_study("Case_P001", with_insertions=False)]
    return slice_samples(studies, tiny_config("lv_scar").framing)


@pytest.fixture
def make_config():
    """The function ``tiny_config``."""
    return tiny_config


@pytest.fixture
def make_study():
    """The function ``ring_study``."""
    return ring_study


@pytest.fixture(autouse=True)
def _one_thread():
    """Bit-exact sums and no quarrel over cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
