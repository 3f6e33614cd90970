"""Segment Anything of ``transformers`` is the independent oracle of the ViT family."""

from __future__ import annotations

import re

import pytest
import torch
import transformers

from ScarSegLogic import networks
from ScarSegLogic.networks.sam.prompts import SamPrompts

TOLERANCE = 1e-4
_RENAMED = (
    (r"^image_encoder", "vision_encoder"),
    (r"(vision_encoder)\.blocks", r"\1.layers"),
    (r"patch_embed\.proj", "patch_embed.projection"),
    (r"neck\.0", "neck.conv1"),
    (r"neck\.1", "neck.layer_norm1"),
    (r"neck\.2", "neck.conv2"),
    (r"neck\.3", "neck.layer_norm2"),
    (r"\.norm(\d|_final_attn)", r".layer_norm\1"),
    (r"point_embeddings", "point_embed"),
    (r"mask_downscaling\.0", "mask_embed.conv1"),
    (r"mask_downscaling\.1", "mask_embed.layer_norm1"),
    (r"mask_downscaling\.3", "mask_embed.conv2"),
    (r"mask_downscaling\.4", "mask_embed.layer_norm2"),
    (r"mask_downscaling\.6", "mask_embed.conv3"),
    (r"pe_layer\.positional_encoding_gaussian_matrix", "shared_embedding.positional_embedding"),
    (r"output_upscaling\.0", "upscale_conv1"),
    (r"output_upscaling\.1", "upscale_layer_norm"),
    (r"output_upscaling\.3", "upscale_conv2"),
    (r"(mlps\.\d|head)\.layers\.0", r"\1.proj_in"),
    (r"(mlps\.\d|head)\.layers\.1", r"\1.layers.0"),
    (r"(mlps\.\d|head)\.layers\.2", r"\1.proj_out"),
)


def their_model(sam):
    config = sam.config
    encoder = sam.image_encoder.config
    vision = {
        "hidden_size": encoder.width,
        "num_hidden_layers": encoder.depth,
        "num_attention_heads": encoder.heads,
        "image_size": config.image_size,
        "output_channels": config.width,
        "window_size": encoder.window,
        "global_attn_indexes": list(encoder.global_attention_indexes),
        "num_pos_feats": config.width // 2,
    }
    prompts = {"hidden_size": config.width, "image_size": config.image_size}
    decoder = {
        "hidden_size": config.width,
        "mlp_dim": config.decoder_hidden,
        "num_hidden_layers": config.decoder_depth,
        "num_attention_heads": config.decoder_heads,
        "iou_head_hidden_dim": config.width,
        "layer_norm_eps": 1e-5,  # as in the published code; the default of transformers is 1e-6
    }
    model = transformers.SamModel(
        transformers.SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)
    )
    state = {}
    for name, tensor in sam.state_dict().items():
        for ours, theirs in _RENAMED:
            name = re.sub(ours, theirs, name)
        state[name] = tensor
    state["shared_image_embedding.positional_embedding"] = sam.prompt_encoder.pe_layer.state_dict()[
        "positional_encoding_gaussian_matrix"
    ]
    model.load_state_dict(state)
    return model.eval()


