"""The LV jobs through a real worker: what comes back is what the workflow says, number for number."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.jobs import JobState, WorkerClient
from ScarSegLogic.labels import MVO, SCAR
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.quantification.request import LVRequest, ScarMethod
from ScarSegLogic.quantification.result_json import result_to_json
from ScarSegLogic.report.review import Review, accept_all
from ScarSegLogic.volume import LabelMap, Volume
from ScarSegLogic.worker import lv
from ScarSegLogic.workflow.lv import find_heart, measure_lv, run_lv
from Testing.tests.conftest import REPOSITORY

FWHM = LVRequest(method=ScarMethod.FWHM, excluded_slices=(0,))
HEAVY = ("torch", "monai", "transformers", "matplotlib", "SimpleITK", "scipy", "skimage", "cc3d", "pydicom")


@pytest.fixture(scope="module")
def study() -> tuple[Volume, LabelMap]:
    """An oblique phantom and its heart: 1 cavity, 2 whole myocardium."""
    phantom = make_lv_phantom(
        LVPhantomConfig(
            seed=11, tier="easy", pattern="lad", target_burden_percent=15, matrix_size=96, observer_count=0,
            with_truth=False,
        )
    )  # fmt: skip
    image = replace(phantom.image, metadata={"image_type": "ORIGINAL/M"}, warnings=("a warning of the reader",))
    return image, replace(phantom.labels, array=np.minimum(phantom.labels.array, 2).astype(np.uint8))


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[WorkerClient]:
    """A client of the real worker, warm for the tests of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCARSEG_LOG_DIR", str(tmp_path_factory.mktemp("logs")))
        client = WorkerClient()
        yield client
        client.close()


def answer_to(client: WorkerClient, spec):
    job = client.wait(client.submit(spec), 300)
    assert job.error is None
    assert job.state is JobState.DONE
    return job


def assert_same(found, expected) -> None:
    """Equal in every number, mask and sentence; only the times differ."""
    np.testing.assert_array_equal(found.segmentation.array, expected.segmentation.array)
    assert found.segmentation.geometry == expected.segmentation.geometry
    if expected.remote_mask is None:
        assert found.remote_mask is None
    else:
        np.testing.assert_array_equal(found.remote_mask, expected.remote_mask)
    documents = [result_to_json(replace(result, elapsed_s={})) for result in (found, expected)]
    assert documents[0] == documents[1]


def test_a_threshold_within_a_given_heart_is_that_of_the_workflow(client, study):
    image, heart = study
    answer = lv.scar_answer(answer_to(client, lv.scar_job(image, FWHM, heart, None)))
    assert_same(answer.result, run_lv(image, FWHM, myocardium=heart))
    assert answer.result.request == FWHM
    assert "a warning of the reader" in answer.result.warnings
    assert answer.bullseye_png.startswith(b"\x89PNG")
    assert answer.elapsed_s > 0


def test_a_given_remote_region_goes_along(client, study):
    image, heart = study
    first = run_lv(image, FWHM, myocardium=heart)
    remote = LabelMap(first.remote_mask.astype(np.uint8), image.geometry, "remote")
    answer = lv.scar_answer(answer_to(client, lv.scar_job(image, FWHM, heart, remote)))
    assert answer.result.remote.source == "given"
    assert_same(answer.result, run_lv(image, FWHM, myocardium=heart, remote=remote))


def test_the_heart_s_labels_are_ours_whatever_convention_the_request_names(client, study):
    image, heart = study
    answer = lv.scar_answer(answer_to(client, lv.scar_job(image, replace(FWHM, labels="acdc"), heart, None)))
    assert_same(answer.result, run_lv(image, FWHM, myocardium=heart))


