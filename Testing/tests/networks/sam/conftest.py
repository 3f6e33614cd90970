from __future__ import annotations

import re

import pytest

from ScarSegLogic import networks

SMALL_VIT = {"width": 48, "depth": 3, "heads": 4, "global_attention_indexes": (1,), "window": 3}


@pytest.fixture
def build_sam():
    """A small Sam whose every parameter and statistic is random, so that none can be forgotten unseen."""
    import torch

    def build(image_size: int = 128, encoder: str = "vit", **options):
        torch.manual_seed(3)
        encoder_config = options.pop("encoder_config", SMALL_VIT if encoder == "vit" else {"depths": (1, 1, 1, 1)})
        small = {"width": 32, "decoder_heads": 4, "decoder_hidden": 64, **options}
        sam = networks.build("sam", image_size=image_size, encoder=encoder, encoder_config=encoder_config, **small)
        randomise(sam)
        return sam.eval()

    return build


def randomise(network) -> None:
    """Values of the size that trained ones have; keys and queries are larger, so that attention chooses."""
    import torch

    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2.0)
        elif tensor.is_floating_point():
            is_scale = name.endswith("weight") and tensor.dim() == 1
            sharpness = 2 if re.search(r"(q_proj|k_proj)\.weight", name) else 1
            fan_in = 1 if tensor.dim() < 2 or re.search(r"embed|token", name) else tensor[0].numel()
            torch.nn.init.normal_(tensor, mean=float(is_scale), std=sharpness * (0.3 if is_scale else fan_in**-0.5))


@pytest.fixture
def fill_by_rule():
    """Give every parameter and statistic values that any program can repeat, whatever its random numbers."""
    import torch

    def fill(network):
        for name, tensor in sorted(network.state_dict().items()):
            if tensor.is_floating_point():
                wave = torch.sin(0.7 * torch.arange(tensor.numel(), dtype=torch.float64) + len(name))
                is_scale = name.endswith(("running_var", "weight")) and tensor.dim() == 1
                fan_in = tensor[0].numel() if tensor.dim() > 1 else 1
                tensor.copy_((1 + 0.3 * wave if is_scale else wave).reshape(tensor.shape) / fan_in**0.5)
        return network

    return fill
