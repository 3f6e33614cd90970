from __future__ import annotations

import pytest

from ScarSegLogic import networks

SMALL_VIT = {"width": 48, "depth": 3, "heads": 4, "global_attention_indexes": (1,), "window": 3}


@pytest.fixture
def build_sam():
    """A small Sam whose every parameter and statistic is random, so that none can be forgotten unseen."""
    torch = pytest.importorskip("torch")

    def build(image_size: int = 128, encoder: str = "vit", **options):
        torch.manual_seed(3)
        encoder_config = options.pop("encoder_config", SMALL_VIT if encoder == "vit" else {"depths": (1, 1, 1, 1)})
        small = {"width": 32, "decoder_heads": 4, "decoder_hidden": 64, **options}
        sam = networks.build("sam", image_size=image_size, encoder=encoder, encoder_config=encoder_config, **small)
        randomise(sam)
        return sam.eval()

    return build


def randomise(network) -> None:
    import torch

    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2.0)
        elif tensor.is_floating_point():
            torch.nn.init.normal_(tensor, std=1 / max(tensor[0].numel(), 4) ** 0.5)


def fill_by_rule(network) -> None:
    """Give every parameter and statistic values that any program can repeat, whatever its random numbers."""
    import torch

    for name, tensor in sorted(network.state_dict().items()):
        if tensor.is_floating_point():
            wave = torch.sin(0.7 * torch.arange(tensor.numel(), dtype=torch.float64) + len(name)).reshape(tensor.shape)
            fan_in = tensor[0].numel() if tensor.dim() > 1 else 1
            values = 1 + 0.3 * wave if name.endswith(("running_var", "weight")) and tensor.dim() == 1 else wave
            tensor.copy_(values / max(fan_in, 1) ** 0.5)
