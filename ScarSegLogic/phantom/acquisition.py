"""From tissues to an image: partial volume, texture, coil, blur and noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.phantom.signal import Tissue


class Contrast(StrEnum):
    """What kind of image the scanner makes."""

    MAGNITUDE = "magnitude"
    PSIR = "psir"


PSIR_OFFSET = 2048.0
"""Grey value of no signal. With a unit signal of about 1200 it gives EMIDEC's values: normal myocardium 2156, infarct
2475, blood 2444 in 12 bits (measured on `emidec_p100`)."""

PSIR_MAXIMUM = 4095.0
"""Largest grey value of 12 bits."""

CNR_RANGE = (4.0, 28.0)
"""Contrast-to-noise of a random phantom (ours)."""

SMALLEST_CONTRAST = 0.03
"""Signal; where scar and normal myocardium look alike in magnitude the noise is set as for this contrast (ours)."""


@dataclass(frozen=True)
class Acquisition:
    """How the scanner turns signal into grey values.

    Attributes:
        contrast: ``magnitude`` or ``psir``.
        scale, offset: Grey value of a unit signal, and of none (0 for magnitude).
        noise_sd: SD of the noise in units of signal, in each channel, at the heart.
        noise_blur_px: Correlation of the noise by interpolation.
        blur_px: Point spread, SD in pixels.
        coil: Strength of the receive coils' slopes, 0 is uniform.
        texture: Relative SD of the slow changes within tissues.
        blank_border: Shares of the image that are blank (grey value 0) at top, bottom, left and right, as where a
            rectangular field of view was padded.
    """

    contrast: Contrast
    scale: float
    offset: float
    noise_sd: float
    noise_blur_px: float
    blur_px: float
    coil: float
    texture: float
    blank_border: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    def seen_contrast(self, scar_signal: float, normal_signal: float) -> float:
        """Difference of two signed signals as the image shows it, at least ``SMALLEST_CONTRAST``."""
        if self.contrast is Contrast.MAGNITUDE:
            scar_signal, normal_signal = abs(scar_signal), abs(normal_signal)
        return max(abs(scar_signal - normal_signal), SMALLEST_CONTRAST)


def sample_acquisition(contrast: str | None, generator: np.random.Generator) -> Acquisition:
    """Draw a scanner; ranges are ours, its noise is to be set later. The contrast is drawn where it is None."""
    drawn = Contrast.PSIR if generator.random() < 0.65 else Contrast.MAGNITUDE
    kind = drawn if contrast is None else Contrast(contrast)
    psir_scale, magnitude_scale = float(generator.uniform(900.0, 1500.0)), float(generator.uniform(300.0, 2000.0))
    return Acquisition(
        contrast=kind,
        scale=psir_scale if kind is Contrast.PSIR else magnitude_scale,
        offset=PSIR_OFFSET if kind is Contrast.PSIR else 0.0,
        noise_sd=0.0,
        noise_blur_px=float(generator.uniform(0.0, 0.9)),
        blur_px=float(generator.uniform(0.35, 0.95)),
        coil=float(generator.uniform(0.0, 0.6)),
        texture=float(generator.uniform(0.01, 0.07)),
        blank_border=_sample_border(generator),
    )


def _sample_border(generator: np.random.Generator) -> tuple[float, float, float, float]:
    """Three in ten images are padded, on some of their sides."""
    sides = generator.uniform(0.0, 0.2, 4) * (generator.random(4) < 0.5)
    if generator.random() > 0.3:
        return 0.0, 0.0, 0.0, 0.0
    return float(sides[0]), float(sides[1]), float(sides[2]), float(sides[3])


def sample_cnr(generator: np.random.Generator, limits: tuple[float, float] = CNR_RANGE) -> float:
    """Draw a contrast-to-noise ratio, uniform in its logarithm."""
    return float(np.exp(generator.uniform(*np.log(limits))))


def smooth_field(
    shape_kji: tuple[int, int, int], grid: int, generator: np.random.Generator, *, per_slice: bool = False
) -> NDArray[np.float32]:
    """A smooth random field of about unit SD: normal values on a coarse grid, interpolated linearly in-plane.

    With ``per_slice`` every slice has its own field, otherwise it varies slowly from slice to slice.
    """
    k, j, i = shape_kji
    coarse = generator.standard_normal((k, grid, grid), dtype=np.float32)
    if not per_slice:
        coarse = ndimage.gaussian_filter1d(coarse, 2.0, axis=0, mode="nearest")
    field = np.matmul(np.matmul(_interpolation(j, grid), coarse), _interpolation(i, grid).T)
    return field / max(float(field.std()), 1e-6)


def _interpolation(size: int, grid: int) -> NDArray[np.float32]:
    """(size, grid) cubic B-spline-like interpolation matrix from grid nodes to samples."""
    position = np.linspace(0.0, grid - 1.0, size)[:, None] - np.arange(grid)[None, :]
    distance = np.abs(position)
    near = 2.0 / 3.0 - distance**2 + distance**3 / 2.0
    far = np.clip(2.0 - distance, 0.0, None) ** 3 / 6.0
    weights = np.where(distance < 1.0, near, far)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights.astype(np.float32)


def coil_field(shape_kji: tuple[int, int, int], strength: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Positive receive sensitivity with mean about 1: exp of a slope and slow random waves."""
    k, j, i = shape_kji
    rows = np.linspace(-1.0, 1.0, j, dtype=np.float32)[None, :, None]
    columns = np.linspace(-1.0, 1.0, i, dtype=np.float32)[None, None, :]
    angle = generator.uniform(0.0, 2.0 * np.pi)
    slope = rows * np.float32(np.sin(angle)) + columns * np.float32(np.cos(angle))
    waves = smooth_field((k, j, i), 4, generator)
    return np.exp(np.float32(strength) * (0.7 * slope + 0.3 * waves))


