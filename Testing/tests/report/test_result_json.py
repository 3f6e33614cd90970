"""`result.json` and `per_slice.csv`."""

from __future__ import annotations

import csv
import dataclasses
import io
import json

import numpy as np
import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.finite_json import to_json_text
from ScarSegLogic.quantification.result import Threshold
from ScarSegLogic.quantification.result_json import result_from_json, result_to_json
from ScarSegLogic.report.per_slice_csv import per_slice_csv
from ScarSegLogic.version import VERSION

REQUIRED_KEYS = (
    "schema_version",
    "software_version",
    "myocardium_volume_ml",
    "scar_volume_ml",
    "mvo_volume_ml",
    "infarct_volume_ml",
    "scar_fraction_percent",
    "scar_mass_g",
    "method",
    "threshold",
    "per_slice",
    "aha17",
    "grey_zone",
    "remote",
    "shapes",
    "models",
    "request",
    "excluded_slices",
    "warnings",
    "elapsed_s",
)


def test_result_json_holds_the_required_keys_at_the_top_level(a_study):
    document = result_to_json(a_study[0])
    assert set(REQUIRED_KEYS) <= set(document)
    assert document["software_version"] == VERSION
    assert document["method"] == "fwhm"
    assert document["excluded_slices"] == [0]


def test_result_json_survives_a_strict_json_round_trip_unchanged(a_study):
    document = result_to_json(a_study[0])
    assert json.loads(to_json_text(document)) == document


def test_totals_in_result_json_are_the_sum_of_its_slices(a_study):
    document = result_to_json(a_study[0])
    total = sum(item["infarct_volume_ml"] for item in document["per_slice"])
    assert document["infarct_volume_ml"] == pytest.approx(total, rel=1e-9)
    assert document["infarct_volume_ml"] == pytest.approx(document["scar_volume_ml"] + document["mvo_volume_ml"])


def test_a_number_that_is_not_finite_becomes_null_with_its_place_and_reason(a_study):
    result, _ = a_study
    burden = dataclasses.replace(result.burden, scar_mass_g=float("inf"))
    shape = dataclasses.replace(result.shapes[0], circularity=np.float64("nan"))
    document = result_to_json(dataclasses.replace(result, burden=burden, shapes=(shape,)))
    assert document["scar_mass_g"] is None
    assert document["shapes"][0]["circularity"] is None
    assert {"scar_mass_g", "shapes.0.circularity"} <= set(document["undefined"])
    assert "NaN" not in to_json_text(document)
    assert "Infinity" not in to_json_text(document)


def test_numpy_numbers_are_written_as_plain_numbers(a_study):
    result, _ = a_study
    threshold = dataclasses.replace(result.threshold, value=np.float32(2.5), per_slice={np.int64(3): np.float32(1.5)})
    document = json.loads(to_json_text(result_to_json(dataclasses.replace(result, threshold=threshold))))
    assert document["threshold"]["value"] == 2.5
    assert document["threshold"]["per_slice"] == {"3": 1.5}


def test_every_missing_part_carries_its_reason(a_scar_free_study):
    document = result_to_json(a_scar_free_study[0])
    for part in ("aha17", "grey_zone", "remote"):
        assert document[part] is None
        assert document[f"{part}_reason"]
    assert document["threshold"]["value"] is None
    assert document["threshold"]["reason"]


def test_burden_without_myocardium_is_null_with_a_reason(a_study):
    result, _ = a_study
    burden = dataclasses.replace(result.burden, scar_fraction_percent=None)
    document = result_to_json(dataclasses.replace(result, burden=burden))
    assert document["scar_fraction_percent"] is None
    assert "myocardium" in document["undefined"]["scar_fraction_percent"]


def test_aha17_lists_seventeen_segments_with_the_insertion_point(a_study):
    aha17 = result_to_json(a_study[0])["aha17"]
    assert [segment["number"] for segment in aha17["segments"]] == list(range(1, 18))
    assert aha17["rv_insertion_ras"] == [-31.0, 22.5, 60.0]
    assert aha17["segments"][16]["scar_percent"] is None
    assert aha17["segments"][16]["reason"] == "the stack has no apical cap"