def random_prompts(kinds, objects, size):
    """Prompts of ``kinds`` for us, and the same as keyword arguments of ``SamModel`` for one image."""
    first = torch.rand(objects, 2) * size / 2
    boxes = torch.cat([first, first + torch.rand(objects, 2) * size / 2], dim=1)
    points = torch.rand(objects, 3, 2) * size
    labels = torch.tensor([[1, 0, -1], [1, 1, 0], [0, 1, -1]])[:objects]
    masks = torch.randn(1, 1, size // 4, size // 4)
    ours, theirs = {}, {}
    if "boxes" in kinds:
        ours["boxes"], theirs["input_boxes"] = boxes, boxes[None]
    if "points" in kinds:
        ours |= {"points": points, "point_labels": labels}
        theirs |= {"input_points": points[None], "input_labels": labels[None]}
    if "masks" in kinds:
        ours["masks"], theirs["input_masks"] = masks.expand(objects, -1, -1, -1), masks
    return SamPrompts(**ours), theirs


@pytest.mark.parametrize("ambiguous", [False, True])
@pytest.mark.parametrize("kinds", [("boxes",), ("points",), ("boxes", "points"), ("boxes", "points", "masks")])
def test_masks_and_scores_are_the_same_for_the_same_weights(build_sam, kinds, ambiguous):
    sam = build_sam()
    images = torch.randn(1, 3, 128, 128)
    prompts, theirs = random_prompts(kinds, 3, 128)
    with torch.no_grad():
        expected = their_model(sam)(pixel_values=images, multimask_output=ambiguous, **theirs)
        masks = sam.decode(sam.encode(images), prompts, ambiguous=ambiguous)
    differences = (masks.low_res_logits[0] - masks.low_res_logits[1]).abs().mean()
    assert differences > 100 * TOLERANCE, "the prompts must matter, else this proves little"
    torch.testing.assert_close(masks.low_res_logits, expected.pred_masks[0], atol=TOLERANCE, rtol=0)
    torch.testing.assert_close(masks.iou, expected.iou_scores[0], atol=TOLERANCE, rtol=0)


def test_a_batch_of_images_with_a_box_each_is_answered_as_theirs(build_sam):
    sam = build_sam()
    images = torch.randn(3, 3, 128, 128)
    prompts, theirs = random_prompts(("boxes",), 3, 128)
    with torch.no_grad():
        expected = their_model(sam)(
            pixel_values=images, multimask_output=False, input_boxes=theirs["input_boxes"].transpose(0, 1)
        )
        masks = sam(images, prompts)
    torch.testing.assert_close(masks.low_res_logits, expected.pred_masks[:, 0], atol=TOLERANCE, rtol=0)
    torch.testing.assert_close(masks.iou, expected.iou_scores[:, 0], atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("size", [64, 128, 320])
def test_embeddings_are_the_same_at_every_size(build_sam, size):
    sam = build_sam(image_size=size)
    images = torch.randn(2, 3, size, size)
    with torch.no_grad():
        expected = their_model(sam).get_image_embeddings(images)
        embeddings = sam.encode(images)
    assert embeddings.std() > 0.05
    torch.testing.assert_close(embeddings, expected, atol=TOLERANCE, rtol=0)


@pytest.mark.slow
def test_vit_b_in_full_agrees_in_embeddings_masks_and_scores(build_sam):
    # In double precision: with these weights the rounding of single precision alone moves logits by some 1e-4.
    sam = build_sam(256, encoder_config={}, width=256, decoder_heads=8, decoder_hidden=2048).double()
    images = torch.randn(1, 3, 256, 256, dtype=torch.float64)
    prompts, theirs = random_prompts(("boxes", "points"), 3, 256)
    with torch.no_grad():
        model = their_model(sam).double()
        embeddings = sam.encode(images)
        masks = sam.decode(embeddings, prompts)
        expected_embeddings = model.get_image_embeddings(images)
        expected = model(image_embeddings=expected_embeddings, multimask_output=False, **theirs)
    torch.testing.assert_close(embeddings, expected_embeddings, atol=1e-8, rtol=0)
    torch.testing.assert_close(masks.low_res_logits, expected.pred_masks[0], atol=1e-8, rtol=0)
    torch.testing.assert_close(masks.iou, expected.iou_scores[0], atol=1e-8, rtol=0)


def test_the_full_model_has_the_parameters_that_transformers_counts():
    with torch.device("meta"):
        ours = networks.build("sam")
        theirs = transformers.SamModel(transformers.SamConfig())
    published = sum(p.numel() for name, p in theirs.named_parameters() if "shared" not in name)
    assert sum(p.numel() for p in ours.parameters()) == published == 93_735_472
