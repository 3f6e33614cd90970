"""The manifest of a model package: everything needed to run its weights and to judge them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ScarSegLogic.errors import ScarSegError

MANIFEST_SCHEMA_VERSION = 1
MANIFEST_NAME = "manifest.json"
WEIGHTS_NAME = "weights.safetensors"


@dataclass(frozen=True)
class Manifest:
    """What ``manifest.json`` holds.

    Attributes:
        name, version: Of the package.
        task: ``lv_anatomy``, ``lv_scar``, ``la_cavity`` or ``la_scar``.
        network: Name for ``networks.build``.
        network_config: Its fields.
        preprocessing: Numbers that ``preprocessing`` and ``inference`` read: crop size, margins, normalisation.
        thresholds: Decision thresholds by output, chosen on validation cases.
        labels: Meaning of the outputs.
        recipe: The training recipe, its resolved config and the command that repeats it.
        training_data: What it was trained on, in words; ``training_cases`` lists the real ones.
        licence: SPDX identifier of the weights.
        notice: What a user must know before the first use, or an empty text.
        metrics: Measured accuracy, with the cases it was measured on.
        sha256: Of the weights file.
    """

    name: str
    version: str
    task: str
    network: str
    network_config: Mapping[str, Any]
    preprocessing: Mapping[str, Any]
    thresholds: Mapping[str, float]
    labels: tuple[str, ...]
    recipe: Mapping[str, Any]
    training_data: str
    licence: str
    sha256: str
    notice: str = ""
    training_cases: tuple[str, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    schema_version: int = MANIFEST_SCHEMA_VERSION


def read_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` of a package folder.

    Raises:
        ScarSegError: It is missing, not JSON, of another schema version, or a key is missing or of another kind; the
            file is named.
    """
    path = folder / MANIFEST_NAME
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScarSegError(f"{folder} is not a model package: it has no {MANIFEST_NAME}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ScarSegError(f"{path} is not valid JSON ({error}): copy the model package again") from None
    if not isinstance(document, dict) or document.get("schema_version") != MANIFEST_SCHEMA_VERSION:
        raise ScarSegError(f"{path} has no schema_version {MANIFEST_SCHEMA_VERSION}: it needs another ScarSeg version")
    fields = {item.name: item for item in dataclasses.fields(Manifest)}
    missing = [name for name, item in fields.items() if name not in document and _is_required(item)]
    if missing:
        raise ScarSegError(f"{path} lacks {', '.join(missing)}: the model package is damaged or of another version")
    known = {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
    wrong = [name for name, item in fields.items() if name in known and not isinstance(known[name], _kind(item))]
    if wrong:
        raise ScarSegError(f"{path} has another kind of value than expected in {', '.join(wrong)}: it is damaged")
    return Manifest(**{name: value for name, value in known.items() if name in fields})


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write ``manifest.json`` with stable key order."""
    text = json.dumps(dataclasses.asdict(manifest), indent=2, allow_nan=False, ensure_ascii=False)
    (folder / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def _kind(item: dataclasses.Field) -> type:
    kinds = {"str": str, "int": int, "tuple[str, ...]": tuple}
    return kinds.get(item.type, dict)


def _is_required(item: dataclasses.Field) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