def test_per_slice_csv_has_a_schema_version_and_point_decimals(a_study):
    result, _ = a_study
    rows = list(csv.DictReader(io.StringIO(per_slice_csv(result))))
    assert [row["slice_index"] for row in rows] == [str(index) for index in range(8)]
    assert {row["schema_version"] for row in rows} == {"1"}
    assert rows[0]["excluded"] == "true"
    assert float(rows[3]["scar_volume_ml"]) == pytest.approx(result.slices[3].burden.scar_volume_ml, abs=1e-6)
    assert rows[3]["threshold"] == "310.5"


def test_per_slice_csv_leaves_undefined_cells_empty(a_study):
    rows = list(csv.DictReader(io.StringIO(per_slice_csv(a_study[0]))))
    assert rows[0]["scar_fraction_percent"] == ""


def test_per_slice_csv_prefers_the_threshold_of_the_slice(a_study):
    result, _ = a_study
    threshold = dataclasses.replace(result.threshold, value=None, per_slice={3: 200.25})
    rows = list(csv.DictReader(io.StringIO(per_slice_csv(dataclasses.replace(result, threshold=threshold)))))
    assert rows[3]["threshold"] == "200.25"
    assert rows[4]["threshold"] == ""


def read_back(result):
    document = json.loads(to_json_text(result_to_json(result)))
    return result_from_json(document, result.segmentation, result.remote_mask)


def fields_of(result):
    return {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}


@pytest.mark.parametrize("study", ["a_study", "a_scar_free_study"])
def test_a_result_survives_json_with_its_arrays_handed_in(study, request):
    result, _ = request.getfixturevalue(study)
    assert fields_of(read_back(result)) == fields_of(result)


def test_a_result_with_thresholds_per_slice_and_hand_edits_survives_json(a_study):
    threshold = Threshold(None, "one peak a slice", per_slice={0: 310.5, 11: 298.25})
    result = dataclasses.replace(
        a_study[0], threshold=threshold, edited_by_hand=True, weighted_infarct_volume_ml=12.5, aha17_reason="none"
    )
    assert fields_of(read_back(result)) == fields_of(result)


def test_numbers_that_were_not_finite_come_back_as_nan(a_study):
    result, _ = a_study
    shape = dataclasses.replace(result.shapes[0], circularity=float("inf"))
    burden = dataclasses.replace(result.burden, scar_mass_g=float("nan"))
    found = read_back(dataclasses.replace(result, shapes=(shape,), burden=burden))
    assert np.isnan(found.shapes[0].circularity)
    assert np.isnan(found.burden.scar_mass_g)
    assert found.shapes[0].area_mm2 == shape.area_mm2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 1}, "schema_version 1, this ScarSeg reads 2"),
        ({"extra": 1}, r"unknown entries \['extra'\]"),
        ({"shapes": {}}, "result.shapes is {}: expected a list"),
        ({"per_slice": {}}, "result.per_slice is no list"),
        ({"scar_mass_g": None}, "result.scar_mass_g is None: expected a number"),
        ({"warnings": [1]}, "result.warnings.0 is 1: expected a text"),
        ({"request": {}}, "result.request lacks"),
        ({"undefined": {"shapes.7.area_mm2": "the computed value was not a finite number"}}, "which the result lacks"),
        ({"undefined": []}, "result.undefined is"),
    ],
)
def test_a_damaged_result_is_refused_by_the_place_of_its_fault(a_study, change, message):
    result, _ = a_study
    with pytest.raises(ScarSegError, match=message):
        result_from_json({**result_to_json(result), **change}, result.segmentation)


def test_a_result_that_lacks_an_entry_is_refused(a_study):
    result, _ = a_study
    document = result_to_json(result)
    del document["models"]
    with pytest.raises(ScarSegError, match=r"lacks the entries \['models'\]"):
        result_from_json(document, result.segmentation)
