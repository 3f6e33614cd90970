"""A whole LV LGE study with known truth, from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.labels import CAVITY, MYOCARDIUM
from ScarSegLogic.phantom.acquisition import Acquisition, acquire, tissue_texture
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy, sample_anatomy
from ScarSegLogic.phantom.lv_scar import LVScar, ScarPattern, sample_scar
from ScarSegLogic.phantom.rasterise import HEART_TISSUES, RasterisedHeart, Supersampling, rasterise
from ScarSegLogic.phantom.short_axis import ShortAxisStack, sample_pose, sample_stack
from ScarSegLogic.phantom.signal import ScanSettings, Tissue, TissueState, nulling_time_ms, sample_tissues
from ScarSegLogic.phantom.torso import Torso, sample_torso
from ScarSegLogic.volume import LabelMap, Volume

CONTRASTS = ("magnitude", "psir")
TIERS = ("easy", "medium", "hard")
PATTERN_WEIGHTS = {
    ScarPattern.NONE: 0.2,
    ScarPattern.LAD: 0.2,
    ScarPattern.LCX: 0.15,
    ScarPattern.RCA: 0.17,
    ScarPattern.MIDWALL_SEPTAL: 0.1,
    ScarPattern.EPICARDIAL_LATERAL: 0.1,
    ScarPattern.DIFFUSE_PATCHY: 0.08,
}
"""How often a random pattern is drawn (ours)."""


@dataclass(frozen=True)
class LVPhantomConfig:
    """What phantom to make. Everything that is None is drawn from the seed.

    Attributes:
        seed: Same seed and settings, same bytes.
        tier: ``easy``, ``medium`` or ``hard``.
        pattern: A ``ScarPattern`` by name.
        contrast: ``magnitude`` or ``psir``.
        target_burden_percent: Infarct over whole myocardium, 0 to 40.
        matrix_size: Rows and columns, 64 to 512.
        observer_count: Simulated readers, 0 to 10.
        with_truth: Whether to compute the truth's volumes and AHA-17 values (tens of ms).
        supersampling: Samples of a voxel in the heart.
    """

    seed: int
    tier: str | None = None
    pattern: str | None = None
    contrast: str | None = None
    target_burden_percent: float | None = None
    matrix_size: int | None = None
    observer_count: int = 3
    with_truth: bool = True
    supersampling: Supersampling = field(default_factory=Supersampling)

    def __post_init__(self) -> None:
        if self.tier is not None and self.tier not in TIERS:
            raise ScarSegError(f"unknown phantom tier '{self.tier}': expected one of {', '.join(TIERS)}")
        if self.pattern is not None and self.pattern not in list(ScarPattern):
            raise ScarSegError(f"unknown scar pattern '{self.pattern}': expected one of {', '.join(ScarPattern)}")
        if self.contrast is not None and self.contrast not in CONTRASTS:
            raise ScarSegError(f"unknown phantom contrast '{self.contrast}': expected one of {', '.join(CONTRASTS)}")
        if self.target_burden_percent is not None and not 0.0 <= self.target_burden_percent <= 40.0:
            raise ScarSegError(f"target burden is {self.target_burden_percent} %: expected 0 to 40 %")
        if self.matrix_size is not None and not 64 <= self.matrix_size <= 512:
            raise ScarSegError(f"phantom matrix size is {self.matrix_size}: expected 64 to 512 pixels")


@dataclass(frozen=True, eq=False)
class LVPhantom:
    """A study and what is true of it.

    Attributes:
        image: (K, J, I) float32.
        labels: 0 background, 1 cavity (with papillary muscles), 2 normal myocardium, 3 scar, 4 MVO, uint8.
        insertions_kji: (K, 2, 2) float64: for each slice the anterior and the inferior RV insertion as fractional
            (row j, column i); NaN where the slice has no full ring.
    """

    image: Volume
    labels: LabelMap
    insertions_kji: NDArray[np.float64]


def make_lv_phantom(config: LVPhantomConfig) -> LVPhantom:
    """Make the study of a seed."""
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(config.seed).spawn(6)]
    shape_stream, scar_stream, scan_stream, body_stream, image_stream, _ = streams
    anatomy = sample_anatomy(shape_stream)
    stack = sample_stack(anatomy, sample_pose(shape_stream), shape_stream, config.matrix_size)
    names = list(PATTERN_WEIGHTS)
    drawn = names[int(scar_stream.choice(len(names), p=list(PATTERN_WEIGHTS.values())))]
    scar = sample_scar(ScarPattern(config.pattern) if config.pattern else drawn, anatomy, scar_stream)
    heart = rasterise(anatomy, scar, stack, config.supersampling)
    tissues = sample_tissues(scan_stream)
    settings = sample_settings(tissues, scan_stream)
    acquisition = sample_acquisition(tissues, settings, config, scan_stream)
    array = _image(
        heart,
        stack,
        anatomy,
        sample_torso(body_stream),
        tissues.signal(settings, stack.time_order),
        acquisition,
        image_stream,
    )
    image = Volume(array, stack.geometry, name=f"phantom-{config.seed}")
    labels = LabelMap(heart.labels, stack.geometry, name=f"phantom-{config.seed}-truth")
    return LVPhantom(image, labels, insertion_pixels(anatomy, stack, heart.labels))


def sample_settings(tissues: TissueState, generator: np.random.Generator) -> ScanSettings:
    repetition = float(generator.uniform(1200.0, 2200.0))
    null = nulling_time_ms(tissues.t1_ms[Tissue.MYOCARDIUM], repetition)
    return ScanSettings(
        inversion_time_ms=null * (1.0 + float(generator.normal(0.03, 0.06))),
        repetition_time_ms=repetition,
        washout_per_minute=float(generator.uniform(0.0, 0.02)),
        minutes_per_slice=float(generator.uniform(0.2, 0.6)),
    )


def sample_acquisition(
    tissues: TissueState, settings: ScanSettings, config: LVPhantomConfig, generator: np.random.Generator
) -> Acquisition:
    signal = tissues.signal(settings, np.zeros(1))[0]
    ratio = float(np.exp(generator.uniform(np.log(3.5), np.log(16.0))))
    contrast = "psir" if generator.random() < 0.65 else "magnitude"
    contrast = config.contrast or contrast
    psir = contrast == "psir"
    return Acquisition(
        contrast=contrast,
        scale=float(generator.uniform(900.0, 1500.0)) if psir else float(generator.uniform(300.0, 2000.0)),
        offset=(2048.0 if generator.random() < 0.8 else 4096.0) if psir else 0.0,
        noise_sd=float(abs(signal[Tissue.SCAR] - signal[Tissue.MYOCARDIUM])) / ratio,
        noise_blur_px=float(generator.uniform(0.0, 0.9)),
        blur_px=float(generator.uniform(0.25, 0.7)),
        coil=float(generator.uniform(0.0, 0.45)),
        texture=float(generator.uniform(0.01, 0.07)),
    )


def _image(
    heart: RasterisedHeart,
    stack: ShortAxisStack,
    anatomy: LVAnatomy,
    torso: Torso,
    signal: NDArray[np.float32],
    acquisition: Acquisition,
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    count, height, width = stack.geometry.shape_kji
    middle = stack.pose.to_ras(np.array([0.0, 0.0, anatomy.middle_mm]))
    matrix = stack.geometry.ijk_to_ras
    k, j, i = np.meshgrid(np.arange(count), np.arange(height), np.arange(width), indexing="ij", sparse=True)
    shifts = stack.shifts_xy_mm @ stack.pose.axes[:, :2].T
    ras = np.stack(
        [
            (matrix[c, 0] * i + matrix[c, 1] * j).astype(np.float32)
            + (matrix[c, 2] * k + matrix[c, 3] - middle[c] - shifts[:, c, None, None]).astype(np.float32)
            for c in range(3)
        ],
        axis=-1,
    )
    body = torso.tissue(ras)
    values = signal[np.arange(count)[:, None, None], body]
    region = (slice(None), heart.rows, heart.columns)
    rest = 1.0 - heart.shares.sum(axis=-1)
    codes = [int(tissue) for tissue in HEART_TISSUES]
    mixed = np.einsum("kjit,kt->kji", heart.shares, signal[:, codes])
    factor, added = tissue_texture(body, acquisition.texture, generator)
    added[region] *= rest
    values[region] = values[region] * rest + mixed
    return acquire(values * factor + added, acquisition, generator)


def insertion_pixels(anatomy: LVAnatomy, stack: ShortAxisStack, labels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(K, 2, 2) (row, column) of the anterior and inferior insertion; NaN in slices without a full ring."""
    points = np.full((labels.shape[0], 2, 2), np.nan)
    for k in np.flatnonzero(full_ring_slices(labels)):
        points[k] = stack.xy_to_pixel(anatomy.insertion_points_xy(float(stack.heights_mm[k])), int(k))
    return points


def full_ring_slices(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(K,) bool: slices with cavity whose every pixel the myocardium encloses."""
    rings = np.zeros(labels.shape[0], bool)
    for k, slice_labels in enumerate(labels):
        cavity = slice_labels == CAVITY
        if cavity.any():
            wall = slice_labels >= MYOCARDIUM
            rings[k] = not (cavity & ~ndimage.binary_fill_holes(wall)).any()
    return rings


__all__ = ["LVPhantom", "LVPhantomConfig", "LVScar", "make_lv_phantom"]
