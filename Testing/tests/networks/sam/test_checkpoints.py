from __future__ import annotations

import dataclasses
import json
import sys

import pytest
import torch

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.published import UnknownWeightsWarning
from ScarSegLogic.networks.sam import (
    Sam,
    SamConfig,
    SamPrompts,
    build,
    checkpoints,
    load_published,
    load_published_encoder,
    read_published,
)
from ScarSegLogic.networks.sam.image_encoder_vit import ImageEncoderViT

pytestmark = pytest.mark.filterwarnings("ignore::ScarSegLogic.networks.published.UnknownWeightsWarning")
BOX = SamPrompts(boxes=torch.tensor([[10.0, 20.0, 60.0, 80.0]]))


def test_a_checkpoint_gives_back_the_masks_of_the_network_it_came_from(build_sam, tmp_path):
    saved, other = build_sam(), build_sam()
    torch.nn.init.zeros_(other.image_encoder.neck[0].weight)
    torch.save(saved.state_dict(), tmp_path / "sam.pth")
    load_published(other, tmp_path / "sam.pth")
    images = torch.randn(1, 3, 128, 128)
    with torch.no_grad():
        assert torch.equal(other(images, BOX).low_res_logits, saved(images, BOX).low_res_logits)


def test_the_architecture_is_read_from_the_parameters(build_sam, tmp_path):
    encoder = {
        "width": 48,
        "depth": 3,
        "heads": 4,
        "global_attention_indexes": (0, 2),
        "window": 3,
        "adapters": True,
    }
    torch.save({"model": build_sam(192, encoder_config=encoder).state_dict()}, tmp_path / "a.pth")
    config = read_published(tmp_path / "a.pth").config
    assert (config.image_size, config.encoder, config.encoder_config) == (192, "vit", encoder)
    torch.save(build_sam(encoder="tiny_vit").state_dict(), tmp_path / "b.pt")
    assert read_published(tmp_path / "b.pt").config == SamConfig.mobile()


