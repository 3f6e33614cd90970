from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import pytest
import slicer
from vtkmodules.util.misc import calldata_type
from vtkmodules.vtkCommonCore import VTK_OBJECT

from ScarSegLogic.mrml.observation import Observations


@pytest.fixture
def observations():
    return Observations()


def test_changes_of_a_node_are_heard_until_it_is_released(observations, volume, segmentation):
    heard = []
    observations.observe(volume, "ModifiedEvent", lambda caller, _: heard.append(caller))
    observations.observe(segmentation, "ModifiedEvent", lambda caller, _: heard.append(caller))

    volume.Modified()
    observations.release(volume)
    volume.Modified()
    segmentation.Modified()

    assert heard == [volume, segmentation]
    assert len(observations) == 1


def test_everything_is_released_at_once(observations, volume):
    heard = []
    observations.observe(volume, "ModifiedEvent", lambda *_: heard.append("modified"))
    observations.observe(volume, volume.TransformModifiedEvent, lambda *_: heard.append("moved"))

    observations.release()
    volume.Modified()
    volume.InvokeEvent(volume.TransformModifiedEvent)

    assert (heard, len(observations)) == ([], 0)


def test_nothing_is_heard_while_paused_also_nested(observations, volume):
    heard = []
    observations.observe(volume, "ModifiedEvent", lambda *_: heard.append(1))

    with observations.paused():
        with observations.paused():
            volume.Modified()
        volume.Modified()
    assert heard == []

    volume.Modified()
    assert heard == [1]


def test_a_removed_node_is_told_with_the_node(observations, scene, volume):
    removed = []

    @calldata_type(VTK_OBJECT)
    def on_removed(_caller, _event, node) -> None:
        removed.append(node)

    observations.observe(scene, slicer.vtkMRMLScene.NodeRemovedEvent, on_removed)
    scene.RemoveNode(volume)

    assert removed == [volume]


def test_no_node_is_no_observation(observations):
    observations.observe(None, "ModifiedEvent", pytest.fail)

    assert len(observations) == 0


def test_a_node_does_not_keep_a_released_owner_alive(volume):
    class Panel:
        def __init__(self) -> None:
            self.observations = Observations()
            self.observations.observe(volume, "ModifiedEvent", self.follow)

        def follow(self, *_: object) -> None: ...

    panel = Panel()
    alive = weakref.ref(panel)
    panel.observations.release()
    del panel
    gc.collect()

    assert alive() is None


def test_the_adapters_load_nothing_heavy():
    heavy = "{'torch', 'monai', 'transformers', 'matplotlib', 'SimpleITK', 'scipy', 'skimage', 'qt', 'PySide6'}"
    modules = (
        "dicom_source image_source markups observation parameters plots segment_writing segmentations "
        "subject_hierarchy tables terminology undo volumes"
    )
    code = (
        f"import sys, importlib\n"
        f"for name in '{modules}'.split(): importlib.import_module('ScarSegLogic.mrml.' + name)\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )

    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout

    assert output.strip() == "[]"
