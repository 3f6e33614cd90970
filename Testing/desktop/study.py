"""Brings a study into the scene: an image file, a DICOM folder, or a phantom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ScarSegLogic.io.images import read_volume
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom
from ScarSegLogic.volume import Volume

if TYPE_CHECKING:
    from Testing.desktop.application import Desktop

PHANTOM_SEED = 7


def load_study(desktop: Desktop, path: Path | None = None) -> Any:
    """Add a study's LGE volume to the scene, show it in the views, and return its node.

    Args:
        desktop: the running desktop.
        path: image file or DICOM folder; without it, a phantom of fixed seed.
    """
    if path is None:
        return show_volume(
            desktop, make_lv_phantom(LVPhantomConfig(seed=PHANTOM_SEED, with_truth=False)).image, "LGE phantom"
        )
    return show_volume(desktop, read_volume(path), path.name.split(".")[0])


def show_volume(desktop: Desktop, volume: Volume, name: str) -> Any:
    """Add a volume to the scene, show it in every slice view along its own axes, and return its node."""
    import slicer.util

    node = slicer.util.addVolumeFromArray(volume.array, volume.geometry.ijk_to_ras, name)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().AutoWindowLevelOn()
    slicer.util.setSliceViewerLayers(background=node, fit=True, rotateToVolumePlane=True)
    desktop.process_events()
    return node
