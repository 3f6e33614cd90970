"""The image encoder of Segment Anything: a vision transformer with windows and relative positions."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.networks.sam.adapter import Adapter
from ScarSegLogic.networks.sam.layers import FeedForward, LayerNorm2d
from ScarSegLogic.networks.sam.positions import resize_position_grid, resize_relative_positions
from ScarSegLogic.networks.sam.windows import join_windows, split_windows


@dataclass(frozen=True)
class ImageEncoderViTConfig:
    """Sizes of the encoder; the defaults are ViT-B of Segment Anything (Kirillov 2023, Li 2022).

    Attributes:
        image_size: Side of the square input in pixels; the position embeddings are made for it.
        patch: Side of a patch in pixels.
        width: Channels of a token.
        depth: Number of transformer blocks.
        heads: Attention heads of a block.
        global_attention_indexes: Blocks that attend to the whole image; the others see windows.
        window: Side of a window in tokens.
        out_chans: Channels of the embedding.
        adapters: Whether each block has an adapter layer as SAM-Med2D has.
    """

    image_size: int = 1024
    patch: int = 16
    width: int = 768
    depth: int = 12
    heads: int = 12
    global_attention_indexes: tuple[int, ...] = (2, 5, 8, 11)
    window: int = 14
    out_chans: int = 256
    adapters: bool = False

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of heads {self.heads}")
        if self.image_size < self.patch or self.image_size % self.patch:
            raise ValueError(f"image_size {self.image_size} is no multiple of patch {self.patch}")
        if any(not 0 <= index < self.depth for index in self.global_attention_indexes):
            raise ValueError(
                f"global_attention_indexes {self.global_attention_indexes} are not within depth {self.depth}"
            )


class ImageEncoderViT(nn.Module):
    """(N, 3, H, W) -> embeddings (N, out_chans, H / patch, W / patch).

    H and W are multiples of the patch. At another size than ``config.image_size`` the learnt positions are
    interpolated. Published weights: parameter names are those of ``image_encoder.`` in SAM's checkpoints.
    """

    def __init__(self, config: ImageEncoderViTConfig) -> None:
        super().__init__()
        self.config = config
        grid = config.image_size // config.patch
        self.patch_embed = PatchEmbedding(config.patch, config.width)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid, grid, config.width))
        self.blocks = nn.ModuleList(
            Block(config, 0 if index in config.global_attention_indexes else config.window)
            for index in range(config.depth)
        )
        self.neck = nn.Sequential(
            nn.Conv2d(config.width, config.out_chans, kernel_size=1, bias=False),
            LayerNorm2d(config.out_chans),
            nn.Conv2d(config.out_chans, config.out_chans, kernel_size=3, padding=1, bias=False),
            LayerNorm2d(config.out_chans),
        )

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patch_embed(images)
        tokens = tokens + resize_position_grid(self.pos_embed, tuple(tokens.shape[1:3]))
        for block in self.blocks:
            tokens = block(tokens)
        return self.neck(tokens.permute(0, 3, 1, 2))


class PatchEmbedding(nn.Module):
    """(N, 3, H, W) -> tokens (N, H / patch, W / patch, width)."""

    def __init__(self, patch: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, kernel_size=patch, stride=patch)

    def forward(self, images: Tensor) -> Tensor:
        return self.proj(images).permute(0, 2, 3, 1)


class Block(nn.Module):
    """Attention and feed-forward layer over tokens (N, H, W, width), each beside a residual path.

    ``window`` 0 attends to the whole grid.
    """

    def __init__(self, config: ImageEncoderViTConfig, window: int) -> None:
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(config.width, eps=1e-6)
        self.attn = Attention(config.width, config.heads, window or config.image_size // config.patch)
        self.norm2 = nn.LayerNorm(config.width, eps=1e-6)
        self.mlp = FeedForward(config.width, 4 * config.width)
        if config.adapters:
            self.Adapter = Adapter(config.width)  # the name that SAM-Med2D's checkpoints have

    def forward(self, tokens: Tensor) -> Tensor:
        normed = self.norm1(tokens)
        tokens = tokens + (self._windowed_attention(normed) if self.window else self.attn(normed))
        normed = self.norm2(tokens)
        change = self.mlp(normed)
        if hasattr(self, "Adapter"):
            change = change + self.Adapter(normed)
        return tokens + change

    def _windowed_attention(self, tokens: Tensor) -> Tensor:
        height, width = tokens.shape[1:3]
        windows, padded = split_windows(tokens, self.window)
        return join_windows(self.attn(windows), padded)[:, :height, :width]


class Attention(nn.Module):
    """Self-attention over a grid of tokens (N, H, W, width), with relative positions by row and column (Li 2022)."""

    def __init__(self, width: int, heads: int, grid: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * grid - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * grid - 1, width // heads))

    def forward(self, tokens: Tensor) -> Tensor:
        n, height, width, channels = tokens.shape
        qkv = self.qkv(tokens).reshape(n, height * width, 3, self.heads, channels // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        bias = self._position_bias(query, height, width)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.proj(attended.transpose(1, 2).reshape(n, height, width, channels))

    def _position_bias(self, query: Tensor, height: int, width: int) -> Tensor:
        """What relative positions add to the attention logits: (N, heads, H W, H W)."""
        rows = _by_offset(self.rel_pos_h, height)
        columns = _by_offset(self.rel_pos_w, width)
        grid = query.unflatten(2, (height, width))
        by_row = torch.einsum("nahwc,hkc->nahwk", grid, rows)
        by_column = torch.einsum("nahwc,wkc->nahwk", grid, columns)
        return (by_row[..., :, None] + by_column[..., None, :]).flatten(4).flatten(2, 3)


def _by_offset(positions: Tensor, length: int) -> Tensor:
    """Relative positions (2 n - 1, C) as (length, length, C): from query index to key index."""
    index = torch.arange(length, device=positions.device)
    return resize_relative_positions(positions, 2 * length - 1)[index[:, None] - index[None, :] + length - 1]
