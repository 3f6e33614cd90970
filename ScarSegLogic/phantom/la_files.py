"""LA phantoms as files: image, true masks, readers' labels and ``truth.json``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ScarSegLogic.phantom.la_phantom import LAPhantom
from ScarSegLogic.phantom.la_truth import LA_TRUTH_SCHEMA_VERSION, LATruth
from ScarSegLogic.phantom.phantom_files import observer_maps, write_phantom_folder


def la_truth_to_json(truth: LATruth) -> dict[str, Any]:
    """The truth as plain dictionaries, lists, strings, finite numbers and None; reasons stand beside every None.

    Numbers carry the names of ``result.json`` of the atrium; points are RAS in mm, normals point out of the atrium.
    """
    no_dice = None
    if truth.difficulty.observer_dice is None:
        no_dice = "there is no scar, no reader drew any, or there are fewer than two readers"
    return {
        "schema_version": LA_TRUTH_SCHEMA_VERSION,
        "kind": "la_phantom_truth",
        "seed": truth.seed,
        "pattern": truth.pattern,
        "sampling": truth.sampling,
        "contrast": truth.contrast,
        "tier": str(truth.tier),
        "tier_number": truth.tier.number,
        "difficulty": {
            **asdict(truth.difficulty),
            "observer_dice_reason": no_dice,
            "score": truth.difficulty.score,
        },
        **asdict(truth.volumes),
        "scar_percent_of_wall": truth.volumes.scar_percent_of_wall,
        **asdict(truth.shell),
        "scar_percent_of_shell": truth.shell.scar_percent_of_shell,
        "ostia": [_plain(asdict(ostium)) for ostium in truth.ostia],
        "mitral": _plain(asdict(truth.mitral)),
        "vein_rings": [{**_plain(asdict(ring)), "gaps": [asdict(gap) for gap in ring.gaps]} for ring in truth.rings],
        "blood_pool_mean": truth.blood_pool.mean,
        "blood_pool_sd": truth.blood_pool.sd,
        "blood_pool_voxel_count": truth.blood_pool.voxel_count,
        "signals": asdict(truth.signals),
        "scan": {**asdict(truth.settings), "noise_sd": truth.noise_sd, "breathing_mm": truth.breathing_mm},
    }


def write_la_phantom(phantom: LAPhantom, folder: Path | str) -> Path:
    """Write ``image.nrrd``, ``cavity.nrrd``, ``wall.nrrd``, ``scar.nrrd``, ``observer_1.nrrd`` ... and ``truth.json``.

    All files appear together or none does. Without truth there is no ``truth.json``.

    Returns:
        The folder.

    Raises:
        ScarSegError: The folder cannot be written to.
    """
    masks = {"cavity": phantom.cavity, "wall": phantom.wall, "scar": phantom.scar, **observer_maps(phantom.observers)}
    return write_phantom_folder(
        folder, phantom.image, masks, None if phantom.truth is None else la_truth_to_json(phantom.truth)
    )


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    """Triples as lists, as JSON gives them back."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in document.items()}
