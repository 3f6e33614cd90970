"""The phantom studies in Slicer's Sample Data module.

They are shipped as files: the buttons of the module and ``SampleData.downloadSample("LV phantom large infarct")`` in
a script work alike, without network. (A custom downloader would serve the buttons alone.)
"""

from __future__ import annotations

import json
from pathlib import Path

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.resources import RESOURCES_FOLDER
from slicer.i18n import tr as _

CATEGORY = "ScarSeg"
SAMPLE_DATA_FOLDER = RESOURCES_FOLDER / "SampleData"
LIST_NAME = "studies.json"
LIST_SCHEMA_VERSION = 1


def register_sample_data(folder: Path = SAMPLE_DATA_FOLDER) -> None:
    """Offer the phantom studies in the Sample Data module; to be called when Slicer's start-up is completed.

    Each study is an LGE volume and a segmentation with the contours of the heart, so that the threshold methods can be
    tried without any model. Registering again changes nothing.

    Raises:
        ScarSegError: The list of the studies is missing or of another version.
    """
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataCategory(CATEGORY, title=_("ScarSeg"))
    for study in _read_list(folder / LIST_NAME):
        files = study["files"]
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=study["name"],
            uris=[(folder / file["file"]).resolve().as_uri() for file in files],
            fileNames=[file["file"] for file in files],
            nodeNames=[file["node"] for file in files],
            checksums=["SHA256:" + file["sha256"] for file in files],
            loadFileTypes=[file["type"] for file in files],
            loadFiles=[True for file in files],
            thumbnailFileName=str(folder / study["thumbnail"]),
        )


def _read_list(path: Path) -> list[dict]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScarSegError(
            f"the list of sample studies {path} cannot be read ({error}): install ScarSeg again"
        ) from None
    if document.get("schema_version") != LIST_SCHEMA_VERSION:
        raise ScarSegError(f"{path} has no schema_version {LIST_SCHEMA_VERSION}: install ScarSeg again")
    return document["studies"]
