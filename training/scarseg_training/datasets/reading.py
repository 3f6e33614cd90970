"""From the files of an entry to a case, whatever the layout: an image, its masks, and other readers' scar."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from scarseg_training.datasets.automatic_tiers import automatic_tier
from scarseg_training.datasets.case import STRUCTURES, Case
from scarseg_training.datasets.entry import CaseEntry
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.labels import heart_masks, scheme_named
from ScarSegLogic.volume import LabelMap, slices_first_axes

SPACING_TOLERANCE = 0.01
"""A mask's spacing may differ from its image's by this share (ours; headers are rounded)."""

MAXIMUM_SCAR_OUTSIDE = 0.5
"""From this share of scar outside the myocardium on, the mask is not the whole wall but lacks its scar (ours)."""


@dataclass(frozen=True)
class FileReader:
    """Reads cases from files.

    Attributes:
        folder: What the paths of entries are relative to.
        label_scheme: Convention of label maps, a name of ``ScarSegLogic.labels.SCHEMES``; None where there are only
            single masks.
        nominal_spacing_kji_mm: Spacing of pictures, which carry none.
    """

    folder: Path
    label_scheme: str | None = None
    nominal_spacing_kji_mm: tuple[float, float, float] | None = None

    def read(self, entry: CaseEntry) -> Case:
        """Read a case; its slices come first.

        Raises:
            ScarSegError: A file is missing or unreadable, a mask does not lie on the image's grid, or its values are
                not of the convention.
        """
        try:
            return self._read(entry)
        except ScarSegError as error:
            raise ScarSegError(f"case {entry.case}: {error}") from error

    def _read(self, entry: CaseEntry) -> Case:
        image, geometry = self._image(entry)
        axes = slices_first_axes(geometry)
        masks = self._masks(entry, geometry)
        observers = [self._observer(path, entry, geometry) for path in entry.files.get("observers", ())]
        case = Case(
            entry.case,
            entry.patient,
            np.ascontiguousarray(image.transpose(axes)),
            {name: np.ascontiguousarray(mask.transpose(axes)) for name, mask in masks.items()},
            geometry.permuted(axes).spacing_kji_mm,
            observers=tuple(np.ascontiguousarray(mask.transpose(axes)) for mask in observers),
            tier=entry.tier,
            slice_tiers=_for_slices(entry.slice_tiers, image.shape[axes[0]]),
            cohort=entry.cohort,
            phase=entry.phase,
        )
        return case if case.tier is not None else dataclasses.replace(case, tier=automatic_tier(case))

    def _image(self, entry: CaseEntry) -> tuple[NDArray[np.float32], Geometry]:
        paths = entry.files.get("image", ())
        if not paths:
            raise ScarSegError("it has no image: name one in dataset.json")
        if len(paths) == 1 and not _is_picture(paths[0]):
            volume = read_volume(self.folder / paths[0])
            return volume.array, volume.geometry
        if self.nominal_spacing_kji_mm is None:
            raise ScarSegError("its image is pictures, which carry no spacing: name 'spacing_kji_mm' in dataset.json")
        array = _stack(self.folder / path for path in paths).astype(np.float32)
        return array, Geometry.from_spacing(array.shape, self.nominal_spacing_kji_mm)

    def _masks(self, entry: CaseEntry, geometry: Geometry) -> dict[str, NDArray[np.bool_]]:
        masks: dict[str, NDArray[np.bool_]] = {}
        if "labels" in entry.files:
            masks |= self._labelled(self._label_map(entry.files["labels"], geometry))
        for name in STRUCTURES:
            if name in entry.files:
                # LAScarQS stores its cavity as 0 and about 420: whatever is above 0 is the structure.
                masks[name] = self._label_map(entry.files[name], geometry).array > 0
        if {"scar", "mvo"} <= set(masks):
            masks["scar"] = masks["scar"] | masks["mvo"]
        _check_whole_wall(masks)
        return masks

    def _labelled(self, labels: LabelMap) -> dict[str, NDArray[np.bool_]]:
        """The masks of a label map; structures that its convention lacks are absent."""
        if self.label_scheme is None:
            raise ScarSegError(
                f"the convention of the label map {labels.name} is not known: name it with --labels or in dataset.json"
            )
        scheme = scheme_named(self.label_scheme)
        found = heart_masks(labels, self.label_scheme, cavity_required=False)
        marked = {"cavity": scheme.cavity, "myocardium": True, "scar": scheme.scar, "mvo": scheme.mvo}
        return {name: getattr(found, name) for name, values in marked.items() if values}

    def _observer(self, path: str, entry: CaseEntry, geometry: Geometry) -> NDArray[np.bool_]:
        """The scar of another reader, drawn as the case's own: as a label map or as a single mask."""
        labels = self._label_map((path,), geometry)
        if "labels" not in entry.files:
            return labels.array > 0
        masks = self._labelled(labels)
        return masks["scar"] | masks["mvo"] if "mvo" in masks else masks["scar"]

    def _label_map(self, paths: tuple[str, ...], geometry: Geometry) -> LabelMap:
        if _is_picture(paths[0]):
            array = _stack(self.folder / path for path in paths)
            labels = LabelMap(array, Geometry.from_spacing(array.shape, geometry.spacing_kji_mm), Path(paths[0]).name)
        else:
            labels = read_label_map(self.folder / paths[0])
        _check_grid(labels, geometry)
        return labels


