"""How far wrong boxes carry a cascade of detector and Segment Anything astray (SCIENCE.md section 3)."""

from __future__ import annotations

from scarseg_training.studies.box_errors import BOX_ERRORS, EXACT, conditions
from scarseg_training.studies.data import READ_PHANTOMS, UNSEEN_PHANTOMS
from scarseg_training.studies.study import Arm, Study

STUDIES = (
    Study(
        "cascade_fragility",
        "Cascade fragility: Dice against the error of the boxes",
        "How much Dice is lost when boxes are shifted, dropped or invented? One trained Box-SAM, judged in boxes of "
        "growing error; the exact boxes are those about the true scar.",
        (Arm("Box-SAM", "small_box_sam"),),
        {error.name: EXACT for error in BOX_ERRORS},
        trained_on=READ_PHANTOMS,
        judged_on=UNSEEN_PHANTOMS,
        conditions=conditions,
    ),
)
