"""ScarSegNet with and without its parts (SCIENCE.md section 4)."""

from __future__ import annotations

from scarseg_training.studies.data import READ_PHANTOMS, UNSEEN_PHANTOMS
from scarseg_training.studies.study import Arm, Study

_WITHOUT = {"ASE": "ase", "CAG": "cag", "L_out": "l_out"}

STUDIES = (
    Study(
        "scarsegnet",
        "(d) ScarSegNet with and without ASE, CAG and L_out",
        "What do adaptive squeeze-excite, the context-aware gate and the price on scar outside the myocardium add? "
        "Trained on labels as single simulated readers drew them.",
        (
            Arm("ScarSegNet", "small_scarsegnet"),
            *(Arm(f"without {part}", f"small_scarsegnet_without_{name}") for part, name in _WITHOUT.items()),
        ),
        {f"without {part}": "ScarSegNet" for part in _WITHOUT},
        trained_on=READ_PHANTOMS,
        judged_on=UNSEEN_PHANTOMS,
    ),
)
