"""A whole LA LGE study with known truth, from one seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ScarSegLogic.labels import CAVITY, MYOCARDIUM, SCAR
from ScarSegLogic.phantom.acquisition import Acquisition, acquire, blank_border, sample_cnr
from ScarSegLogic.phantom.la_config import LAPhantomConfig
from ScarSegLogic.phantom.la_grid import LAStack, Sampling, sample_la_stack
from ScarSegLogic.phantom.la_image import breathe, clean_la_signal, sample_surroundings, textured
from ScarSegLogic.phantom.la_model import LAModel, make_la_model
from ScarSegLogic.phantom.la_rasterise import RasterisedLA, rasterise_la
from ScarSegLogic.phantom.la_sampling import sample_la_anatomy
from ScarSegLogic.phantom.la_scar import PATTERN_WEIGHTS, LAScarPattern, sample_la_scar
from ScarSegLogic.phantom.la_signal import sample_atrial_acquisition, sample_atrial_settings, sample_atrial_tissues
from ScarSegLogic.phantom.la_truth import LATruth, LAVolumes, TrueSignals, la_shape_truth, true_blood_pool
from ScarSegLogic.phantom.observers import observer_dice, simulate_observers
from ScarSegLogic.phantom.signal import ScanSettings, Tissue
from ScarSegLogic.phantom.tier_search import reading_of_tier
from ScarSegLogic.phantom.tiers import Difficulty, Tier
from ScarSegLogic.volume import LabelMap, Volume

ATRIAL_CNR_RANGE = (4.0, 18.0)
"""Contrast-to-noise of scar and healthy wall of a random phantom (ours)."""

PURE_SHARE = 0.999
"""A voxel counts as blood alone above this share."""


@dataclass(frozen=True, eq=False)
class LAPhantom:
    """A study and what is true of it. All grids are the image's.

    Attributes:
        image: (K, J, I) float32.
        cavity, wall, scar: 0 or 1, uint8; the scar is part of the wall. The cavity ends at planes across the four
            veins, some way beyond their ostia, and at the mitral plane.
        observers: Label maps of the simulated readers: 1 cavity, 2 wall without scar, 3 scar.
        truth: Or None where it was not asked for.
    """

    image: Volume
    cavity: LabelMap
    wall: LabelMap
    scar: LabelMap
    observers: tuple[LabelMap, ...] = ()
    truth: LATruth | None = None


@dataclass(frozen=True, eq=False)
class _Study:
    """Everything of a phantom before its noise."""

    model: LAModel
    stack: LAStack
    sampling: Sampling
    atrium: RasterisedLA
    labels: NDArray[np.uint8]
    signal: NDArray[np.float32]
    signals: TrueSignals
    contrast: float
    acquisition: Acquisition
    settings: ScanSettings
    breathing_mm: float
    volumes: LAVolumes


@dataclass(frozen=True, eq=False)
class _Reading:
    """Grey values at one level of noise, what readers drew on them and how difficult that is."""

    image: NDArray[np.float32]
    observers: tuple[NDArray[np.uint8], ...]
    difficulty: Difficulty
    noise_sd: float


def make_la_phantom(config: LAPhantomConfig) -> LAPhantom:
    """Make the study of a configuration; the same configuration gives the same bytes.

    Raises:
        ScarSegError: The tier cannot be reached.
    """
    sequences = np.random.SeedSequence(config.seed).spawn(9)
    study = _study(config, sequences[:6])
    reading = _reading_of_tier(config, study, sequences[6:])
    name = f"la-phantom-{config.seed}"
    geometry = study.stack.geometry

    def label_map(array: NDArray, part: str) -> LabelMap:
        return LabelMap(array.astype(np.uint8, copy=False), geometry, name=f"{name}-{part}")

    return LAPhantom(
        image=Volume(reading.image, geometry, name=name, metadata={"contrast": study.acquisition.contrast}),
        cavity=label_map(study.labels == CAVITY, "cavity"),
        wall=label_map(study.labels >= MYOCARDIUM, "wall"),
        scar=label_map(study.labels == SCAR, "scar"),
        observers=tuple(
            label_map(drawn, f"observer-{number}") for number, drawn in enumerate(reading.observers, start=1)
        ),
        truth=_truth(config, study, reading) if config.with_truth else None,
    )


def _study(config: LAPhantomConfig, sequences: list[np.random.SeedSequence]) -> _Study:
    # Each part has its own stream, so that another scar, grid or contrast keeps atrium and body.
    shape, scarring, gridding, scan, body, texture = (np.random.default_rng(sequence) for sequence in sequences)
    anatomy = sample_la_anatomy(shape)
    drawn = list(PATTERN_WEIGHTS)[int(scarring.choice(len(PATTERN_WEIGHTS), p=list(PATTERN_WEIGHTS.values())))]
    pattern = drawn if config.pattern is None else LAScarPattern(config.pattern)
    model = make_la_model(anatomy, sample_la_scar(pattern, anatomy, scarring))
    drawn_sampling = Sampling.SLICES if gridding.random() < 0.7 else Sampling.ISOTROPIC
    sampling = drawn_sampling if config.sampling is None else Sampling(config.sampling)
    stack = sample_la_stack(model.labelled_box_ras(), sampling, config.matrix_size, gridding)
    atrium = rasterise_la(model, stack.local(), config.supersampling or sampling.supersampling)

    tissues = sample_atrial_tissues(scan)
    settings = sample_atrial_settings(tissues, scan)
    acquisition = sample_atrial_acquisition(config.contrast, scan)
    tissue_signal = tissues.signal(settings, np.zeros(1))[0]
    signals = _signals(tissue_signal, model.scar.strength)
    contrast = acquisition.seen_contrast(signals.scar, signals.wall)
    acquisition = replace(acquisition, noise_sd=contrast / sample_cnr(scan, ATRIAL_CNR_RANGE))

    surroundings = sample_surroundings(anatomy, body)
    signal, tissue = clean_la_signal(model, atrium, stack, surroundings, tissue_signal)
    signal = breathe(signal, stack.geometry, surroundings.breathing_mm)
    textured(signal, tissue, atrium, acquisition.texture, texture)
    return _Study(
        model=model,
        stack=stack,
        sampling=sampling,
        atrium=atrium,
        labels=_labels(atrium, stack.geometry.shape_kji),
        signal=signal,
        signals=signals,
        contrast=contrast,
        acquisition=acquisition,
        settings=settings,
        breathing_mm=surroundings.breathing_mm,
        volumes=LAVolumes.of(atrium, stack.geometry.voxel_volume_ml),
    )


def _signals(tissue_signal: NDArray[np.float32], strength: float) -> TrueSignals:
    blood, wall, dense = (float(tissue_signal[tissue]) for tissue in (Tissue.BLOOD, Tissue.MYOCARDIUM, Tissue.SCAR))
    return TrueSignals(blood, wall, wall + strength * (dense - wall))


def _labels(atrium: RasterisedLA, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    cavity, wall, scar = atrium.masks()
    labels = np.zeros(shape, np.uint8)
    part = labels[atrium.box]
    for mask, value in ((cavity, CAVITY), (wall, MYOCARDIUM), (scar, SCAR)):
        part[mask] = value
    return labels


def _reading_of_tier(config: LAPhantomConfig, study: _Study, sequences: list[np.random.SeedSequence]) -> _Reading:
    """The drawn noise where no tier is asked for; else the noise that gives the tier, verified by its definition."""

    def read(cnr: float) -> _Reading:
        return _reading(config, study, cnr, sequences)

    if config.tier is None:
        return read(study.contrast / study.acquisition.noise_sd)
    generator = np.random.default_rng(sequences[2])
    burden = study.volumes.scar_percent_of_wall
    return reading_of_tier(Tier(config.tier), burden, read, generator, f"phantom {config.seed}")


def _reading(config: LAPhantomConfig, study: _Study, cnr: float, sequences: list[np.random.SeedSequence]) -> _Reading:
    acquisition = replace(study.acquisition, noise_sd=study.contrast / cnr)
    image = acquire(study.signal, acquisition, np.random.default_rng(sequences[0]))
    blank_border(image, acquisition.blank_border, *_occupied(study.labels))
    observers = simulate_observers(
        study.labels,
        image,
        study.stack.geometry.pixel_area_mm2,
        np.random.default_rng(sequences[1]),
        config.observer_count,
    )
    difficulty = Difficulty(cnr, study.volumes.scar_percent_of_wall, observer_dice(observers))
    return _Reading(image, observers, difficulty, acquisition.noise_sd)


def _occupied(labels: NDArray[np.uint8]) -> tuple[slice, slice]:
    """Rows and columns that hold the atrium."""
    rows, columns = (np.flatnonzero(labels.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _truth(config: LAPhantomConfig, study: _Study, reading: _Reading) -> LATruth:
    shape = la_shape_truth(study.model, study.volumes, study.stack.middle_ras)
    return LATruth(
        seed=config.seed,
        pattern=str(study.model.scar.pattern),
        sampling=str(study.sampling),
        contrast=str(study.acquisition.contrast),
        tier=reading.difficulty.tier,
        difficulty=reading.difficulty,
        **{name: getattr(shape, name) for name in shape.__dataclass_fields__},
        blood_pool=true_blood_pool(reading.image[study.atrium.box][study.atrium.cavity >= PURE_SHARE]),
        signals=study.signals,
        settings=study.settings,
        noise_sd=reading.noise_sd * study.acquisition.scale,
        breathing_mm=study.breathing_mm,
    )
