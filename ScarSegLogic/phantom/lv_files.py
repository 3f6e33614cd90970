"""LV phantoms as files: image, truth labels, readers' labels and ``truth.json``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ScarSegLogic.phantom.lv_phantom import LVPhantom
from ScarSegLogic.phantom.lv_truth import TRUTH_SCHEMA_VERSION, LVTruth, TrueVolumes
from ScarSegLogic.phantom.phantom_files import observer_maps, write_phantom_folder


def truth_to_json(truth: LVTruth) -> dict[str, Any]:
    """The truth as plain dictionaries, lists, strings, finite numbers and None; reasons stand beside every None.

    Volumes carry the names of ``result.json``.
    """
    no_ring = None if truth.shape.anterior_insertion_ras is not None else "no slice shows a full ring of myocardium"
    no_dice = None
    if truth.difficulty.observer_dice is None:
        no_dice = "there is no scar, no reader drew any, or there are fewer than two readers"
    return {
        "schema_version": TRUTH_SCHEMA_VERSION,
        "kind": "lv_phantom_truth",
        "seed": truth.seed,
        "pattern": truth.pattern,
        "contrast": truth.contrast,
        "tier": str(truth.tier),
        "tier_number": truth.tier.number,
        "difficulty": {
            **asdict(truth.difficulty),
            "observer_dice_reason": no_dice,
            "score": truth.difficulty.score,
        },
        **_volumes(truth.volumes),
        "per_slice": [
            {"index": index, "level": level, **_volumes(part)}
            for index, (level, part) in enumerate(zip(truth.shape.levels, truth.shape.slices, strict=True))
        ],
        "aha17": {"segments": [asdict(segment) for segment in truth.shape.aha17]},
        "rv_insertion_ras": _list(truth.shape.anterior_insertion_ras),
        "rv_inferior_insertion_ras": _list(truth.shape.inferior_insertion_ras),
        "rv_insertion_reason": no_ring,
        "base_to_apex_ras": list(truth.shape.base_to_apex_ras),
        "remote": None if truth.remote is None else asdict(truth.remote),
        "remote_reason": None if truth.remote is not None else "no voxel holds normal myocardium alone",
        "scan": {**asdict(truth.settings), "noise_sd": truth.noise_sd},
    }


def write_lv_phantom(phantom: LVPhantom, folder: Path | str) -> Path:
    """Write ``image.nrrd``, ``truth_labels.nrrd``, ``observer_1.nrrd`` and so on, and ``truth.json``.

    All files appear together or none does. Without truth there is no ``truth.json``.

    Returns:
        The folder.

    Raises:
        ScarSegError: The folder cannot be written to.
    """
    return write_phantom_folder(
        folder,
        phantom.image,
        {"truth_labels": phantom.labels, **observer_maps(phantom.observers)},
        None if phantom.truth is None else truth_to_json(phantom.truth),
    )


def _volumes(volumes: TrueVolumes) -> dict[str, Any]:
    fraction = volumes.scar_fraction_percent
    document = {
        **asdict(volumes),
        "scar_mass_g": volumes.scar_mass_g,
        "scar_fraction_percent": fraction,
    }
    if fraction is None:
        document["scar_fraction_reason"] = "no myocardium is imaged"
    return document


def _list(point: tuple[float, float, float] | None) -> list[float] | None:
    return None if point is None else list(point)
