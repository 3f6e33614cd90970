"""An analytic left ventricle on oblique, anisotropic grids, and the real study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import SimpleITK as sitk

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.lv import quantify_lv
from ScarSegLogic.quantification.result import RemoteRegion
from ScarSegLogic.volume import Volume

BASE_TO_APEX = np.array([-0.6, 0.6, -0.5]) / np.linalg.norm([-0.6, 0.6, -0.5])
_UP = np.array([0.0, 0.0, 1.0]) - BASE_TO_APEX * BASE_TO_APEX[2]
ANTERIOR_INSERTION = _UP / np.linalg.norm(_UP)
CENTRE_RAS = np.array([-30.0, 20.0, 15.0])

# The RV lies to the right and in front of the LV; seen from the anterior insertion the septum runs towards it.
SEPTUM = np.array([1.0, 1.0, 0.0]) - ANTERIOR_INSERTION * (ANTERIOR_INSERTION @ np.array([1.0, 1.0, 0.0]))
SEPTUM = SEPTUM - BASE_TO_APEX * (BASE_TO_APEX @ SEPTUM)
SEPTUM = SEPTUM / np.linalg.norm(SEPTUM)


@dataclass(frozen=True, eq=False)
class Tube:
    """A tube of wall 20 to 30 mm from its axis: 9 full rings 10 mm apart, in heart coordinates.

    ``depth_mm`` runs from base (0) to apex (90), ``angle_degrees`` from the anterior insertion into the septum.
    """

    geometry: Geometry
    radius_mm: np.ndarray
    angle_degrees: np.ndarray
    depth_mm: np.ndarray

    @property
    def cavity(self) -> np.ndarray:
        return self.radius_mm < 20

    @property
    def myocardium(self) -> np.ndarray:
        return (self.radius_mm >= 20) & (self.radius_mm < 30)

    @property
    def insertion_ras(self) -> tuple[float, float, float]:
        return tuple(CENTRE_RAS + 45 * BASE_TO_APEX + 31 * ANTERIOR_INSERTION)

    def sector(self, first: float, last: float) -> np.ndarray:
        return self.myocardium & (np.mod(self.angle_degrees - first, 360) < last - first)

    def image(self, scar: np.ndarray | None = None, *, remote=100.0, noise=10.0, enhanced=400.0) -> Volume:
        generator = np.random.default_rng(3)
        values = generator.normal(remote, noise, self.radius_mm.shape)
        values[self.cavity] += 300
        if scar is not None:
            values[scar] += enhanced - remote
        return Volume(values.astype(np.float32), self.geometry, name="tube")

    def turned(self, transform) -> Tube:
        """The same tube on a flipped or transposed grid."""
        axes, flips = transform
        geometry = self.geometry.permuted(axes)
        matrix = np.array(geometry.ijk_to_ras)
        for axis, flip in enumerate(flips):
            if flip:
                column = 2 - axis
                matrix[:3, 3] += matrix[:3, column] * (geometry.shape_kji[axis] - 1)
                matrix[:3, column] *= -1
        turn = lambda array: np.flip(array.transpose(axes), [axis for axis in range(3) if flips[axis]]).copy()  # noqa: E731
        fields = (turn(array) for array in (self.radius_mm, self.angle_degrees, self.depth_mm))
        return Tube(Geometry(geometry.shape_kji, matrix), *fields)


@pytest.fixture
def a_tube() -> Tube:
    """Slices from base to apex, rows and columns turned by 25 degrees against the heart, pixels 1.5 x 1.2 mm."""
    turn = np.radians(25)
    across = np.cos(turn) * ANTERIOR_INSERTION + np.sin(turn) * SEPTUM
    down = -np.sin(turn) * ANTERIOR_INSERTION + np.cos(turn) * SEPTUM
    directions = np.column_stack([across, down, BASE_TO_APEX])
    shape, spacing = (9, 48, 60), (10.0, 1.5, 1.2)
    # The axis passes between pixels, so that nothing is symmetric by accident.
    corner = CENTRE_RAS + 5 * BASE_TO_APEX - 29.3 * 1.2 * across - 23.6 * 1.5 * down
    geometry = Geometry.from_spacing(shape, spacing, directions=directions, origin_ras_mm=corner)
    offset = geometry.index_to_ras(np.moveaxis(np.indices(shape), 0, -1)) - CENTRE_RAS
    x, y = offset @ ANTERIOR_INSERTION, offset @ SEPTUM
    return Tube(geometry, np.hypot(x, y), np.degrees(np.arctan2(y, x)), offset @ BASE_TO_APEX)


@pytest.fixture
def a_remote() -> RemoteRegion:
    return RemoteRegion(mean=100.0, sd=10.0, voxel_count=500, centre_ras=(0.0, 0.0, 0.0), source="given")


@pytest.fixture
def quantify():
    """``quantify_lv`` on a tube with its own cavity and myocardium."""

    def run(tube: Tube, request, *, image: Volume | None = None, **options):
        image = tube.image(options.get("scar_mask")) if image is None else image
        return quantify_lv(image, tube.cavity, tube.myocardium, request, **options)

    return run


@pytest.fixture(scope="session")
def p100(shared_data):
    """Image volume and labels of the real study `emidec_p100`, slices first."""
    image, labels = (
        sitk.GetArrayFromImage(sitk.ReadImage(shared_data / "emidec_p100" / part / "Case_P100.nii.gz"))
        for part in ("Images", "Contours")
    )
    # The sform of the file is wrong (see the data's README); the spacing is that of its pixdim.
    geometry = Geometry.from_spacing(image.shape, (13.0, 1.40625, 1.40625))
    return Volume(image.astype(np.float32), geometry, name="emidec_p100"), labels