def tissue_texture(
    body: NDArray[np.uint8], strength: float, generator: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Multiplicative and additive texture of (K, J, I) tissues: slow waves everywhere, vessels in lung and liver."""
    shape = body.shape
    slow = smooth_field(shape, 14, generator, per_slice=True)
    fine = smooth_field(shape, max(shape[1] // 4, 8), generator, per_slice=True)
    factor = 1.0 + np.float32(strength) * (0.8 * slow + 0.5 * fine)
    added = np.zeros(shape, np.float32)
    vessels = np.clip(fine - 1.7, 0.0, 1.0)
    lung = body == Tissue.LUNG
    added[lung] = vessels[lung] * np.float32(generator.uniform(0.1, 0.6))
    liver = body == Tissue.LIVER
    added[liver] = vessels[liver] * np.float32(generator.uniform(-0.15, 0.2))
    bowel = (body == Tissue.STOMACH) | (body == Tissue.BONE)
    added[bowel] = fine[bowel] * np.float32(generator.uniform(0.0, 0.15))
    return factor, added


def acquire(
    signal: NDArray[np.float32], acquisition: Acquisition, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Grey values of a signed signal (K, J, I): coil, point spread, noise in two channels, magnitude or PSIR.

    Magnitude is the modulus of signal and complex Gaussian noise (Rician; Gudbjartsson 1995). PSIR keeps the real
    part after ideal phase correction (Kellman 2002), so its noise is Gaussian and air is centred on the offset. Grey
    values are whole numbers, as scanners store them.
    """
    field = coil_field(signal.shape, acquisition.coil, generator)
    seen = signal * field
    if acquisition.blur_px > 0.0:
        seen = ndimage.gaussian_filter(seen, (0.0, acquisition.blur_px, acquisition.blur_px), truncate=3.0)
    seen += _noise(signal.shape, acquisition, generator)
    if acquisition.contrast is Contrast.MAGNITUDE:
        seen = np.hypot(seen, _noise(signal.shape, acquisition, generator))
    grey = np.rint(seen * np.float32(acquisition.scale) + np.float32(acquisition.offset))
    if acquisition.contrast is Contrast.PSIR:
        np.clip(grey, 0.0, PSIR_MAXIMUM, out=grey)
    return grey.astype(np.float32, copy=False)


def blank_border(
    image: NDArray[np.float32], shares: tuple[float, float, float, float], rows: slice, columns: slice
) -> None:
    """Blank the borders of (K, J, I) in place, never within the given rows and columns."""
    _, height, width = image.shape
    top, bottom = int(shares[0] * height), height - int(shares[1] * height)
    left, right = int(shares[2] * width), width - int(shares[3] * width)
    image[:, : min(top, rows.start)] = 0.0
    image[:, max(bottom, rows.stop) :] = 0.0
    image[:, :, : min(left, columns.start)] = 0.0
    image[:, :, max(right, columns.stop) :] = 0.0


def _noise(shape: tuple[int, ...], acquisition: Acquisition, generator: np.random.Generator) -> NDArray[np.float32]:
    noise = generator.standard_normal(shape, dtype=np.float32)
    blur = acquisition.noise_blur_px
    if blur > 0.0:
        noise = ndimage.gaussian_filter(noise, (0.0, blur, blur), truncate=3.0)
        noise /= noise.std()
    return noise * np.float32(acquisition.noise_sd)