def test_an_official_file_is_known_by_its_checksum_and_another_warns(build_sam, tmp_path, monkeypatch):
    path = tmp_path / "renamed.pt"
    torch.save(build_sam().state_dict(), path)
    with pytest.warns(
        UnknownWeightsWarning, match=r"none of the published files sam_vit_b_01ec64\.pth, mobile_sam\.pt"
    ):
        assert read_published(path).file is None
    import hashlib

    known = checkpoints.PublishedFile("x.pt", "", "", sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(checkpoints, "PUBLISHED_FILES", (known,))
    assert read_published(path).file is known


def test_pixel_values_are_those_the_weights_were_trained_with(build_sam, tmp_path):
    for name, expected in (("medsam_vit_b.pth", "unit"), ("sam_vit_b_01ec64.pth", "imagenet")):
        torch.save(build_sam().state_dict(), tmp_path / name)
        assert read_published(tmp_path / name).pixel_values == expected


def test_positions_fit_another_input_size(build_sam, tmp_path):
    large, small = build_sam(256), build_sam(128)
    with torch.no_grad():  # positions that rise evenly by row: resized, they must do so too
        large.image_encoder.pos_embed.copy_(torch.arange(16.0).reshape(1, 16, 1, 1).expand(1, 16, 16, 48))
        ramp = torch.linspace(-1, 1, 31)[:, None].expand(31, 12)
        large.image_encoder.blocks[1].attn.rel_pos_h.copy_(ramp)
    torch.save(large.state_dict(), tmp_path / "large.pth")
    load_published(small, tmp_path / "large.pth")
    rows = small.image_encoder.pos_embed[0, :, 3, 7]
    torch.testing.assert_close(rows, torch.arange(8.0) * 2 + 0.5)
    offsets = small.image_encoder.blocks[1].attn.rel_pos_h[:, 0]
    # 31 offsets to 15, each at the middle of 31 / 15 of the old ones: (i + 0.5) * 31 / 15 - 0.5 in old indices.
    expected = ((torch.arange(15.0) + 0.5) * 31 / 15 - 0.5) / 15 - 1
    torch.testing.assert_close(offsets, expected)
    window = small.image_encoder.blocks[0].attn.rel_pos_h
    assert torch.equal(window, large.image_encoder.blocks[0].attn.rel_pos_h)


def test_fresh_adapters_leave_the_pretrained_network_as_it_was(build_sam, tmp_path):
    plain = build_sam()
    torch.save(plain.state_dict(), tmp_path / "sam.pth")
    config = {**plain.config.encoder_config, "adapters": True}
    adapted = build(image_size=128, encoder_config=config, width=32, decoder_heads=4, decoder_hidden=64).eval()
    load_published(adapted, tmp_path / "sam.pth")
    images = torch.randn(1, 3, 128, 128)
    with torch.no_grad():
        torch.testing.assert_close(adapted(images, BOX), plain(images, BOX))
    loss = adapted(images, BOX).low_res_logits.square().mean()
    loss.backward()
    assert adapted.image_encoder.blocks[0].Adapter.norm.weight.grad.abs().sum() > 0


def test_the_image_encoder_alone_takes_its_part_of_a_checkpoint(build_sam, tmp_path):
    sam = build_sam()
    torch.save({f"module.{name}": tensor for name, tensor in sam.state_dict().items()}, tmp_path / "sam.pth")
    encoder = ImageEncoderViT(sam.image_encoder.config).eval()
    load_published_encoder(encoder, tmp_path / "sam.pth")
    images = torch.randn(1, 3, 128, 128)
    with torch.no_grad():
        assert torch.equal(encoder(images), sam.encode(images))


def test_mobile_sam_comes_without_its_classifier(build_sam, tmp_path):
    sam = build_sam(encoder="tiny_vit")
    classifier = {
        "image_encoder.norm_head.weight": torch.ones(320),
        "image_encoder.norm_head.bias": torch.ones(320),
        "image_encoder.head.weight": torch.ones(1000, 320),
        "image_encoder.head.bias": torch.ones(1000),
    }
    torch.save({**sam.state_dict(), **classifier}, tmp_path / "mobile.pt")
    load_published(build_sam(encoder="tiny_vit"), tmp_path / "mobile.pt")


def test_weights_of_another_architecture_are_refused(build_sam, tmp_path):
    torch.save(build_sam(encoder="tiny_vit").state_dict(), tmp_path / "mobile.pt")
    with pytest.raises(
        ScarSegError, match=r"mobile\.pt are of a tiny_vit image encoder, this network has a vit: build"
    ):
        load_published(build_sam(), tmp_path / "mobile.pt")
    torch.save(build_sam(width=64).state_dict(), tmp_path / "wide.pth")
    with pytest.raises(
        ScarSegError, match=r"wide\.pth are not for this Sam: it has another shape of image_encoder\.neck"
    ):
        load_published(build_sam(), tmp_path / "wide.pth")
    torch.save({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "resnet.pth")
    with pytest.raises(ScarSegError, match=r"resnet\.pth are not of the Segment Anything family"):
        load_published(build_sam(), tmp_path / "resnet.pth")


def test_adapters_cannot_be_dropped_unseen(build_sam, tmp_path):
    plain = build_sam()
    adapted = build_sam(encoder_config={**plain.config.encoder_config, "adapters": True})
    torch.save({"model": adapted.state_dict()}, tmp_path / "sam-med2d_b.pth")
    with pytest.raises(ScarSegError, match=r"has the unknown image_encoder\.blocks\.0\.Adapter\.norm\.weight"):
        load_published(plain, tmp_path / "sam-med2d_b.pth")


def test_published_weights_are_offered_where_the_network_is_defined(build_sam):
    # Training looks for them in the module of the network's class.
    assert sys.modules[type(build_sam()).__module__].load_published is load_published


def test_presets_survive_a_json_file_and_build_the_same_network():
    for preset in (SamConfig.tiny(), SamConfig.med2d()):
        with torch.device("meta"):
            network = networks.build("sam", **json.loads(json.dumps(dataclasses.asdict(preset))))
            expected = Sam(preset)
        assert network.image_encoder.config == expected.image_encoder.config
