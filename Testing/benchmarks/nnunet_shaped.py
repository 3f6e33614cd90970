"""What a user would otherwise run: nnU-Net v2's 2D network and its way of predicting, over whole slices."""

from __future__ import annotations

import torch
from monai.inferers import sliding_window_inference
from torch import Tensor, nn

FEATURES = (32, 64, 128, 256, 512, 512, 512)
"""nnU-Net v2's 2D plan for 256 x 256 slices: seven stages, two convolutions each (Isensee 2021)."""
CLASSES = 5
"""Background, cavity, myocardium, scar, MVO."""
PATCH_SIZE = 256
MIRRORS = ((), (-1,), (-2,), (-1, -2))


def nnunet_shaped_network() -> nn.Module:
    """PlainConvUNet from ``dynamic-network-architectures``, for one channel."""
    from dynamic_network_architectures.architectures.unet import PlainConvUNet

    stages = len(FEATURES)
    return PlainConvUNet(
        1, stages, FEATURES, nn.Conv2d, 3, (1, *(2,) * (stages - 1)), (2,) * stages, CLASSES, (2,) * (stages - 1),
        conv_bias=True, norm_op=nn.InstanceNorm2d, norm_op_kwargs={"eps": 1e-5, "affine": True},
        nonlin=nn.LeakyReLU, nonlin_kwargs={"inplace": True},
    )  # fmt: skip


def predict_slices(network: nn.Module, slices: Tensor) -> Tensor:
    """Probabilities (N, 5, H, W) of normalised (N, 1, H, W): slice by slice, sliding window, four mirrors."""

    def mirrored(tile: Tensor) -> Tensor:
        return sum(network(tile.flip(axes)).softmax(1).flip(axes) for axes in MIRRORS) / len(MIRRORS)

    window = (PATCH_SIZE, PATCH_SIZE)
    with torch.inference_mode():
        return torch.cat([sliding_window_inference(each[None], window, 1, mirrored, overlap=0.5) for each in slices])
