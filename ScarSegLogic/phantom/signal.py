"""Inversion-recovery signal of the tissues after contrast."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Tissue(IntEnum):
    """What a point of the phantom is made of."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    LUNG = 3
    LIVER = 4
    BLOOD = 5
    RV_BLOOD = 6
    MYOCARDIUM = 7
    SCAR = 8
    MVO = 9
    BONE = 10
    STOMACH = 11
    SPLEEN = 12


@dataclass(frozen=True)
class TissueRange:
    """Ranges of T1 at the start of the scan (ms, with contrast), T1 without contrast and relative proton density."""

    t1_ms: tuple[float, float]
    native_t1_ms: float
    density: tuple[float, float]


TISSUE_RANGES = {
    Tissue.AIR: TissueRange((1000.0, 1000.0), 1000.0, (0.0, 0.0)),
    Tissue.FAT: TissueRange((225.0, 265.0), 260.0, (0.5, 1.1)),
    Tissue.MUSCLE: TissueRange((420.0, 560.0), 1000.0, (0.75, 0.95)),
    Tissue.LUNG: TissueRange((350.0, 700.0), 1200.0, (0.08, 0.3)),
    Tissue.LIVER: TissueRange((290.0, 400.0), 600.0, (0.7, 0.95)),
    Tissue.BLOOD: TissueRange((255.0, 350.0), 1550.0, (0.9, 1.05)),
    Tissue.RV_BLOOD: TissueRange((250.0, 355.0), 1550.0, (0.9, 1.05)),
    Tissue.MYOCARDIUM: TissueRange((390.0, 500.0), 1000.0, (0.85, 0.95)),
    Tissue.SCAR: TissueRange((225.0, 310.0), 1100.0, (0.88, 1.0)),
    Tissue.MVO: TissueRange((430.0, 620.0), 1100.0, (0.85, 0.95)),
    Tissue.BONE: TissueRange((260.0, 420.0), 550.0, (0.3, 0.7)),
    Tissue.STOMACH: TissueRange((250.0, 800.0), 1500.0, (0.1, 1.0)),
    Tissue.SPLEEN: TissueRange((280.0, 380.0), 1050.0, (0.75, 0.95)),
}
"""T1 at 1.5 T ten to fifteen minutes after 0.1-0.2 mmol/kg gadolinium: typical published values, widened (ours)."""


def inversion_recovery(
    t1_ms: ArrayLike, inversion_time_ms: ArrayLike, repetition_time_ms: float = np.inf
) -> NDArray[np.float64]:
    """Signed longitudinal magnetisation 1 - 2 exp(-TI/T1) + exp(-TR/T1) (Kellman 2012, eq. 1), of unit density.

    Args:
        t1_ms: T1, any shape that broadcasts.
        inversion_time_ms: TI.
        repetition_time_ms: Time between two inversions; infinite for full recovery, where TI = T1 ln 2 nulls.
    """
    t1 = np.asarray(t1_ms, dtype=np.float64)
    return 1.0 - 2.0 * np.exp(-np.asarray(inversion_time_ms) / t1) + np.exp(-repetition_time_ms / t1)


def nulling_time_ms(t1_ms: float, repetition_time_ms: float = np.inf) -> float:
    """The inversion time at which a tissue gives no signal: T1 (ln 2 - ln(1 + exp(-TR/T1)))."""
    return float(t1_ms * (np.log(2.0) - np.log1p(np.exp(-repetition_time_ms / t1_ms))))


def washed_out_t1_ms(t1_ms: float, native_t1_ms: float, minutes: ArrayLike, rate_per_minute: float) -> NDArray:
    """T1 after the contrast agent left for some minutes: its relaxivity term decays exponentially."""
    decay = np.exp(-rate_per_minute * np.asarray(minutes, dtype=np.float64))
    return 1.0 / (1.0 / native_t1_ms + (1.0 / t1_ms - 1.0 / native_t1_ms) * decay)


@dataclass(frozen=True)
class ScanSettings:
    """How the inversion-recovery scan was set.

    Attributes:
        inversion_time_ms: TI of every slice, set once at the start.
        repetition_time_ms: Time between inversions (two RR intervals for PSIR).
        washout_per_minute: Rate at which the contrast agent leaves.
        minutes_per_slice: Time from one slice to the next.
    """

    inversion_time_ms: float
    repetition_time_ms: float
    washout_per_minute: float
    minutes_per_slice: float


@dataclass(frozen=True)
class TissueState:
    """T1 at the first slice and density of every tissue of one patient, in the order of ``Tissue``."""

    t1_ms: tuple[float, ...]
    density: tuple[float, ...]

    def signal(self, settings: ScanSettings, slice_order: NDArray) -> NDArray[np.float32]:
        """(K, number of tissues) signed signal of each slice; ``slice_order`` counts the slices in time."""
        minutes = np.asarray(slice_order, dtype=np.float64) * settings.minutes_per_slice
        columns = [
            self.density[tissue]
            * inversion_recovery(
                washed_out_t1_ms(
                    self.t1_ms[tissue], TISSUE_RANGES[tissue].native_t1_ms, minutes, settings.washout_per_minute
                ),
                settings.inversion_time_ms,
                settings.repetition_time_ms,
            )
            for tissue in Tissue
        ]
        return np.stack(columns, axis=1).astype(np.float32)


def sample_tissues(generator: np.random.Generator) -> TissueState:
    """Draw one patient's tissues; scar is always at least 70 ms shorter in T1 than normal myocardium (ours)."""
    t1 = [float(generator.uniform(*TISSUE_RANGES[tissue].t1_ms)) for tissue in Tissue]
    density = [float(generator.uniform(*TISSUE_RANGES[tissue].density)) for tissue in Tissue]
    t1[Tissue.RV_BLOOD] = t1[Tissue.BLOOD] * float(generator.uniform(0.95, 1.05))
    density[Tissue.RV_BLOOD] = density[Tissue.BLOOD] * float(generator.uniform(0.95, 1.05))
    t1[Tissue.MVO] = max(t1[Tissue.MVO], t1[Tissue.MYOCARDIUM] * 0.95)
    return TissueState(tuple(t1), tuple(density))


def sample_settings(tissues: TissueState, generator: np.random.Generator) -> ScanSettings:
    """Draw a scan whose TI nulls myocardium up to an error, rather late than early: EMIDEC shows
    normal myocardium at a quarter of the signal of scar (measured on `emidec_p100`; ranges are ours)."""
    repetition = float(generator.uniform(1200.0, 2200.0))
    null = nulling_time_ms(tissues.t1_ms[Tissue.MYOCARDIUM], repetition)
    return ScanSettings(
        inversion_time_ms=null * (1.0 + float(generator.normal(0.07, 0.07))),
        repetition_time_ms=repetition,
        washout_per_minute=float(generator.uniform(0.0, 0.02)),
        minutes_per_slice=float(generator.uniform(0.2, 0.6)),
    )
