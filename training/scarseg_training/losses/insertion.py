"""The loss of the RV insertions' blob map (ours)."""

from __future__ import annotations

from torch import Tensor

BLOB_WEIGHT = 20.0
"""Extra weight of a blob's peak: blobs are a few pixels of thousands (ours)."""


def insertion_loss(logits: Tensor, blobs: Tensor, marked: Tensor) -> Tensor:
    """Squared error of the blob map where somebody marked insertions, weighted up where a blob is.

    Args:
        logits, blobs: (N, H, W); blobs in [0, 1].
        marked: (N,) bool.
    """
    error = (logits.sigmoid() - blobs) ** 2 * (1 + BLOB_WEIGHT * blobs)
    return (error.mean((1, 2)) * marked).sum() / marked.sum().clamp(min=1)
