"""A small study with known numbers: rings with a scarred sector, on an oblique grid whose slices lie along axis 2."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_volume
from ScarSegLogic.labels import CAVITY, MVO, MYOCARDIUM, SCAR
from ScarSegLogic.quantification.burden import EMPTY_BURDEN, scar_burden
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.quantification.result import (
    Aha17,
    GreyZone,
    LVScarResult,
    ModelUse,
    RemoteRegion,
    ScarShape,
    SegmentResult,
    SliceResult,
    Threshold,
)
from ScarSegLogic.report.html import ReportPictures, draw_pictures
from ScarSegLogic.volume import LabelMap, Volume
from Testing.tests.report.dicom_study import turned, write_mr_series

SLICES = 8
EXCLUDED = 0
NAMES = (
    *(f"basal {wall}" for wall in ("anterior", "anteroseptal", "inferoseptal", "inferior", "inferolateral")),
    "basal anterolateral",
    *(f"mid {wall}" for wall in ("anterior", "anteroseptal", "inferoseptal", "inferior", "inferolateral")),
    "mid anterolateral",
    *(f"apical {wall}" for wall in ("anterior", "septal", "inferior", "lateral")),
    "apex",
)


@pytest.fixture(scope="session")
def a_study() -> tuple[LVScarResult, Volume]:
    """Result and image of the method FWHM; slice 0 is excluded, segment 17 was not assessed."""
    image, labels, remote_mask = _rings()
    geometry = image.geometry
    voxel_ml = geometry.voxel_volume_ml
    # Slices lie along axis 2 of the stored array.
    counted = np.arange(SLICES) != EXCLUDED
    labels[..., ~counted] = 0
    remote_mask[..., ~counted] = False
    slices = tuple(
        SliceResult(
            index,
            index == EXCLUDED,
            EMPTY_BURDEN if index == EXCLUDED else _burden(labels[..., index], voxel_ml),
            "basal" if index < 3 else "mid" if index < 6 else "apical",
        )
        for index in range(SLICES)
    )
    result = LVScarResult(
        request=LVRequest(method=ScarMethod.FWHM, excluded_slices=(EXCLUDED,)),
        segmentation=LabelMap(labels, geometry),
        burden=_burden(labels, voxel_ml),
        threshold=Threshold(310.5, "(99th percentile of the myocardium + remote mean) / 2, one peak for the study"),
        slices=slices,
        shapes=(ScarShape(2, 412.0, 91.2, 0.62, 0.81, (12.0, -3.5, 40.25)),),
        remote=RemoteRegion(120.0, 14.0, 512, (-20.0, 31.0, 12.5), "proposed"),
        remote_mask=remote_mask,
        aha17=_segments(),
        aha17_reason=None,
        grey_zone=GreyZone("2 to 3 SD above remote", 148.0, 162.0, 1.25, 9.5),
        grey_zone_reason=None,
        models=(
            ModelUse(
                "lv_anatomy", "1.0", "lv_anatomy", "CC-BY-NC-SA-4.0", "55 EMIDEC cases", "ab" * 32, "not for sale"
            ),
        ),
        warnings=("the RV insertion point was predicted: confirm it",),
        study_name="Case_P007",
        elapsed_s={"quantification": 0.05},
    )
    return result, image


@pytest.fixture(scope="session")
def a_scar_free_study(a_study: tuple[LVScarResult, Volume]) -> tuple[LVScarResult, Volume]:
    """The same heart without scar, segments, remote region or threshold."""
    result, image = a_study
    labels = np.where(result.segmentation.array >= MYOCARDIUM, MYOCARDIUM, result.segmentation.array).astype(np.uint8)
    plain = dataclasses.replace(
        result,
        request=LVRequest(method=ScarMethod.MODEL),
        segmentation=LabelMap(labels, image.geometry),
        burden=_burden(labels, image.geometry.voxel_volume_ml),
        threshold=Threshold(None, "the network's decision"),
        slices=tuple(
            SliceResult(index, False, _burden(labels[..., index], image.geometry.voxel_volume_ml))
            for index in range(1, SLICES)
        ),
        shapes=(),
        remote=None,
        remote_mask=None,
        aha17=None,
        aha17_reason="no RV insertion point is known: give it with --rv-insertion R,A,S",
        grey_zone=None,
        grey_zone_reason="no definition was asked for",
        models=(),
        warnings=(),
    )
    return plain, image


@pytest.fixture
def a_dicom_study(a_study: tuple[LVScarResult, Volume], tmp_path: Path) -> tuple[LVScarResult, Volume]:
    """The same study read from a DICOM series of an umlaut patient."""
    result, image = turned(a_study, (2, 0, 1), (False, False, False))
    write_mr_series(image, tmp_path / "study")
    read = read_volume(tmp_path / "study")
    assert read.geometry.is_same_grid(image.geometry)
    return dataclasses.replace(result, segmentation=LabelMap(result.segmentation.array, read.geometry)), read


@pytest.fixture(scope="session")
def drawn(a_study: tuple[LVScarResult, Volume]) -> ReportPictures:
    """The pictures of ``a_study``: tests of the page's text need not draw them again."""
    return draw_pictures(*a_study)


