"""A compact detector of scar boxes in the manner of YOLO: anchor-free, one class, written from the papers it names.

``build`` makes the network, ``detect.detected_boxes`` turns its answer into boxes.
"""

from __future__ import annotations

from ScarSegLogic.networks.yolo.network import Yolo, YoloConfig


def build(**config: object) -> Yolo:
    """Build from the fields of ``YoloConfig``."""
    return Yolo(YoloConfig(**config))
