"""LV scar from noisy labels by Segment Anything: Box-SAM, YOLO-SAM [S2] (SCIENCE.md section 3) and SAM-Med2D."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scarseg_training.config import RunConfig, SplitConfig, StageConfig

TINY_SAM = {
    "image_size": 256,
    "encoder": "tiny_vit",
    "encoder_config": {
        "widths": (16, 32, 64, 96),
        "depths": (1, 1, 2, 1),
        "heads": (1, 2, 4, 6),
        "windows": (8, 8, 16, 8),
    },
    "width": 64,
    "decoder_heads": 4,
    "decoder_hidden": 256,
}
"""``SamConfig.tiny()``, written out so that listing the recipes loads no torch; a test holds them together."""
TINY_MED2D = {
    "image_size": 256,
    "encoder": "vit",
    "encoder_config": {"width": 64, "depth": 3, "heads": 4, "global_attention_indexes": (2,), "adapters": True},
    "width": 64,
    "decoder_heads": 4,
    "decoder_hidden": 256,
}
"""A narrow SAM-Med2D (ours)."""
MED2D = {"image_size": 256, "encoder": "vit", "encoder_config": {"adapters": True}}
TINY_YOLO = {"widths": (8, 16, 32, 64, 96), "depths": (1, 1, 1, 1)}
"""A narrow detector of 0.6 M parameters (ours)."""
SMALL_HEART = {"region": "heart", "heart_margin": 1.25}
"""A quarter of 256 pixels must resolve the wall: the small twins see the heart and little else (ours)."""
SMALL_FRAME = {**SMALL_HEART, "image_size": 256, "pixel_values": "unit", "draw_boxes": True}
"""Boxes are drawn as mask prompts too: with corners alone the twin stayed below the Dice of a filled box (ours)."""
PHANTOMS = "phantoms:lv:60:labels=observer"
UNUSED_HEAD = "mask_decoder.iou_prediction_head."
"""SAM's own estimate of its overlap, which no term of the loss teaches."""

PAPER_PACE = {
    # The sources give neither optimiser nor rates nor clipping (ours): AdamW, the pretrained encoder a tenth as fast.
    "epochs": 50,
    "batch_size": 4,
    "learning_rate": 1e-4,
    "weight_decay": 0.01,
    "schedule": "cosine",
    "schedule_config": {"warm_up_epochs": 1},
    "patience": 10,
}
SMALL_PACE = {
    "epochs": 10,
    "samples_per_epoch": 240,
    "batch_size": 8,
    "learning_rate": 2e-3,
    "weight_decay": 0.01,
    "schedule": "one_cycle",
    "validate_every": 5,
    "ema_decay": 0.98,
}
VIT_BLOCKS = 12
MED2D_FROZEN = (
    "image_encoder.pos_embed",
    "image_encoder.patch_embed.",
    "image_encoder.neck.",
    *(
        f"image_encoder.blocks.{block}.{part}."
        for block in range(VIT_BLOCKS)
        for part in ("norm1", "attn", "norm2", "mlp")
    ),
    UNUSED_HEAD,
)
"""SAM-Med2D (Cheng 2023) tunes adapters, prompt encoder and mask decoder; the rest of the encoder stays."""


def _sam(name: str, **options: Any) -> StageConfig:
    return StageConfig(name=name, task="box_sam", network="sam", **options)


def paper_box_sam() -> RunConfig:
    """LV scar in a person's boxes: SAM ViT-B at 1024 pixels on softened labels (give --weights)."""
    stage = _sam(
        "box_sam",
        learning_rate_scale={"image_encoder.": 0.1},
        frozen=("prompt_encoder.", UNUSED_HEAD),
        **PAPER_PACE,
    )
    return _paper("paper_box_sam", (stage,))


