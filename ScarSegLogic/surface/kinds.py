"""Choices that concern the surface, for requests that must not wait for numerical libraries."""

from __future__ import annotations

from enum import StrEnum


class Projection(StrEnum):
    """How the samples along a normal become one value."""

    MAX = "max"
    MEAN = "mean"


class OpeningKind(StrEnum):
    """What leaves the atrium at an opening. The appendage is a part of the atrium; a user may cut it off."""

    VEIN = "vein"
    MITRAL = "mitral"
    APPENDAGE = "appendage"
