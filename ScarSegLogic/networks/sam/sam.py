"""Segment Anything composed: an image is encoded once, then every prompt is answered cheaply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.sam.image_encoder_vit import ImageEncoderViT, ImageEncoderViTConfig
from ScarSegLogic.networks.sam.mask_decoder import MaskDecoder, SamMasks
from ScarSegLogic.networks.sam.prompt_encoder import PromptEncoder
from ScarSegLogic.networks.sam.prompts import SamPrompts
from ScarSegLogic.networks.sam.tiny_vit import TinyViT, TinyViTConfig

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
        encoder = {"widths": (16, 32, 64, 96), "depths": (1, 1, 2, 1), "heads": (1, 2, 4, 6)}
        return cls(256, "tiny_vit", encoder, width=64, decoder_heads=4, decoder_hidden=256)


class Sam(nn.Module):
    """Image encoder, prompt encoder and mask decoder; each can be used, frozen and given weights by its name.

    Prefixes: ``image_encoder.`` (``image_encoder.blocks.N.Adapter.`` for adapters), ``prompt_encoder.``,
    ``mask_decoder.``.
    """

    def __init__(self, config: SamConfig) -> None:
        super().__init__()
        self.config = config
        grid = config.image_size // PATCH
        self.image_encoder = _image_encoder(config)
        self.prompt_encoder = PromptEncoder(config.width, config.image_size, grid)
        self.mask_decoder = MaskDecoder(config.width, config.decoder_depth, config.decoder_heads, config.decoder_hidden)

    def encode(self, images: Tensor) -> Tensor:
        """Embed images (N, 3, S, S), normalised as ``pixel_values`` says -> (N, width, S / 16, S / 16).

        Raises:
            ScarSegError: The images are of another size than the network.
        """
        size = self.config.image_size
        if images.dim() != 4 or images.shape[1:] != (3, size, size):
            raise ScarSegError(f"images of shape {tuple(images.shape)}: this network expects (N, 3, {size}, {size})")
        return self.image_encoder(images)

    def decode(self, embeddings: Tensor, prompts: SamPrompts, *, ambiguous: bool = False) -> SamMasks:
        """Answer prompts of P objects.

        Args:
            embeddings: (P, width, g, g), the image of each object, or (1, width, g, g), the same for all.
            prompts: What is known of the objects.
            ambiguous: Three masks an object instead of one; for a single point, take the one of the highest ``iou``.

        Raises:
            ScarSegError: The number of embeddings is neither one nor that of the objects.
        """
        if len(embeddings) not in (1, len(prompts)):
            raise ScarSegError(
                f"{len(embeddings)} embeddings for prompts of {len(prompts)} objects: give one, or one for each object"
            )
        sparse, dense = self.prompt_encoder(prompts)
        return self.mask_decoder(embeddings, self.prompt_encoder.grid_positions(), sparse, dense, ambiguous=ambiguous)

    def forward(self, images: Tensor, prompts: SamPrompts) -> SamMasks:
        """Encode and decode at once, as training does: one object an image, or one image for all objects."""
        return self.decode(self.encode(images), prompts)


def enlarge_logits(low_res_logits: Tensor, size: int) -> Tensor:
    """Enlarge (P, m, 4 g, 4 g) logits to (P, m, size, size) bilinearly, as Segment Anything does before its threshold.

    The threshold of published weights is 0.
    """
    return functional.interpolate(low_res_logits, (size, size), mode="bilinear", align_corners=False)


def build(**config: Any) -> Sam:
    """Build from the fields of ``SamConfig``."""
    return Sam(SamConfig(**config))


def _image_encoder(config: SamConfig) -> nn.Module:
    own = {name: tuple(value) if isinstance(value, list) else value for name, value in config.encoder_config.items()}
    if config.encoder == "tiny_vit":
        return TinyViT(TinyViTConfig(**own, out_chans=config.width))
    return ImageEncoderViT(ImageEncoderViTConfig(config.image_size, patch=PATCH, **own, out_chans=config.width))
