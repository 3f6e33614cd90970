"""A left ventricle small enough to check on paper, and files of it in whatever layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scarseg_training.datasets import Case, CaseEntry

SPACING_KJI_MM = (8.0, 1.5, 1.25)
SHAPE = (3, 24, 28)
VALUES = {
    "emidec": (1, 2, 3, 4),
    "myosaiq": (1, 2, 3, 4),
    "acdc": (3, 2, 2, 2),
    "myops": (500, 200, 2221, 2221),
    "mscmrseg": (500, 200, 200, 200),
}
"""Values of cavity, normal myocardium, scar and MVO by convention."""


def ring_labels(convention: str = "emidec") -> np.ndarray:
    """Cavity of radius 4, wall up to 8 around row 12, column 14; scar above row 9, two pixels of MVO in slice 1."""
    _, rows, columns = np.indices(SHAPE)
    radius = np.hypot(rows - 12, columns - 14)
    labels = np.select([radius < 4, radius < 8], [1, 2], 0)
    labels[(labels == 2) & (rows < 9)] = 3
    labels[1, 6, 14:16] = 4
    return np.array([0, *VALUES[convention]])[labels]


def ring_image(seed: int = 0) -> np.ndarray:
    """Scar and blood of about 300 on a wall of 100, noise of SD 10."""
    grey = np.array([50.0, 300.0, 100.0, 300.0, 120.0])[ring_labels()]
    return (grey + np.random.default_rng(seed).normal(0, 10, SHAPE)).astype(np.float32)


def ring_case(name: str = "a", **changes: object) -> Case:
    """The ring as a case with every mask of a ventricle."""
    labels = ring_labels()
    fields = {
        "case": name,
        "patient": name,
        "image": ring_image(),
        "masks": {"cavity": labels == 1, "myocardium": labels >= 2, "scar": labels >= 3, "mvo": labels == 4},
        "spacing_kji_mm": SPACING_KJI_MM,
    }
    return Case(**{**fields, **changes})


def write(path: Path, array: np.ndarray, spacing_kji_mm: tuple[float, float, float] = SPACING_KJI_MM) -> None:
    """Write an array as the image that a scanner's grid would make of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(array.astype(np.float32 if array.dtype.kind == "f" else np.uint16))
    image.SetSpacing(spacing_kji_mm[::-1])
    sitk.WriteImage(image, str(path))


def write_slices(folder: Path, case: str, image: np.ndarray, labels: np.ndarray) -> None:
    """Write a study as pairs of PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, (grey, label) in enumerate(zip(image, labels, strict=True)):
        for kind, array in (("image", np.clip(grey, 0, 255)), ("label", label)):
            picture = sitk.GetImageFromArray(array.astype(np.uint8))
            sitk.WriteImage(picture, str(folder / f"{case}_slice{index:03d}_{kind}.png"))


def patients(burdens: dict[str, float], **changes: object) -> tuple[list[CaseEntry], dict[str, float]]:
    """One case a patient, with these burdens."""
    return [CaseEntry(name, name, **changes) for name in burdens], burdens
