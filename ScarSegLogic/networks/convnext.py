"""ConvNeXt (Liu 2022) as an encoder, and its published ImageNet weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn
from transformers import ConvNextConfig, ConvNextModel

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.published import load_into, read_tensors

_OF_THE_CLASSIFIER = re.compile(r"(classifier|head|norm|layernorm)\.")

_RENAMES = (
    (r"^convnext\.", ""),
    (r"^embeddings\.", "stem."),
    (r"^encoder\.", ""),
    (r"^(stem|downsample_layers\.0)\.0\.", "stem.patch_embeddings."),
    (r"^(stem|downsample_layers\.0)\.1\.", "stem.layernorm."),
    (r"^downsample_layers\.(\d)\.", r"stages.\1.downsampling_layer."),
    (r"^stages\.(\d)\.downsample\.", r"stages.\1.downsampling_layer."),
    (r"^stages\.(\d)\.(?:blocks\.)?(\d+)\.", r"stages.\1.layers.\2."),
    (r"\.conv_dw\.", ".dwconv."),
    (r"\.mlp\.fc([12])\.", r".pwconv\1."),
    (r"(\.layers\.\d+)\.norm\.", r"\1.layernorm."),
    (r"\.gamma$", ".layer_scale_parameter"),
)
"""From the three published layouts (transformers, timm, the authors' own) to the names of ``ConvNeXt``, in order."""


class ConvNeXt(nn.Module):
    """The stem and the four stages of a ConvNeXt; what follows them in a classifier is left out.

    Attributes:
        stem: (N, channels, H, W) to (N, widths[0], H/4, W/4).
        stages: Each keeps the size (the first) or halves it (the others).
    """

    def __init__(
        self, channels: int, *, depths: tuple[int, ...], widths: tuple[int, ...], layer_scale: float = 1e-6
    ) -> None:
        super().__init__()
        whole = ConvNextModel(
            ConvNextConfig(
                num_channels=channels,
                depths=list(depths),
                hidden_sizes=list(widths),
                layer_scale_init_value=layer_scale,
            )
        )
        self.stem = whole.embeddings
        self.stages = whole.encoder.stages


def load_published(network: ConvNeXt, path: Path) -> None:
    """Initialise a ConvNeXt of the same size from ImageNet weights: safetensors or PyTorch, in any published layout.

    The first convolution is summed over the colours where the network takes another number of channels, so that a grey
    image answers as its RGB copy did. Every parameter is checked by name and shape; no checksums are known to us.

    Raises:
        ScarSegError: The file cannot be read, is not a ConvNeXt's, or is one of another size.
    """
    state = _renamed(read_tensors(path))
    first = "stem.patch_embeddings.weight"
    if first not in state or state[first].ndim != 4:
        raise ScarSegError(
            f"the weights {path} are not a ConvNeXt's: expected the layout of transformers, timm or the authors; "
            "choose another file"
        )
    state[first] = _for_channels(state[first], network.state_dict()[first].shape[1])
    load_into(network, state, path)


def _renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    renamed = {}
    for name, tensor in state.items():
        for pattern, replacement in _RENAMES:
            name = re.sub(pattern, replacement, name)
        if not _OF_THE_CLASSIFIER.match(name):
            renamed[name] = tensor
    return renamed


def _for_channels(kernel: Tensor, channels: int) -> Tensor:
    """(outputs, colours, h, w) to (outputs, channels, h, w), same answer to the same image in every channel."""
    if kernel.shape[1] == channels:
        return kernel
    return kernel.sum(1, keepdim=True).expand(-1, channels, -1, -1) / channels
