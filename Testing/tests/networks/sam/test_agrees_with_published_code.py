"""What transformers does not have, against numbers that the authors' own code gave for weights made by a rule.

MobileSAM at commit d6c9073 and SAM-Med2D at commit 036ccba, run once by hand on ``fill_by_rule`` weights; MobileSAM in
double precision. Ours runs in it too, since processors differ in the last digits of single precision.
"""

from __future__ import annotations

import hashlib

import pytest
import torch

from ScarSegLogic.networks.sam import Sam, SamConfig
from ScarSegLogic.networks.sam.image_encoder_vit import ImageEncoderViT, ImageEncoderViTConfig
from ScarSegLogic.networks.sam.tiny_vit import TinyViT, TinyViTConfig


def an_image(size):
    return torch.sin(0.013 * torch.arange(3 * size * size, dtype=torch.float64)).reshape(1, 3, size, size)


def test_tiny_vit_gives_the_embedding_of_mobile_sams_code(fill_by_rule):
    config = TinyViTConfig(widths=(8, 16, 24, 320), depths=(1, 1, 2, 1), heads=(1, 2, 3, 4))
    network = fill_by_rule(TinyViT(config).double()).eval()
    with torch.no_grad():
        embedding = network(an_image(1024))
    assert embedding.shape == (1, 256, 64, 64)
    assert embedding.mean().item() == pytest.approx(-0.00312147448763, abs=1e-9)
    assert embedding.std().item() == pytest.approx(0.85586237611717, abs=1e-9)
    found = embedding[0, ::64, 5, 60].tolist()
    assert found == pytest.approx([-0.41661874826, 0.02264792596, 0.19574058204, 0.30627392963], abs=1e-9)


def test_a_vit_with_adapters_gives_the_embedding_of_sam_med2ds_code(fill_by_rule):
    config = ImageEncoderViTConfig(256, 16, 16, 2, 2, (1,), out_chans=8, adapters=True)
    network = fill_by_rule(ImageEncoderViT(config).double()).eval()
    with torch.no_grad():
        embedding = network(an_image(256))
    assert embedding.mean().item() == pytest.approx(0.0421048515, abs=1e-5)
    assert embedding.std().item() == pytest.approx(1.01606524, abs=1e-5)
    found = embedding[0, ::2, 5, 12].tolist()
    assert found == pytest.approx([-1.71180701, -0.438002467, 1.07824075, 0.760662675], abs=1e-4)


@pytest.mark.parametrize(
    ("config", "parameters", "digest"),
    [
        (SamConfig.vit_b(), 93_735_472, "2a326f8855d290e081116dbf100a235308e9f12b6c76b54759db0f806cc5ea48"),
        (SamConfig.mobile(), 9_808_452, "9d53a17396c7ffbf7bd3682b563f3b5a131b710cada289817834bd0f6dea2c30"),
        (SamConfig.med2d(), 271_241_776, "6da7d9c1fdb28fba8ed904abb580744b69cc314491adb0eccb7d10e3337668be"),
    ],
    ids=["sam_vit_b", "mobile_sam", "sam-med2d_b"],
)
def test_every_name_and_shape_is_that_of_the_published_layout(config, parameters, digest):
    with torch.device("meta"):
        network = Sam(config)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    lines = [f"{name} {tuple(tensor.shape)}" for name, tensor in sorted(network.state_dict().items())]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == digest


def test_mobile_sam_has_ten_million_parameters_with_its_unused_classifier():
    with torch.device("meta"):
        network = Sam(SamConfig.mobile())
    classifier = 2 * 320 + 320 * 1000 + 1000
    assert sum(parameter.numel() for parameter in network.parameters()) + classifier == 10_130_092