def test_the_heart_found_is_that_of_the_workflow(client, study):
    image, _ = study
    request = LVRequest(device="cpu")
    found = lv.heart_answer(answer_to(client, lv.heart_job(image, request)))
    expected = find_heart(image, request)
    np.testing.assert_array_equal(found.labels.array, expected.labels.array)
    assert found.labels.geometry == image.geometry
    assert found.rv_insertion_ras == expected.rv_insertion_ras
    assert (found.models, found.warnings) == (expected.models, expected.warnings)


def test_a_study_without_contours_is_measured_by_the_models_alone(client, study):
    image, _ = study
    request = LVRequest(device="cpu")
    answer = lv.scar_answer(answer_to(client, lv.scar_job(image, request, None, None)))
    assert_same(answer.result, run_lv(image, request))


def test_edits_by_hand_are_measured_as_they_are(client, study):
    image, heart = study
    before = run_lv(image, FWHM, myocardium=heart)
    drawn = before.segmentation.array.copy()
    middle = len(drawn) // 2
    drawn[middle][drawn[middle] == 2] = SCAR
    edited = LabelMap(drawn, image.geometry, "edited")
    answer = lv.scar_answer(answer_to(client, lv.measure_job(image, FWHM, edited, None, models=before.models)))
    assert_same(answer.result, measure_lv(image, edited, FWHM, models=before.models))
    np.testing.assert_array_equal(np.isin(answer.result.segmentation.array, (SCAR, MVO)), np.isin(drawn, (SCAR, MVO)))
    assert answer.result.edited_by_hand


def test_an_error_of_the_workflow_is_its_sentence(client, study):
    image, heart = study
    empty = replace(heart, array=np.zeros_like(heart.array), name="Segmentation")
    job = client.wait(client.submit(lv.scar_job(image, FWHM, empty, None)))
    assert job.state is JobState.FAILED
    assert job.error.startswith("the label map Segmentation is empty")


def test_cancel_in_the_middle_of_a_forward_pass_answers_within_a_second_and_keeps_the_worker(client, study):
    image, _ = study
    request = LVRequest(device="cpu")
    answer_to(client, lv.heart_job(image, request))
    pid = client.worker_pid
    many = np.concatenate([image.array] * 12)
    long = Volume(many, Geometry(many.shape, image.geometry.ijk_to_ras), "long")
    job = client.submit(lv.heart_job(long, request))
    while not job.progress:
        client.poll()
    time.sleep(0.3)
    started_s = time.monotonic()
    client.cancel(job)
    client.wait(job)
    assert time.monotonic() - started_s < 1.0
    assert job.state is JobState.CANCELLED
    assert client.worker_pid == pid
    assert client.wait(client.submit(lv.heart_job(image, request))).state is JobState.DONE


def test_an_export_writes_the_numbers_that_the_user_saw(client, study, tmp_path):
    image, heart = study
    result = run_lv(image, FWHM, myocardium=heart)
    folder = tmp_path / "Ausgabe für Müller"
    review = accept_all("Dr Reader", result)
    spec = lv.export_job(
        image, result.segmentation, None, FWHM, review, folder, ("nrrd", "json", "csv", "html"), result=result
    )
    files = lv.export_answer(answer_to(client, spec))
    assert sorted(path.name for path in files) == sorted(path.name for path in folder.iterdir())
    assert {"segmentation.nrrd", "remote.nrrd", "result.json", "report.html"} <= {path.name for path in files}
    written = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert written == result_to_json(result)
    assert "Dr Reader" in (folder / "report.html").read_text(encoding="utf-8")


def test_an_export_without_numbers_measures_the_segmentation_as_edited(client, study, tmp_path):
    image, heart = study
    result = run_lv(image, FWHM, myocardium=heart)
    spec = lv.export_job(image, result.segmentation, None, FWHM, Review(), tmp_path / "out", ("json",))
    answer_to(client, spec)
    written = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert written["edited_by_hand"] is True


