"""Published thresholds of the image intensity ratio (IIR), each with what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class IirPreset(StrEnum):
    """A published IIR, or one of the user."""

    KHURRAM_0_97 = "khurram_0.97"
    KHURRAM_1_61 = "khurram_1.61"
    BENITO_1_20 = "benito_1.20"
    BENITO_1_32 = "benito_1.32"
    CUSTOM = "custom"


class TissueClass(StrEnum):
    """What lies above a threshold."""

    FIBROSIS = "any fibrosis"
    DENSE_SCAR = "dense scar"


class Sampling(StrEnum):
    """What the intensities of a threshold's source were taken from."""

    SECTOR_MEANS = "means over 20 sectors of each axial slice"
    VOXELS = "single voxels of the wall"


@dataclass(frozen=True)
class IirSource:
    """Where a threshold comes from (SCIENCE.md section 7).

    Attributes:
        iir: Wall intensity over mean blood-pool intensity.
        source: Author, year, journal.
        sampling: What its intensities were taken from.
        tissue: What lies above it.
        reference: What the tissue was told by.
    """

    iir: float
    source: str
    sampling: Sampling
    tissue: TissueClass
    reference: str


KHURRAM, BENITO = "Khurram 2014, Heart Rhythm 11:85", "Benito 2017, Europace 19:1272"

PRESETS: Mapping[IirPreset, IirSource] = MappingProxyType(
    {
        IirPreset.KHURRAM_0_97: IirSource(
            0.97, KHURRAM, Sampling.SECTOR_MEANS, TissueClass.FIBROSIS, "bipolar voltage below 0.5 mV"
        ),
        IirPreset.KHURRAM_1_61: IirSource(
            1.61, KHURRAM, Sampling.SECTOR_MEANS, TissueClass.DENSE_SCAR, "bipolar voltage below 0.1 mV"
        ),
        IirPreset.BENITO_1_20: IirSource(
            1.20, BENITO, Sampling.VOXELS, TissueClass.FIBROSIS, "above the atria of healthy volunteers"
        ),
        IirPreset.BENITO_1_32: IirSource(1.32, BENITO, Sampling.VOXELS, TissueClass.DENSE_SCAR, "atria after ablation"),
    }
)


def preset_of(iir: float) -> IirPreset:
    """The preset of just this value, else ``custom``."""
    return next((preset for preset, source in PRESETS.items() if source.iir == iir), IirPreset.CUSTOM)


def preset_warnings(preset: IirPreset, *, pre_ablation: bool) -> tuple[str, ...]:
    """What does not fit between a preset and its use here: voxels, and what the study is declared to show.

    Args:
        preset: The threshold; ``custom`` has no source to differ from.
        pre_ablation: Whether the study is declared to precede any ablation.
    """
    if preset is IirPreset.CUSTOM:
        return ()
    source = PRESETS[preset]
    told = f"IIR {source.iir:g} ({source.source})"
    warnings = []
    if source.sampling is Sampling.SECTOR_MEANS:
        warnings.append(
            f"{told} was found on {source.sampling} and is applied to single voxels here, whose spread is larger: "
            "expect more scattered scar than in its source"
        )
    if source.tissue is TissueClass.DENSE_SCAR and pre_ablation:
        warnings.append(
            f"{told} stands for {source.tissue} ({source.reference}), but the study is declared pre-ablation: "
            "fibrosis that is not dense is missed"
        )
    if source.tissue is TissueClass.FIBROSIS and not pre_ablation:
        warnings.append(
            f"{told} stands for {source.tissue} ({source.reference}) and the study is not declared pre-ablation: "
            "what it finds is not ablation scar alone"
        )
    return tuple(warnings)
