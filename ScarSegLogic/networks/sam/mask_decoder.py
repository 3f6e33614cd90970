"""The mask decoder of Segment Anything (Kirillov 2023, appendix A)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ScarSegLogic.networks.sam.layers import LayerNorm2d, Perceptron
from ScarSegLogic.networks.sam.two_way_transformer import TwoWayTransformer

MASKS = 4  # the first for clear prompts, three more for the whole, a part and a part of the part (Kirillov 2023)
HEAD_DEPTH = 3


class SamMasks(NamedTuple):
    """What the decoder answers for P objects.

    Attributes:
        low_res_logits: (P, m, 4 g, 4 g): a quarter of the input's side; m is 1, or 3 for ambiguous prompts.
        iou: (P, m): the intersection over union that the network expects of each mask, about 0 to 1.
    """

    low_res_logits: Tensor
    iou: Tensor


class MaskDecoder(nn.Module):
    """Image embeddings and prompts to masks. Parameter names are those of ``mask_decoder.`` in SAM's checkpoints."""

    def __init__(self, width: int, depth: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.transformer = TwoWayTransformer(width, depth, heads, hidden)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(MASKS, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, kernel_size=2, stride=2),
            LayerNorm2d(width // 4),
            nn.GELU(),
            nn.ConvTranspose2d(width // 4, width // 8, kernel_size=2, stride=2),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList(
            Perceptron(width, width, width // 8, HEAD_DEPTH) for _ in range(MASKS)
        )
        self.iou_prediction_head = Perceptron(width, width, MASKS, HEAD_DEPTH)

    def forward(
        self, embeddings: Tensor, positions: Tensor, sparse: Tensor, dense: Tensor, *, ambiguous: bool = False
    ) -> SamMasks:
        """Decode masks.

        Args:
            embeddings: (P or 1, width, g, g) from the image encoder.
            positions: (1, width, g, g) of the embedding's cells.
            sparse: (P, tokens, width) from points and boxes.
            dense: (P, width, g, g) from masks.
            ambiguous: Three masks an object instead of one.
        """
        tokens = torch.cat([self.iou_token.weight, self.mask_tokens.weight])
        tokens = torch.cat([tokens.expand(len(sparse), -1, -1), sparse], dim=1)
        tokens, image = self.transformer(embeddings + dense, positions, tokens)
        upscaled = self.output_upscaling(image.transpose(1, 2).unflatten(2, embeddings.shape[-2:]))
        chosen = range(1, MASKS) if ambiguous else range(1)
        kernels = torch.stack([self.output_hypernetworks_mlps[m](tokens[:, 1 + m]) for m in chosen], dim=1)
        logits = torch.einsum("pmc,pchw->pmhw", kernels, upscaled)
        return SamMasks(logits, self.iou_prediction_head(tokens[:, 0])[:, chosen.start : chosen.stop])
