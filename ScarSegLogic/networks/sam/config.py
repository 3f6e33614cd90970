"""What a network of the Segment Anything family is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PATCH = 16  # pixels of the input to a cell of the embedding, in both encoders
SIZE_STEP = 64


@dataclass(frozen=True)
class SamConfig:
    """Parts and sizes; the defaults are ViT-B of Segment Anything (Kirillov 2023).

    Attributes:
        image_size: Side of the square input in pixels, a multiple of 64; published weights are made for 1024
            (SAM, MedSAM, MobileSAM) or 256 (SAM-Med2D) and are fitted to others by interpolation.
        encoder: ``vit`` or ``tiny_vit``.
        encoder_config: Fields of ``ImageEncoderViTConfig`` or ``TinyViTConfig`` that differ from their defaults.
        width: Channels of the embedding and of the decoder's tokens.
        decoder_depth, decoder_heads, decoder_hidden: Of the two-way transformer.
    """

    image_size: int = 1024
    encoder: str = "vit"
    encoder_config: Mapping[str, Any] = field(default_factory=dict)
    width: int = 256
    decoder_depth: int = 2
    decoder_heads: int = 8
    decoder_hidden: int = 2048

    def __post_init__(self) -> None:
        if self.image_size < SIZE_STEP or self.image_size % SIZE_STEP:
            raise ValueError(f"image_size {self.image_size} is no positive multiple of {SIZE_STEP}")
        if self.encoder not in ("vit", "tiny_vit"):
            raise ValueError(f"encoder '{self.encoder}' is neither vit nor tiny_vit")
        if self.width % (2 * self.decoder_heads) or self.width % 8:
            raise ValueError(
                f"width {self.width} is no multiple of 8 and of twice the decoder's {self.decoder_heads} heads"
            )

    @classmethod
    def vit_b(cls, image_size: int = 1024) -> SamConfig:
        """``sam_vit_b_01ec64.pth`` and ``medsam_vit_b.pth`` (Ma 2024)."""
        return cls(image_size)

    @classmethod
    def mobile(cls, image_size: int = 1024) -> SamConfig:
        """``mobile_sam.pt`` (Zhang 2023)."""
        return cls(image_size, "tiny_vit")

    @classmethod
    def med2d(cls, image_size: int = 256) -> SamConfig:
        """``sam-med2d_b.pth`` (Cheng 2023): ViT-B at 256 pixels with an adapter layer in every block."""
        return cls(image_size, "vit", {"adapters": True})

    @classmethod
    def small(cls) -> SamConfig:
        """MobileSAM's architecture at 256 pixels: weights of 20 MB in half precision (ours)."""
        return cls.mobile(256)

    @classmethod
    def tiny(cls) -> SamConfig:
        """A narrow twin that one processor core trains in minutes (ours)."""
        encoder = {
            "widths": (16, 32, 64, 96),
            "depths": (1, 1, 2, 1),
            "heads": (1, 2, 4, 6),
            "windows": (8, 8, 16, 8),  # tile 32 and 16 tokens a side; MobileSAM's 7 and 14 pad 16 to 28
        }
        return cls(256, "tiny_vit", encoder, width=64, decoder_heads=4, decoder_hidden=256)
