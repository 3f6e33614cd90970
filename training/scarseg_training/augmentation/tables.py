"""The augmentations of the sources, by name."""

from __future__ import annotations

from scarseg_training.augmentation.bias_field import BiasField
from scarseg_training.augmentation.blur import GaussianBlur
from scarseg_training.augmentation.brightness import Brightness
from scarseg_training.augmentation.clahe import Clahe
from scarseg_training.augmentation.control_point_elastic import ControlPointElastic
from scarseg_training.augmentation.elastic import Elastic
from scarseg_training.augmentation.flip import Flip
from scarseg_training.augmentation.gamma import Gamma
from scarseg_training.augmentation.noise import GaussianNoise, RicianNoise
from scarseg_training.augmentation.pipeline import Augmentation
from scarseg_training.augmentation.points import SpatialTransform
from scarseg_training.augmentation.rotation import Rotation
from scarseg_training.augmentation.shift import Shift
from scarseg_training.augmentation.zoom import Stretch, Zoom


def progressive_la() -> Augmentation:
    """Volumes of (K, J, I), z-scored: the table of [S1] (SCIENCE section 2).

    Elastic displacement, blur and noise are in voxels and SD of the z-scored image. "Contrast" is read as MONAI's
    ``AdjustContrast``, a gamma, since the table's other rows are MONAI's too (ours). Rotation is about the slice axis
    (ours): slices are four times as far apart as pixels.
    """
    return Augmentation(
        spatial=(
            Elastic(sigma=(3, 5), largest=((2, 5), (3, 6), (3, 6)), probability=0.10),
            Rotation(degrees=15, probability=0.50),
            Zoom(step=(1 / 1.1, 1 / 0.9), probability=0.30),
        ),
        intensity=(
            BiasField(coefficient=(0.02, 0.06), probability=0.15),
            GaussianBlur(sigma=(0.5, 1.5), probability=0.20),
            Gamma(gamma=(0.8, 1.3), probability=0.30),
            Brightness(largest=0.1, probability=0.50),
            GaussianNoise(sd=(0.02, 0.02), probability=0.20),
        ),
    )


def box_sam() -> Augmentation:
    """Slices (C, 256, 256) with intensities in [0, 1]: what [S2] names (SCIENCE section 3); its ranges are ours.

    Box jitter is apart from it (``BoxJitter``), since boxes are drawn from the moved mask.
    """
    return Augmentation(
        spatial=(
            Flip(axes=(-1, -2), probability=0.5),
            Rotation(degrees=30, probability=0.5),
            Zoom(step=(0.85, 1.15), probability=0.5),
            Elastic(sigma=(8, 12), largest=((3, 8), (3, 8)), probability=0.3),
        ),
        intensity=(
            Gamma(gamma=(0.7, 1.5), probability=0.5),
            Clahe(clip_limit=(1.0, 4.0), probability=0.2),
            RicianNoise(sd=(0.01, 0.05), probability=0.3),
            # Last: Rician noise is that of a magnitude, which a darker image would leave.
            Brightness(largest=0.1, probability=0.5),
        ),
    )


def heart_view(
    *, step: tuple[float, float] = (0.8, 1.25), stretch: float = 0.25, shift: float = 0.08, elastic_pixels: float = 1.0
) -> tuple[SpatialTransform, ...]:
    """A heart crop from any side (ours): mirrored, turned by any angle, zoomed, stretched, shifted and bent.

    Args:
        step: Smallest and largest zoom step.
        stretch: Largest anisotropic factor of one axis against the other, as 1 + x.
        shift: Largest shift, as a share of the crop's side.
        elastic_pixels: SD of the smooth displacement, in crop pixels.
    """
    # Stretch acts along the canvas axes, where scanners and resampling stretch, hence after the rotation.
    return (Flip(), Rotation(180.0), Zoom(step), Stretch(stretch), Shift(shift), ControlPointElastic(elastic_pixels))


def heart_crop() -> Augmentation:
    """Heart crops of the curricula (ours: [S0] and [S4] name no augmentation), intensities z-scored or in [0, 1]."""
    return Augmentation(
        spatial=(Flip(axes=(-1, -2)), Rotation(180.0), Zoom((0.9, 1.1)), Shift(0.04), ControlPointElastic(0.7)),
        intensity=(
            Gamma(gamma=(0.8, 1.25), probability=0.5),
            Brightness(largest=0.1, probability=0.3),
            GaussianNoise(sd=(0.0, 0.1), probability=0.3),
        ),
    )
