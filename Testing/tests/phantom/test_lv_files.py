import json

import numpy as np

from ScarSegLogic.io.images import read_label_map, read_volume
from ScarSegLogic.phantom import LVPhantomConfig, make_lv_phantom, write_lv_phantom


def test_a_phantom_comes_back_from_its_files(tmp_path):
    phantom = make_lv_phantom(LVPhantomConfig(6, pattern="rca", observer_count=2))
    folder = write_lv_phantom(phantom, tmp_path / "häuser und herzen")
    assert sorted(path.name for path in folder.iterdir()) == [
        "image.nrrd",
        "observer_1.nrrd",
        "observer_2.nrrd",
        "truth.json",
        "truth_labels.nrrd",
    ]
    image, labels = read_volume(folder / "image.nrrd"), read_label_map(folder / "truth_labels.nrrd")
    assert np.array_equal(image.array, phantom.image.array)
    assert np.array_equal(labels.array, phantom.labels.array)
    assert image.geometry.is_same_grid(phantom.image.geometry)
    assert labels.geometry.is_same_grid(phantom.image.geometry)
    assert np.array_equal(read_label_map(folder / "observer_2.nrrd").array, phantom.observers[1].array)


def test_truth_json_holds_volumes_segments_and_reasons(tmp_path):
    phantom = make_lv_phantom(LVPhantomConfig(6, pattern="none"))
    text = (write_lv_phantom(phantom, tmp_path) / "truth.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert "NaN" not in text
    assert document["schema_version"] == 1
    assert document["scar_fraction_percent"] == 0.0
    assert document["myocardium_volume_ml"] == phantom.truth.volumes.myocardium_volume_ml
    assert document["difficulty"]["observer_dice"] is None
    assert "no scar" in document["difficulty"]["observer_dice_reason"]
    assert len(document["per_slice"]) == phantom.labels.array.shape[0]
    assert document["rv_insertion_ras"] == list(phantom.truth.shape.anterior_insertion_ras)
    segments = document["aha17"]["segments"]
    assert [segment["number"] for segment in segments] == list(range(1, 18))
    assert all(segment["scar_percent"] is not None or segment["reason"] for segment in segments)


def test_without_truth_there_is_no_truth_file(tmp_path):
    phantom = make_lv_phantom(LVPhantomConfig(6, observer_count=0, with_truth=False))
    folder = write_lv_phantom(phantom, tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == ["image.nrrd", "truth_labels.nrrd"]
