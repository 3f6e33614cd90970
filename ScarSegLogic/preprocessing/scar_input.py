"""What a scar network is shown of a heart: named input forms, one definition for training and inference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.preprocessing.intensity import normalise_slices, with_neighbours
from ScarSegLogic.preprocessing.slice_box import SliceBox, heart_box

Planes = TypeVar("Planes")
"""numpy arrays or torch tensors (N, C, H, W): the forms need nothing but products of them."""

MASK_THRESHOLD = 0.5
"""A resampled mask holds a crop pixel where it covers more than this share of it."""


class InputForm(StrEnum):
    """Which channels a scar network sees."""

    HEART_CROP_WITH_MASKS = "heart_crop_with_masks"
    """A slice between its neighbours, the cavity and the whole myocardium: five channels (ours)."""
    MASKED_HEART_CROP = "masked_heart_crop"
    """One slice, zero (its mean) outside the myocardium: one channel (SCIENCE.md section 1)."""
    HEART_CROP = "heart_crop"
    """One slice as it is; the myocardium only clips the answer: one channel (SCIENCE.md section 4)."""

    @property
    def channels(self) -> int:
        """Input channels of the network."""
        return 5 if self is InputForm.HEART_CROP_WITH_MASKS else 1

    @property
    def slices(self) -> int:
        """Image slices of ``planes``: the slice alone, or between its neighbours."""
        return 3 if self is InputForm.HEART_CROP_WITH_MASKS else 1

    def planes(self, images: Planes, cavity: Planes, myocardium: Planes) -> tuple[Planes, ...]:
        """The parts of the input, to be concatenated along the channels by their own library.

        Args:
            images: (N, ``slices``, H, W) normalised intensities.
            cavity, myocardium: (N, 1, H, W) of 0 and 1 in the images' type.
        """
        if self is InputForm.HEART_CROP_WITH_MASKS:
            return images, cavity, myocardium
        if self is InputForm.MASKED_HEART_CROP:
            return (images * myocardium,)
        return (images,)


@dataclass(frozen=True, eq=False)
class PreparedScarInput:
    """A study as the network sees it.

    Attributes:
        inputs: (K, C, size, size) float32.
        box: Where on the input grid the crops lie.
    """

    inputs: NDArray[np.float32]
    box: SliceBox


@dataclass(frozen=True)
class ScarInput:
    """How studies become inputs of a scar network, and its answers masks; kept in the manifest's ``preprocessing``.

    Attributes:
        form: Which channels.
        crop_size: Side of the square crops in pixels.
        heart_margin: Side of the crop over the extent of the heart, one box for all slices (SCIENCE.md section 1 crops
            to the myocardium and leaves the margin open: ours).
    """

    form: InputForm = InputForm.HEART_CROP_WITH_MASKS
    crop_size: int = 96
    heart_margin: float = 1.75

    @classmethod
    def from_manifest(cls, preprocessing: Mapping[str, Any]) -> ScarInput:
        """Read a package's ``preprocessing``; without ``input_form`` it is ``heart_crop_with_masks``.

        Raises:
            ScarSegError: The form is unknown.
        """
        name = preprocessing.get("input_form", InputForm.HEART_CROP_WITH_MASKS.value)
        try:
            form = InputForm(name)
        except ValueError:
            raise ScarSegError(
                f"the model wants its input as '{name}', which is unknown: expected one of {', '.join(InputForm)}; "
                "the model package needs another ScarSeg version"
            ) from None
        return cls(form, preprocessing["crop_size"], preprocessing["heart_margin"])

    def as_manifest(self) -> dict[str, Any]:
        """The manifest's ``preprocessing``; ``from_manifest`` reads it back."""
        return {"input_form": self.form.value, "crop_size": self.crop_size, "heart_margin": self.heart_margin}

    def box(self, cavity: NDArray[np.bool_], myocardium: NDArray[np.bool_]) -> SliceBox | None:
        """The crop of a study from its (K, J, I) masks; None where they are empty.

        Only the form that is shown the cavity is framed by it, so the others work without one.
        """
        heart = cavity | myocardium if self.form is InputForm.HEART_CROP_WITH_MASKS else myocardium
        return heart_box(heart, self.heart_margin)

    def prepare(
        self, image: NDArray[np.float32], cavity: NDArray[np.bool_], myocardium: NDArray[np.bool_]
    ) -> PreparedScarInput | None:
        """Crop, normalise slice by slice and assemble a study (K, J, I); None where the masks are empty."""
        box = self.box(cavity, myocardium)
        if box is None:
            return None
        crops = normalise_slices(box.crop(image, self.crop_size))
        images = with_neighbours(crops) if self.form.slices > 1 else crops[:, None]
        inside = [
            (box.crop(mask.astype(np.float32), self.crop_size) > MASK_THRESHOLD)[:, None].astype(np.float32)
            for mask in (cavity, myocardium)
        ]
        inputs = np.concatenate(self.form.planes(images, *inside), axis=1).astype(np.float32)
        return PreparedScarInput(inputs, box)

    @staticmethod
    def on_grid(
        probabilities: NDArray[np.float32], box: SliceBox, myocardium: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """Answers (K, D, size, size) on the study's grid (D, K, J, I), zero outside the (K, J, I) myocardium."""
        return np.moveaxis(box.paste(probabilities, myocardium.shape[1:]), 1, 0) * myocardium
