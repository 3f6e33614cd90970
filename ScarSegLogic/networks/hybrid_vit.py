"""The hybrid vision transformer R50-ViT (Dosovitskiy 2021) as an encoder, and its published ImageNet weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt
from pathlib import Path

import torch
from torch import Tensor, nn

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.hybrid_resnet import HybridResNet
from ScarSegLogic.networks.published import load_into, read_tensors
from ScarSegLogic.networks.sam.positions import resize_position_grid

PATCH = 16
"""Pixels of a token's side: what the ResNet halves, four times."""


@dataclass(frozen=True)
class HybridViTConfig:
    """Sizes of the encoder; the defaults are R50-ViT-B/16.

    Attributes:
        colours: Image channels.
        image_size: Side in pixels that the learnt positions are made for; at other sizes they are interpolated.
        stem_width: Channels of the ResNet's root.
        units: Units of the ResNet's three blocks.
        hidden, depth, heads, mlp: Width, blocks, attention heads and inner width of the transformer.
        dropout: Share of the features dropped after each layer while training, attention weights aside.
    """

    colours: int = 3
    image_size: int = 224
    stem_width: int = 64
    units: tuple[int, int, int] = (3, 4, 9)
    hidden: int = 768
    depth: int = 12
    heads: int = 12
    mlp: int = 3072
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.image_size < PATCH or self.image_size % PATCH:
            raise ValueError(f"image_size {self.image_size} is no positive multiple of {PATCH}")
        if self.hidden % self.heads:
            raise ValueError(f"hidden {self.hidden} is no multiple of heads {self.heads}")


class HybridViT(nn.Module):
    """(N, colours, H, W), sides multiples of 16 -> (tokens (N, hidden, H / 16, W / 16), the ResNet's skips)."""

    def __init__(self, config: HybridViTConfig) -> None:
        super().__init__()
        self.resnet = HybridResNet(config.colours, config.stem_width, config.units)
        self.embedding = nn.Conv2d(16 * config.stem_width, config.hidden, 1)
        grid = config.image_size // PATCH
        self.positions = nn.Parameter(torch.zeros(1, grid, grid, config.hidden))
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(_transformer_layer(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.hidden, eps=1e-6)

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Tokens at 1/16 and the features at 1/2, 1/4 and 1/8, fine to coarse."""
        *skips, features = self.resnet(images)
        tokens = self.embedding(features).permute(0, 2, 3, 1)
        grid = tokens.shape[1:3]
        tokens = self.dropout(tokens + resize_position_grid(self.positions, tuple(grid))).flatten(1, 2)
        for layer in self.layers:
            tokens = layer(tokens)
        return self.norm(tokens).transpose(1, 2).unflatten(2, grid), skips


def load_published(encoder: HybridViT, path: Path) -> None:
    """Initialise an encoder of the same size from Google's ``R50+ViT-B_16.npz`` (ImageNet-21k, Apache-2.0).

    The classification head and token are left out; the positions are interpolated to the encoder's own. Every
    parameter is checked by name and shape; no checksum is known to us.

    Raises:
        ScarSegError: The file cannot be read, is not a hybrid vision transformer's, or is one of another size.
    """
    arrays = read_tensors(path)
    if "conv_root/kernel" not in arrays or "Transformer/posembed_input/pos_embedding" not in arrays:
        raise ScarSegError(
            f"the weights {path} are not a hybrid vision transformer's: expected the layout of R50+ViT-B_16.npz; "
            "choose another file"
        )
    try:
        state = _renamed(arrays, tuple(encoder.positions.shape[1:3]), path)
    except RuntimeError as error:
        raise ScarSegError(
            f"the weights {path} do not have the shapes of a hybrid vision transformer ({error}): choose another file"
        ) from None
    load_into(encoder, state, path)


_PROJECTIONS = ("query", "key", "value")  # PyTorch keeps them in one tensor, in this order
_LAYER_PARTS = {"LayerNorm_0": "norm1", "LayerNorm_2": "norm2", "Dense_0": "linear1", "Dense_1": "linear2"}


def _transformer_layer(config: HybridViTConfig) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(
        config.hidden,
        config.heads,
        config.mlp,
        dropout=config.dropout,
        activation="gelu",
        layer_norm_eps=1e-6,
        batch_first=True,
        norm_first=True,
    )
    layer.self_attn.dropout = 0.0  # the published configuration drops no attention weights
    return layer


def _renamed(arrays: Mapping[str, Tensor], grid: tuple[int, int], path: Path) -> dict[str, Tensor]:
    """The published arrays under the encoder's names and in its layout."""
    positions = arrays["Transformer/posembed_input/pos_embedding"]
    state = {"positions": resize_position_grid(_without_class_token(positions, path), grid)}
    attention: dict[str, dict[str, Tensor]] = {}
    for name, array in arrays.items():
        *owners, kind = name.split("/")
        kind = {"kernel": "weight", "scale": "weight"}.get(kind, kind)
        match owners:
            case [] | ["head" | "pre_logits"] | ["Transformer", "posembed_input"]:
                continue
            case ["embedding"]:
                state[f"embedding.{kind}"] = _convolution(array)
            case ["Transformer", "encoder_norm"]:
                state[f"norm.{kind}"] = array
            case ["Transformer", block, *parts, last]:
                layer = f"layers.{block.removeprefix('encoderblock_')}"
                if last in _PROJECTIONS:
                    attention.setdefault(f"{layer}.self_attn.in_proj_{kind}", {})[last] = _projection(array)
                elif last == "out":
                    state[f"{layer}.self_attn.out_proj.{kind}"] = _output_projection(array)
                else:
                    part = _LAYER_PARTS.get(last, ".".join([*parts, last]))
                    state[f"{layer}.{part}.{kind}"] = array.T if array.ndim == 2 else array
            case _:
                state[".".join(["resnet", *owners, kind])] = _convolution(array)
    for name, parts in attention.items():
        state[name] = torch.cat([parts[part] for part in _PROJECTIONS if part in parts])
    return state


def _projection(array: Tensor) -> Tensor:
    """(hidden, heads, hidden / heads) to (hidden, hidden), outputs first; (heads, hidden / heads) to (hidden)."""
    return array.flatten(1).T if array.ndim == 3 else array.flatten()


def _output_projection(array: Tensor) -> Tensor:
    """(heads, hidden / heads, hidden) to (hidden, hidden), outputs first; the bias (hidden) as it is."""
    return array.flatten(0, 1).T if array.ndim == 3 else array


def _convolution(array: Tensor) -> Tensor:
    """(height, width, inputs, outputs) to PyTorch's order; scales and biases, (1, 1, 1, C) in some files, to (C)."""
    if array.ndim != 4:
        return array
    return array.flatten() if array.numel() == array.shape[-1] else array.permute(3, 2, 0, 1)


def _without_class_token(positions: Tensor, path: Path) -> Tensor:
    """(1, 1 + g * g, hidden), the class token first, to (1, g, g, hidden)."""
    tokens = positions.shape[1] if positions.ndim == 3 else 0
    side = isqrt(max(tokens - 1, 0))
    if not side or side * side + 1 != tokens:
        raise ScarSegError(
            f"the weights {path} have position embeddings of shape {tuple(positions.shape)}: expected (1, 1 + g * g, "
            "width), a square grid behind the class token; choose the published file"
        )
    return positions[:, 1:].unflatten(1, (side, side))
