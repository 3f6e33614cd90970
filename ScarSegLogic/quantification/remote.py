"""The remote (normal) myocardium that thresholds refer to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.result import RemoteRegion


def remote_region(
    image: NDArray[np.floating], mask: NDArray[np.bool_], geometry: Geometry, *, source: str
) -> RemoteRegion:
    """Mean, SD (one degree of freedom) and centre of a remote mask.

    Args:
        image: (K, J, I) intensities; not finite ones are ignored.
        mask: (K, J, I) bool, inside the myocardium.
        geometry: Grid of both.
        source: ``proposed`` or ``given``.

    Raises:
        ScarSegError: Fewer than two usable voxels.
    """
    used = mask & np.isfinite(image)
    values = image[used].astype(np.float64)
    if values.size < 2:
        raise ScarSegError(
            f"the remote region has {values.size} usable voxels inside the myocardium, at least 2 are needed: "
            "draw it on normal myocardium"
        )
    centre = geometry.index_to_ras(np.argwhere(used).mean(axis=0))
    return RemoteRegion(
        mean=float(values.mean()),
        sd=float(values.std(ddof=1)),
        voxel_count=int(values.size),
        centre_ras=tuple(float(value) for value in centre),
        source=source,
    )


def given_remote(mask: NDArray[np.bool_], myocardium: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A user's remote region, cut to the myocardium of the slices that are not excluded.

    Raises:
        ScarSegError: Nothing of it lies in the myocardium.
    """
    inside = mask.astype(bool) & myocardium
    if not inside.any():
        raise ScarSegError(
            "the given remote region has no voxel in the myocardium of the slices that are not excluded: "
            "draw it on normal myocardium"
        )
    return inside