def _rings() -> tuple[Volume, np.ndarray, np.ndarray]:
    turn = np.deg2rad(35.0)
    directions = np.array([[np.cos(turn), 0.0, np.sin(turn)], [0.0, 1.0, 0.0], [-np.sin(turn), 0.0, np.cos(turn)]])
    # Columns are i, j, k; the slice normal is i, because the slices lie along the last array axis.
    shape, spacing = (72, 84, SLICES), (1.6, 1.3, 9.0)
    geometry = Geometry.from_spacing(shape, spacing, directions=directions, origin_ras_mm=(5.0, -40.0, 20.0))
    rows, columns = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    y_mm, x_mm = (rows - 34) * spacing[0], (columns - 40) * spacing[1]
    radius, angle = np.hypot(y_mm, x_mm), np.rad2deg(np.arctan2(y_mm, x_mm))
    labels = np.zeros(shape, dtype=np.uint8)
    pixels = np.random.default_rng(5).normal(60.0, 9.0, shape)
    remote = np.zeros(shape, dtype=bool)
    for index in range(SLICES):
        inner, outer = 22.0 - index, 33.0 - index
        wall = (radius >= inner) & (radius < outer)
        scar = wall & (np.abs(angle) < 50) & (radius < inner + 7)
        mvo = scar & (np.abs(angle) < 20) & (radius > inner + 2) & (radius < inner + 5)
        part = labels[..., index]
        part[radius < inner], part[wall], part[scar], part[mvo] = CAVITY, MYOCARDIUM, SCAR, MVO
        for value, level in ((CAVITY, 330.0), (MYOCARDIUM, 120.0), (SCAR, 420.0), (MVO, 130.0)):
            pixels[..., index][part == value] += level - 60.0
        remote[..., index] = wall & (np.abs(angle) > 150) & (radius > inner + 3) & (radius < outer - 3)
    return Volume(pixels.astype(np.float32), geometry, name="Case_P007"), labels, remote


def _burden(labels: np.ndarray, voxel_ml: float):
    return scar_burden(labels >= MYOCARDIUM, labels == SCAR, labels == MVO, voxel_ml)


def _segments() -> Aha17:
    percents = [0, 0, 0, 12, 78, 30, 0, 3, 0, 22, 95, 46, 0, 0, 18, 64]
    segments = [
        SegmentResult(
            number + 1,
            NAMES[number],
            6.25,
            float(percent),
            "0" if percent == 0 else ">75" if percent > 75 else ">0-25" if percent <= 25 else ">25-50",
            None if percent == 0 else 55.0,
            None if percent == 0 else 100.0,
            float(percent),
            "none" if percent == 0 else "subendocardial",
        )
        for number, percent in enumerate(percents)
    ]
    apex = SegmentResult(17, "apex", None, None, None, None, None, None, None, "the stack has no apical cap")
    return Aha17((*segments, apex), (-31.0, 22.5, 60.0), "predicted")
