"""A whole LV LGE study with known truth, from one seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.phantom.acquisition import Acquisition, acquire, blank_border, sample_acquisition, sample_cnr
from ScarSegLogic.phantom.burden_search import scar_of_burden
from ScarSegLogic.phantom.lv_anatomy import LVAnatomy, sample_anatomy
from ScarSegLogic.phantom.lv_config import LVPhantomConfig
from ScarSegLogic.phantom.lv_image import BodyPlacement, clean_signal
from ScarSegLogic.phantom.lv_scar import PATTERN_WEIGHTS, LVScar, ScarPattern, sample_scar
from ScarSegLogic.phantom.lv_truth import LVTruth, shape_truth, true_remote
from ScarSegLogic.phantom.observers import observer_dice, simulate_observers
from ScarSegLogic.phantom.quadrature import COARSE_DENSITY, integrate_heart
from ScarSegLogic.phantom.rasterise import HEART_TISSUES, RasterisedHeart, rasterise
from ScarSegLogic.phantom.rings import full_ring_slices, insertion_pixels
from ScarSegLogic.phantom.short_axis import ShortAxisStack, sample_pose, sample_stack
from ScarSegLogic.phantom.signal import ScanSettings, Tissue, TissueState, sample_settings, sample_tissues
from ScarSegLogic.phantom.tier_search import reading_of_tier
from ScarSegLogic.phantom.tiers import Difficulty, Tier
from ScarSegLogic.phantom.torso import sample_torso
from ScarSegLogic.volume import LabelMap, Volume


@dataclass(frozen=True, eq=False)
class LVPhantom:
    """A study and what is true of it.

    Attributes:
        image: (K, J, I) float32.
        labels: 0 background, 1 cavity (with papillary muscles), 2 normal myocardium, 3 scar, 4 MVO, uint8.
        insertions_kji: (K, 2, 2) float64: for each slice the anterior and the inferior RV insertion as fractional
            (row j, column i); NaN where the slice has no full ring.
        observers: Label maps of the simulated readers, values as in ``labels``.
        truth: Or None where it was not asked for.
    """

    image: Volume
    labels: LabelMap
    insertions_kji: NDArray[np.float64]
    observers: tuple[LabelMap, ...] = ()
    truth: LVTruth | None = None


@dataclass(frozen=True)
class _Study:
    """Everything of a phantom before its noise."""

    anatomy: LVAnatomy
    scar: LVScar
    stack: ShortAxisStack
    heart: RasterisedHeart
    tissues: TissueState
    settings: ScanSettings
    signal: NDArray[np.float32]
    contrast: float
    acquisition: Acquisition
    burden_percent: float


@dataclass(frozen=True)
class _Reading:
    """Grey values at one level of noise, what readers drew on them and how difficult that is."""

    image: NDArray[np.float32]
    observers: tuple[NDArray[np.uint8], ...]
    difficulty: Difficulty
    acquisition: Acquisition


def make_lv_phantom(config: LVPhantomConfig) -> LVPhantom:
    """Make the study of a configuration; the same configuration gives the same bytes.

    Raises:
        ScarSegError: The target burden cannot be reached by the pattern, or the tier cannot be reached.
    """
    sequences = np.random.SeedSequence(config.seed).spawn(7)
    study = _study(config, sequences[:4])
    reading = _reading_of_tier(config, study, sequences[4:])
    name = f"phantom-{config.seed}"
    geometry, labels = study.stack.geometry, study.heart.labels
    truth = _truth(config, study, reading) if config.with_truth else None
    return LVPhantom(
        image=Volume(reading.image, geometry, name=name, metadata={"contrast": reading.acquisition.contrast}),
        labels=LabelMap(labels, geometry, name=f"{name}-truth"),
        insertions_kji=insertion_pixels(study.anatomy, study.stack, full_ring_slices(labels)),
        observers=tuple(
            LabelMap(drawn, geometry, name=f"{name}-observer-{number}")
            for number, drawn in enumerate(reading.observers, start=1)
        ),
        truth=truth,
    )


def _study(config: LVPhantomConfig, sequences: list[np.random.SeedSequence]) -> _Study:
    # Each part has its own stream, so that asking for another scar or contrast keeps heart and body.
    shape, scarring, scan, body = (np.random.default_rng(sequence) for sequence in sequences)
    anatomy = sample_anatomy(shape)
    stack = sample_stack(anatomy, sample_pose(shape), shape, config.matrix_size)
    scar = _scar(config, anatomy, stack, scarring)
    heart = rasterise(anatomy, scar, stack, config.supersampling)
    tissues = sample_tissues(scan)
    settings = sample_settings(tissues, scan)
    acquisition = sample_acquisition(config.contrast, scan)
    signal = tissues.signal(settings, stack.time_order)
    placement = BodyPlacement(sample_torso(body), anatomy.middle_mm)
    clean = clean_signal(heart, stack, placement, signal, acquisition.texture, body)
    scar_signal, normal_signal = (float(np.median(signal[:, code])) for code in (Tissue.SCAR, Tissue.MYOCARDIUM))
    contrast = acquisition.seen_contrast(scar_signal, normal_signal)
    acquisition = replace(acquisition, noise_sd=contrast / sample_cnr(scan))
    burden = integrate_heart(anatomy, scar, stack.heights_mm, stack.slab_mm, COARSE_DENSITY).infarct_percent()
    return _Study(anatomy, scar, stack, heart, tissues, settings, clean, contrast, acquisition, burden)


def _scar(config: LVPhantomConfig, anatomy: LVAnatomy, stack: ShortAxisStack, generator: np.random.Generator) -> LVScar:
    weights = dict(PATTERN_WEIGHTS)
    target = config.target_burden_percent
    if target:
        del weights[ScarPattern.NONE]
    share = np.array(list(weights.values()))
    drawn = list(weights)[int(generator.choice(len(weights), p=share / share.sum()))]
    pattern = drawn if config.pattern is None else ScarPattern(config.pattern)
    if target == 0.0:
        return LVScar(ScarPattern.NONE)
    scar = sample_scar(pattern, anatomy, generator)
    return scar if target is None else scar_of_burden(scar, anatomy, stack, target)


def _reading_of_tier(config: LVPhantomConfig, study: _Study, sequences: list[np.random.SeedSequence]) -> _Reading:
    """The drawn noise where no tier is asked for; else the noise that gives the tier, verified by its definition."""
    if config.tier is None:
        return _reading(config, study, study.contrast / study.acquisition.noise_sd, sequences)

    def read(cnr: float) -> _Reading:
        return _reading(config, study, cnr, sequences)

    generator = np.random.default_rng(sequences[2])
    return reading_of_tier(Tier(config.tier), study.burden_percent, read, generator, f"phantom {config.seed}")


def _reading(config: LVPhantomConfig, study: _Study, cnr: float, sequences: list[np.random.SeedSequence]) -> _Reading:
    acquisition = replace(study.acquisition, noise_sd=study.contrast / cnr)
    image = acquire(study.signal, acquisition, np.random.default_rng(sequences[0]))
    blank_border(image, acquisition.blank_border, study.heart.rows, study.heart.columns)
    observers = simulate_observers(
        study.heart.labels,
        image,
        study.stack.geometry.pixel_area_mm2,
        np.random.default_rng(sequences[1]),
        config.observer_count,
    )
    difficulty = Difficulty(cnr, study.burden_percent, observer_dice(observers))
    return _Reading(image, observers, difficulty, acquisition)


def _truth(config: LVPhantomConfig, study: _Study, reading: _Reading) -> LVTruth:
    shape = shape_truth(study.anatomy, study.scar, study.stack, study.heart.labels)
    normal_share = np.zeros(study.heart.labels.shape, np.float32)
    place = HEART_TISSUES.index(Tissue.MYOCARDIUM)
    normal_share[:, study.heart.rows, study.heart.columns] = study.heart.shares[..., place]
    return LVTruth(
        seed=config.seed,
        pattern=str(study.scar.pattern),
        contrast=str(reading.acquisition.contrast),
        tier=reading.difficulty.tier,
        difficulty=reading.difficulty,
        shape=shape,
        remote=true_remote(reading.image, study.heart.labels, normal_share),
        settings=study.settings,
        noise_sd=reading.acquisition.noise_sd * reading.acquisition.scale,
    )
