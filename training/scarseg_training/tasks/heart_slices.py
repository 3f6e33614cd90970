"""Slices about the myocardium as samples of the scar tasks: what is augmented, and what the product would see."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from scarseg_training.augmentation.draws import Draws
from scarseg_training.augmentation.normalisation import normalise
from scarseg_training.augmentation.pipeline import Augmentation
from scarseg_training.augmentation.scar_paste import Hearts, ScarPaste
from scarseg_training.datasets.case import Case
from scarseg_training.samples import Samples
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.preprocessing.intensity import normalise_slices
from ScarSegLogic.preprocessing.scar_input import MASK_THRESHOLD, ScarInput

CANVAS_FACTOR = 1.5
"""A canvas shows this many times the crop's side, so that turned and shifted crops stay inside (ours)."""


def heart_slice_samples(cases: Iterable[Case], scar_input: ScarInput) -> Samples:
    """One row a slice that shows myocardium; scar-free slices included (SCIENCE.md section 1).

    Returns:
        ``inputs`` (N, 1, crop, crop), ``myocardium`` and ``scar`` (N, 1, crop, crop) bool: upright, exactly as
        inference sees them. ``canvas_image``, ``canvas_myocardium`` and ``canvas_scar`` (N, 1, canvas, canvas) float32:
        what augmentation moves; masks as the share of each pixel that they cover.

    Raises:
        ScarSegError: No slice of any case shows myocardium.
    """
    parts: dict[str, list[Tensor]] = {}
    names, patients, slices, tiers = [], [], [], []
    for case in cases:
        planes = _planes_of(case, scar_input)
        shown = np.flatnonzero(planes["myocardium"].any(axis=(1, 2, 3))).tolist() if planes else []
        for name in planes if shown else ():
            parts.setdefault(name, []).append(torch.from_numpy(planes[name][shown]))
        names += [case.case] * len(shown)
        patients += [case.patient] * len(shown)
        slices += shown
        tiers += [case.tier_of_slice(index) for index in shown]
    if not names:
        raise ScarSegError("no slice shows myocardium, inside which scar is learnt: give cases whose wall is drawn")
    tensors = {name: torch.cat(tensors) for name, tensors in parts.items()}
    return Samples(tensors, tuple(names), tuple(patients), tuple(slices), tuple(tiers))


def augmented_slices(
    samples: Samples, draws: Draws, scar_input: ScarInput, augmentation: Augmentation, *, scar_paste: float = 0.0
) -> dict[str, Tensor]:
    """``inputs``, ``myocardium`` and ``scar`` of the samples seen anew, (N, 1, crop, crop) float32 each.

    Args:
        samples: From ``heart_slice_samples``, the rows of a batch.
        draws: The chance of each row.
        scar_input: How a canvas becomes inputs.
        augmentation: Of the canvas.
        scar_paste: Share of the rows that receive scar of another row of the batch, see ``ScarPaste``.
    """
    canvas = {name: samples.tensors[f"canvas_{name}"] for name in ("image", "myocardium", "scar")}
    if scar_paste:
        canvas = _with_scar_of_others(canvas, draws, scar_paste)
    size = scar_input.crop_size
    seen = augmentation.apply(canvas, augmentation.sample(draws, (1, size, size)))
    myocardium, scar = ((seen[name] > MASK_THRESHOLD).float() for name in ("myocardium", "scar"))
    # Normalised last, as inference does it: whatever happened to the intensities, the network sees the same range.
    inputs = torch.cat(scar_input.form.planes(normalise(seen["image"]), myocardium, myocardium), dim=1)
    return {"inputs": inputs, "myocardium": myocardium, "scar": scar * myocardium}


def _with_scar_of_others(canvas: dict[str, Tensor], draws: Draws, probability: float) -> dict[str, Tensor]:
    hearts = Hearts(canvas["image"], canvas["myocardium"] > MASK_THRESHOLD, canvas["scar"] > MASK_THRESHOLD)
    scarred = hearts.scar.flatten(1).any(1)
    donors = Hearts(hearts.image[scarred], hearts.myocardium[scarred], hearts.scar[scarred])
    paste = ScarPaste(probability)
    pasted = paste.apply(hearts, donors, paste.sample(draws, len(donors.image)))
    return canvas | {"image": pasted.image, "scar": torch.maximum(canvas["scar"], pasted.scar.float())}


def _planes_of(case: Case, scar_input: ScarInput) -> dict[str, np.ndarray]:
    """Every tensor of a case, slices first; empty where there is no myocardium."""
    myocardium = case.masks["myocardium"]
    masks = {"myocardium": myocardium, "scar": case.masks["scar"] & myocardium}
    prepared = scar_input.prepare(case.image, np.zeros_like(myocardium), myocardium)
    if prepared is None:
        return {}
    canvas_size = round(scar_input.crop_size * CANVAS_FACTOR)
    canvas = prepared.box.scaled(canvas_size / scar_input.crop_size)
    planes = {"inputs": prepared.inputs}
    planes["canvas_image"] = normalise_slices(canvas.crop(case.image, canvas_size))[:, None]
    for name, mask in masks.items():
        share = mask.astype(np.float32)
        planes[name] = prepared.box.crop(share, scar_input.crop_size)[:, None] > MASK_THRESHOLD
        planes[f"canvas_{name}"] = canvas.crop(share, canvas_size)[:, None]
    return planes
