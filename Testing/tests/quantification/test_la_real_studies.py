"""Real cavities: surface, wall and numbers hold together. Nobody marked scar in them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.quantification.la import LAStudy, quantify_la
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.wall.mask import wall_mask
from ScarSegLogic.wall.request import WallRequest

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module", params=range(2))
def study(request, shared_data) -> LAStudy:
    folder = shared_data / "la2018"
    case = json.loads((folder / "split.json").read_text())["train"][request.param]
    image = read_volume(folder / f"{case}_image.nii.gz")
    cavity = read_label_map(folder / f"{case}_cavity.nii.gz").array > 0
    wall = wall_mask(cavity, image.geometry, WallRequest(inner_mm=0.0, outer_mm=2.5)).mask
    return LAStudy(image, cavity, wall, mesh=cavity_surface(cavity, image.geometry))


def test_the_surface_encloses_the_volume_of_its_cavity(study):
    voxels_ml = study.cavity.sum() * study.image.geometry.voxel_volume_ml
    assert study.mesh.enclosed_volume_ml == pytest.approx(voxels_ml, rel=0.02)
    # Two triangles at every edge: nothing is open.
    assert 2 * len(study.mesh.edges) == 3 * len(study.mesh.triangles)


def test_numbers_of_a_real_atrium_hold_together(study):
    found = quantify_la(study, LARequest(method=LAMethod.SD))
    assert 20 < found.cavity_volume_ml < 250
    assert 50 < found.shell_scar.shell_area_cm2 < 300
    assert 0 <= found.burden.scar_percent_of_wall < 50
    assert np.median(found.shell.thickness_mm) == pytest.approx(2.5, abs=0.5)
    assert found.blood_pool.volume_ml < found.cavity_volume_ml
    assert {region.name for region in found.regions if region.wall.wall_volume_ml > 1} >= {
        "anterior", "posterior", "roof", "floor", "septal", "lateral",
    }  # fmt: skip
