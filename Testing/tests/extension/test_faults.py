"""What happens to the scene, the worker or the disk in the middle of a job: said clearly, scene unchanged, next Apply
works."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path

import numpy as np
import slicer
from PySide6.QtCore import QCoreApplication, QEvent

from ScarSegLogic import terminology
from ScarSegLogic.jobs.client import shared_client
from ScarSegLogic.jobs.job import JobState
from ScarSegLogic.mrml.volumes import volume_from_node
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.worker import lv
from Testing.desktop.pythonqt import is_alive

SCAR = terminology.SCAR


def start(desk) -> None:
    """Press Apply; the worker has the job when this returns, and its answer has not been heard."""
    desk.ui.nSdSlider.value = 3.0
    desk.ui.applyButton.click()
    wait_until_running(desk)
    assert desk.session.runner.busy


def wait_until_running(desk) -> None:
    runner = desk.session.runner
    desk.wait_until(lambda: runner.job is not None and runner.job.state is JobState.RUNNING)


def assert_next_apply_works(desk) -> None:
    desk.wait()
    message = desk.press(desk.ui.applyButton)
    assert "Scar segmented" in message, message


def assert_apply_works_on_the_volume_loaded_again(measured) -> None:
    image = measured.phantom.image
    measured.volume = slicer.util.addVolumeFromArray(image.array, image.geometry.ijk_to_ras, "LGE again")
    measured.ui.volumeSelector.setCurrentNode(measured.volume)
    measured.draw_true_heart()
    measured.choose_method("nsd")
    assert_next_apply_works(measured)


def test_the_volume_is_deleted(measured, scene_state) -> None:
    start(measured)
    slicer.mrmlScene.RemoveNode(measured.volume)
    before = scene_state()
    assert "The LGE volume was removed" in measured.wait()
    assert scene_state() == before
    assert measured.ui.applyButton.toolTip == "Select the LGE volume first."
    assert_apply_works_on_the_volume_loaded_again(measured)


def test_the_scene_is_closed(measured, scene_state) -> None:
    start(measured)
    slicer.mrmlScene.Clear(0)
    before = scene_state()
    measured.wait()
    assert "The scene was closed" in measured.ui.jobState.text
    assert scene_state() == before
    assert_apply_works_on_the_volume_loaded_again(measured)


def test_a_segment_is_renamed(measured, scene_state) -> None:
    start(measured)
    segments = measured.study.segmentation.GetSegmentation()
    segments.GetSegment(measured.segment_id(SCAR)).SetName("Scar of reader 1")
    before = scene_state()
    assert "The segment 'Scar' was renamed to 'Scar of reader 1'" in measured.wait()
    assert scene_state() == before
    assert_next_apply_works(measured)


def test_a_segment_is_deleted(measured, scene_state) -> None:
    measured.ui.autoRecomputeCheckBox.checked = False
    start(measured)
    measured.study.segmentation.GetSegmentation().RemoveSegment(measured.segment_id(SCAR))
    before = scene_state()["segments"]
    assert "The segment 'Scar' was deleted" in measured.wait()
    assert scene_state()["segments"] == before
    assert_next_apply_works(measured)
    assert measured.segment_id(SCAR)


def test_a_segment_is_edited(measured) -> None:
    start(measured)
    index = measured.erase_scar_in_one_slice()
    edited = measured.mask(SCAR)
    measured.wait()
    assert not measured.mask(SCAR)[index].any(), "the edit must survive the answer that came too late"
    np.testing.assert_array_equal(measured.mask(SCAR), edited)
    assert measured.study.result.edited_by_hand


def test_the_voxels_of_the_volume_change(measured, scene_state) -> None:
    start(measured)
    slicer.util.updateVolumeFromArray(measured.volume, measured.phantom.image.array + 1)
    before = scene_state()
    assert "The LGE volume changed" in measured.wait()
    assert scene_state() == before
    assert_next_apply_works(measured)


def test_the_worker_is_killed(measured, scene_state) -> None:
    before_request = scene_state()
    measured.ui.applyButton.click()
    wait_until_running(measured)
    os.kill(shared_client().worker_pid, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    assert "The computing process ended unexpectedly" in measured.wait()
    assert scene_state() == before_request
    assert_next_apply_works(measured)


def test_the_disk_is_full_while_exporting(measured, tmp_path: Path) -> None:
    measured.ui.exportFolder.currentPath = str(tmp_path)
    pid = shared_client().worker_pid
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        message = measured.press(measured.ui.exportButton)
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    assert message.startswith("Export: ")
    assert "Exported" not in message
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert "Exported" in measured.press(measured.ui.exportButton)


def test_the_export_folder_is_removed(measured, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    measured.ui.exportFolder.currentPath = str(folder)
    assert measured.ui.exportButton.enabled
    folder.rmdir()
    measured.ui.csvCheckBox.click()
    assert measured.ui.exportButton.toolTip == "The folder does not exist: choose another one."


def test_two_modules_ask_at_once(measured) -> None:
    image = volume_from_node(measured.volume)
    other = shared_client().submit(lv.heart_job(image, LVRequest()))
    measured.ui.applyButton.click()
    measured.wait_until(lambda: "waiting for another ScarSeg job" in measured.ui.jobState.text, 10)
    assert "Scar segmented" in measured.wait()
    assert other.state is JobState.DONE


def test_apply_is_pressed_twice(measured) -> None:
    before = shared_client().submit(lv.heart_job(volume_from_node(measured.volume), LVRequest()))
    measured.ui.applyButton.click()
    measured.wait_until(lambda: measured.session.runner.job is not None)
    step = measured.session.runner.step
    measured.ui.applyButton.click()
    assert measured.session.runner.step is step
    assert "Scar segmented" in measured.wait()
    assert (measured.session.runner.job.state, before.state) == (JobState.DONE, JobState.DONE)


def test_cancel_answers_within_a_second_and_changes_nothing(desk, scene_state) -> None:
    desk.ui.segmentHeartButton.click()
    wait_until_running(desk)
    # A computation that would never end.
    os.kill(shared_client().worker_pid, signal.SIGSTOP)
    end_s = time.monotonic() + 0.6
    desk.wait_until(lambda: time.monotonic() > end_s)
    before = scene_state()
    assert desk.ui.applyButton.text == "Cancel"
    started_s = time.monotonic()
    message = desk.press(desk.ui.applyButton)
    assert message == "Segment heart: cancelled. The scene is unchanged."
    assert time.monotonic() - started_s < 1.5
    assert scene_state() == before
    desk.draw_true_heart()
    desk.choose_method("nsd")
    assert_next_apply_works(desk)


def test_the_module_is_reloaded(measured) -> None:
    start(measured)
    old_form = measured.ui.ScarSegLV
    old_session = measured.session
    slicer.util.getModuleWidget("ScarSegLV").onReload()
    assert measured.study.volume is measured.volume
    assert_next_apply_works(measured)
    QCoreApplication.sendPostedEvents(old_form, QEvent.DeferredDelete)
    assert not is_alive(old_form), "what Slicer only hides would go on following the scene"
    assert old_session.study is None


def test_the_volume_is_deleted_before_the_job_is_on_its_way(measured, scene_state) -> None:
    measured.ui.applyButton.click()
    slicer.mrmlScene.RemoveNode(measured.volume)
    before = scene_state()
    assert "The LGE volume was removed" in measured.wait()
    assert scene_state() == before
