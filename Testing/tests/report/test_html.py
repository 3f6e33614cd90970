"""`report.html` and the folder of outputs."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.report.html import render_report
from ScarSegLogic.report.outputs import write_lv_outputs
from ScarSegLogic.report.wording import plain_number, setting_text
from ScarSegLogic.version import VERSION
from ScarSegLogic.volume import Volume

OUTPUTS = {
    "segmentation.nrrd",
    "result.json",
    "per_slice.csv",
    "report.html",
    "overlay.png",
    "bullseye.png",
    "per_slice.png",
    "remote.nrrd",
}


def test_the_report_is_a_draft_until_a_named_reader_accepts_it(a_study, drawn):
    draft = render_report(*a_study, pictures=drawn)
    accepted = render_report(
        *a_study, pictures=drawn, accepted_by="Dr. A. Reader", accepted_at_utc="2026-01-02T03:04:05Z"
    )
    assert 'class="watermark"' in draft
    assert 'class="watermark"' not in accepted
    assert "DRAFT" not in accepted
    assert "Dr. A. Reader" in accepted
    assert "2026-01-02T03:04:05Z" in accepted


def test_a_blank_reader_accepts_nothing(a_study, drawn):
    assert 'class="watermark"' in render_report(*a_study, pictures=drawn, accepted_by="  ")


def test_the_report_refers_to_nothing_outside_itself(a_study, drawn):
    html = render_report(*a_study, pictures=drawn)
    assert not re.findall(r"(?:src|href)=\"(?!data:)", html)
    assert "url(" not in html
    assert "http" not in re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", html)


def test_the_report_states_what_a_reader_must_know(a_study, drawn):
    html = render_report(*a_study, pictures=drawn)
    for text in (
        "For research use only. Not a medical device.",
        f"ScarSeg {VERSION}",
        "Full width at half maximum",
        "99th percentile of the myocardium",
        "lv_anatomy 1.0",
        "CC-BY-NC-SA-4.0 (not for sale)",
        "confirm its place",
        "remote.nrrd: to move it, edit it and give it back with --remote",
        "along the slice axis of segmentation.nrrd",
        "2 to 3 SD above remote",
        "the RV insertion point was predicted: confirm it",
        "never a diagnosis",
        "the stack has no apical cap",
        "excluded from every number",
    ):
        assert text in html


def test_the_report_without_segments_states_the_reason(a_scar_free_study):
    assert "no RV insertion point is known" in render_report(*a_scar_free_study)


def test_names_from_files_cannot_inject_markup(a_study, drawn):
    result, image = a_study
    hostile = "<script>alert(1)</script>"
    html = render_report(
        dataclasses.replace(result, study_name=hostile, warnings=(hostile,)), image, accepted_by=hostile, pictures=drawn
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_an_image_on_another_grid_is_refused(a_study):
    result, image = a_study
    moved = Geometry.from_spacing(image.geometry.shape_kji, (1, 1, 1))
    with pytest.raises(ValueError, match="same grid"):
        render_report(result, Volume(image.array, moved))


def test_a_study_with_undefined_numbers_still_gets_a_report(a_study, drawn):
    result, image = a_study
    burden = dataclasses.replace(result.burden, scar_fraction_percent=None)
    html = render_report(dataclasses.replace(result, burden=burden), image, pictures=drawn)
    assert "The burden is undefined" in html
    assert "nan" not in re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", html).lower().replace("insertion", "")


def test_all_outputs_are_written_and_agree(a_study, tmp_path):
    result, image = a_study
    folder = tmp_path / "Köln study"
    folder.mkdir()
    write_lv_outputs(result, image, folder)
    assert {file.name for file in folder.iterdir()} == OUTPUTS
    document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert document["infarct_volume_ml"] == pytest.approx(result.burden.infarct_volume_ml)
    for name in ("overlay.png", "bullseye.png", "per_slice.png"):
        with Image.open(folder / name) as picture:
            assert min(picture.size) > 200
            assert not {"Software", "date"} & set(picture.info)


def test_the_written_segmentation_lies_on_the_image_grid(a_study, tmp_path):
    from ScarSegLogic.io.images import read_label_map

    result, image = a_study
    write_lv_outputs(result, image, tmp_path)
    written = read_label_map(tmp_path / "segmentation.nrrd")
    assert written.geometry.is_same_grid(image.geometry)
    np.testing.assert_array_equal(written.array, result.segmentation.array)


def test_the_written_remote_region_lies_on_the_image_grid(a_study, tmp_path):
    from ScarSegLogic.io.images import read_label_map

    result, image = a_study
    write_lv_outputs(result, image, tmp_path)
    written = read_label_map(tmp_path / "remote.nrrd")
    assert written.geometry.is_same_grid(image.geometry)
    np.testing.assert_array_equal(written.array, result.remote_mask.astype(np.uint8))


def test_a_study_without_remote_region_writes_and_mentions_none(a_scar_free_study, tmp_path):
    write_lv_outputs(*a_scar_free_study, tmp_path)
    assert not (tmp_path / "remote.nrrd").exists()
    assert "remote.nrrd" not in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "decimals", "text"), [(None, 1, "–"), (float("nan"), 1, "–"), (-0.001, 1, "0.0"), (12.345, 2, "12.35")]
)
def test_numbers_are_printed_with_point_decimals(value, decimals, text):
    assert plain_number(value, decimals) == text


def test_every_setting_of_a_request_can_be_put_into_words():
    request = LVRequest(rv_insertion_ras=(1.5, -2.0, 3.0))
    texts = {field.name: setting_text(getattr(request, field.name)) for field in dataclasses.fields(request)}
    assert texts["rv_insertion_ras"] == "1.5, -2, 3"
    assert texts["propose_mvo"] == "yes"
    assert texts["manual_threshold"] == "none"
    assert all(texts.values())


def test_drawing_reports_needs_neither_torch_nor_pyplot():
    program = (
        "import sys; import ScarSegLogic.report.outputs; "
        "print(sorted({'torch', 'monai', 'matplotlib.pyplot'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
