"""The colours of every picture, chosen to stay apart for colour-blind readers and in grey print (all ours)."""

from __future__ import annotations

from ScarSegLogic import terminology

SCAR = terminology.STRUCTURES[terminology.SCAR].colour
MVO = terminology.STRUCTURES[terminology.MVO].colour
NORMAL_MYOCARDIUM = "#8FA3B8"
ENDOCARDIUM = terminology.STRUCTURES[terminology.CAVITY].colour
EPICARDIUM = terminology.STRUCTURES[terminology.MYOCARDIUM].colour
REMOTE = "#5B8CFF"
THRESHOLD = "#000000"
GREY_ZONE = "#F4B183"
NOT_ASSESSED = "#E4E7EB"
INK = "#1B2733"
MUTED_INK = "#5A6876"

REMOTE_FILL_ALPHA = 0.25
SCAR_FILL_ALPHA = 0.6
"""Opacity of the scar and MVO fills: the enhancement below must stay visible (ours)."""

BURDEN_COLOUR_MAP = "OrRd"
"""Colour map of the bull's-eye: nearly white at 0, its lightness falls steadily, so it reads without hue."""


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue, 0 to 1, of ``#RRGGBB``."""
    return tuple(int(colour[start : start + 2], 16) / 255.0 for start in (1, 3, 5))
