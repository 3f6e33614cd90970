"""Segment Anything (Kirillov 2023) and its kin: image encoders, prompt encoder, mask decoder and published weights.

Parameter names and shapes are those of the published checkpoints, so official files load as they are. Typical use::

    sam = networks.build("sam", image_size=256, encoder="tiny_vit")
    embeddings = sam.encode(pixel_values(images, "unit"))  # once an image
    masks = sam.decode(embeddings, SamPrompts(boxes=boxes))  # cheap, for every prompt
    logits = enlarge_logits(masks.low_res_logits, 256)
"""

from ScarSegLogic.networks.sam.checkpoints import (
    PublishedSam,
    load_published,
    load_published_encoder,
    read_published,
)
from ScarSegLogic.networks.sam.config import SamConfig
from ScarSegLogic.networks.sam.mask_decoder import SamMasks
from ScarSegLogic.networks.sam.pixel_values import PixelValues, pixel_values
from ScarSegLogic.networks.sam.prompts import BACKGROUND_POINT, FOREGROUND_POINT, NO_POINT, SamPrompts
from ScarSegLogic.networks.sam.sam import Sam, build, enlarge_logits

__all__ = [
    "BACKGROUND_POINT",
    "FOREGROUND_POINT",
    "NO_POINT",
    "PixelValues",
    "PublishedSam",
    "Sam",
    "SamConfig",
    "SamMasks",
    "SamPrompts",
    "build",
    "enlarge_logits",
    "load_published",
    "load_published_encoder",
    "pixel_values",
    "read_published",
]
