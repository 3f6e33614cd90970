"""From scar drawn in a slice to the boxes around its islands: what a detector learns and a prompt encoder takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_DIAGONALS_TOUCH = np.ones((3, 3), dtype=bool)


def scar_boxes(mask: NDArray[np.bool_], *, smallest_pixels: int = 1) -> NDArray[np.float32]:
    """Box every island of a slice's scar; pixels that touch at a corner belong together (ours).

    Args:
        mask: (J, I), nonzero is scar.
        smallest_pixels: Islands of fewer pixels get no box.

    Returns:
        (M, 4) as x1, y1, x2, y2 along I and J in pixels, at the outer edges of the pixels: the pixel (0, 0) alone is
        the box 0, 0, 1, 1. Largest island first; (0, 4) where there is no scar.
    """
    islands, count = ndimage.label(mask, _DIAGONALS_TOUCH)
    sizes = np.bincount(islands.ravel(), minlength=count + 1)[1:]
    places = ndimage.find_objects(islands)
    kept = [island for island in np.argsort(-sizes, kind="stable") if sizes[island] >= smallest_pixels]
    boxes = [
        (columns.start, rows.start, columns.stop, rows.stop) for rows, columns in (places[island] for island in kept)
    ]
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)
