"""Square slices with intensities in [0, 1], for detectors and Segment Anything; for training and inference alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.preprocessing.intensity import CLIP_PERCENTILES
from ScarSegLogic.preprocessing.slice_box import SliceBox, heart_box, whole_slice_box

REGIONS = ("slice", "heart")


@dataclass(frozen=True)
class SliceFrame:
    """How the slices of a study become squares; kept in the manifest's ``preprocessing``.

    Attributes:
        size: Side of the squares in pixels.
        region: ``slice``, the whole slice ([S2], SCIENCE.md section 3), or ``heart``, the surroundings of a known
            myocardium, in which a small network sees more of the wall (ours).
        heart_margin: Side of the crop over the extent of the myocardium, for ``heart``.
    """

    size: int = 256
    region: str = "slice"
    heart_margin: float = 1.5

    def __post_init__(self) -> None:
        if self.region not in REGIONS:
            raise ScarSegError(f"slices cannot be framed by '{self.region}': expected {' or '.join(REGIONS)}")

    @classmethod
    def from_manifest(cls, preprocessing: Mapping[str, Any]) -> SliceFrame:
        """Read a package's ``preprocessing``."""
        return cls(preprocessing["frame_size"], preprocessing["region"], preprocessing["heart_margin"])

    def as_manifest(self) -> dict[str, Any]:
        """The manifest's ``preprocessing``; ``from_manifest`` reads it back."""
        return {
            "input_form": "slice_frame",
            "frame_size": self.size,
            "region": self.region,
            "heart_margin": self.heart_margin,
        }

    def box(
        self,
        shape_ji: tuple[int, int],
        spacing_ji_mm: tuple[float, float],
        myocardium: NDArray[np.bool_] | None = None,
    ) -> SliceBox | None:
        """Where the squares of a study lie; None where the heart is asked for and the (K, J, I) myocardium is empty.

        Raises:
            ScarSegError: The heart is asked for and there is no myocardium at all.
        """
        if self.region == "slice":
            return whole_slice_box(shape_ji, spacing_ji_mm, 0.0)
        if myocardium is None:
            raise ScarSegError("the slices are framed by the heart, but the myocardium is not drawn: draw it")
        return heart_box(myocardium, self.heart_margin)

    def crop(self, image: NDArray[np.float32], box: SliceBox) -> NDArray[np.float32]:
        """(K, J, I) to (K, size, size) in [0, 1] between each slice's percentiles; a constant slice becomes zero."""
        crops = box.crop(image, self.size)
        low, high = np.percentile(crops, CLIP_PERCENTILES, axis=(1, 2), keepdims=True)
        return (np.clip(crops - low, 0, high - low) / np.where(high > low, high - low, 1.0)).astype(np.float32)
