"""The phantom studies that Slicer's Sample Data module offers."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

pytest.importorskip("slicer", reason="needs slicer-core, Slicer's MRML as a wheel")

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.mrml.segmentations import find_segments, mask_from_segment
from ScarSegLogic.mrml.volumes import volume_from_node
from Testing.assets import sample_studies
from Testing.headless_slicer import HeadlessSlicer
from Testing.tests.packaging import sample_data_module
from Testing.tests.packaging.module_parts import imported_part

NAMES = [study.name for study in sample_studies.STUDIES]


@pytest.fixture
def sample_data(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(sample_data_module.SampleDataLogic, "categories", {})
    monkeypatch.setattr(sample_data_module.SampleDataLogic, "sources", {})
    with imported_part("sample_data") as part:
        monkeypatch.setitem(sys.modules, "SampleData", sample_data_module)
        yield part


def test_the_studies_stand_in_a_category_of_their_own(sample_data: Any) -> None:
    sample_data.register_sample_data()
    assert sample_data_module.SampleDataLogic.categories == {"ScarSeg": "ScarSeg"}
    sources = sample_data_module.SampleDataLogic.sources
    assert [source.sampleName for source in sources["ScarSeg"]] == NAMES


def test_registering_again_after_a_reload_adds_nothing(sample_data: Any) -> None:
    sample_data.register_sample_data()
    sample_data.register_sample_data()
    assert len(sample_data_module.SampleDataLogic.sources["ScarSeg"]) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_study_comes_as_a_volume_and_the_contours_of_its_heart(sample_data: Any, tmp_path: Path, name: str) -> None:
    sample_data.register_sample_data()
    app = HeadlessSlicer()
    volume_node, heart_node = sample_data_module.download_samples(name, tmp_path, app.scene)
    assert [volume_node.GetName(), heart_node.GetName()] == [name, f"{name} heart"]
    phantom = sample_studies.make_phantom(next(study for study in sample_studies.STUDIES if study.name == name))
    volume = volume_from_node(volume_node)
    np.testing.assert_allclose(volume.array, phantom.image.array, atol=0.5)
    np.testing.assert_allclose(volume.geometry.ijk_to_ras, phantom.image.geometry.ijk_to_ras, atol=1e-4)
    found = find_segments(heart_node, ("cavity", "myocardium", "scar"))
    assert set(found) == {"cavity", "myocardium"}
    labels = phantom.labels.array
    cavity, myocardium = (mask_from_segment(heart_node, found[kind], volume_node) for kind in ("cavity", "myocardium"))
    np.testing.assert_array_equal(cavity, labels == 1)
    np.testing.assert_array_equal(myocardium, labels > 1)


def test_a_study_loads_from_a_path_with_a_space_and_an_umlaut(sample_data: Any, tmp_path: Path) -> None:
    folder, cache = tmp_path / "Meine Dateien ö", tmp_path / "cache"
    shutil.copytree(sample_studies.SAMPLE_DATA_FOLDER, folder)
    cache.mkdir()
    sample_data.register_sample_data(folder)
    assert len(sample_data_module.download_samples(NAMES[0], cache, HeadlessSlicer().scene)) == 2


def test_a_missing_or_foreign_list_is_told(sample_data: Any, tmp_path: Path) -> None:
    with pytest.raises(ScarSegError, match=r"list of sample studies .*studies\.json cannot be read"):
        sample_data.register_sample_data(tmp_path)
    (tmp_path / "studies.json").write_text(json.dumps({"schema_version": 99, "studies": []}), encoding="utf-8")
    with pytest.raises(ScarSegError, match="no schema_version 1"):
        sample_data.register_sample_data(tmp_path)


def test_the_shipped_files_are_what_the_command_makes(tmp_path: Path) -> None:
    sample_studies.write_sample_studies(tmp_path)
    shipped = sample_studies.SAMPLE_DATA_FOLDER
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in shipped.iterdir())
    for path in tmp_path.glob("*.nrrd"):
        made, kept = (sitk.ReadImage(str(folder / path.name)) for folder in (tmp_path, shipped))
        # A rounding of half a unit may fall to the other side with another version of numpy or scipy.
        assert np.abs(sitk.GetArrayFromImage(made).astype(int) - sitk.GetArrayFromImage(kept)).max() <= 1
        assert {key: made.GetMetaData(key) for key in made.GetMetaDataKeys()} == {
            key: kept.GetMetaData(key) for key in kept.GetMetaDataKeys()
        }


def test_every_study_has_a_thumbnail_of_the_size_that_slicer_asks_for(sample_data: Any) -> None:
    sample_data.register_sample_data()
    for source in sample_data_module.SampleDataLogic.sources["ScarSeg"]:
        picture = Image.open(source.thumbnailFileName)
        assert picture.size == (260, 280)
        assert np.asarray(picture).std() > 20
