"""Numbers of a phantom against the truth of its continuous model."""

from __future__ import annotations

import pytest

from ScarSegLogic.phantom.la_config import LAPhantomConfig
from ScarSegLogic.phantom.la_phantom import LAPhantom, make_la_phantom
from ScarSegLogic.quantification.la import LAStudy, quantify_la
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.surface.extraction import cavity_surface
from ScarSegLogic.surface.kinds import OpeningKind
from ScarSegLogic.surface.openings import Opening

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def phantom() -> LAPhantom:
    return make_la_phantom(LAPhantomConfig(seed=12, pattern="ablation", sampling="isotropic", observer_count=0))


@pytest.fixture(scope="module")
def result(phantom) -> LAScarResult:
    """The true scar measured as if a model had found it, with the true openings."""
    truth, geometry = phantom.truth, phantom.image.geometry
    openings = tuple(
        Opening(each.name, kind, each.centre_ras, each.normal_ras, each.radius_mm)
        for each, kind in [*((vein, OpeningKind.VEIN) for vein in truth.ostia), (truth.mitral, OpeningKind.MITRAL)]
    )
    cavity, wall, scar = (labels.array > 0 for labels in (phantom.cavity, phantom.wall, phantom.scar))
    study = LAStudy(phantom.image, cavity, wall, openings, cavity_surface(cavity, geometry))
    return quantify_la(study, LARequest(method=LAMethod.MODEL), scar_mask=scar)


def test_volumes_and_percentage_are_those_of_the_model(phantom, result):
    truth = phantom.truth.volumes
    assert result.cavity_volume_ml == pytest.approx(truth.cavity_volume_ml, rel=0.02)
    assert result.burden.scar_percent_of_wall == pytest.approx(truth.scar_percent_of_wall, abs=1)


def test_the_shell_is_that_of_the_model(phantom, result):
    truth = phantom.truth.shell
    assert result.shell_scar.shell_area_cm2 == pytest.approx(truth.shell_area_cm2, rel=0.05)
    assert result.shell_scar.scar_area_cm2 == pytest.approx(truth.scar_area_cm2, rel=0.05)
    assert result.shell_scar.scar_percent_of_shell == pytest.approx(truth.scar_percent_of_shell, abs=1.5)
    counted = result.shell.thickness_mm[~result.shell.excluded]
    assert counted.mean() == pytest.approx(truth.wall_thickness_mean_mm, abs=0.2)


def test_veins_are_encircled_as_far_as_in_the_model(phantom, result):
    for found, true in zip(result.vein_rings, phantom.truth.rings, strict=True):
        assert found.name == true.name
        assert found.encirclement_percent == pytest.approx(true.encirclement_percent, abs=6)
        assert len(found.gaps) == len(true.gaps)
