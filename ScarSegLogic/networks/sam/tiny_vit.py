"""The image encoder of MobileSAM: TinyViT (Wu 2022) with its last stage kept at a sixteenth of the input."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ScarSegLogic.networks.sam.layers import LayerNorm2d
from ScarSegLogic.networks.sam.tiny_vit_blocks import ConvNorm, InvertedBottleneck, PatchMerging, WindowBlock

STRIDES = (2, 2, 1)  # between the stages; TinyViT has 2, MobileSAM 1 before the last (Zhang 2023)
PATCH = 16


@dataclass(frozen=True)
class TinyViTConfig:
    """Sizes of the encoder; the defaults are MobileSAM's (TinyViT-5M).

    Attributes:
        widths: Channels of the four stages. The first stage convolves, the others attend.
        depths: Blocks of each stage.
        heads: Attention heads of each stage; the first is not used.
        windows: Side of an attention window of each stage in tokens; the first is not used.
        out_chans: Channels of the embedding.
    """

    widths: tuple[int, int, int, int] = (64, 128, 160, 320)
    depths: tuple[int, int, int, int] = (2, 2, 6, 2)
    heads: tuple[int, int, int, int] = (2, 4, 5, 10)
    windows: tuple[int, int, int, int] = (7, 7, 14, 7)
    out_chans: int = 256

    def __post_init__(self) -> None:
        for name in ("widths", "depths", "heads", "windows"):
            if len(getattr(self, name)) != len(STRIDES) + 1:
                raise ValueError(f"{name} {getattr(self, name)} must name four stages")
        if any(width % heads for width, heads in zip(self.widths, self.heads, strict=True)):
            raise ValueError(f"widths {self.widths} are no multiples of heads {self.heads}")


class TinyViT(nn.Module):
    """(N, 3, H, W) -> embeddings (N, out_chans, H / 16, W / 16), H and W multiples of 16.

    Positions are relative and within windows, so weights serve every input size. Published weights: parameter names
    are those of ``image_encoder.`` in ``mobile_sam.pt``, whose ImageNet classifier (``norm_head``, ``head``) is unused.
    """

    def __init__(self, config: TinyViTConfig) -> None:
        super().__init__()
        self.config = config
        self.patch_embed = PatchEmbedding(config.widths[0])
        self.layers = nn.ModuleList(Stage(config, index) for index in range(len(config.widths)))
        self.neck = nn.Sequential(
            nn.Conv2d(config.widths[-1], config.out_chans, kernel_size=1, bias=False),
            LayerNorm2d(config.out_chans),
            nn.Conv2d(config.out_chans, config.out_chans, kernel_size=3, padding=1, bias=False),
            LayerNorm2d(config.out_chans),
        )
        self.apply(_initialise)

    def forward(self, images: Tensor) -> Tensor:
        features = self.patch_embed(images)
        for stage in self.layers:
            features = stage(features)
        return self.neck(features)


class PatchEmbedding(nn.Module):
    """(N, 3, H, W) -> (N, width, H / 4, W / 4), by two convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.seq = nn.Sequential(
            ConvNorm(3, width // 2, kernel_size=3, stride=2), nn.GELU(), ConvNorm(width // 2, width, 3, stride=2)
        )

    def forward(self, images: Tensor) -> Tensor:
        return self.seq(images)


class Stage(nn.Module):
    """Blocks of one resolution, then the step to the next stage, if there is one: (N, C, H, W) -> (N, C', H', W')."""

    def __init__(self, config: TinyViTConfig, index: int) -> None:
        super().__init__()
        width = config.widths[index]
        self.blocks = nn.ModuleList(
            WindowBlock(width, config.heads[index], config.windows[index]) if index else InvertedBottleneck(width)
            for _ in range(config.depths[index])
        )
        is_last = index == len(STRIDES)
        self.downsample = None if is_last else PatchMerging(width, config.widths[index + 1], STRIDES[index])

    def forward(self, features: Tensor) -> Tensor:
        for block in self.blocks:
            features = block(features)
        return features if self.downsample is None else self.downsample(features)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
