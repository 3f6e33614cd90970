"""What TinyViT (Wu 2022) is made of: inverted bottlenecks, window attention and patch merging, over (N, C, H, W)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ScarSegLogic.networks.sam.windows import join_windows, split_windows

EXPANSION = 4  # of the hidden width, in bottlenecks and feed-forward layers (Wu 2022)


class ConvNorm(nn.Sequential):
    """Convolution without bias, same padding, then batch normalisation."""

    def __init__(self, inputs: int, outputs: int, kernel_size: int = 1, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.c = nn.Conv2d(inputs, outputs, kernel_size, stride, kernel_size // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)


class InvertedBottleneck(nn.Module):
    """Widen, convolve each channel, narrow, beside a residual path (MBConv, Sandler 2018)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        hidden = EXPANSION * width
        self.conv1 = ConvNorm(width, hidden)
        self.conv2 = ConvNorm(hidden, hidden, 3, groups=hidden)
        self.conv3 = ConvNorm(hidden, width)
        nn.init.zeros_(self.conv3.bn.weight)  # the residual path alone at first

    def forward(self, features: Tensor) -> Tensor:
        hidden = functional.gelu(self.conv2(functional.gelu(self.conv1(features))))
        return functional.gelu(features + self.conv3(hidden))


class PatchMerging(nn.Module):
    """Step to the next stage: (N, C, H, W) -> (N, outputs, H / stride, W / stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inputs, outputs)
        self.conv2 = ConvNorm(outputs, outputs, 3, stride=stride, groups=outputs)
        self.conv3 = ConvNorm(outputs, outputs)

    def forward(self, features: Tensor) -> Tensor:
        return self.conv3(functional.gelu(self.conv2(functional.gelu(self.conv1(features)))))


class WindowBlock(nn.Module):
    """Attention in windows, a convolution of each channel and a feed-forward layer."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.attn = WindowAttention(width, heads, window)
        self.local_conv = ConvNorm(width, width, 3, groups=width)
        self.mlp = NormedFeedForward(width)

    def forward(self, features: Tensor) -> Tensor:
        tokens = features.permute(0, 2, 3, 1)
        height, width = tokens.shape[1:3]
        windows, padded = split_windows(tokens, self.window)
        attended = self.attn(windows.flatten(1, 2)).unflatten(1, (self.window, self.window))
        tokens = tokens + join_windows(attended, padded)[:, :height, :width]
        tokens = self.local_conv(tokens.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return (tokens + self.mlp(tokens)).permute(0, 3, 1, 2)


class WindowAttention(nn.Module):
    """Self-attention of the tokens (N, window * window, width) of a window, with a bias learnt for each distance.

    As published, windows are padded with zeros before the normalisation, and padded tokens are attended to.
    """

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))
        self.register_buffer("distance_index", _distance_index(window), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        n, count, width = tokens.shape
        # Each head's query, key and value lie together, unlike those of SAM's ViT.
        qkv = self.qkv(self.norm(tokens)).reshape(n, count, self.heads, 3, width // self.heads)
        query, key, value = qkv.permute(3, 0, 2, 1, 4).unbind(0)
        bias = self.attention_biases[:, self.distance_index].to(query.dtype)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias[None])
        return self.proj(attended.transpose(1, 2).reshape(n, count, width))


def _distance_index(window: int) -> Tensor:
    """(window ** 2, window ** 2) index of the distance in rows and columns, ``rows * window + columns``."""
    rows, columns = torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")
    rows, columns = rows.flatten(), columns.flatten()
    return (rows[:, None] - rows).abs() * window + (columns[:, None] - columns).abs()


class NormedFeedForward(nn.Module):
    """Normalisation and a feed-forward layer over the last axis."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, EXPANSION * width)
        self.fc2 = nn.Linear(EXPANSION * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(self.norm(tokens))))
