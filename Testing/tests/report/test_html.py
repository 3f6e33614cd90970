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

from ScarSegLogic.errors import ScarSegError
from ScarSegLogic.geometry import Geometry
from ScarSegLogic.quantification.request import LVRequest
from ScarSegLogic.report.html import render_report
from ScarSegLogic.report.outputs import write_lv_outputs
from ScarSegLogic.report.review import AcceptedSlice, Edit, Review, accept_all
from ScarSegLogic.report.wording import plain_number, setting_text, share_text
from ScarSegLogic.version import VERSION
from ScarSegLogic.volume import Volume
from Testing.tests.report.output_names import OUTPUTS

OUTPUTS_WITH_REMOTE = OUTPUTS | {"remote.nrrd"}


def test_the_report_is_a_draft_until_a_named_reader_accepts_it(a_study, drawn):
    draft = render_report(*a_study, pictures=drawn)
    review = accept_all("Dr. A. Reader", a_study[0], at_utc="2026-01-02T03:04:05Z")
    accepted = render_report(*a_study, pictures=drawn, review=review)
    assert 'class="watermark"' in draft
    assert 'class="watermark"' not in accepted
    assert "DRAFT" not in accepted
    assert "Dr. A. Reader" in accepted
    assert "2026-01-02 03:04 UTC" in accepted


def test_a_blank_reader_accepts_nothing(a_study, drawn):
    review = accept_all("  ", a_study[0])
    assert 'class="watermark"' in render_report(*a_study, pictures=drawn, review=review)


def test_a_draft_says_which_slices_are_open_and_lists_the_edits(a_study, drawn):
    times = ("2026-01-02T03:04:05Z", "2026-01-02T03:05:00Z")
    accepted = tuple(AcceptedSlice(index, times[0]) for index in range(1, 8))
    review = Review("A. Reader", accepted, (Edit(times[1], "Scar, painted", 3, 4, 25),))
    html = render_report(*a_study, pictures=drawn, review=review)
    assert 'class="watermark"' in html
    assert "A. Reader has not yet accepted slices 3, 4" in html
    assert re.search(r"2026-01-02 03:05 UTC</td><td>Scar, painted</td><td>3 to 4</td><td class=\"n\">25</td>", html)


def test_a_trace_of_scar_is_not_printed_as_none(a_study, drawn):
    result, image = a_study
    trace = dataclasses.replace(result.aha17.segments[0], scar_percent=0.02, transmurality_class=">0-25")
    aha17 = dataclasses.replace(result.aha17, segments=(trace, *result.aha17.segments[1:]))
    html = render_report(dataclasses.replace(result, aha17=aha17), image, pictures=drawn)
    assert re.search(r'basal anterior</td>\s*<td class="n">6.25</td><td class="n">&lt;0.1</td>', html)


def test_the_report_says_that_scar_was_edited_by_hand(a_study, drawn):
    result, image = a_study
    assert "Edited by hand" not in render_report(result, image, pictures=drawn)
    edited = dataclasses.replace(result, edited_by_hand=True)
    assert "<b>Edited by hand</b>, first found by Full width" in render_report(edited, image, pictures=drawn)


def test_the_report_says_what_kind_of_image_it_is_without_identifiers(a_study, drawn):
    result, image = a_study
    facts = {"series_description": "LGE_PSIR", "image_type": "ORIGINAL/P", "is_magnitude": "false"}
    image = dataclasses.replace(image, metadata={**facts, "study_instance_uid": "1.2.3.4711"})
    html = render_report(result, image, pictures=drawn)
    assert "LGE_PSIR, ORIGINAL/P, phase-sensitive or with signed values" in html
    assert "1.2.3.4711" not in html


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
    review = accept_all(hostile, result)
    html = render_report(
        dataclasses.replace(result, study_name=hostile, warnings=(hostile,)), image, review=review, pictures=drawn
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
    written = write_lv_outputs(result, image, folder)
    assert {file.name for file in folder.iterdir()} == OUTPUTS_WITH_REMOTE
    assert set(written) == set(folder.iterdir())
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


@pytest.mark.parametrize(
    ("percent", "decimals", "text"),
    [(None, 1, "–"), (0.0, 1, "0.0"), (0.04, 1, "<0.1"), (0.06, 1, "0.1"), (0.3, 0, "<1"), (12.34, 1, "12.3")],
)
def test_a_share_above_zero_is_never_printed_as_zero(percent, decimals, text):
    assert share_text(percent, decimals) == text


def test_only_the_kinds_asked_for_are_written(a_study, tmp_path):
    written = write_lv_outputs(*a_study, tmp_path, kinds=("csv", "nrrd"))
    assert {file.name for file in tmp_path.iterdir()} == {"per_slice.csv", "segmentation.nrrd", "remote.nrrd"}
    assert set(written) == set(tmp_path.iterdir())
    with pytest.raises(ScarSegError, match=r"unknown kinds of output \['pdf'\]"):
        write_lv_outputs(*a_study, tmp_path, kinds=("pdf",))


def test_every_setting_of_a_request_can_be_put_into_words():
    request = LVRequest(rv_insertion_ras=(1.5, -2.0, 3.0))
    texts = {field.name: setting_text(getattr(request, field.name)) for field in dataclasses.fields(request)}
    assert texts["rv_insertion_ras"] == "1.5, -2, 3"
    assert texts["propose_mvo"] == "yes"
    assert texts["manual_threshold"] == "none"
    assert all(texts.values())


def test_opening_the_report_loads_no_torch_pyplot_or_highdicom():
    program = (
        "import sys; import ScarSegLogic.report.outputs; "
        "print(sorted({'torch', 'monai', 'matplotlib.pyplot', 'highdicom'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_reason_of_a_missing_threshold_is_a_sentence_of_its_own(a_study, drawn):
    result, image = a_study
    threshold = dataclasses.replace(result.threshold, value=None, reason="scar was edited by hand")
    html = render_report(dataclasses.replace(result, threshold=threshold), image, pictures=drawn)
    assert " <b>Scar was edited by hand.</b>" in html
