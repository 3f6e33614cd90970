"""Slices about the myocardium as samples of the scar tasks: what is augmented, and what the product would see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.normalisation import normalise
from scarseg_training.augmentation.pipeline import Augmentation
from scarseg_training.datasets.case import Case
from scarseg_training.samples import Samples
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.preprocessing.scar_input import MASK_THRESHOLD, ScarInput

CANVAS_FACTOR = 1.5
"""A canvas shows this many times the crop's side, so that turned and shifted crops stay inside (ours)."""


def heart_slice_samples(cases: Iterable[Case], scar_input: ScarInput) -> Samples:
    """One row a slice that shows myocardium; scar-free slices included.

    Returns:
        ``inputs`` (N, C, crop, crop), ``myocardium`` and ``scar`` (N, 1, crop, crop) bool: upright, exactly as
        inference sees them. ``canvas_image``, ``canvas_cavity``, ``canvas_myocardium`` and ``canvas_scar``
        (N, 1 or 3, canvas, canvas) float32: what augmentation moves; masks as the share of each pixel that they cover.

    Raises:
        ScarSegError: No slice of any case shows myocardium.
    """
    parts: dict[str, list[Tensor]] = {}
    names, patients, slices, tiers = [], [], [], []
    for case in cases:
        rows = _rows_of(case, scar_input)
        if rows is None:
            continue
        shown = rows["myocardium"].flatten(1).any(1)
        for name, tensor in rows.items():
            parts.setdefault(name, []).append(tensor[shown])
        indices = shown.nonzero()[:, 0].tolist()
        names += [case.case] * len(indices)
        patients += [case.patient] * len(indices)
        slices += indices
        tiers += [case.tier_of_slice(index) for index in indices]
    if not names:
        raise ScarSegError("no slice shows myocardium: scar is learnt inside it, give cases whose myocardium is drawn")
    tensors = {name: torch.cat(tensors) for name, tensors in parts.items()}
    return Samples(tensors, tuple(names), tuple(patients), tuple(slices), tuple(tiers))


def augmented_slices(
    samples: Samples, draws: Draws, scar_input: ScarInput, augmentation: Augmentation
) -> dict[str, Tensor]:
    """``inputs``, ``myocardium`` and ``scar`` like those of the samples, seen anew; masks as float32 of 0 and 1."""
    size = scar_input.crop_size
    canvas = {name: samples.tensors[f"canvas_{name}"] for name in ("image", "cavity", "myocardium", "scar")}
    parameters = augmentation.sample(draws, (canvas["image"].shape[1], size, size))
    # Normalised as inference does it, between the change of place and that of intensity.
    moved = Augmentation(augmentation.spatial).apply(canvas, _spatial_part(parameters))
    moved["image"] = normalise(moved["image"])
    seen = Augmentation(intensity=augmentation.intensity).apply(moved, _intensity_part(parameters))
    cavity, myocardium, scar = ((seen[name] > MASK_THRESHOLD).float() for name in ("cavity", "myocardium", "scar"))
    inputs = torch.cat(scar_input.form.planes(seen["image"], cavity, myocardium), dim=1)
    return {"inputs": inputs, "myocardium": myocardium, "scar": scar * myocardium}


def _spatial_part(parameters):  # replaced below
    raise NotImplementedError


def _rows_of(case: Case, scar_input: ScarInput) -> dict[str, Tensor] | None:
    myocardium = case.masks["myocardium"]
    cavity = case.masks.get("cavity", np.zeros_like(myocardium))
    prepared = scar_input.prepare(case.image, cavity, myocardium)
    if prepared is None:
        return None
    size, canvas_size = scar_input.crop_size, round(scar_input.crop_size * CANVAS_FACTOR)
    canvas_box = prepared.box.scaled(canvas_size / size)
    masks = {"cavity": cavity, "myocardium": myocardium, "scar": case.masks["scar"] & myocardium}
    upright = {
        name: prepared.box.crop(masks[name].astype(np.float32), size)[:, None] > MASK_THRESHOLD
        for name in ("myocardium", "scar")
    }
    return None
