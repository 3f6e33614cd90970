"""Intensities of DICOM frames, rescaled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.uid import UID

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.io.dicom_frames import Frame, tolerant_pydicom


def read_pixels(frames: tuple[Frame, ...]) -> NDArray[np.float32]:
    """Stack the frames as (K, J, I) float32 after slope and intercept, reading each file once.

    Raises:
        ScarSegError: Compressed in a way no installed decoder knows, truncated, or stored inverted.
    """
    array = np.empty((len(frames), frames[0].rows, frames[0].columns), dtype=np.float32)
    stored_path, stored = None, np.empty(0)
    for k, frame in enumerate(frames):
        if frame.path != stored_path:
            stored_path, stored = frame.path, _decode(frame.path)
        pixels = stored if frame.index is None or stored.ndim == 2 else stored[frame.index]
        slope, intercept = frame.rescale
        if pixels.shape != array.shape[1:]:
            raise ScarSegError(
                f"{frame.path}: holds pixels of shape {pixels.shape}, its header says {array.shape[1:]}: copy it again"
            )
        array[k] = pixels * slope + intercept
    return array


def _decode(path: Path) -> NDArray:
    try:
        with tolerant_pydicom():
            dataset = pydicom.dcmread(path, force=True)
            if str(dataset.get("PhotometricInterpretation", "")) == "MONOCHROME1":
                raise ScarSegError(f"{path}: the image is stored inverted (MONOCHROME1): export the original series")
            if "TransferSyntaxUID" not in dataset.file_meta:
                # Files without a preamble carry no syntax; the standard's default applies (PS3.5, section 10.1).
                dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
            syntax = UID(dataset.file_meta.TransferSyntaxUID)
    except (OSError, EOFError, ValueError, AttributeError, TypeError) as error:
        raise ScarSegError(f"{path}: the DICOM file cannot be read ({error}): copy it again") from error
    try:
        with tolerant_pydicom():
            return dataset.pixel_array
    except (NotImplementedError, RuntimeError) as error:
        raise ScarSegError(
            f"{path}: the pixels are compressed as {syntax.name}, which no decoder here reads, or damaged: "
            "export the series uncompressed"
        ) from error
    except Exception as error:
        # pydicom's decoders raise whatever their libraries do; all mean that these bytes are no image.
        raise ScarSegError(f"{path}: the pixel data is truncated or damaged ({error}): copy it again") from error
