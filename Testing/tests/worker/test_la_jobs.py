"""The LA jobs through a real worker: what comes back is what the workflow says, number for number."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest

from ScarSegLogic.jobs import JobState, WorkerClient
from ScarSegLogic.quantification.la_request import LAMethod, LARequest
from ScarSegLogic.quantification.la_result import LAScarResult
from ScarSegLogic.quantification.la_result_json import la_result_to_json
from ScarSegLogic.quantification.result import ModelUse
from ScarSegLogic.report.review import Review, accept_all
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.wall.exclusions import ExclusionPlane
from ScarSegLogic.worker import la
from ScarSegLogic.workflow.la import run_la
from ScarSegLogic.workflow.la_predictions import CAVITY_TASK, find_cavity
from Testing.tests.atrium import LEFT, RIGHT, Atrium, grid
from Testing.tests.conftest import REPOSITORY
from Testing.tests.models.tiny_packages import random_network, save_network

REQUEST = LARequest(method=LAMethod.IIR, is_magnitude=True)
ATRIUM = Atrium(grid((2.5, 1.25, 1.25)), {"LSPV": LEFT, "RSPV": RIGHT})
CAP = ATRIUM.cap(np.array([0.0, 0.0, -1.0]), 40.0)
IMAGE = replace(ATRIUM.image(CAP), name="an atrium", warnings=("a warning of the reader",))
PLANES = tuple(ExclusionPlane(each.centre_ras, each.normal_ras, each.radius_mm, each.name) for each in ATRIUM.openings)
HEAVY = ("torch", "matplotlib", "SimpleITK", "scipy", "skimage", "cc3d", "vtkmodules")


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[WorkerClient]:
    """A client of the real worker, warm for the tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCARSEG_LOG_DIR", str(tmp_path_factory.mktemp("logs")))
        client = WorkerClient()
        yield client
        client.close()


@pytest.fixture(scope="module")
def result() -> LAScarResult:
    return run_la(IMAGE, REQUEST, cavity=mask(ATRIUM.cavity))


def mask(array: np.ndarray, name: str = "Segment") -> LabelMap:
    return LabelMap(array.astype(np.uint8), ATRIUM.geometry, name)


def answer_to(client: WorkerClient, spec):
    job = client.wait(client.submit(spec), 300)
    assert job.error is None
    assert job.state is JobState.DONE
    return job


def measured(client: WorkerClient, given: la.GivenAtrium, image: Volume = IMAGE) -> LAScarResult:
    return la.scar_answer(answer_to(client, la.scar_job(image, REQUEST, given))).result


def assert_same(found: LAScarResult, expected: LAScarResult) -> None:
    """Equal in every number, mask, value of the shell and sentence; only the times differ."""
    for name in ("cavity", "wall", "scar", "blood_pool_mask"):
        np.testing.assert_array_equal(getattr(found, name).array, getattr(expected, name).array)
        assert getattr(found, name).geometry == expected.cavity.geometry
    documents = [la_result_to_json(replace(each, elapsed_s={})) for each in (found, expected)]
    assert documents[0] == documents[1]
    np.testing.assert_array_equal(found.shell.mesh.vertices_ras, expected.shell.mesh.vertices_ras)
    np.testing.assert_array_equal(found.shell.mesh.triangles, expected.shell.mesh.triangles)
    for field in fields(found.shell)[1:]:
        np.testing.assert_array_equal(getattr(found.shell, field.name), getattr(expected.shell, field.name))


def test_a_given_cavity_is_measured_as_by_the_workflow(client, result):
    found = measured(client, la.GivenAtrium(mask(ATRIUM.cavity)))
    assert_same(found, result)
    assert "a warning of the reader" in found.warnings


def test_wall_planes_and_models_go_along(client):
    models = (ModelUse("mine", "1", CAVITY_TASK, "MIT", "nothing", "0" * 64, ""),)
    given = la.GivenAtrium(mask(ATRIUM.cavity), mask(ATRIUM.wall), planes=PLANES, models=models)
    found = measured(client, given)
    expected = run_la(IMAGE, REQUEST, cavity=given.cavity, wall=given.wall, planes=PLANES, models=models)
    assert_same(found, expected)
    assert found.cavity_found
    assert [opening.name for opening in found.openings] == [plane.name for plane in PLANES]


def test_scar_drawn_by_hand_is_measured_as_it_is(client):
    drawn = ATRIUM.wall & (ATRIUM.points[..., 2] > np.median(ATRIUM.points[..., 2]))
    given = la.GivenAtrium(mask(ATRIUM.cavity), mask(ATRIUM.wall), mask(drawn), planes=())
    found = measured(client, given)
    np.testing.assert_array_equal(found.scar.array > 0, drawn)
    assert found.edited_by_hand
    assert not found.openings


def test_an_error_of_the_workflow_is_its_sentence(client):
    empty = la.GivenAtrium(mask(np.zeros_like(ATRIUM.cavity)))
    job = client.wait(client.submit(la.scar_job(IMAGE, REQUEST, empty)))
    assert job.state is JobState.FAILED
    assert "the cavity is empty" in job.error


def test_the_cavity_found_is_that_of_the_workflow(client, tmp_path):
    network = random_network("la_cavity")
    for parameter in network.parameters():
        parameter.data.fill_(0.0)
    for half in (network.localiser, network.segmenter):
        list(half.parameters())[-1].data.fill_(5.0)
    save_network("la_cavity", network, tmp_path / "everything")
    request = LARequest(cavity_model=str(tmp_path / "everything"), device="cpu")
    found = la.cavity_answer(answer_to(client, la.cavity_job(IMAGE, request)))
    expected = find_cavity(IMAGE, request)
    np.testing.assert_array_equal(found.labels.array, expected.labels.array)
    assert found.labels.geometry == IMAGE.geometry
    assert (found.models, found.warnings) == (expected.models, expected.warnings)


def test_an_export_writes_the_numbers_that_the_user_saw(client, result, tmp_path):
    folder = tmp_path / "Ausgabe für Müller"
    spec = la.export_job(IMAGE, result, accept_all("Dr Reader", result), folder, ("nrrd", "shell", "json", "html"))
    files = la.export_answer(answer_to(client, spec))
    assert sorted(path.name for path in files) == sorted(path.name for path in folder.iterdir())
    assert {"scar.nrrd", "shell.vtp", "result.json", "report.html"} <= {path.name for path in files}
    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == la_result_to_json(result)
    assert "Dr Reader" in (folder / "report.html").read_text(encoding="utf-8")


def test_an_export_that_fails_leaves_nothing(client, result, tmp_path):
    folder = tmp_path / "out"
    job = client.wait(client.submit(la.export_job(IMAGE, result, Review(), folder, ("json", "fax"))))
    assert "unknown kinds of output ['fax']" in job.error
    assert not folder.exists()


def test_a_module_that_builds_jobs_loads_nothing_heavy():
    program = (
        "import sys\nimport numpy as np\n"
        "from ScarSegLogic.worker import la\n"
        "from ScarSegLogic.geometry import Geometry\nfrom ScarSegLogic.volume import LabelMap, Volume\n"
        "from ScarSegLogic.quantification.la_request import LARequest\n"
        "geometry = Geometry((2, 3, 4), np.eye(4))\n"
        "image = Volume(np.zeros((2, 3, 4), np.float32), geometry)\n"
        "cavity = LabelMap(np.zeros((2, 3, 4), np.uint8), geometry)\n"
        "la.scar_job(image, LARequest(), la.GivenAtrium(cavity))\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
