"""A phantom's folder, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ScarSegLogic.io.atomic import output_folder
from ScarSegLogic.io.images import write_label_map, write_volume
from ScarSegLogic.volume import LabelMap, Volume


def write_phantom_folder(
    folder: Path | str, image: Volume, label_maps: Mapping[str, LabelMap], truth: Mapping[str, Any] | None
) -> Path:
    """Write ``image.nrrd``, each label map as ``<name>.nrrd``, and ``truth.json`` unless the truth is None.

    All files appear together or none does.

    Returns:
        The folder.

    Raises:
        ScarSegError: The folder cannot be written to.
    """
    target = Path(folder)
    with output_folder(target) as staging:
        write_volume(staging / "image.nrrd", image)
        for name, labels in label_maps.items():
            write_label_map(staging / f"{name}.nrrd", labels)
        if truth is not None:
            text = json.dumps(truth, indent=2, allow_nan=False)
            (staging / "truth.json").write_text(text + "\n", encoding="utf-8")
    return target


def observer_maps(observers: tuple[LabelMap, ...]) -> dict[str, LabelMap]:
    """Readers' label maps by the names of their files: ``observer_1`` and so on."""
    return {f"observer_{number}": observer for number, observer in enumerate(observers, start=1)}
