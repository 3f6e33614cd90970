"""Keys that stand for cases: HMAC-SHA256 with the database's own random salt.

A key is made of the StudyInstanceUID, or of the grey values where there is none; it leads nobody without the study to
the study. Two databases give one study two keys.
"""

from __future__ import annotations

import hashlib
import hmac

import numpy as np
from numpy.typing import NDArray


def key_of_study(salt: bytes, study_instance_uid: str) -> str:
    """The key of a DICOM study, hexadecimal."""
    return hmac.new(salt, b"study:" + study_instance_uid.strip().encode(), hashlib.sha256).hexdigest()


def key_of_image(salt: bytes, array: NDArray[np.floating]) -> str:
    """The key of an image by its shape and grey values as float32, in whatever file they lie."""
    content = hashlib.sha256(repr(array.shape).encode())
    content.update(np.ascontiguousarray(array, dtype="<f4"))
    return hmac.new(salt, b"image:" + content.digest(), hashlib.sha256).hexdigest()
