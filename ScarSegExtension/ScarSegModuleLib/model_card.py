"""What a user must know of a model: training data, accuracy, licence. All of it stands in the package's manifest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import slicer
from slicer.i18n import tr as _

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.models.catalogue import find_package
from ScarSegModuleLib.questions import is_agreed

_TITLES = {
    "myocardium_dice": "Whole myocardium, Dice",
    "scar_dice_myocardium_given": "Scar with the myocardium given, Dice",
    "scar_dice_automatic": "Scar fully automatic, Dice",
    "scar_dice_emidec_p100_myocardium_given": "Scar in EMIDEC P100 with the myocardium given, Dice",
    "phantom_burden_bias_points_automatic": "Bias of the scar share in phantoms, percentage points",
}
"""Names in a manifest's metrics, in words; any other name is shown as it is."""
_NOT_ACCURACY = frozenset({"measured_on", "command"})


def card_html(name: str, task: str) -> str:
    """The card of a package as rich text; a sentence where there is no such package."""
    try:
        manifest = find_package(name, task=task).manifest
    except ScarSegError as error:
        return escape(str(error))
    rows = [
        (_("Trained on"), manifest.training_data),
        (_("Measured on"), str(manifest.metrics.get("measured_on", _("not measured")))),
        *accuracy_rows(manifest.metrics),
        (_("Licence"), manifest.licence),
    ]
    if manifest.notice:
        rows.append((_("Note"), manifest.notice))
    return "<br>".join(f"<b>{escape(title)}:</b> {escape(text)}" for title, text in rows)


def accuracy_rows(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each measured number in words."""
    return [
        (
            _(_TITLES.get(name, name.replace("_", " ").capitalize())),
            f"{value:.3g}" if isinstance(value, float) else str(value),
        )
        for name, value in metrics.items()
        if name not in _NOT_ACCURACY and isinstance(value, (str, int, float))
    ]


def notices_agreed(names: Iterable[tuple[str, str]]) -> bool:
    """Ask once for each package of restricted use; whether the user agreed to all.

    Args:
        names: Name and task of the packages that are about to be used.
    """
    return all(_agreed(name, task) for name, task in names)


def _agreed(name: str, task: str) -> bool:
    try:
        manifest = find_package(name, task=task).manifest
    except ScarSegError:
        # The job says what is wrong with it.
        return True
    key = f"ScarSeg/NoticeAgreed/{manifest.name}/{manifest.version}"
    settings = slicer.app.userSettings()
    if not manifest.notice or slicer.util.settingsValue(key, False, slicer.util.toBool, settings):
        return True
    text = _("The model '{name}' ({licence}): {notice}.\n\nUse it?").format(
        name=manifest.name, licence=manifest.licence, notice=manifest.notice
    )
    agreed = is_agreed(text, _("Licence of the model"))
    if agreed and not slicer.app.testingEnabled():
        settings.setValue(key, True)
    return agreed
