"""Segment Anything composed: an image is encoded once, then every prompt is answered cheaply."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.sam.checkpoints import load_published
from ScarSegLogic.networks.sam.config import PATCH, SamConfig
from ScarSegLogic.networks.sam.image_encoder_vit import ImageEncoderViT, ImageEncoderViTConfig
from ScarSegLogic.networks.sam.mask_decoder import MaskDecoder, SamMasks
from ScarSegLogic.networks.sam.prompt_encoder import PromptEncoder
from ScarSegLogic.networks.sam.prompts import SamPrompts
from ScarSegLogic.networks.sam.tiny_vit import TinyViT, TinyViTConfig

__all__ = ["Sam", "SamConfig", "build", "enlarge_logits", "load_published"]


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