def _for_slices(tiers: tuple[int | None, ...] | None, count: int) -> tuple[int | None, ...] | None:
    """Tiers for every slice: a grading names only slices up to the last one graded. Raises ScarSegError."""
    if tiers is None:
        return None
    if len(tiers) > count:
        raise ScarSegError(f"slice {len(tiers) - 1} was graded, but it has {count} slices, counted from 0: grade again")
    return (*tiers, *[None] * (count - len(tiers)))


def _check_grid(labels: LabelMap, geometry: Geometry) -> None:
    if labels.geometry.shape_kji != geometry.shape_kji:
        raise ScarSegError(
            f"{labels.name} has {_size(labels.geometry.shape_kji)} voxels, its image {_size(geometry.shape_kji)} "
            "(slices x rows x columns): give both on one grid"
        )
    if not np.allclose(labels.geometry.spacing_kji_mm, geometry.spacing_kji_mm, rtol=SPACING_TOLERANCE):
        raise ScarSegError(
            f"{labels.name} has a spacing of {_size(labels.geometry.spacing_kji_mm)} mm, its image "
            f"{_size(geometry.spacing_kji_mm)} mm (slices x rows x columns): correct the header that is wrong"
        )


def _check_whole_wall(masks: dict[str, NDArray[np.bool_]]) -> None:
    """The myocardium must hold its scar: a wall drawn without it would make every burden wrong."""
    if not {"myocardium", "scar"} <= set(masks) or not masks["scar"].any():
        return
    outside = float((masks["scar"] & ~masks["myocardium"]).sum() / masks["scar"].sum())
    if outside >= MAXIMUM_SCAR_OUTSIDE:
        raise ScarSegError(
            f"{outside:.0%} of the scar lies outside the myocardium, which must be the whole wall with its scar: "
            "add the scar to the myocardium or give the mask that belongs to this study"
        )


def _stack(paths: Iterable[Path]) -> NDArray:
    """Pictures of one size as slices (K, J, I). Raises ScarSegError."""
    slices: list[NDArray] = []
    for path in paths:
        try:
            picture = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
        except RuntimeError as error:
            what = "could not be read as a picture" if path.is_file() else "there is no such file"
            raise ScarSegError(f"{path}: {what}: export it again or leave the case out") from error
        if picture.ndim != 2:
            raise ScarSegError(f"{path} is a colour picture of {_size(picture.shape)}: expected grey values")
        if slices and picture.shape != slices[0].shape:
            raise ScarSegError(
                f"{path.name} has {_size(picture.shape)} pixels, the slices before it {_size(slices[0].shape)}: "
                "slices of a study have one size"
            )
        slices.append(picture)
    return np.stack(slices)


def _is_picture(path: str) -> bool:
    return Path(path).suffix.lower() in (".png", ".tif", ".tiff", ".bmp")


def _size(numbers: Iterable[float]) -> str:
    return " x ".join(f"{number:g}" for number in numbers)
