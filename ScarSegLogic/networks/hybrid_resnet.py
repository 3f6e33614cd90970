"""The ResNet of Google's hybrid vision transformer (Dosovitskiy 2021): weight-standardised, group-normalised."""

from __future__ import annotations

from math import gcd

from torch import Tensor, nn
from torch.nn import functional

WEIGHT_EPSILON = 1e-5
"""Least standard deviation of a kernel; the published code of the vision transformer adds it, ours in quadrature."""

NORM_GROUPS = 32
"""Groups of a normalisation (Kolesnikov 2020)."""

NORM_EPSILON = 1e-6

EXPANSION = 4


class StandardisedConv2d(nn.Conv2d):
    """A convolution without bias whose kernels have mean 0 and SD 1 (Qiao 2019), padded to ``size / stride``.

    The padding is TensorFlow's "SAME" for sides that the stride divides: one pixel less before than after, if odd. The
    ImageNet weights were trained with it; padding both sides alike, as ports to PyTorch do, moves the features.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride=stride, bias=False)
        before = (kernel - stride) // 2 if kernel > stride else 0
        after = max(kernel - stride, 0) - before
        self.same_padding = (before, after, before, after)

    def forward(self, features: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        centred = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        variance = centred.square().mean((1, 2, 3), keepdim=True)
        kernels = centred / (variance + WEIGHT_EPSILON**2).sqrt()
        return functional.conv2d(functional.pad(features, self.same_padding), kernels, stride=self.stride)


class BottleneckUnit(nn.Module):
    """1x1, 3x3 and 1x1 convolutions beside a shortcut, which is projected where the shape changes."""

    def __init__(self, inputs: int, outputs: int, *, stride: int = 1) -> None:
        super().__init__()
        inner = outputs // EXPANSION
        self.conv1 = StandardisedConv2d(inputs, inner, 1)
        self.gn1 = group_norm(inner)
        self.conv2 = StandardisedConv2d(inner, inner, 3, stride=stride)
        self.gn2 = group_norm(inner)
        self.conv3 = StandardisedConv2d(inner, outputs, 1)
        self.gn3 = group_norm(outputs)
        if inputs != outputs or stride != 1:
            self.conv_proj = StandardisedConv2d(inputs, outputs, 1, stride=stride)
            self.gn_proj = group_norm(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        shortcut = self.gn_proj(self.conv_proj(features)) if hasattr(self, "conv_proj") else features
        features = functional.relu(self.gn1(self.conv1(features)))
        features = functional.relu(self.gn2(self.conv2(features)))
        return functional.relu(shortcut + self.gn3(self.conv3(features)))


class HybridResNet(nn.Module):
    """(N, channels, H, W), sides multiples of 16, to features at 1/2, 1/4, 1/8 and 1/16 of them.

    These have ``width`` times 1, 4, 8 and 16 channels. Parameter names are those of the published npz, with dots.
    """

    def __init__(self, channels: int, width: int, units: tuple[int, int, int]) -> None:
        super().__init__()
        self.conv_root = StandardisedConv2d(channels, width, 7, stride=2)
        self.gn_root = group_norm(width)
        first = EXPANSION * width
        self.block1 = _block(width, first, units[0], stride=1)
        self.block2 = _block(first, 2 * first, units[1], stride=2)
        self.block3 = _block(2 * first, 4 * first, units[2], stride=2)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Features of the root and the three blocks, fine to coarse."""
        root = functional.relu(self.gn_root(self.conv_root(images)))
        features = functional.max_pool2d(root, 3, stride=2, ceil_mode=True)  # "SAME": one pixel after the last
        stages = [root]
        for block in (self.block1, self.block2, self.block3):
            features = block(features)
            stages.append(features)
        return stages


def group_norm(channels: int) -> nn.GroupNorm:
    """Normalisation in 32 groups, as published; narrow twins have fewer, of two channels or more (ours)."""
    return nn.GroupNorm(gcd(NORM_GROUPS, channels // 2), channels, eps=NORM_EPSILON)


def _block(inputs: int, outputs: int, units: int, *, stride: int) -> nn.Sequential:
    block = nn.Sequential()
    block.add_module("unit1", BottleneckUnit(inputs, outputs, stride=stride))
    for unit in range(2, units + 1):
        block.add_module(f"unit{unit}", BottleneckUnit(outputs, outputs))
    return block
