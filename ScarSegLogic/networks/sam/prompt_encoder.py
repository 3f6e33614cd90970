"""The prompt encoder of Segment Anything (Kirillov 2023, appendix A): points, boxes and masks as embeddings."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ScarSegLogic.networks.sam.layers import LayerNorm2d
from ScarSegLogic.networks.sam.prompts import BACKGROUND_POINT, FOREGROUND_POINT, NO_POINT, SamPrompts

MASK_CHANNELS = 16  # of the mask after two halvings (Kirillov 2023)
_BOX_CORNERS = (2, 3)  # rows of ``point_embeddings``; 0 and 1 are background and foreground points


class PromptEncoder(nn.Module):
    """Prompts of P objects -> sparse (P, tokens, width) and dense (P, width, g, g) embeddings.

    Published weights: parameter names are those of ``prompt_encoder.`` in SAM's checkpoints.
    """

    def __init__(self, width: int, image_size: int, grid: int) -> None:
        super().__init__()
        self.image_size, self.grid = image_size, grid
        self.pe_layer = FourierPositions(width)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, MASK_CHANNELS // 4, kernel_size=2, stride=2),
            LayerNorm2d(MASK_CHANNELS // 4),
            nn.GELU(),
            nn.Conv2d(MASK_CHANNELS // 4, MASK_CHANNELS, kernel_size=2, stride=2),
            LayerNorm2d(MASK_CHANNELS),
            nn.GELU(),
            nn.Conv2d(MASK_CHANNELS, width, kernel_size=1),
        )
        self.no_mask_embed = nn.Embedding(1, width)

    def forward(self, prompts: SamPrompts) -> tuple[Tensor, Tensor]:
        sparse = []
        if prompts.points is not None:
            sparse.append(self._embed_points(prompts.points, prompts.point_labels))
        if prompts.boxes is not None:
            sparse.append(self._embed_boxes(prompts.boxes))
        elif sparse:
            sparse.append(self.not_a_point_embed.weight.expand(len(prompts), 1, -1))  # stands in for the box
        none = self.no_mask_embed.weight.new_zeros(len(prompts), 0, self.no_mask_embed.embedding_dim)
        return torch.cat(sparse, dim=1) if sparse else none, self._embed_masks(prompts)

    def grid_positions(self) -> Tensor:
        """Positions of the image embedding's cells: (1, width, g, g)."""
        weight = self.no_mask_embed.weight
        centres = (torch.arange(self.grid, device=weight.device) + 0.5) / self.grid
        y, x = torch.meshgrid(centres, centres, indexing="ij")
        return self.pe_layer(torch.stack([x, y], dim=-1)).permute(2, 0, 1)[None].to(weight.dtype)

    def _embed_points(self, points: Tensor, labels: Tensor) -> Tensor:
        kinds = torch.stack(
            [self.not_a_point_embed.weight[0], self.point_embeddings[0].weight[0], self.point_embeddings[1].weight[0]]
        )[(labels - NO_POINT).long()]
        is_point = (labels == FOREGROUND_POINT) | (labels == BACKGROUND_POINT)
        return kinds + torch.where(is_point[..., None], self._positions(points), 0.0)

    def _embed_boxes(self, boxes: Tensor) -> Tensor:
        corners = torch.cat([self.point_embeddings[row].weight for row in _BOX_CORNERS])
        return self._positions(boxes.unflatten(1, (2, 2))) + corners

    def _embed_masks(self, prompts: SamPrompts) -> Tensor:
        if prompts.masks is not None:
            return self.mask_downscaling(prompts.masks)
        return self.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(len(prompts), -1, self.grid, self.grid)

    def _positions(self, pixels: Tensor) -> Tensor:
        fractions = (pixels.float() + 0.5) / self.image_size  # the centre of a pixel is at +0.5
        return self.pe_layer(fractions).to(self.no_mask_embed.weight.dtype)


class FourierPositions(nn.Module):
    """Positions (..., 2), x then y as fractions of the image, as random Fourier features (..., width) (Tancik 2020)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, width // 2))

    def forward(self, positions: Tensor) -> Tensor:
        matrix = self.positional_encoding_gaussian_matrix
        with torch.autocast(positions.device.type, enabled=False):  # half precision would blur positions by pixels
            precise = torch.promote_types(matrix.dtype, torch.float32)
            angles = 2 * math.pi * ((2 * positions.to(precise) - 1) @ matrix.to(precise))
            return torch.cat([angles.sin(), angles.cos()], dim=-1)
