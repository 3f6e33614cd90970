"""Losses: pure functions of logits and soft targets, one family a file."""

from scarseg_training.losses.anatomy import anatomy_loss
from scarseg_training.losses.insertion import insertion_loss
from scarseg_training.losses.masked_dice_bce import masked_dice_bce
from scarseg_training.losses.soft_dice import soft_dice_loss

__all__ = ["anatomy_loss", "insertion_loss", "masked_dice_bce", "soft_dice_loss"]
