"""Cases whose masks can be measured on paper, and predictions of known faults."""

from __future__ import annotations

import numpy as np
import pytest
from scarseg_training.datasets.case import Case


def square(*spans: slice) -> np.ndarray:
    """A mask (2, 12, 12) filled in the given rows and columns of both slices."""
    mask = np.zeros((2, 12, 12), dtype=bool)
    mask[:, *spans] = True
    return mask


@pytest.fixture
def a_case() -> Case:
    """A wall of 100 pixels a slice, of which 20 are scar (10 x 2); voxels of 10 x 2 x 1 mm."""
    return Case(
        "Case_P1",
        "P1",
        np.zeros((2, 12, 12), np.float32),
        {"myocardium": square(slice(1, 11), slice(1, 11)), "scar": square(slice(1, 11), slice(1, 3))},
        (10.0, 2.0, 1.0),
        tier=1,
        slice_tiers=(0, None),
        phase="acute",
    )


@pytest.fixture
def half_found() -> dict[str, np.ndarray]:
    """Half of the scar of ``a_case``, in one slice as much again beside it."""
    found = square(slice(1, 11), slice(1, 2))
    found[1, 1:11, 8] = True
    return {"scar": found}
