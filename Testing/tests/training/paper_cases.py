"""Small studies for the papers' tasks, with answers one can see."""

from __future__ import annotations

import numpy as np
from scarseg_training.datasets.case import Case


def left_ventricle(
    name: str, *, tier: int | None = 0, islands: int = 1, shape: tuple[int, int, int] = (3, 48, 60)
) -> Case:
    """A ring of wall about (24, 30) with bright islands of scar at its top, its bottom or both; no cavity drawn."""
    _, rows, columns = np.indices(shape)
    radius = np.hypot(rows - 24, columns - 30)
    wall = (radius >= 9) & (radius < 16)
    scar = wall & (((rows < 14) & (islands > 0)) | ((rows > 34) & (islands > 1)))
    image = np.select([scar, wall, radius < 9], [400.0, 100.0, 300.0], 50.0)
    image += np.random.default_rng(len(name)).normal(0, 8, shape)
    masks = {"myocardium": wall, "scar": scar}
    return Case(name, name, image.astype(np.float32), masks, (8.0, 1.5, 1.5), tier=tier)


def left_atrium(name: str) -> Case:
    """A ball of blood with a cap of bright scar on it, 2 mm voxels."""
    slices, rows, columns = np.indices((24, 28, 30))
    radius_mm = 2.0 * np.sqrt((slices - 12) ** 2 + (rows - 14) ** 2 + (columns - 15) ** 2)
    cavity = radius_mm < 16
    scar = (radius_mm >= 16) & (radius_mm < 18.5) & (slices > 15)
    image = np.select([scar, cavity], [500.0, 250.0], 60.0)
    image += np.random.default_rng(len(name)).normal(0, 8, image.shape)
    return Case(name, name, image.astype(np.float32), {"la_cavity": cavity, "la_scar": scar}, (2.0, 2.0, 2.0))
