"""A manifest that is only run, never shipped: a task predicts by the product's own code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scarseg_training.tasks import ManifestParts
from ScarSegLogic.models.manifest import Manifest


def bare_manifest(
    parts: ManifestParts, network: str, network_config: Mapping[str, Any], thresholds: Mapping[str, float]
) -> Manifest:
    """What inference reads, and nothing of where the weights come from."""
    return Manifest(
        name=parts.task,
        version="",
        task=parts.task,
        network=network,
        network_config=network_config,
        preprocessing=parts.preprocessing,
        thresholds=thresholds,
        labels=parts.labels,
        recipe={},
        training_data="",
        licence="",
        sha256="",
    )
