"""Requests of the LA job: ranges, presets and JSON."""

from __future__ import annotations

import json

import pytest

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.quantification.la_presets import PRESETS, IirPreset, preset_of, preset_warnings
from ScarSegLogic.quantification.la_request import LAMethod, LARequest, UtahScale
from ScarSegLogic.quantification.request_json import request_from_json, request_to_json
from ScarSegLogic.surface.kinds import Projection

FULL = LARequest(
    method=LAMethod.IIR,
    iir_preset=IirPreset.CUSTOM,
    iir_custom=1.25,
    n_sd=2.3,
    is_magnitude=True,
    inner_mm=1.0,
    outer_mm=2.0,
    shell_projection=Projection.MEAN,
    pre_ablation=True,
    utah_scale=UtahScale.DECAAF,
)


@pytest.mark.parametrize("request_", [LARequest(), FULL], ids=["defaults", "full"])
def test_a_request_survives_json(request_):
    document = json.loads(json.dumps(request_to_json(request_), allow_nan=False))
    assert document["schema_version"] == 1
    assert request_from_json(document, LARequest) == request_


def test_the_request_of_another_job_is_refused():
    with pytest.raises(ScarSegError, match=r"request holds the unknown entries"):
        request_from_json(request_to_json(LARequest()))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n_sd": 0.5}, r"n_sd is 0.5: expected a value from 1 to 8"),
        ({"iir_preset": IirPreset.CUSTOM}, r"an IIR of your own goes with the preset 'custom'"),
        ({"iir_custom": 1.3}, r"the preset 'benito_1.20' and the IIR 1.3 do not fit"),
        ({"iir_preset": IirPreset.CUSTOM, "iir_custom": float("nan")}, r"iir_custom is nan"),
        ({"inner_mm": 0.0, "outer_mm": 0.0}, r"a wall needs a thickness"),
        ({"shell_from_mm": 3.0}, r"the shell runs from 3 to 3 mm"),
        ({"blood_pool_erosion_mm": 11.0}, r"blood_pool_erosion_mm is 11"),
        ({"ring_width_mm": 0.0}, r"ring_width_mm is 0"),
        ({"device": "gpu"}, r"unknown device 'gpu'"),
    ],
)
def test_values_out_of_range_are_refused(fields, message):
    with pytest.raises(ScarSegError, match=message):
        LARequest(**fields)


def test_presets_are_the_published_thresholds():
    assert {preset.value: source.iir for preset, source in PRESETS.items()} == {
        "khurram_0.97": 0.97,
        "khurram_1.61": 1.61,
        "benito_1.20": 1.20,
        "benito_1.32": 1.32,
    }
    assert LARequest(iir_preset=IirPreset.KHURRAM_1_61).iir == 1.61
    assert FULL.iir == 1.25
    assert preset_of(1.32) is IirPreset.BENITO_1_32
    assert preset_of(1.3) is IirPreset.CUSTOM


@pytest.mark.parametrize(
    ("preset", "pre_ablation", "told"),
    [
        (IirPreset.KHURRAM_0_97, True, ["sectors"]),
        (IirPreset.KHURRAM_0_97, False, ["sectors", "not ablation scar alone"]),
        (IirPreset.KHURRAM_1_61, True, ["sectors", "fibrosis that is not dense is missed"]),
        (IirPreset.BENITO_1_20, True, []),
        (IirPreset.BENITO_1_32, True, ["fibrosis that is not dense is missed"]),
        (IirPreset.BENITO_1_32, False, []),
        (IirPreset.CUSTOM, False, []),
    ],
)
def test_a_preset_warns_where_its_source_does_not_fit(preset, pre_ablation, told):
    warnings = preset_warnings(preset, pre_ablation=pre_ablation)
    assert len(warnings) == len(told)
    for warning, words in zip(warnings, told, strict=True):
        assert words in warning
