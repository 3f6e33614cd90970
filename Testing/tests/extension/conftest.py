"""The LV module, open on a phantom study in a real window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from Testing.desktop.application import Desktop
from Testing.desktop.fixtures import desktop

if TYPE_CHECKING:
    from ScarSegLVLib.self_test_desk import SelfTestDesk

__all__ = ["desktop"]


@pytest.fixture
def desk(desktop: Desktop) -> SelfTestDesk:
    """The module on a phantom without any segment."""
    desktop.open_module("ScarSegLV")
    from ScarSegLVLib.self_test_desk import SelfTestDesk

    return SelfTestDesk()


@pytest.fixture
def drawn(desk: SelfTestDesk) -> SelfTestDesk:
    """The module on a phantom whose heart a reader has drawn, the method n-SD chosen."""
    desk.draw_true_heart()
    desk.choose_method("nsd")
    desk.wait()
    return desk


@pytest.fixture
def measured(drawn: SelfTestDesk) -> SelfTestDesk:
    """As ``drawn``, with scar found and measured."""
    message = drawn.press(drawn.ui.applyButton)
    assert "Scar segmented" in message, message
    return drawn


@pytest.fixture
def scene_state(desktop: Desktop) -> Callable[[], dict[str, Any]]:
    """What a job must leave as it was: every node but the views', every voxel, every number."""

    def read() -> dict[str, Any]:
        from ScarSegLVLib.study import Study
        from slicer.util import arrayFromSegmentInternalBinaryLabelmap

        scene = desktop.scene
        nodes = [scene.GetNthNode(number) for number in range(scene.GetNumberOfNodes())]
        segments = {}
        for node in nodes:
            if node.IsA("vtkMRMLSegmentationNode"):
                for segment_id in node.GetSegmentation().GetSegmentIDs():
                    voxels = arrayFromSegmentInternalBinaryLabelmap(node, segment_id)
                    name = node.GetSegmentation().GetSegment(segment_id).GetName()
                    segments[segment_id] = (name, None if voxels is None else voxels.tobytes())
        studies = [
            {name: study.node.GetParameter(name) for name in study.node.GetParameterNames()}
            for study in Study.all_in(scene)
        ]
        return {"nodes": sorted(node.GetID() for node in nodes), "segments": segments, "studies": studies}

    return read
