"""One image file through SimpleITK, with the checks ITK leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.io.limits import check_size, check_spacing
from ScarSegLogic.io.lps import geometry_from_lps
from ScarSegLogic.io.nifti_header import NiftiHeader, check_data, read_nifti_header

NIFTI_SUFFIXES = (".nii.gz", ".nii")
IMAGE_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".nhdr", ".mha", ".mhd")
SUPPORTED = "NIfTI (.nii, .nii.gz), NRRD or MetaImage"
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif")


@dataclass(frozen=True)
class ImageContent:
    """What one file holds: (K, J, I) array in its stored type, its grid, and sentences for the user."""

    array: NDArray
    geometry: Geometry
    warnings: tuple[str, ...] = ()


def image_suffix(path: Path) -> str | None:
    """The suffix by which a file is read, None for files that are not read by it."""
    name = path.name.lower()
    return next((suffix for suffix in IMAGE_SUFFIXES if name.endswith(suffix)), None)


def read_image_file(path: Path) -> ImageContent:
    """Read a 3D scalar image. Raises ScarSegError for everything that is not one."""
    suffix = image_suffix(path)
    if suffix is None:
        kind = "a 2D picture" if path.suffix.lower() in PICTURE_SUFFIXES else "not an image ScarSeg reads"
        raise ScarSegError(f"{path}: this is {kind}: expected {SUPPORTED}, or a DICOM folder")
    header = None
    if suffix in NIFTI_SUFFIXES:
        header = read_nifti_header(path)
        check_size(path, header.dimensions, header.bytes_per_voxel)
        check_data(path, header)
    with _quiet_itk():
        reader = _information(path)
        size = _checked_size(path, reader)
        # ITK repairs signs and zeros in NIfTI, so the header's own spacing is judged, not ITK's.
        check_spacing(path, header.spacing_ijk_mm if header else reader.GetSpacing()[:3])
        try:
            image = reader.Execute()
        except RuntimeError as error:
            raise ScarSegError(
                f"{path}: the image data cannot be read{_reason(error)}: the file is truncated or damaged, "
                "or its data file is missing, copy or export it again"
            ) from error
    if len(size) > 3:
        image = sitk.Extract(image, [*size[:3], *[0] * (len(size) - 3)])
    spacing = np.array(image.GetSpacing())
    warnings: tuple[str, ...] = ()
    if header is not None:
        # Newer ITK versions may believe the sform; volumes must not depend on which version is installed.
        spacing = np.array(header.spacing_ijk_mm)
        warnings = _nifti_warnings(path, header)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    array = sitk.GetArrayFromImage(image)
    return ImageContent(array, geometry_from_lps(array.shape, directions, spacing, image.GetOrigin()), warnings)


def _information(path: Path) -> sitk.ImageFileReader:
    """The reader with the header read. Raises ScarSegError."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        if "orthonormal" in str(error):
            raise ScarSegError(
                f"{path}: the axes of the sform are not at right angles (a sheared grid), which is not read: "
                "resample the image onto a straight grid"
            ) from error
        raise ScarSegError(f"{path}: not an image, or damaged{_reason(error)}: expected {SUPPORTED}") from error
    return reader


def _checked_size(path: Path, reader: sitk.ImageFileReader) -> tuple[int, ...]:
    """Sizes along each axis of an image that is scalar, 3D and of a size to be read. Raises ScarSegError."""
    size = reader.GetSize()
    kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
    if reader.GetNumberOfComponents() != 1 or "complex" in kind:
        raise ScarSegError(
            f"{path}: every voxel holds {reader.GetNumberOfComponents()} values ({kind}), as in a colour image: "
            "expected grey values, export the original series"
        )
    if len(size) < 3:
        raise ScarSegError(
            f"{path}: the image is {len(size)}D ({' x '.join(map(str, size))}): without slice spacing no volume can be "
            "measured, give the whole stack as one 3D image"
        )
    if len(size) > 3 and max(size[3:]) > 1:
        raise ScarSegError(
            f"{path}: the image is {len(size)}D ({' x '.join(map(str, size))}): expected 3D, "
            "export the one time point or contrast that shows the scar"
        )
    check_size(path, size, _bytes_per_voxel(reader.GetPixelID()))
    return size


def _bytes_per_voxel(pixel_id: int) -> int:
    return sitk.Image([1, 1, 1], pixel_id).GetSizeOfPixelComponent()


def _nifti_warnings(path: Path, header: NiftiHeader) -> tuple[str, ...]:
    def millimetres(spacing: tuple[float, ...]) -> str:
        return " x ".join(f"{size:.4g}" for size in spacing) + " mm"

    if not header.has_orientation:
        return (f"{path.name}: the header gives no orientation (no qform, no sform), so left and right are assumed",)
    if header.sform_spacing_ijk_mm is not None and header.sform_contradicts_pixdim():
        return (
            f"{path.name}: the sform disagrees with pixdim ({millimetres(header.sform_spacing_ijk_mm)} against "
            f"{millimetres(header.spacing_ijk_mm)}); pixdim spacing used",
        )
    return ()


def _reason(error: RuntimeError) -> str:
    """ITK's last line in brackets, where it says something true."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    last = lines[-1].removeprefix("sitk::ERROR:").strip() if lines else ""
    # MetaImage prints the errno of another call: "Reason: No such file" for a truncated one.
    return f" ({last})" if last and not last.startswith("Reason:") else ""


@contextmanager
def _quiet_itk() -> Iterator[None]:
    """ITK prints its warnings to stderr; ours reach the user through `Volume.warnings`."""
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)