def test_an_export_into_a_file_is_refused_and_one_that_fails_leaves_nothing(client, study, tmp_path):
    image, heart = study
    result = run_lv(image, FWHM, myocardium=heart)
    blocked = tmp_path / "a file"
    blocked.write_text("")
    before = sorted(tmp_path.iterdir())
    arguments = (image, result.segmentation, None, FWHM, Review())
    job = client.wait(client.submit(lv.export_job(*arguments, blocked, ("json",), result=result)))
    assert "a file is a file, choose another folder" in job.error
    job = client.wait(client.submit(lv.export_job(*arguments, tmp_path / "out", ("json", "fax"), result=result)))
    assert "unknown kinds of output ['fax']" in job.error
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(sys.platform != "linux", reason="limits the worker's files by prlimit")
def test_an_export_for_which_there_is_no_room_leaves_the_older_one_as_it_was(client, study, tmp_path):
    import resource

    image, heart = study
    result = run_lv(image, FWHM, myocardium=heart)
    arguments = (image, result.segmentation, None, FWHM, Review(), tmp_path / "out")
    answer_to(client, lv.export_job(*arguments, ("csv",), result=result))
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    unlimited = resource.prlimit(client.worker_pid, resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
    job = client.wait(client.submit(lv.export_job(*arguments, ("csv", "html"), result=result)))
    resource.prlimit(client.worker_pid, resource.RLIMIT_FSIZE, unlimited)
    assert job.error.startswith(f"the files for {tmp_path / 'out'} cannot be written (File too large): free some space")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    answer_to(client, lv.export_job(*arguments, ("csv", "html"), result=result))


def test_dicom_objects_are_exported_beside_the_images_they_refer_to(client, study, tmp_path):
    image, heart = study
    result = run_lv(image, FWHM, myocardium=heart)
    spec = lv.export_job(
        image, result.segmentation, None, FWHM, Review(), tmp_path / "out", ("seg", "sr"), result=result
    )
    files = lv.export_answer(answer_to(client, spec))
    assert all(path.read_bytes()[128:132] == b"DICM" for path in files)
    assert len(files) == len(image.array) + 2


def test_a_cancelled_export_leaves_nothing(client, study, tmp_path):
    image, heart = study
    result = run_lv(image, FWHM, myocardium=heart)
    spec = lv.export_job(image, result.segmentation, None, FWHM, Review(), tmp_path / "out", ("html",), result=result)
    job = client.submit(spec)
    while job.message != "writing the files":
        client.poll()
    client.cancel(job)
    client.wait(job)
    assert job.state is JobState.CANCELLED
    assert not (tmp_path / "out").exists()


def test_a_module_that_builds_jobs_loads_nothing_heavy():
    program = (
        "import sys\nimport numpy as np\n"
        "from ScarSegLogic.jobs import shared_client\nfrom ScarSegLogic.worker import lv\n"
        "from ScarSegLogic.geometry import Geometry\nfrom ScarSegLogic.volume import Volume\n"
        "from ScarSegLogic.quantification.request import LVRequest\n"
        "image = Volume(np.zeros((2, 3, 4), np.float32), Geometry((2, 3, 4), np.eye(4)))\n"
        "lv.scar_job(image, LVRequest(), None, None)\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_way_of_an_image_keeps_grid_name_and_files():
    from ScarSegLogic.worker.images import volume_from_json, volume_to_json

    turned = np.array([[0.1, -1.2, 0, 1 / 3], [1.2, 0.1, 0, -7], [0, 0, 8.5, 1e-9], [0, 0, 0, 1]])
    image = Volume(
        np.ones((2, 3, 4), np.float32), Geometry((2, 3, 4), turned), "LGE", {"a": "b"}, ("careful",),
        (Path("/data/Müller/1.dcm"),),
    )  # fmt: skip
    back = volume_from_json(json.loads(json.dumps(volume_to_json(image))), image.array)
    assert back.geometry == image.geometry
    assert (back.name, back.metadata, back.warnings, back.source_files) == (
        "LGE",
        {"a": "b"},
        ("careful",),
        image.source_files,
    )
