from __future__ import annotations

import numpy as np
import pytest
import slicer

from ScarSegLogic.mrml.image_source import SourceChangedError, TimePoint, image_source_of, is_in_scene, time_point_of


@pytest.fixture
def browser(app, volume):
    """A sequence browser whose proxy is the volume, with the images of 0.0 s and 0.3 s; it shows the first."""
    sequence = app.add("vtkMRMLSequenceNode", "cine")
    sequence.SetIndexName("time")
    sequence.SetIndexUnit("s")
    for value in ("0.0", "0.3"):
        sequence.SetDataNodeAtValue(volume, value)
    browser = app.add("vtkMRMLSequenceBrowserNode", "browser")
    browser.AddSynchronizedSequenceNode(sequence)
    browser.AddProxyNode(volume, sequence, False)
    browser.SetSelectedItemNumber(0)
    app.sequences.UpdateProxyNodesFromSequences(browser)
    return browser


def show(app, browser, item: int) -> None:
    browser.SetSelectedItemNumber(item)
    app.sequences.UpdateProxyNodesFromSequences(browser)


def test_an_untouched_volume_passes(volume, scene):
    assert image_source_of(volume).require_unchanged(scene) is volume


def test_names_and_display_may_change_meanwhile(volume, scene):
    source = image_source_of(volume)
    volume.SetName("LGE short axis")
    volume.CreateDefaultDisplayNodes()

    assert source.require_unchanged(scene) is volume


def test_a_volume_that_was_removed_is_an_error(volume, scene):
    source = image_source_of(volume)
    scene.RemoveNode(volume)

    with pytest.raises(SourceChangedError, match="'LGE' was removed meanwhile: its answer is discarded"):
        source.require_unchanged(scene)


def test_after_closing_the_scene_a_new_node_of_the_same_id_is_not_taken_for_the_old(
    volume, scene, make_volume, oblique
):
    source, node_id = image_source_of(volume), volume.GetID()
    scene.Clear(False)
    twin = make_volume(np.zeros((5, 7, 9), np.int16), oblique)
    assert twin.GetID() == node_id

    with pytest.raises(SourceChangedError, match="removed"):
        source.require_unchanged(scene)


def test_a_volume_that_moved_is_an_error(volume, scene, linear_transform):
    source = image_source_of(volume)
    matrix = np.eye(4)
    matrix[0, 3] = 0.5
    volume.SetAndObserveTransformNodeID(linear_transform(matrix).GetID())

    with pytest.raises(SourceChangedError, match="moved"):
        source.require_unchanged(scene)


def test_voxels_that_changed_are_an_error(volume, scene):
    source = image_source_of(volume)
    volume.GetImageData().GetPointData().GetScalars().SetValue(0, 99)
    volume.GetImageData().GetPointData().GetScalars().Modified()

    with pytest.raises(SourceChangedError, match="voxels of 'LGE' were changed"):
        source.require_unchanged(scene)


def test_the_time_point_of_a_sequence_proxy_is_recorded(volume, browser):
    assert image_source_of(volume).time_point == TimePoint(browser.GetID(), "time", "0.0", "s")


def test_an_answer_for_another_time_point_is_rejected_and_accepted_after_going_back(app, volume, scene, browser):
    source = image_source_of(volume)

    show(app, browser, 1)
    with pytest.raises(SourceChangedError, match=r"showed time 0\.0 s when it was read and shows time 0\.3 s now"):
        source.require_unchanged(scene)

    show(app, browser, 0)
    assert source.require_unchanged(scene) is volume


def test_a_plain_volume_has_no_time_point(volume):
    assert time_point_of(volume) is None
    assert time_point_of(slicer.vtkMRMLScalarVolumeNode()) is None


def test_only_the_very_scene_of_a_node_holds_it(volume, scene):
    assert is_in_scene(volume, scene)
    assert not is_in_scene(volume, slicer.vtkMRMLScene())
    assert not is_in_scene(None, scene)
