"""Reading and writing volumes and label maps: NIfTI, NRRD, MetaImage; DICOM folders by `io.dicom`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.atomic import output_folder
from ScarSegLogic.io.dicom import holds_dicom, is_dicom_file, read_dicom_file, read_dicom_folder
from ScarSegLogic.io.itk_file import IMAGE_SUFFIXES, SUPPORTED, image_suffix, read_image_file
from ScarSegLogic.io.limits import check_intensities
from ScarSegLogic.io.lps import image_from_array
from ScarSegLogic.volume import LabelMap, Volume

INTEGER_TOLERANCE = 1e-3
"""Labels stored as floats may be this far from an integer (ours; scl_slope costs float32 digits)."""

ORTHOGONAL_TOLERANCE = 1e-3
"""Cosine between two grid axes from which NIfTI and MetaImage could not carry the grid (ours)."""


def read_volume(path: Path | str, *, series_uid: str | None = None, phase: int | None = None) -> Volume:
    """Read an image.

    Args:
        path: NIfTI, NRRD or MetaImage file; folder with DICOM; one DICOM file, which stands for its series; or a folder
            that holds a single image file (`Case_X.nii/`).
        series_uid: SeriesInstanceUID, where a DICOM folder holds several candidates.
        phase: 1-based phase of a multi-phase DICOM series.

    Returns:
        A float32 volume; nothing in it identifies the patient.

    Raises:
        ScarSegError: The image cannot be read, or cannot be measured in; the sentence names the file and what to do.
    """
    source = _existing(path)
    if source.is_dir():
        inner = _image_in_folder(source)
        if inner is None:
            return read_dicom_folder(source, series_uid=series_uid, phase=phase)
        source = inner
    elif image_suffix(source) is None and is_dicom_file(source):
        return read_dicom_file(source, series_uid=series_uid, phase=phase)
    if series_uid is not None or phase is not None:
        raise ScarSegError(
            f"{source}: a series or phase can be chosen only from DICOM, this is one image: leave it out"
        )
    content = read_image_file(source)
    array = content.array.astype(np.float32, copy=False)
    check_intensities(source, array)
    return Volume(array, content.geometry, name=_stem(source), warnings=content.warnings)


def read_label_map(path: Path | str) -> LabelMap:
    """Read a label map: non-negative integers, also stored as floats; returned as uint8 or uint16.

    Raises:
        ScarSegError: The file cannot be read, or holds negative, fractional, NaN or too large values.
    """
    source = _existing(path)
    if source.is_dir():
        inner = _image_in_folder(source)
        if inner is None:
            raise ScarSegError(f"{source}: a label map is expected as one file ({SUPPORTED}), this is a DICOM folder")
        source = inner
    content = read_image_file(source)
    values = content.array if content.array.dtype.kind in "iu" else _whole_numbers(source, content.array)
    lowest, highest = values.min(), values.max()
    if lowest < 0 or highest > np.iinfo(np.uint16).max:
        raise ScarSegError(
            f"{source}: a label map holds values from 0 to 65535, this goes from {lowest:g} to {highest:g}: "
            "it is probably an image, choose the label map"
        )
    array = values.astype(np.uint8 if highest <= np.iinfo(np.uint8).max else np.uint16)
    return LabelMap(array, content.geometry, name=_stem(source), warnings=content.warnings)


def write_volume(path: Path | str, volume: Volume) -> None:
    """Write float32, compressed, in the format of the suffix; an existing file is replaced only by a complete one.

    Raises:
        ScarSegError: Unknown suffix, folder not writable, or a sheared grid that the format cannot carry.
    """
    _write(Path(path), volume.array.astype(np.float32, copy=False), volume.geometry)


def write_label_map(path: Path | str, label_map: LabelMap) -> None:
    """Write uint8, or uint16 where a value needs it; otherwise as `write_volume`.

    Raises:
        ScarSegError: As `write_volume`; also negative labels or labels above 65535.
    """
    highest = int(label_map.array.max())
    if int(label_map.array.min()) < 0 or highest > np.iinfo(np.uint16).max:
        raise ScarSegError(f"{path}: labels must lie between 0 and 65535 to be written, the highest is {highest}")
    dtype = np.uint8 if highest <= np.iinfo(np.uint8).max else np.uint16
    _write(Path(path), label_map.array.astype(dtype, copy=False), label_map.geometry)


def _write(path: Path, array: NDArray, geometry: Geometry) -> None:
    suffix = image_suffix(path)
    if suffix is None:
        raise ScarSegError(f"{path}: cannot be written, its name must end in one of {', '.join(IMAGE_SUFFIXES)}")
    axes = geometry.directions
    if suffix != ".nrrd" and np.abs(axes.T @ axes - np.eye(3)).max() > ORTHOGONAL_TOLERANCE:
        raise ScarSegError(f"{path}: the grid is sheared, which {suffix} cannot carry: write .nrrd instead")
    # Staged under its own name: a .mhd names its data file, and the suffix decides about compression.
    with output_folder(path.parent) as folder:
        try:
            sitk.WriteImage(image_from_array(array, geometry), str(folder / path.name), useCompression=True)
        except RuntimeError as error:
            raise ScarSegError(f"{path}: could not be written: {str(error).strip().splitlines()[-1]}") from error


def _whole_numbers(path: Path, array: NDArray[np.floating]) -> NDArray[np.floating]:
    """Labels that were stored as floats, rounded. Raises ScarSegError for fractions and NaN."""
    rounded = np.rint(array)
    if not np.isfinite(array).all() or np.abs(array - rounded).max() > INTEGER_TOLERANCE:
        raise ScarSegError(
            f"{path}: a label map holds whole numbers, this holds fractions or NaN: "
            "it is an image or was resampled with interpolation, choose the label map or resample it nearest-neighbour"
        )
    return rounded


def _existing(path: Path | str) -> Path:
    source = Path(path)
    if not source.exists():
        raise ScarSegError(f"{source}: there is no such file or folder: check the path")
    return source


def _image_in_folder(folder: Path) -> Path | None:
    """The single image file of a folder, or None where the folder holds DICOM. Raises ScarSegError for neither."""
    images = sorted(file for file in folder.iterdir() if file.is_file() and image_suffix(file) is not None)
    if len(images) == 1 and (folder.suffix in (".nii", ".gz") or not holds_dicom(folder)):
        return images[0]
    if holds_dicom(folder):
        return None
    if images:
        names = ", ".join(file.name for file in images[:5])
        raise ScarSegError(f"{folder}: the folder holds {len(images)} images ({names}, ...): name one of them")
    raise ScarSegError(f"{folder}: the folder holds no image: expected {SUPPORTED} or a DICOM folder")


def _stem(path: Path) -> str:
    return path.name[: -len(image_suffix(path) or "")] or path.name
