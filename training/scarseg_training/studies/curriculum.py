"""Curriculum against baseline, three backbones (SCIENCE.md section 1)."""

from __future__ import annotations

from scarseg_training.studies.data import EMIDEC, READ_PHANTOMS, UNSEEN_PHANTOMS
from scarseg_training.studies.study import Arm, Study

BACKBONES = ("attention_unet", "transunet", "scarnet")
_ARMS = tuple(
    Arm(f"{backbone}, {way}", f"small_{way}_{backbone}") for backbone in BACKBONES for way in ("baseline", "curriculum")
)
_BASELINES = {f"{backbone}, curriculum": f"{backbone}, baseline" for backbone in BACKBONES}
_QUESTION = (
    "Does showing easy cases first, with growing weight on scar and what spiked drawn twice, find more scar than all "
    "cases at once for the same number of updates?"
)

STUDIES = (
    Study(
        "curriculum_phantoms",
        "(a) Curriculum against baseline on phantoms with noisy observer labels",
        _QUESTION,
        _ARMS,
        _BASELINES,
        trained_on=READ_PHANTOMS,
        judged_on=UNSEEN_PHANTOMS,
    ),
    Study(
        "curriculum_emidec",
        "(a) Curriculum against baseline on EMIDEC",
        _QUESTION,
        _ARMS,
        _BASELINES,
        data=EMIDEC,
    ),
)
