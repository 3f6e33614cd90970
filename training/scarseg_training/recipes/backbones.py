"""The backbones of the curriculum paper at the sources' sizes, and their small twins (SCIENCE.md section 5).

The numbers of the twins are those of ``small()`` of each network's config, written out so that listing the recipes
loads no torch; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

CROP_SIZE = 64
"""Side of the masked crops [S0]."""


@dataclass(frozen=True)
class Backbone:
    """A network by name and config.

    Attributes:
        network: Its name in ``networks.build``.
        title: As its authors call it.
        config: Fields of its config; none where the defaults are the source's.
        small_config: Of the twin.
        small_cost: What the small recipes cost with it.
    """

    network: str
    title: str
    small_config: Mapping[str, Any]
    small_cost: str
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def small(self) -> Backbone:
        """The twin that learns on one core."""
        return replace(self, config=self.small_config)


BACKBONES = (
    Backbone("attention_unet", "AttentionUNet", {"widths": (16, 32, 64, 128)}, "2 min of one core"),
    Backbone(
        "transunet",
        "TransUNet",
        {
            "stem_width": 16,
            "units": (1, 1, 2),
            "hidden": 96,
            "depth": 3,
            "heads": 4,
            "mlp": 192,
            "bridge": 64,
            "decoder": (48, 32, 24, 16),
            "dropout": 0.0,
        },
        "2 min of one core",
    ),
    Backbone(
        "scarnet",
        "ScarNet",
        {
            "positions_size": CROP_SIZE,
            "patch": 8,
            "width": 64,
            "depth": 3,
            "heads": 4,
            "global_attention_indexes": (0, 1, 2),
            "decoder": (48, 32, 24, 16),
            "unet_widths": (8, 16, 32, 64),
        },
        "2 min of one core",
    ),
)