def paper_yolo_sam() -> RunConfig:
    """LV scar without anybody's boxes: a detector's are the prompts of SAM ViT-B (give --weights)."""
    detector = StageConfig(
        name="detector",
        task="scar_detector",
        network="yolo",
        epochs=100,
        batch_size=16,
        learning_rate=1e-3,
        weight_decay=5e-4,
        schedule="cosine",
        schedule_config={"warm_up_epochs": 3},
        ema_decay=0.999,
        patience=30,
    )
    sam = StageConfig(
        name="yolo_sam",
        task="yolo_sam",
        network="yolo_sam",
        starts_from="detector",
        inherits={"detector.": ""},
        learning_rate_scale={"sam.image_encoder.": 0.1},
        frozen=("detector.", "sam.prompt_encoder.", f"sam.{UNUSED_HEAD}"),
        **PAPER_PACE,
    )
    return _paper("paper_yolo_sam", (detector, sam))


def sam_med2d_baseline() -> RunConfig:
    """LV scar in a person's boxes: SAM-Med2D at 256 pixels, adapters tuned with Dice and CE (give --weights)."""
    stage = _sam(
        "sam_med2d",
        task_config={"image_size": 256, "loss_name": "dice_ce"},
        network_config=MED2D,
        frozen=MED2D_FROZEN,
        **PAPER_PACE,
    )
    return _paper("sam_med2d_baseline", (stage,), source="[S4]'s baseline, Cheng 2023; SCIENCE 4, 5")


def small_box_sam() -> RunConfig:
    """LV scar in a person's boxes by a narrow SAM on softened labels, for one core."""
    stage = _sam("box_sam", task_config=SMALL_FRAME, network_config=TINY_SAM, **SMALL_PACE)
    return _small("small_box_sam", (stage,), minutes=2.2)


def small_yolo_sam() -> RunConfig:
    """LV scar by a narrow detector and a narrow SAM, for one core."""
    detector = StageConfig(
        name="detector",
        task="scar_detector",
        task_config=SMALL_HEART,
        network="yolo",
        network_config=TINY_YOLO,
        **SMALL_PACE | {"epochs": 12, "samples_per_epoch": 320},
    )
    sam = StageConfig(
        name="yolo_sam",
        task="yolo_sam",
        task_config=SMALL_FRAME,
        network="yolo_sam",
        network_config={"detector": TINY_YOLO, "sam": TINY_SAM},
        starts_from="detector",
        inherits={"detector.": ""},
        frozen=("detector.",),
        **SMALL_PACE,
    )
    return _small("small_yolo_sam", (detector, sam), minutes=3.6)


def small_sam_med2d_baseline() -> RunConfig:
    """LV scar in a person's boxes by a narrow SAM-Med2D from scratch, for one core."""
    task = {**SMALL_FRAME, "loss_name": "dice_ce"}
    stage = _sam("sam_med2d", task_config=task, network_config=TINY_MED2D, **SMALL_PACE)
    return _small("small_sam_med2d_baseline", (stage,), minutes=2.0)


def _paper(name: str, stages: tuple[StageConfig, ...], source: str = "[S2] arXiv 2506.21151; SCIENCE 3") -> RunConfig:
    return RunConfig(
        recipe=name,
        stages=stages,
        split=SplitConfig(kind="holdout", fractions=(0.7, 0.15, 0.15)),
        precision="bf16-mixed",
        source=source,
        cost="one GPU, published weights",
    )


def _small(name: str, stages: tuple[StageConfig, ...], *, minutes: float) -> RunConfig:
    return RunConfig(
        recipe=name,
        stages=stages,
        phantoms=PHANTOMS,
        needs_data=False,
        split=SplitConfig(fractions=(0.7, 0.3, 0.0)),
        precision="bf16-mixed",
        source="[S2] arXiv 2506.21151; SCIENCE 3",
        cost=f"{minutes:g} min of one core",
    )


RECIPES: Mapping[str, Callable[[], RunConfig]] = {
    recipe.__name__: recipe
    for recipe in (
        paper_box_sam,
        paper_yolo_sam,
        sam_med2d_baseline,
        small_box_sam,
        small_yolo_sam,
        small_sam_med2d_baseline,
    )
}
