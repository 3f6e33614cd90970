from __future__ import annotations

import pytest
import torch

from ScarSegLogic import networks
from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.networks.sam import (
    FOREGROUND_POINT,
    NO_POINT,
    Sam,
    SamConfig,
    SamPrompts,
    enlarge_logits,
    pixel_values,
)


def boxes(*rows):
    return torch.tensor(rows, dtype=torch.float32)


@pytest.mark.parametrize("encoder", ["vit", "tiny_vit"])
@pytest.mark.parametrize("size", [64, 192])
def test_masks_have_a_quarter_of_the_inputs_side(build_sam, encoder, size):
    sam = build_sam(size, encoder)
    with torch.no_grad():
        embeddings = sam.encode(torch.randn(2, 3, size, size))
        masks = sam.decode(embeddings, SamPrompts(boxes=boxes((3, 4, 20, 30), (8, 8, 9, 9))))
    assert embeddings.shape == (2, 32, size // 16, size // 16)
    assert masks.low_res_logits.shape == (2, 1, size // 4, size // 4)
    assert masks.iou.shape == (2, 1)


def test_one_embedding_serves_every_prompt_as_if_each_were_alone(build_sam):
    # In double precision: kernels for one row and for three differ in the last digits of single precision.
    sam = build_sam().double()
    rows = boxes((10, 20, 60, 80), (0, 0, 127, 127), (90, 5, 100, 9)).double()
    with torch.no_grad():
        embedding = sam.encode(torch.randn(1, 3, 128, 128).double())
        together = sam.decode(embedding, SamPrompts(boxes=rows))
        for row, logits, iou in zip(rows, *together, strict=True):
            alone = sam.decode(embedding, SamPrompts(boxes=row[None]))
            torch.testing.assert_close(alone.low_res_logits[0], logits, atol=1e-9, rtol=0)
            torch.testing.assert_close(alone.iou[0], iou, atol=1e-9, rtol=0)


def test_points_that_fill_up_a_row_are_no_points(build_sam):
    sam = build_sam()
    filler = torch.tensor([[[64.0, 64.0], [5.0, 9.0], [77.0, 1.0]]])
    moved = filler.clone()
    moved[0, 1:] = 100.0
    labels = torch.tensor([[FOREGROUND_POINT, NO_POINT, NO_POINT]])
    with torch.no_grad():
        embedding = sam.encode(torch.randn(1, 3, 128, 128))
        first = sam.decode(embedding, SamPrompts(points=filler, point_labels=labels))
        second = sam.decode(embedding, SamPrompts(points=moved, point_labels=labels))
        third = sam.decode(embedding, SamPrompts(points=filler + 9, point_labels=labels))
    assert torch.equal(first.low_res_logits, second.low_res_logits)
    assert not torch.allclose(first.low_res_logits, third.low_res_logits, atol=1e-3)


def test_an_earlier_answer_refines_the_next(build_sam):
    sam = build_sam()
    rows = boxes((10, 20, 60, 80))
    with torch.no_grad():
        embedding = sam.encode(torch.randn(1, 3, 128, 128))
        first = sam.decode(embedding, SamPrompts(boxes=rows))
        refined = sam.decode(embedding, SamPrompts(boxes=rows, masks=first.low_res_logits))
        from_mask_alone = sam.decode(embedding, SamPrompts(masks=first.low_res_logits))
    assert not torch.allclose(first.low_res_logits, refined.low_res_logits, atol=1e-3)
    assert not torch.allclose(refined.low_res_logits, from_mask_alone.low_res_logits, atol=1e-3)


def test_positions_of_boxes_and_cells_meet_at_pixel_centres(build_sam):
    # The cell of a 16 pixel patch has its centre at pixel index 7.5, that is 8.0 from the image's edge.
    encoder = build_sam().prompt_encoder
    sparse, _ = encoder(SamPrompts(boxes=boxes((7.5, 7.5, 7.5, 119.5))))
    corners = sparse[0] - torch.cat([encoder.point_embeddings[row].weight for row in (2, 3)])
    grid = encoder.grid_positions()[0]
    torch.testing.assert_close(corners[0], grid[:, 0, 0], atol=1e-5, rtol=0)
    torch.testing.assert_close(corners[1], grid[:, 7, 0], atol=1e-5, rtol=0)


def test_positions_stay_exact_in_mixed_precision(build_sam):
    encoder = build_sam().prompt_encoder
    prompts = SamPrompts(boxes=boxes((100, 101, 102, 103)))
    exact, _ = encoder(prompts)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed, _ = encoder(prompts)
    torch.testing.assert_close(mixed, exact)


@pytest.mark.parametrize("encoder", ["vit", "tiny_vit"])
def test_mixed_and_half_precision_give_nearly_the_same_masks(build_sam, encoder):
    sam = build_sam(encoder=encoder)
    images, prompts = torch.randn(1, 3, 128, 128), SamPrompts(boxes=boxes((10, 20, 60, 80)))
    with torch.no_grad():
        exact = sam(images, prompts).low_res_logits
        with torch.autocast("cpu", dtype=torch.bfloat16):
            mixed = sam(images, prompts).low_res_logits
        half = sam.bfloat16()(images.bfloat16(), prompts).low_res_logits
    for other in (mixed, half):
        assert (other.float() - exact).abs().mean() < 0.1 * exact.abs().mean()


def test_every_parameter_learns_unless_it_serves_another_kind_of_prompt(build_sam):
    sam = build_sam(encoder_config={"width": 16, "depth": 2, "heads": 2, "global_attention_indexes": (1,), "window": 3})
    points = {"points": torch.rand(1, 3, 2) * 128, "point_labels": torch.tensor([[1, 0, -1]])}
    images, masks = torch.randn(1, 3, 128, 128), torch.randn(1, 1, 32, 32)
    first = sam(images, SamPrompts(boxes=boxes((9, 9, 90, 90)), masks=masks, **points))
    second = sam.decode(sam.encode(images), SamPrompts(**points), ambiguous=True)
    (sum(part.square().sum() for part in (*first, *second))).backward()
    silent = [name for name, parameter in sam.named_parameters() if not parameter.grad.abs().sum() > 0]
    assert silent == []


def test_a_box_prompt_is_learnt_from_a_few_images():
    torch.manual_seed(0)
    sam = Sam(
        SamConfig(
            64, "tiny_vit", {"widths": (8, 16, 16, 32), "depths": (1, 1, 1, 1), "heads": (1, 1, 2, 2)}, 32, 2, 2, 64
        )
    )
    images = 0.1 * torch.randn(2, 3, 64, 64)
    targets = torch.zeros(2, 1, 64, 64)
    targets[0, :, 10:30, 8:40], targets[1, :, 34:58, 30:52] = 1, 1
    images = images + targets
    prompts = SamPrompts(boxes=boxes((8, 10, 39, 29), (30, 34, 51, 57)))
    optimizer = torch.optim.AdamW(sam.parameters(), lr=3e-3)
    for _ in range(60):
        logits = enlarge_logits(sam(images, prompts).low_res_logits, 64)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    found = logits > 0
    dice = 2 * (found & targets.bool()).sum() / (found.sum() + targets.sum())
    assert dice > 0.9


def test_enlarged_logits_cover_the_input():
    low = torch.zeros(1, 1, 4, 4)
    low[..., 2:] = 1.0
    assert enlarge_logits(low, 16)[0, 0, 0].tolist()[6:10] == pytest.approx([0.125, 0.375, 0.625, 0.875])


def test_grey_values_enter_as_the_weights_expect():
    grey = torch.tensor([0.0, 0.5, 1.0]).reshape(1, 1, 1, 3)
    assert torch.equal(pixel_values(grey, "unit")[0, 2, 0], grey[0, 0, 0])
    # (0.5 * 255 - 123.675) / 58.395 and (255 - 103.53) / 57.375
    standard = pixel_values(grey, "imagenet")
    assert standard[0, 0, 0, 1].item() == pytest.approx(0.065502, abs=1e-5)
    assert standard[0, 2, 0, 2].item() == pytest.approx(2.64, abs=1e-5)
    with pytest.raises(ValueError, match="pixel values 'raw': expected imagenet or unit"):
        pixel_values(grey, "raw")


def test_small_weights_fit_in_25_megabytes_of_half_precision():
    with torch.device("meta"):
        small, tiny = Sam(SamConfig.small()), Sam(SamConfig.tiny())
    assert 2 * sum(tensor.numel() for tensor in small.state_dict().values()) < 25e6
    assert sum(parameter.numel() for parameter in tiny.parameters()) < 1.2e6


@pytest.mark.parametrize(
    ("prompts", "text"),
    [
        ({}, "no prompt was given: give a box, a point or an earlier mask"),
        ({"boxes": torch.zeros(2, 2, 2)}, r"boxes of shape \(2, 2, 2\): expected \(objects, 4\)"),
        ({"points": torch.zeros(1, 1, 2)}, "points and point_labels go together"),
        ({"points": torch.zeros(1, 2), "point_labels": torch.zeros(1, 2)}, r"points of shape \(1, 2\): expected"),
        ({"points": torch.zeros(1, 2, 2), "point_labels": torch.zeros(1, 3)}, r"point_labels of shape \(1, 3\)"),
        ({"masks": torch.zeros(8, 8)}, r"masks of shape \(8, 8\): expected \(objects, 1, height, width\)"),
        ({"boxes": torch.zeros(2, 4), "masks": torch.zeros(1, 1, 8, 8)}, r"prompts of \[1, 2\] objects"),
    ],
)
def test_prompts_that_say_nothing_or_do_not_match_are_refused(prompts, text):
    with pytest.raises(ScarSegError, match=text):
        SamPrompts(**prompts)


def test_images_and_embeddings_of_another_number_or_size_are_refused(build_sam):
    sam = build_sam()
    with pytest.raises(
        ScarSegError, match=r"images of shape \(1, 3, 64, 64\): this network expects \(N, 3, 128, 128\)"
    ):
        sam.encode(torch.zeros(1, 3, 64, 64))
    with pytest.raises(ScarSegError, match="2 embeddings for prompts of 3 objects"):
        sam.decode(torch.zeros(2, 32, 8, 8), SamPrompts(boxes=torch.zeros(3, 4)))


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"image_size": 250}, "image_size 250 is no positive multiple of 64"),
        ({"encoder": "resnet"}, "encoder 'resnet' is neither vit nor tiny_vit"),
        ({"width": 100}, "width 100 is no multiple"),
        ({"encoder_config": {"width": 50}}, "width 50 is no multiple of heads 12"),
        ({"encoder_config": {"global_attention_indexes": [12]}}, "are not within depth 12"),
        ({"encoder": "tiny_vit", "encoder_config": {"depths": [1]}}, r"depths \(1,\) must name four stages"),
        ({"encoder": "tiny_vit", "encoder_config": {"adapters": True}}, "adapters"),
    ],
)
def test_a_configuration_that_makes_no_network_is_refused(config, text):
    with pytest.raises(ScarSegError, match=f"'sam' does not take this configuration: .*{text}"):
        networks.build("sam", **config)
