"""Tissues and scan of an atrial study: later after contrast than a ventricular one, with fat suppression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ScarSegLogic.phantom.acquisition import Acquisition, Contrast, sample_acquisition
from ScarSegLogic.phantom.signal import ScanSettings, Tissue, TissueState, nulling_time_ms, sample_tissues

ATRIAL_T1_MS = {
    Tissue.BLOOD: (330.0, 395.0),
    Tissue.MYOCARDIUM: (430.0, 520.0),
    Tissue.SCAR: (250.0, 300.0),
}
"""T1 fifteen to thirty minutes after contrast: blood has come back toward muscle, so that scar is the brightest (ours);
with the times below dense scar shows 1.2 to 1.9 times the signal of blood, as published image intensity ratios do."""

SUPPRESSED_FAT = (0.05, 0.5)
"""What fat suppression leaves of fat (ours)."""

MAGNITUDE_SHARE = 0.8
"""How often a random study is a magnitude image (ours); the 3D acquisitions of atria usually are."""

LATE_INVERSION = (0.24, 0.06)
"""Mean and SD of how much later than the muscle's null the inversion is set (ours)."""


def sample_atrial_tissues(generator: np.random.Generator) -> TissueState:
    """Draw one patient's tissues."""
    drawn = sample_tissues(generator)
    t1, density = list(drawn.t1_ms), list(drawn.density)
    for tissue, limits in ATRIAL_T1_MS.items():
        t1[tissue] = float(generator.uniform(*limits))
    t1[Tissue.RV_BLOOD] = t1[Tissue.BLOOD] * float(generator.uniform(0.95, 1.05))
    density[Tissue.FAT] *= float(generator.uniform(*SUPPRESSED_FAT))
    return TissueState(tuple(t1), tuple(density))


def sample_atrial_settings(tissues: TissueState, generator: np.random.Generator) -> ScanSettings:
    """Draw a scan: one inversion a heartbeat, all slices at once."""
    repetition = float(generator.uniform(700.0, 1100.0))
    null = nulling_time_ms(tissues.t1_ms[Tissue.MYOCARDIUM], repetition)
    late = max(float(generator.normal(*LATE_INVERSION)), 0.12)
    return ScanSettings(null * (1.0 + late), repetition, washout_per_minute=0.0, minutes_per_slice=0.0)


def sample_atrial_acquisition(contrast: str | None, generator: np.random.Generator) -> Acquisition:
    """Draw a scanner; the contrast is drawn where it is None. Noise is to be set later."""
    magnitude = generator.random() < MAGNITUDE_SHARE
    drawn = Contrast.MAGNITUDE if magnitude else Contrast.PSIR
    acquisition = sample_acquisition(str(drawn) if contrast is None else contrast, generator)
    # Half the matrix is measured and the rest interpolated, so noise and point spread take more of these pixels.
    return replace(
        acquisition,
        blur_px=float(generator.uniform(0.6, 1.2)),
        noise_blur_px=float(generator.uniform(0.5, 1.0)),
        coil=0.6 * acquisition.coil,
        texture=0.7 * acquisition.texture,
    )
